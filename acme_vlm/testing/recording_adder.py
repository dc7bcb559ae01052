"""An adder that keeps what it is given."""

from typing import Any, NamedTuple

import dm_env
from acme.adders import base


class Added(NamedTuple):
  """One call of `add`."""

  action: Any
  next_timestep: dm_env.TimeStep
  extras: Any


class RecordingAdder(base.Adder):
  """Keeps every episode in order, where a real adder would send it to replay.

  Attributes:
    episodes: for each `add_first`, the first timestep and all calls of `add`
      up to the next one.
  """

  def __init__(self):
    """Begins empty."""
    self.episodes: list[tuple[dm_env.TimeStep, list[Added]]] = []

  def add_first(self, timestep: dm_env.TimeStep) -> None:
    """Begins an episode; the one before it must have ended."""
    if not timestep.first():
      raise ValueError(f'expected a first timestep, got {timestep.step_type!r}')
    if self.episodes and not self._ended():
      raise ValueError('expected the end of an episode before the next begins')
    self.episodes.append((timestep, []))

  def add(
    self, action: Any, next_timestep: dm_env.TimeStep, extras: Any = ()
  ) -> None:
    """Appends to the episode, which must have begun and not ended."""
    if not self.episodes or self._ended():
      raise ValueError('expected add_first before add')
    self.episodes[-1][1].append(Added(action, next_timestep, extras))

  def reset(self) -> None:
    """Nothing: what was kept stays."""

  def _ended(self) -> bool:
    steps = self.episodes[-1][1]
    return bool(steps) and steps[-1].next_timestep.last()
