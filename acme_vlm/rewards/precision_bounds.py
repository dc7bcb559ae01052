"""How precise a threshold is, and how sure that is; pure NumPy."""

import numpy as np


def intervals(
  p: np.ndarray,
  shows: np.ndarray,
  groups: np.ndarray,
  thresholds: np.ndarray,
  *,
  replicates: int = 1000,
  seed: int = 0,
) -> np.ndarray:
  """Precision with a 95 % interval at each threshold.

  Frames of one episode are alike, so an episode counts once. The interval is
  the wider, at each end, of two: percentiles of the bootstrap over episodes;
  and Wilson's with as many trials as episodes have a positive, for where
  nothing is wrong the bootstrap sees no doubt at all.

  Args:
    p: float [N] or more, scores.
    shows: bool, of the same shape, whether the frame shows the goal.
    groups: int, of the same shape, the episode of each score.
    thresholds: float [K].
    replicates: draws of the bootstrap.
    seed: of the draws.

  Returns:
    float64 [K, 3]: precision, lower and upper bound; NaN where nothing is
    above a threshold.
  """
  said, hits = _counts(p, shows, groups, thresholds)
  num = max(1, len(said))
  with np.errstate(invalid='ignore', divide='ignore'):
    precision = hits.sum(0) / said.sum(0)
    wilson = _wilson(precision, (said > 0).sum(0))
    draws: np.ndarray = np.random.default_rng(seed).multinomial(
      num, np.full(num, 1 / num), size=replicates
    )[:, : len(said)]
    drawn = (draws @ hits) / (draws @ said)
  some = np.isfinite(precision)
  result = np.full((len(thresholds), 3), np.nan)
  result[some, 0] = precision[some]
  if some.any():
    low, high = _percentiles(drawn[:, some], (0.025, 0.975))
    result[some, 1] = np.minimum(low, wilson[0][some])
    result[some, 2] = np.maximum(high, wilson[1][some])
  return result


def of_share(
  chosen: np.ndarray, groups: np.ndarray
) -> tuple[float, float, float]:
  """Share of items with a 95 % interval, as `intervals` has it.

  Args:
    chosen: bool [N].
    groups: int [N], the episode of each item.

  Returns:
    Share, lower and upper bound; NaN of no items.
  """
  everything = np.zeros(len(chosen))
  share, low, high = intervals(everything, chosen, groups, np.array([-1.0]))[0]
  return float(share), float(low), float(high)


def _counts(
  p: np.ndarray, shows: np.ndarray, groups: np.ndarray, thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
  """By episode and threshold, float64 [E, K]: positives, and true ones."""
  order = np.argsort(groups.ravel(), kind='stable')
  scores = p.ravel().astype(np.float32)[order]
  truths = shows.ravel()[order]
  _, starts = np.unique(groups.ravel()[order], return_index=True)
  said = np.empty((len(starts), len(thresholds)))
  hits = np.empty_like(said)
  # `side='right'` leaves those above the threshold, as float32 compares.
  limits = thresholds.astype(np.float32)
  for e, (start, end) in enumerate(
    zip(starts, np.append(starts, len(scores))[1:], strict=True)
  ):
    part, true = scores[start:end], truths[start:end]
    for counts, values in ((said, part), (hits, part[true])):
      values = np.sort(values)
      counts[e] = len(values) - np.searchsorted(values, limits, 'right')
  return said, hits


def _percentiles(
  values: np.ndarray, shares: tuple[float, ...]
) -> list[np.ndarray]:
  """Of each column `[B, K]`, NaN left out; numpy's own takes seconds."""
  ordered = np.sort(values, axis=0)  # NaN comes last.
  last = np.maximum(np.sum(~np.isnan(values), axis=0) - 1, 0)
  columns = np.arange(values.shape[1])
  return [
    ordered[np.round(share * last).astype(int), columns] for share in shares
  ]


def _wilson(
  share: np.ndarray, trials: np.ndarray, z: float = 1.959963984540054
) -> tuple[np.ndarray, np.ndarray]:
  """Bounds of a share, Wilson 1927; z is the quantile of 95 %."""
  n = trials.astype(float)
  middle = share + z * z / (2 * n)
  spread = z * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
  norm = 1 + z * z / n
  # Rounding must not step over the share.
  low = np.clip((middle - spread) / norm, 0, share)
  return low, np.clip((middle + spread) / norm, share, 1)
