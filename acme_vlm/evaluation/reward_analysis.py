"""All that a reward report says of one reward model, from scores and labels.

Two views of the same recorded frames:

* every frame against every goal, each frame alone: how well the model tells
  the goals apart;
* each episode against its own goal, with window and hysteresis, as training
  would score it.

Pairs of unknown truth, and those of which an ensemble abstains (NaN), are left
out.
"""

import math
from typing import NamedTuple

import numpy as np

from acme_vlm.evaluation import (
  metrics,
  reward_bootstrap,
  reward_hits,
  reward_metrics,
)
from acme_vlm.evaluation.reward_labels import Labels, Scores
from acme_vlm.ops import detection

_NO_INTERVAL = metrics.Interval(math.nan, math.nan, math.nan)


class Curve(NamedTuple):
  """A precision-recall curve with its 95 % band; arrays float64.

  Attributes:
    recall: [K], rising.
    precision: [K].
    thresholds: [K], falling.
    low: precision's lower bound at `reward_metrics.RECALL_GRID`, [M].
    high: its upper bound there, [M].
    average_precision: area, with the interval over episodes.
    chance: prevalence, the area of a model that knows nothing.
  """

  recall: np.ndarray
  precision: np.ndarray
  thresholds: np.ndarray
  low: np.ndarray
  high: np.ndarray
  average_precision: metrics.Interval
  chance: float


class View(NamedTuple):
  """One of the two views, at all thresholds and at the configured one.

  Attributes:
    curve: all thresholds; None without both classes.
    at_threshold: at beta, Wilson intervals, as if items were independent.
    precision: at beta, interval over episodes.
    recall: at beta, interval over episodes.
    items: pairs of frame and goal in this view.
    spearman: of score and truth.
    kendall: of score and truth.
  """

  curve: Curve | None
  at_threshold: metrics.PrecisionRecall
  precision: metrics.Interval
  recall: metrics.Interval
  items: int
  spearman: float
  kendall: float


class Suggestion(NamedTuple):
  """A threshold for a wanted precision.

  Attributes:
    wanted: the precision.
    chosen: on one half of the episodes; None if none is that precise.
    held_out: what it reaches on the other half; None if nothing was chosen.
  """

  wanted: float
  chosen: reward_metrics.Threshold | None
  held_out: metrics.PrecisionRecall | None


class GoalRow(NamedTuple):
  """One goal against all frames, each alone.

  Attributes:
    goal: in words.
    frames: that show it.
    average_precision: NaN if no frame shows it, or all do.
    chance: share of frames that show it.
    at_threshold: at beta.
    epic: distance of the score; NaN as above.
    taken_for: the other goal most often rewarded on its frames, or ''.
    taken_rate: how often, in [0, 1].
  """

  goal: str
  frames: int
  average_precision: float
  chance: float
  at_threshold: metrics.PrecisionRecall
  epic: float
  taken_for: str
  taken_rate: float


class Analysis(NamedTuple):
  """All measures of one reward model.

  Attributes:
    threshold: beta, the configured one.
    every: every frame against every goal.
    own: each episode against its own goal, as training would.
    epic: of the score, mean over goals, interval over episodes.
    epic_rewarded: of the thresholded reward.
    calibration: of all pairs; None if scores are no probabilities.
    goals: one row each.
    confusion: at beta.
    suggestion: threshold for the wanted precision.
    hits: where r = 1 first fires; None if the reward is the score itself.
    return_spearman: of the episodes' return by the model and in truth.
    return_kendall: the same.
    abstained: share of pairs without a score.
    replicates: average precision in each bootstrap draw, float64 [R].
  """

  threshold: float
  every: View
  own: View
  epic: metrics.Interval
  epic_rewarded: metrics.Interval
  calibration: reward_metrics.Calibration | None
  goals: tuple[GoalRow, ...]
  confusion: reward_metrics.Confusion
  suggestion: Suggestion
  hits: reward_hits.Hits | None
  return_spearman: float
  return_kendall: float
  abstained: float
  replicates: np.ndarray


def analyse(
  labels: Labels,
  scores: Scores,
  *,
  threshold: float,
  thresholded: bool,
  probability: bool,
  precision: float,
  resampling: reward_bootstrap.Resampling,
) -> Analysis:
  """Measures one reward model.

  Args:
    labels: of the frames; both classes occur.
    scores: of the same frames.
    threshold: beta of arXiv 2312.09187, eq. 2.
    thresholded: whether the reward is 0 or 1; else it is the score.
    probability: whether scores are probabilities, which may be calibrated.
    precision: wanted, for the suggested threshold.
    resampling: of the episodes, the same for every model.

  Returns:
    All measures.
  """
  weights = resampling.weights
  known = (labels.achieved >= 0) & ~np.isnan(scores.every)
  truths = labels.achieved == 1
  every, replicates = _view(
    scores.every[known],
    truths[known],
    np.broadcast_to(labels.episode[:, None], known.shape)[known],
    threshold,
    weights,
  )
  known_own = labels.rewardable & (labels.own >= 0) & ~np.isnan(scores.own)
  own, _ = _view(
    scores.own[known_own],
    labels.own[known_own] == 1,
    labels.episode[known_own],
    threshold,
    weights,
  )
  rewarded = detection.success(scores.every, threshold)
  returns = _returns(labels, scores.own, known_own, threshold, thresholded)
  confusion = reward_metrics.confusion(rewarded, labels.achieved)
  return Analysis(
    threshold=threshold,
    every=every,
    own=own,
    epic=_epic(scores.every, truths, known, labels.episode, weights),
    epic_rewarded=_epic(
      rewarded.astype(np.float64), truths, known, labels.episode, weights
    ),
    calibration=(
      reward_metrics.calibration(scores.every[known], truths[known])
      if probability and known.any()
      else None
    ),
    goals=_goal_rows(labels, scores.every, known, threshold, confusion),
    confusion=confusion,
    suggestion=_suggest(
      labels, scores.own, known_own, precision, resampling.chooses
    ),
    hits=_first_hits(labels, scores.own, threshold) if thresholded else None,
    return_spearman=metrics.spearman(*returns),
    return_kendall=reward_metrics.kendall(*returns),
    abstained=float(np.isnan(scores.every).mean()),
    replicates=replicates,
  )


