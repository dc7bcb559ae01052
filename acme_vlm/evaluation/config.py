"""Configuration of the evaluation."""

import dataclasses

from acme_vlm import errors


@dataclasses.dataclass(frozen=True)
class EvaluationConfig:
  """How the agent is evaluated, on goals and worlds it never trained on."""

  period_seconds: float = 45.0
  """Wall-clock time between the starts of two evaluations during training,
  seconds; more than 0."""

  episodes: int = 64
  """Episodes of an evaluation during training; at least 1."""

  final_episodes: int = 200
  """Episodes of the evaluation at the end, for each way of acting; at least
  1."""

  num_environments: int = 16
  """Environments that share one batched inference per step; at least 1."""

  recorded_episodes: int = 12
  """Episodes of the final evaluation that go into the video; at least 0."""

  def __post_init__(self):
    """Checks the ranges."""
    if not self.period_seconds > 0:
      raise errors.ConfigError(
        f'expected period_seconds > 0, got {self.period_seconds}'
      )
    for field in ('episodes', 'final_episodes', 'num_environments'):
      value = getattr(self, field)
      if value < 1:
        raise errors.ConfigError(f'expected {field} >= 1, got {value}')
    if self.recorded_episodes < 0:
      raise errors.ConfigError(
        f'expected recorded_episodes >= 0, got {self.recorded_episodes}'
      )
