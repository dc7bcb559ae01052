"""Configuration of replay."""

import dataclasses

from acme_vlm import errors


@dataclasses.dataclass(frozen=True)
class ReplayConfig:
  """Two tables and what holds the stages together.

  Attributes:
    unroll_length: transitions T in one trajectory, at least 1; a trajectory
      has T + 1 observations.
    batch_size: trajectories B in a learner's batch, at least 1.
    samples_per_trajectory: how often the learner takes each labeled
      trajectory, at least 1.
    unlabeled_max_size: trajectories that wait for a reward at most; beyond
      that, actors block. At least 1.
    labeled_max_size: labeled trajectories that wait for the learner at most;
      beyond that, the reward service blocks. At least one batch.
    prefetch: batches put together while the learner is busy, at least 1; they
      are no longer in the table, so they come on top of its bound.
    port: of the server, 1 to 65535; None takes any that is free.
  """

  unroll_length: int = 16
  batch_size: int = 64
  samples_per_trajectory: int = 1
  unlabeled_max_size: int = 128
  labeled_max_size: int = 128
  prefetch: int = 1
  port: int | None = None

  def __post_init__(self):
    for name in (
      'unroll_length',
      'batch_size',
      'samples_per_trajectory',
      'unlabeled_max_size',
      'prefetch',
    ):
      if getattr(self, name) < 1:
        raise errors.ConfigError(
          f'expected {name} >= 1, got {getattr(self, name)}'
        )
    if self.labeled_max_size < self.batch_size:
      raise errors.ConfigError(
        f'expected labeled_max_size >= batch_size {self.batch_size}, '
        f'got {self.labeled_max_size}'
      )
    if self.port is not None and not 1 <= self.port <= 65535:
      raise errors.ConfigError(
        f'expected a port in [1, 65535] or None, got {self.port}'
      )
