"""Configuration of the actors."""

import dataclasses
from typing import Literal

from acme_vlm import errors


@dataclasses.dataclass(frozen=True)
class ActorConfig:
  """How experience is gathered."""

  num_environments: int = 64
  """Environments that share one batched inference per step; at least 1."""

  termination: Literal['online', 'relabel'] = 'online'
  """Who ends an episode at its first reward of 1: 'relabel' lets episodes run
  to their time-out and the reward service cuts them; 'online' asks the service
  for the newest frames of all environments at each step and resets at once."""

  variable_update_period: int = 16
  """Steps of all environments between two looks for new parameters; at least
  1."""

  threads: int = 1
  """Threads that step the environments, for slow ones; 1 steps them in the
  actor's own thread; at most num_environments."""

  def __post_init__(self):
    """Checks the ranges."""
    for field in ('num_environments', 'variable_update_period', 'threads'):
      value = getattr(self, field)
      if value < 1:
        raise errors.ConfigError(f'expected {field} >= 1, got {value}')
    if self.threads > self.num_environments:
      raise errors.ConfigError(
        f'expected at most {self.num_environments} threads, one for each'
        f' environment, got {self.threads}'
      )
    if self.termination not in ('online', 'relabel'):
      raise errors.ConfigError(
        f"expected termination 'online' or 'relabel', got {self.termination!r}"
      )