def _view(
  scores: np.ndarray,
  truths: np.ndarray,
  episodes: np.ndarray,
  threshold: float,
  weights: np.ndarray,
) -> tuple[View, np.ndarray]:
  said = detection.success(scores, threshold)
  point = metrics.precision_recall(scores, truths, threshold)
  curve, replicates = None, np.full(weights.shape[1], np.nan)
  if truths.any() and not truths.all():
    curve, replicates = _curve(scores, truths, episodes, weights)
  shares = [
    reward_bootstrap.share_interval(said & truths, of, episodes, weights)
    for of in (said, truths)
  ]
  view = View(
    curve=curve,
    at_threshold=point,
    precision=shares[0],
    recall=shares[1],
    items=len(scores),
    spearman=metrics.spearman(scores, truths),
    kendall=reward_metrics.kendall(scores, truths),
  )
  return view, replicates


def _curve(
  scores: np.ndarray,
  truths: np.ndarray,
  episodes: np.ndarray,
  weights: np.ndarray,
) -> tuple[Curve, np.ndarray]:
  curve = detection.precision_recall_curve(scores, truths)
  areas, bands = reward_bootstrap.average_precision(
    scores, truths, episodes, weights
  )
  known = bands[~np.isnan(bands[:, 0])]
  if len(known):
    low, high = np.quantile(known, [0.025, 0.975], axis=0)
  else:
    low = high = np.full(bands.shape[1], np.nan)
  area = detection.average_precision(scores, truths)
  return Curve(
    recall=curve.recall,
    precision=curve.precision,
    thresholds=curve.thresholds,
    low=low,
    high=high,
    average_precision=reward_bootstrap.interval(area, areas),
    chance=float(truths.mean()),
  ), areas


def _epic(
  rewards: np.ndarray,
  truths: np.ndarray,
  known: np.ndarray,
  episodes: np.ndarray,
  weights: np.ndarray,
) -> metrics.Interval:
  distances = [
    reward_metrics.epic_distance(rewards[kept, g], truths[kept, g])
    for g, kept in enumerate(known.T)
  ]
  defined = [d for d in distances if not math.isnan(d)]
  if not defined:
    return _NO_INTERVAL
  return reward_bootstrap.interval(
    float(np.mean(defined)),
    reward_bootstrap.mean_epic_distance(
      rewards, truths, known, episodes, weights
    ),
  )


def _goal_rows(
  labels: Labels,
  scores: np.ndarray,
  known: np.ndarray,
  threshold: float,
  confusion: reward_metrics.Confusion,
) -> tuple[GoalRow, ...]:
  rows = []
  for g, goal in enumerate(labels.goals):
    x, y = scores[known[:, g], g], labels.achieved[known[:, g], g] == 1
    both = bool(y.any() and not y.all())
    others = np.nan_to_num(confusion.rate[g].copy())
    others[g] = 0.0
    worst = int(np.argmax(others))
    rows.append(
      GoalRow(
        goal=goal,
        frames=int(y.sum()),
        average_precision=(
          detection.average_precision(x, y) if both else math.nan
        ),
        chance=float(y.mean()) if len(y) else math.nan,
        at_threshold=metrics.precision_recall(x, y, threshold),
        epic=reward_metrics.epic_distance(x, y),
        taken_for=labels.goals[worst] if others[worst] > 0 else '',
        taken_rate=float(others[worst]),
      )
    )
  return tuple(rows)


def _suggest(
  labels: Labels,
  own: np.ndarray,
  known: np.ndarray,
  precision: float,
  chooses: np.ndarray,
) -> Suggestion:
  first = chooses[labels.episode]
  truths = labels.own == 1
  chosen = reward_metrics.threshold_for_precision(
    own[known & first], truths[known & first], precision
  )
  if chosen is None:
    return Suggestion(precision, None, None)
  rest = known & ~first
  return Suggestion(
    precision,
    chosen,
    metrics.precision_recall(own[rest], truths[rest], chosen.value),
  )


def _first_hits(
  labels: Labels, own: np.ndarray, threshold: float
) -> reward_hits.Hits:
  kept = labels.rewardable
  return reward_hits.first_hits(
    detection.success(own, threshold)[kept],
    labels.own[kept],
    labels.episode[kept],
  )


def _returns(
  labels: Labels,
  own: np.ndarray,
  known: np.ndarray,
  threshold: float,
  thresholded: bool,
) -> tuple[np.ndarray, np.ndarray]:
  """Sums of rewards and of truths over each recorded episode, [E] each."""
  rewards = detection.success(own, threshold) if thresholded else own
  count = len(labels.policies)
  by_model, in_truth = (
    np.bincount(labels.episode[known], values[known], count)
    for values in (rewards, labels.own == 1)
  )
  return by_model, in_truth
