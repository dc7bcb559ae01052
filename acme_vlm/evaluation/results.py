"""What an evaluation found: episodes and their summary."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.evaluation import metrics, reward_bootstrap
from acme_vlm.ops import detection

# Draws of episodes behind the interval of the average precision.
_REPLICATES = 500


class EpisodeResult(NamedTuple):
  """One evaluation episode; it ends at the reward's first 1 or on a time-out.

  Attributes:
    goal: index of the goal in the task set.
    goal_name: the goal in words.
    length: K, steps.
    true_success: whether the goal was truly reached by the end.
    vlm_success: whether the reward model said so.
    true_return: sum of the environment's true rewards.
    scores: of the frames that the steps led to, float32 [K].
    achieved: whether those frames truly show the goal, bool [K].
    actions: int32 [K].
    pixels: uint8 [K + 1, H, W, 3], or None if it was not recorded.
  """

  goal: int
  goal_name: str
  length: int
  true_success: bool
  vlm_success: bool
  true_return: float
  scores: np.ndarray
  achieved: np.ndarray
  actions: np.ndarray
  pixels: np.ndarray | None


class Evaluation(NamedTuple):
  """All episodes of one evaluation.

  Attributes:
    mode: how the agent acted, for example 'sampled', 'greedy' or 'random'.
    policy_version: learner steps behind its parameters.
    threshold: beta of the reward.
    episodes: in their order.
  """

  mode: str
  policy_version: int
  threshold: float
  episodes: tuple[EpisodeResult, ...]

  @property
  def true_success(self) -> metrics.Interval:
    """Share of the episodes that truly succeeded."""
    return _share([e.true_success for e in self.episodes])

  @property
  def vlm_success(self) -> metrics.Interval:
    """Share of the episodes that the reward model ended."""
    return _share([e.vlm_success for e in self.episodes])

  @property
  def reward(self) -> metrics.PrecisionRecall:
    """Precision and recall of the reward on the agent's own frames."""
    return metrics.precision_recall(self.scores, self.achieved, self.threshold)

  @property
  def scores(self) -> np.ndarray:
    """Scores of all frames, float32 [N].

    A frame without a verdict (NaN) is no success: it stands with the lowest
    score, at most the threshold.
    """
    scores = np.concatenate([e.scores for e in self.episodes])
    known = scores[~np.isnan(scores)]
    lowest = np.min(known, initial=np.float32(self.threshold))
    return np.where(np.isnan(scores), lowest, scores)

  @property
  def average_precision(self) -> metrics.Interval:
    """How well scores tell frames that show their goal, whatever threshold.

    With the 95 % interval over episodes; NaN if no frame shows its goal.
    """
    truths = self.achieved
    if not truths.any():
      return metrics.Interval(math.nan, math.nan, math.nan)
    scores, num = self.scores, len(self.episodes)
    of = np.repeat(np.arange(num), [len(e.scores) for e in self.episodes])
    draws = reward_bootstrap.draw(num, _REPLICATES, seed=0)
    replicates, _ = reward_bootstrap.average_precision(
      scores, truths, of, draws.weights
    )
    value = detection.average_precision(scores, truths)
    return reward_bootstrap.interval(value, replicates)

  @property
  def achieved(self) -> np.ndarray:
    """Truth of all frames, bool [N]."""
    return np.concatenate([e.achieved for e in self.episodes])


def summary(evaluation: Evaluation) -> dict[str, float]:
  """The figures of an evaluation under flat keys.

  Args:
    evaluation: any.

  Returns:
    `true_success` and `vlm_success` with `_low` and `_high` of their 95 %
    intervals, `mean_length` (steps), `reward_precision`, `reward_recall` and
    `average_precision` (with interval) on the agent's frames (NaN where not
    defined), `chance_precision` (the share of frames that show their goal: what
    a reward that knows nothing would reach), `episodes` and `policy_version`.
  """
  true, vlm = evaluation.true_success, evaluation.vlm_success
  reward, area = evaluation.reward, evaluation.average_precision
  return {
    'true_success': true.value,
    'true_success_low': true.low,
    'true_success_high': true.high,
    'vlm_success': vlm.value,
    'vlm_success_low': vlm.low,
    'vlm_success_high': vlm.high,
    'mean_length': float(np.mean([e.length for e in evaluation.episodes])),
    'reward_precision': reward.precision.value,
    'reward_recall': reward.recall.value,
    'average_precision': area.value,
    'average_precision_low': area.low,
    'average_precision_high': area.high,
    'chance_precision': float(np.mean(evaluation.achieved)),
    'episodes': float(len(evaluation.episodes)),
    'policy_version': float(evaluation.policy_version),
  }


def success_by_goal(
  episodes: Sequence[EpisodeResult],
) -> dict[str, metrics.Interval]:
  """True success of each goal that was played.

  Args:
    episodes: of one evaluation or several.

  Returns:
    Share with interval by goal name, in the order of the task set.
  """
  by_goal: dict[tuple[int, str], list[bool]] = {}
  for episode in episodes:
    key = (episode.goal, episode.goal_name)
    by_goal.setdefault(key, []).append(episode.true_success)
  return {name: _share(by_goal[goal, name]) for goal, name in sorted(by_goal)}


def _share(outcomes: Sequence[bool]) -> metrics.Interval:
  return metrics.wilson_interval(sum(outcomes), len(outcomes))
