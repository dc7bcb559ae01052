"""Actions of the home: move, look, grab; discrete or continuous."""

import math
import random
from typing import NamedTuple

import numpy as np
from dm_env import specs

from acme_vlm import errors
from acme_vlm.environments.playhouse import config as config_lib

MOVES = ('stay', 'forward', 'backward', 'left', 'right')
LOOKS = ('ahead', 'turn left', 'turn right', 'look up', 'look down')
GRABS = ('let go', 'grab')
HEADS = (len(MOVES), len(LOOKS), len(GRABS))
_FORWARD, _LEFT = (0, 1, -1, 0, 0), (0, 0, 0, 1, -1)
_TURN, _TILT = (0, 1, -1, 0, 0), (0, 0, 0, -1, 1)
_CONTINUOUS = 5


class Motion(NamedTuple):
  """What a step does: metres and radians; positive tilt looks down."""

  forward: float
  left: float
  turn: float
  tilt: float
  grab: bool


class ActionSpace:
  """Actions to motions, by the configuration.

  Discrete actions enumerate the product of three heads, move x look x grab, the
  last one fastest: action = (move * 5 + look) * 2 + grab.
  """

  def __init__(self, config: config_lib.HomeConfig):
    """Takes the sizes of a step from the configuration."""
    self._discrete = config.control == 'discrete'
    self._metres = config.step_metres
    self._turn = math.radians(config.step_degrees)
    self._tilt = math.radians(config.pitch_degrees)

  @property
  def heads(self) -> tuple[int, ...]:
    """Sizes of the discrete heads; none if continuous."""
    return HEADS if self._discrete else ()

  @property
  def names(self) -> tuple[str, ...]:
    """What each discrete action does, for people."""
    return tuple(
      f'{move}, {look}, {grab}'
      for move in MOVES
      for look in LOOKS
      for grab in GRABS
    )

  def spec(self) -> specs.Array:
    """A `DiscreteArray` of 50, or a `BoundedArray` float32 [5] in [-1, 1]."""
    if self._discrete:
      return specs.DiscreteArray(math.prod(HEADS), name='action')
    return specs.BoundedArray((_CONTINUOUS,), np.float32, -1, 1, name='action')

  def encode(self, move: int, look: int, grab: int) -> int:
    """The discrete action of a choice of each head."""
    return (move * len(LOOKS) + look) * len(GRABS) + grab

  def wander(self, rng: random.Random, *, grab: bool) -> Motion:
    """A motion at random, of those that discrete actions have."""
    move, look = rng.randrange(len(MOVES)), rng.randrange(len(LOOKS))
    return self._motion(move, look, grab)

  def decode(self, action: int | np.ndarray) -> Motion:
    """Returns what an action does.

    Raises:
      ConfigError: if there is no such action.
    """
    if self._discrete:
      index = int(action)
      if not 0 <= index < math.prod(HEADS):
        raise errors.ConfigError(
          f'expected an action in [0, {math.prod(HEADS)}), got {action}'
        )
      rest, grab = divmod(index, len(GRABS))
      return self._motion(*divmod(rest, len(LOOKS)), bool(grab))
    values = np.asarray(action, np.float64)
    if values.shape != (_CONTINUOUS,) or not np.all(np.isfinite(values)):
      raise errors.ConfigError(
        f'expected an action of {_CONTINUOUS} finite numbers, got {action}'
      )
    forward, left, yaw, pitch, grab = np.clip(values, -1, 1)
    # A diagonal is no longer than a straight step.
    length = max(1.0, math.hypot(forward, left))
    return Motion(
      self._metres * forward / length,
      self._metres * left / length,
      self._turn * yaw,
      -self._tilt * pitch,
      bool(grab > 0),
    )

  def _motion(self, move: int, look: int, grab: bool) -> Motion:
    return Motion(
      self._metres * _FORWARD[move],
      self._metres * _LEFT[move],
      self._turn * _TURN[look],
      self._tilt * _TILT[look],
      grab,
    )
