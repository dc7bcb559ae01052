"""What is known of recorded frames, and what a reward model says of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import errors


class Labels(NamedTuple):
  """What is known of recorded frames, episode by episode in order of time.

  Attributes:
    goals: the task set, G goals in words.
    achieved: int8 [N, G], 1 yes, 0 no, -1 unknown.
    goal: the goal of the frame's episode, int32 [N].
    episode: int64 [N], 0 to E - 1, rising.
    step: int32 [N], which step led to the frame; 0 is the first observation.
    policies: who played each episode, E names.
    seeds: with which seed, E of them.
  """

  goals: tuple[str, ...]
  achieved: np.ndarray
  goal: np.ndarray
  episode: np.ndarray
  step: np.ndarray
  policies: tuple[str, ...]
  seeds: tuple[int, ...]

  @property
  def own(self) -> np.ndarray:
    """Label of each frame for its episode's goal, int8 [N]."""
    return self.achieved[np.arange(len(self.goal)), self.goal]

  @property
  def rewardable(self) -> np.ndarray:
    """Which frames training would reward, bool [N].

    No step led to the first observation of an episode, so it has no reward;
    but an episode that is a single image stands for the frame of a step.
    """
    alone = np.bincount(self.episode)[self.episode] == 1
    return (self.step > 0) | alone


class Scores(NamedTuple):
  """What one reward model says of those frames.

  Attributes:
    every: each frame alone against each goal, float32 [N, G].
    own: each frame against its episode's goal, with window and hysteresis,
      float32 [N]; of any value where `Labels.rewardable` is false.
  """

  every: np.ndarray
  own: np.ndarray


def join(
  goals: Sequence[str],
  episodes: Iterable[tuple[np.ndarray, int, str, int]],
) -> Labels:
  """Joins the labels of episodes.

  Args:
    goals: the task set, G goals in words.
    episodes: of each `achieved` (int8 [T+1, G]), the index of its goal, who
      played it and with which seed.

  Returns:
    The labels of all their frames.
  """
  achieved, own, policies, seeds = [], [], [], []
  for labels, goal, policy, seed in episodes:
    achieved.append(labels)
    own.append(goal)
    policies.append(policy)
    seeds.append(seed)
  lengths = [len(labels) for labels in achieved]
  steps = [np.arange(length, dtype=np.int32) for length in lengths]
  return Labels(
    goals=tuple(goals),
    achieved=np.concatenate([np.empty((0, len(goals)), np.int8), *achieved]),
    goal=np.repeat(np.array(own, np.int32), lengths),
    episode=np.repeat(np.arange(len(lengths)), lengths),
    step=np.concatenate([np.empty(0, np.int32), *steps]),
    policies=tuple(policies),
    seeds=tuple(seeds),
  )


def check(labels: Labels) -> None:
  """Refuses labels of which nothing could be learnt.

  Args:
    labels: of the data set.

  Raises:
    ConfigError: no frames, no goals, or labels of one class only.
  """
  if not labels.goals:
    raise errors.ConfigError('expected a data set with goals, got none')
  if not len(labels.achieved):
    raise errors.ConfigError(
      'expected recorded episodes of at least one frame, got none'
    )
  yes, no = int((labels.achieved == 1).sum()), int((labels.achieved == 0).sum())
  if not yes or not no:
    raise errors.ConfigError(
      'expected frames that achieve a goal and frames that do not, got labels '
      f'of one class only: {yes} achieved, {no} not, '
      f'{labels.achieved.size - yes - no} unknown'
    )
