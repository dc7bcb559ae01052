"""Measures of a reward model and of an agent, with their uncertainty."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.ops import detection

# Two-sided 95 % of the normal distribution.
Z_95 = 1.959963984540054


class Interval(NamedTuple):
  """A share with its 95 % confidence interval; NaN of nothing."""

  value: float
  low: float
  high: float


class PrecisionRecall(NamedTuple):
  """A detector at one threshold.

  Attributes:
    precision: of what it called positive, the share that is.
    recall: of what is positive, the share that it called so.
    true_positives: count.
    false_positives: count.
    false_negatives: count.
  """

  precision: Interval
  recall: Interval
  true_positives: int
  false_positives: int
  false_negatives: int


def wilson_interval(
  successes: int | float, total: int, z: float = Z_95
) -> Interval:
  """Confidence interval of a share.

      (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)

  Args:
    successes: k, from 0 to `total`; broken where items come in `total` groups
      that count as one each.
    total: n, at least 0.
    z: quantile of the normal distribution; the default gives 95 %.

  Returns:
    p = k/n with the bounds, in [0, 1]; all NaN if n is 0.

  Raises:
    ValueError: unless 0 <= successes <= total.

  Reference:
    Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
  """
  if not 0 <= successes <= total:
    raise ValueError(f'expected 0 to {total} successes, got {successes}')
  if total == 0:
    return Interval(math.nan, math.nan, math.nan)
  p = successes / total
  middle = p + z * z / (2 * total)
  spread = z * math.sqrt(p * (1 - p) / total + (z / (2 * total)) ** 2)
  norm = 1 + z * z / total
  # At the ends the bound is exact; rounding must not step over the share.
  low = 0.0 if successes == 0 else (middle - spread) / norm
  high = 1.0 if successes == total else (middle + spread) / norm
  return Interval(p, low, high)


def precision_recall(
  scores: np.ndarray, truths: np.ndarray, threshold: float
) -> PrecisionRecall:
  """Precision and recall of `score > threshold`.

  Args:
    scores: float [N].
    truths: bool [N].
    threshold: beta of arXiv 2312.09187, eq. 2.

  Returns:
    Both with Wilson intervals, and the counts.
  """
  scores, truths = detection.checked(scores, truths)
  said = detection.success(scores, threshold)
  hits = int(np.sum(said & truths))
  num_said, num_true = int(said.sum()), int(truths.sum())
  return PrecisionRecall(
    wilson_interval(hits, num_said),
    wilson_interval(hits, num_true),
    hits,
    num_said - hits,
    num_true - hits,
  )


def spearman(
  x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray
) -> float:
  """Spearman's rank correlation, ties given their mean rank.

  Args:
    x: float [N].
    y: float [N].

  Returns:
    In [-1, 1]; NaN if fewer than two items or one side is constant.

  Raises:
    ValueError: if the lengths differ.
  """
  if len(x) != len(y):
    raise ValueError(f'expected equal lengths, got {len(x)} and {len(y)}')
  if len(x) < 2:
    return math.nan
  a, b = _ranks(np.asarray(x, float)), _ranks(np.asarray(y, float))
  a, b = a - a.mean(), b - b.mean()
  norm = math.sqrt(float(a @ a) * float(b @ b))
  return float(a @ b) / norm if norm else math.nan


def return_correlation(
  vlm_returns: Sequence[float], true_returns: Sequence[float]
) -> float:
  """How truly the reward model's return follows the true one over training.

  Args:
    vlm_returns: mean VLM return at each point of training, float [N].
    true_returns: mean true return at the same points, float [N].

  Returns:
    Spearman's correlation over the points where both are known (not NaN).
  """
  vlm, true = np.asarray(vlm_returns, float), np.asarray(true_returns, float)
  if vlm.shape != true.shape:
    raise ValueError(f'expected equal lengths, got {vlm.shape}, {true.shape}')
  known = ~(np.isnan(vlm) | np.isnan(true))
  return spearman(vlm[known].tolist(), true[known].tolist())


def _ranks(values: np.ndarray) -> np.ndarray:
  _, inverse, counts = np.unique(
    values, return_inverse=True, return_counts=True
  )
  last = np.cumsum(counts)
  return (last - (counts - 1) / 2.0)[inverse]
