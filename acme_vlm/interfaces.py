"""Protocols by which the stages meet; siblings never import each other."""

import abc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import dm_env
import numpy as np

if TYPE_CHECKING:
  # They bring JAX with them, 120 MiB that a process that only steps an
  # environment does not need.
  from acme_vlm.types import (
    BatchProvenance,
    LabeledBatch,
    LabeledTrajectory,
    Trajectory,
  )


class GoalEnvironment(dm_env.Environment, abc.ABC):
  """A dm_env whose every episode has a goal in words.

  Observations are `{'pixels': uint8 [H, W, 3], 'instruction': 0-d str array}`.
  `timestep.reward` is the true reward, as in any dm_env; training never sees
  it (the builder wraps every training environment).
  """

  @property
  @abc.abstractmethod
  def goals(self) -> tuple[str, ...]:
    """The task set L, in a fixed order."""

  @property
  def task_set(self) -> tuple[str, ...]:
    """The goals from which a reward draws its negatives.

    `goals`, unless those are a part of it.
    """
    return self.goals

  @property
  @abc.abstractmethod
  def instructions(self) -> tuple[tuple[str, ...], ...]:
    """How each goal of the task set may be said, at least one way each."""

  @property
  @abc.abstractmethod
  def goal_index(self) -> int:
    """Index in `goals` of the current episode's goal; valid after a reset."""

  @property
  def goal(self) -> str:
    """The current episode's goal; valid after a reset."""
    return self.goals[self.goal_index]

  @property
  def phrases(self) -> tuple[tuple[str, ...], ...]:
    """For each goal, K texts of what is worth seeing in a frame.

    A policy that is fed with maps has one map for each.
    """
    return tuple((goal,) for goal in self.goals)

  @property
  def training_goals(self) -> tuple[int, ...]:
    """Indices in `goals` of those that training episodes may have.

    The others are held out: no label of theirs may enter learning.
    """
    return tuple(range(len(self.goals)))

  @abc.abstractmethod
  def achieved_goals(self) -> tuple[int, ...]:
    """Indices in `goals` of those that the current frame truly achieves.

    Ground truth: for evaluation and logs only.
    """

  def goal_achieved(self) -> bool:
    """Whether the current goal is among the `achieved_goals`."""
    return self.goal_index in self.achieved_goals()


@runtime_checkable
class RewardModel(Protocol):
  """Frames and goals in words to scores (arXiv 2312.09187, eq. 1 and 2)."""

  @property
  def version(self) -> int:
    """63-bit hash of everything that makes the reward."""

  @property
  def threshold(self) -> float:
    """beta of eq. 2: a score above it is a success."""

  def score(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame against its goal.

    Args:
      frames: uint8 `[N, H, W, 3]`.
      goals: N goals in words.

    Returns:
      float32 `[N]`, `p(o, l)` in [0, 1].
    """

  def score_goals(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame against every goal.

    Args:
      frames: uint8 `[N, H, W, 3]`.
      goals: G goals in words.

    Returns:
      float32 `[N, G]`, `p(o, l)` in [0, 1].
    """


class RewardScorer(Protocol):
  """What vectorised actors ask for when they end episodes themselves."""

  def rewards(
    self, frames: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Rewards of the newest frames of all environments, in one call.

    Args:
      frames: uint8 `[N, H, W, 3]`.
      goals: int32 `[N]`, indices in the run's task set.
      episodes: int64 `[N]`, episode numbers; they key the frame windows.

    Returns:
      float32 `[N]`, 0 or 1.
    """


class Eyes(Protocol):
  """What a policy is fed with in place of frames: where its goal may be.

  Maps say of each place of the frame how much it looks like the goal. A sight
  is K maps, flattened row by row, and then K times (maximum, x, y, score of the
  whole image), with x to the right and y upwards in [-1, 1].
  """

  @property
  def grid(self) -> tuple[int, int, int]:
    """Maps K, rows and columns."""

  @property
  def size(self) -> int:
    """F = K * (rows * columns + 4), numbers in one sight."""

  def see(self, frames: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Looks at frames, each with its goal in mind.

    Args:
      frames: uint8 `[N, H, W, 3]`.
      goals: int32 `[N]`, indices in the run's task set.

    Returns:
      float32 `[N, F]`.
    """


class TrajectorySource(Protocol):
  """Where the reward service pulls unlabeled trajectories from."""

  def take(self, most: int, timeout: float) -> 'list[Trajectory]':
    """Returns 1 to `most` trajectories, or none after `timeout` seconds."""

  def waiting(self) -> int:
    """Trajectories now in the unlabeled table (the service's queue lag)."""


class LabeledSink(Protocol):
  """Where the reward service writes labeled trajectories to."""

  def write(self, trajectory: 'LabeledTrajectory') -> None:
    """Inserts one; blocks while the rate limiter holds inserts back."""

  def recall(self) -> 'list[LabeledTrajectory]':
    """Takes back all that nobody has taken yet, each trajectory once."""


class BatchSource(Protocol):
  """Where the learner takes its batches from."""

  def __iter__(self) -> 'Iterator[tuple[LabeledBatch, BatchProvenance]]':
    """Yields batches; blocks while labels lag; ends when closed."""
