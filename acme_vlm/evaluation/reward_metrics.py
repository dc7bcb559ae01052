"""How good a reward model is on labeled frames; NumPy and SciPy only.

Scores and truths of one call are of the same items, none of them NaN or of
unknown truth: the caller leaves those out.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from acme_vlm.ops import detection

# Recall at which curves of resampled data are compared, 0 to 1.
RECALL_GRID = np.linspace(0.0, 1.0, 101)


class Calibration(NamedTuple):
  """How far a probability can be taken at its word.

  Attributes:
    edges: bounds of the bins, float64 [B+1], 0 to 1.
    confidence: mean probability in each bin, float64 [B]; NaN if it is empty.
    frequency: share of true items in each bin, float64 [B]; NaN if empty.
    items: how many are in each bin, int64 [B].
    expected_error: ECE, the mean of |frequency - confidence| over items.
    brier: mean squared difference of probability and truth, in [0, 1].
    brier_reference: that of always saying the prevalence.
  """

  edges: np.ndarray
  confidence: np.ndarray
  frequency: np.ndarray
  items: np.ndarray
  expected_error: float
  brier: float
  brier_reference: float


class Confusion(NamedTuple):
  """Which goals are rewarded on frames that show which goal.

  Attributes:
    rate: P(reward of goal j | the frame shows goal i), float64 [G+1, G]; the
      last row is of frames that show none of the goals; NaN without frames.
    frames: how many frames each row has, int64 [G+1].
  """

  rate: np.ndarray
  frames: np.ndarray


class Threshold(NamedTuple):
  """A threshold chosen for its precision.

  Attributes:
    value: scores above it are successes.
    precision: reached on the items it was chosen on.
    recall: reached on the items it was chosen on.
  """

  value: float
  precision: float
  recall: float


def epic_distance(reward: np.ndarray, truth: np.ndarray) -> float:
  """EPIC distance between a reward and the true one, over states.

      D(R, R*) = (1/√2) √(1 − ρ(R(S), R*(S)))

  ρ is Pearson's correlation over states S. It does not change when a reward is
  scaled by a positive number or shifted: 0 for the same task, 1 for the
  opposite one, 1/√2 for a reward that knows nothing of the task.

  Args:
    reward: float [N], of each state.
    truth: float or bool [N].

  Returns:
    In [0, 1]. A reward that is constant where the truth is not correlates
    with nothing, 1/√2; NaN if the truth is constant or there is no state.

  Reference:
    Lemma 1 of Rocamonde et al. 2023, https://arxiv.org/abs/2310.12921, for
    rewards of states and one goal; the distance itself is of Gleave et al.
    2020, https://arxiv.org/abs/2006.13900.
  """
  x, y = np.asarray(reward, np.float64), np.asarray(truth, np.float64)
  if x.shape != y.shape or x.ndim != 1:
    raise ValueError(
      f'expected rewards and truths of one shape [N], got {x.shape} and '
      f'{y.shape}'
    )
  if not len(y) or np.ptp(y) == 0:
    return math.nan
  if np.ptp(x) == 0:
    return math.sqrt(0.5)
  x, y = x - x.mean(), y - y.mean()
  correlation = float(x @ y) / math.sqrt(float(x @ x) * float(y @ y))
  return epic_of_correlation(correlation)


def epic_of_correlation(correlation: float) -> float:
  """The distance above from ρ in [-1, 1], which rounding may overstep."""
  return math.sqrt(0.5 * (1.0 - min(1.0, max(-1.0, correlation))))


def kendall(
  x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray
) -> float:
  """Kendall's rank correlation τ-b, which accounts for ties.

  Args:
    x: float [N].
    y: float [N].

  Returns:
    In [-1, 1]; NaN if fewer than two items or one side is constant.
  """
  x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
  if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
    return math.nan
  return float(stats.kendalltau(x, y).statistic)


def calibration(
  scores: np.ndarray, truths: np.ndarray, bins: int = 10
) -> Calibration:
  """Compares probabilities with how often they come true.

      ECE   = Σ_b (n_b / n) |frequency_b − confidence_b|
      Brier = (1/n) Σ_i (p_i − y_i)²

  Args:
    scores: float [N], probabilities in [0, 1]; N at least 1.
    truths: bool [N].
    bins: of equal width; a probability on a bound belongs to the bin above.

  Returns:
    The bins and both figures.

  Raises:
    ValueError: a score outside [0, 1], or none.

  References:
    Naeini et al. 2015 (ECE), https://doi.org/10.1609/aaai.v29i1.9602;
    Brier 1950.
  """
  scores, truths = detection.checked(scores, truths)
  if not len(scores) or scores.min() < 0 or scores.max() > 1:
    raise ValueError('expected probabilities in [0, 1], at least one')
  place = np.minimum((scores * bins).astype(int), bins - 1)
  count = np.bincount(place, minlength=bins)
  with np.errstate(invalid='ignore'):
    confidence = np.bincount(place, scores, bins) / count
    frequency = np.bincount(place, truths, bins) / count
  gaps = np.where(count > 0, np.abs(frequency - confidence), 0.0)
  prevalence = truths.mean()
  return Calibration(
    edges=np.linspace(0.0, 1.0, bins + 1),
    confidence=confidence,
    frequency=frequency,
    items=count,
    expected_error=float(count @ gaps / len(scores)),
    brier=float(np.mean((scores - truths) ** 2)),
    brier_reference=float(prevalence * (1 - prevalence)),
  )


def confusion(rewarded: np.ndarray, achieved: np.ndarray) -> Confusion:
  """Counts which goals are rewarded on frames that show which goal.

  A frame that shows several goals counts in the row of each. Only a frame
  whose labels are all known to be 0 counts as showing none.

  Args:
    rewarded: bool [N, G], whether goal j is rewarded on frame n.
    achieved: int8 [N, G], 1 yes, 0 no, -1 unknown.

  Returns:
    The matrix.
  """
  shows = np.column_stack([achieved == 1, (achieved == 0).all(axis=1)])
  frames = shows.sum(axis=0)
  with np.errstate(invalid='ignore'):
    rate = (shows.T.astype(np.float64) @ rewarded) / frames[:, None]
  return Confusion(rate, frames)


def threshold_for_precision(
  scores: np.ndarray, truths: np.ndarray, precision: float
) -> Threshold | None:
  """Chooses the threshold of the highest recall at a wanted precision.

  Args:
    scores: float [N].
    truths: bool [N].
    precision: wanted on these items, in (0, 1].

  Returns:
    The threshold, halfway to the next lower score as far as float32 tells
    them apart; None if no item is true or no threshold is that precise.
  """
  scores, truths = detection.checked(np.asarray(scores, np.float32), truths)
  if not truths.any():
    return None
  curve = detection.precision_recall_curve(scores, truths)
  possible = np.flatnonzero(curve.precision >= precision)
  if not len(possible):
    return None
  # Of equal recall, the first is the most precise.
  best = possible[np.argmax(curve.recall[possible])]
  above = curve.thresholds[best]
  lower = curve.thresholds[best + 1 : best + 2]
  below = lower[0] if len(lower) else above - 1e-3
  middle = np.float32((above + below) / 2)
  value = float(middle) if middle < np.float32(above) else float(below)
  return Threshold(
    value, float(curve.precision[best]), float(curve.recall[best])
  )


def precision_at_recall(
  precision: np.ndarray, recall: np.ndarray, grid: np.ndarray = RECALL_GRID
) -> np.ndarray:
  """Precision of the strictest threshold that reaches each recall.

  Args:
    precision: float [K], of a curve from the strictest threshold on.
    recall: float [K], not decreasing, 1 at the end.
    grid: float [M], in [0, 1].

  Returns:
    float64 [M].
  """
  places = np.searchsorted(recall, grid - 1e-12)
  return np.asarray(precision)[np.minimum(places, len(recall) - 1)]
