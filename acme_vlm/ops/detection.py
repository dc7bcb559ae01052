"""Scores and a threshold: success or none; and how well scores detect it.

Pure NumPy, on the host: the one place where a score is held against beta.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float


class PrecisionRecallCurve(NamedTuple):
  """A detector at all thresholds, from the strictest to the laxest.

  Attributes:
    precision: float64 [K].
    recall: float64 [K], not decreasing.
    thresholds: float64 [K], decreasing: scores of at least it are positive.
  """

  precision: Float[np.ndarray, ' k']
  recall: Float[np.ndarray, ' k']
  thresholds: Float[np.ndarray, ' k']


def success(
  probability: Float[np.ndarray, '...'] | np.floating | float, threshold: float
) -> Bool[np.ndarray, '...']:
  """Tells which frames are a success, eq. 2: p > β.

  Both are compared as float32, the type of every score: so a score that equals
  the threshold as written is never above it, wherever the two meet.

  Args:
    probability: float [...], p of eq. 1 of the frame that the step led to, or
      what another reward head makes of it.
    threshold: β, in the range of the scores. At the highest no frame ever is.

  Returns:
    bool [...]; false for NaN.

  Reference: arXiv 2312.09187, eq. 2.
  """
  return np.asarray(np.asarray(probability, np.float32) > np.float32(threshold))


def k_th_largest(
  scores: Float[np.ndarray, '... n'], k: int
) -> Float[np.ndarray, '...']:
  """The k-th largest of n scores.

  At least k of n scores are above β exactly if the k-th largest is: so one
  number stands for all n wherever a score is held against β.

  Args:
    scores: float [..., n], none NaN.
    k: 1 (the largest) to n (the smallest).

  Returns:
    float [...].
  """
  return np.sort(scores, axis=-1)[..., scores.shape[-1] - k]


def hysteresis(
  scores: Float[np.ndarray, '... n'], k: int, threshold: float, lowest: float
) -> Float[np.ndarray, '...']:
  """One score for the newest n of an episode: success if k of them are.

  A NaN, where an ensemble abstained, might be above β or not. It decides
  nothing as long as the others decide, and else leaves the verdict open.

  Args:
    scores: float [..., n], of the newest n steps; `lowest` where the episode
      has no such step yet.
    k: scores that have to be above β, 1 to n.
    threshold: β.
    lowest: no score is below it, nor is β.

  Returns:
    float [...]: the k-th largest, NaN counting as `lowest`; or NaN where that
    is no success, but could be one if those that abstained were above β.
  """
  least = k_th_largest(np.where(np.isnan(scores), lowest, scores), k)
  most = k_th_largest(np.where(np.isnan(scores), np.inf, scores), k)
  is_open = success(most, threshold) & ~success(least, threshold)
  return np.where(is_open, np.nan, least).astype(scores.dtype)


def precision_recall_curve(
  scores: np.ndarray, truths: np.ndarray
) -> PrecisionRecallCurve:
  """Sweeps the threshold over all distinct scores.

  Args:
    scores: float [N].
    truths: bool [N], at least one of them true.

  Returns:
    One point per distinct score.

  Raises:
    ValueError: if no item is true: recall is then not defined.
  """
  scores, truths = checked(scores, truths)
  if not truths.any():
    raise ValueError(
      f'expected at least one true item, got none of {len(truths)}'
    )
  order = np.argsort(-scores, kind='stable')
  scores, truths = scores[order], truths[order]
  # Items of equal score are called positive together.
  ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
  hits = np.cumsum(truths)[ends]
  return PrecisionRecallCurve(
    hits / (ends + 1.0), hits / truths.sum(), scores[ends]
  )


def average_precision(scores: np.ndarray, truths: np.ndarray) -> float:
  """Area under the precision-recall curve, not interpolated.

      AP = Σ_k (R_k − R_{k−1}) P_k

  Args:
    scores: float [N].
    truths: bool [N], at least one of them true.

  Returns:
    In (0, 1].

  Raises:
    ValueError: if no item is true.
  """
  curve = precision_recall_curve(scores, truths)
  steps = np.diff(curve.recall, prepend=0.0)
  return float(np.sum(steps * curve.precision))


def checked(
  scores: np.ndarray, truths: np.ndarray
) -> tuple[Float[np.ndarray, ' n'], Bool[np.ndarray, ' n']]:
  """Returns both as arrays of float64 and bool.

  Args:
    scores: float [N], none NaN.
    truths: bool [N].

  Returns:
    The same, float64 [N] and bool [N].

  Raises:
    ValueError: of different shapes, or NaN among the scores.
  """
  scores, truths = np.asarray(scores, float), np.asarray(truths, bool)
  if scores.ndim != 1 or scores.shape != truths.shape:
    raise ValueError(
      f'expected scores and truths of one shape [N], got {scores.shape} and'
      f' {truths.shape}'
    )
  if np.isnan(scores).any():
    raise ValueError('expected scores, got NaN among them')
  return scores, truths
