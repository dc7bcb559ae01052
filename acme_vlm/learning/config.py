"""The configuration of the learner."""

import dataclasses
import math

from acme_vlm import errors


@dataclasses.dataclass(frozen=True)
class LearnerConfig:
  """V-trace actor-critic (arXiv 1802.01561) with Adam."""

  learning_rate: float = 2e-3
  """Adam's step size; above 0."""

  decay_steps: int = 0
  """Learner steps over which the step size falls, linearly, to a twentieth of
  `learning_rate`, where it stays; at least 0, which leaves it as it is."""

  adam_eps: float = 1e-8
  """Added to Adam's denominator; above 0."""

  max_grad_norm: float = 1.0
  """Global norm to which gradients are clipped, those of the policy's own eyes
  and those of the rest each by itself; above 0."""

  entropy_cost: float = 0.01
  """Weight of the entropy bonus; at least 0, which is no bonus."""

  baseline_cost: float = 0.5
  """Weight of the value's loss; at least 0."""

  outcome_cost: float = 1.0
  """Weight of the outcome head's loss: learning from the reward model's labels
  of goals that were not the episode's own; at least 0. Without the head
  (--policy.outcome-head False) it counts for nothing."""

  eyes_cost: float = 1.0
  """Weight of the loss of the policy's own eyes (--policy.eyes own), which
  learn from nothing else; at least 0, which leaves them as they began."""

  discount: float = 0.95
  """Discount of one step, gamma; in [0, 1]."""

  lambda_: float = 1.0
  """Mixing of the V-trace traces; in [0, 1], 0 is one-step targets."""

  clip_rho_threshold: float = 1.0
  """Clip of the importance weights in the value's targets; above 0."""

  clip_pg_rho_threshold: float = 1.0
  """Clip of the importance weights in the policy gradient; above 0."""

  passes_per_batch: int = 2
  """Updates made with each batch, one after the other; at least 1."""

  publish_every: int = 1
  """Learner steps between two versions of the variables; at least 1."""

  def __post_init__(self) -> None:
    """Checks the ranges.

    Raises:
      ConfigError: naming the field, what was expected and what came.
    """
    for name in (
      'learning_rate',
      'adam_eps',
      'max_grad_norm',
      'clip_rho_threshold',
      'clip_pg_rho_threshold',
    ):
      self._check(name, getattr(self, name) > 0, 'a number above 0')
    self._check(
      'learning_rate', math.isfinite(self.learning_rate), 'a finite number'
    )
    for name in ('entropy_cost', 'baseline_cost', 'outcome_cost', 'eyes_cost'):
      self._check(name, getattr(self, name) >= 0, 'a number of at least 0')
    for name in ('discount', 'lambda_'):
      self._check(name, 0 <= getattr(self, name) <= 1, 'a number in [0, 1]')
    self._check('decay_steps', self.decay_steps >= 0, 'at least 0')
    for name in ('passes_per_batch', 'publish_every'):
      self._check(name, getattr(self, name) >= 1, 'at least 1')

  def _check(self, name: str, fits: bool, expected: str) -> None:
    if not fits:
      raise errors.ConfigError(
        f'{name}: expected {expected}, got {getattr(self, name)}.'
      )
