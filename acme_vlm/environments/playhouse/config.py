"""Configuration of the home."""

import dataclasses
import math
import typing
from typing import Literal

from acme_vlm import errors

Room = Literal['living room', 'bedroom', 'kitchen', 'study', 'bathroom']
ROOMS: tuple[Room, ...] = typing.get_args(Room)


@dataclasses.dataclass(frozen=True)
class HomeConfig:
  """What homes are like, and how the agent moves in them."""

  goal_set: Literal['common', 'diverse'] = 'common'
  """Which kinds and colours there are: 'common', ten kinds with silhouettes of
  their own in six colours, or 'diverse', all of them."""

  rooms: tuple[int, int] = (1, 1)
  """Least and most rooms of a home, 1 to 5."""

  room_kinds: tuple[str, ...] = ('living room', 'bedroom', 'kitchen', 'study')
  """Kinds of rooms from which those of a home are drawn, each once before one
  comes twice; of the five of `ROOMS`, at least one."""

  objects: tuple[int, int] = (6, 9)
  """Least and most objects of a home, 2 to 16; the goal's is one of them."""

  control: Literal['discrete', 'continuous'] = 'discrete'
  """'discrete': one index for the product of three heads, move x look x grab;
  'continuous': forward, left, yaw and pitch in [-1, 1], grab above 0."""

  step_metres: float = 0.4
  """How far a step moves at most, metres; above 0, at most 0.5."""

  step_degrees: float = 30.0
  """How far a step turns at most, degrees; above 0, at most 45."""

  pitch_degrees: float = 20.0
  """How far a step tilts the view at most, degrees; above 0, at most 45."""

  episode_goals: Literal['split', 'training', 'held_out', 'all'] = 'split'
  """Goals that episodes have: those the agent trains on, the held-out ones, or
  all. 'split': training goals in split 'train', held-out ones in 'evaluation',
  all in 'validation'. A 'train' split never has a held-out goal."""

  near_starts: float = 0.0
  """Share of the episodes that begin within sight of the goal's object, in
  [0, 1]; that of Pick and Place is then, if it fits, near where it is to be
  put. Of split 'train' only."""

  held_starts: float = 0.0
  """Share of the episodes of Pick and Place that begin with the goal's object
  in the hand, facing where it is to be put, from so far, 1.3 to 2.4 m, that it
  has to be carried there, in [0, 1]; of split 'train' only."""

  reach_starts: float = 0.5
  """Share of both that begin within reach instead: where the hand can take the
  object, or let it go, at once (but see `start_steps`); in [0, 1]."""

  start_steps: int = 0
  """Steps at random, at most, that starts within reach have behind them, with
  the hand as it is: from one step away to many (arXiv 1707.05300); 0 to 50."""

  def __post_init__(self):
    """Checks the ranges."""
    for field in ('goal_set', 'control', 'episode_goals'):
      known = typing.get_args(
        {f.name: f.type for f in dataclasses.fields(self)}[field]
      )
      if getattr(self, field) not in known:
        raise errors.UnknownNameError(
          f'home.{field}', getattr(self, field), known
        )
    for field, least, most in (('rooms', 1, 5), ('objects', 2, 16)):
      bounds = getattr(self, field)
      if len(bounds) != 2 or not least <= bounds[0] <= bounds[1] <= most:
        raise errors.ConfigError(
          f'expected home.{field} (least, most) with {least} <= least <= most'
          f' <= {most}, got {bounds}'
        )
    if not self.room_kinds:
      raise errors.ConfigError('expected at least one of room_kinds, got none')
    for name in self.room_kinds:
      if name not in ROOMS:
        raise errors.UnknownNameError('room', name, ROOMS)
    for field, longest in (
      ('step_metres', 0.5),
      ('step_degrees', 45.0),
      ('pitch_degrees', 45.0),
    ):
      value = getattr(self, field)
      if not 0 < value <= longest or not math.isfinite(value):
        raise errors.ConfigError(
          f'expected home.{field} in (0, {longest:g}], got {value}'
        )
    if not 0 <= self.start_steps <= 50:
      raise errors.ConfigError(
        f'expected home.start_steps in [0, 50], got {self.start_steps}'
      )
    for field in ('near_starts', 'held_starts', 'reach_starts'):
      if not 0 <= getattr(self, field) <= 1:
        raise errors.ConfigError(
          f'expected home.{field} in [0, 1], got {getattr(self, field)}'
        )
