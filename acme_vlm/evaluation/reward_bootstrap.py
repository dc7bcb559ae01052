"""How much a measure would change with other episodes: the bootstrap.

Frames of one episode look alike, so whole episodes are resampled, not frames.
The same draws serve every model, so that differences between models can be
resampled too. The intervals are of percentiles.

Reference:
  Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 8, 13.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from acme_vlm.evaluation import metrics, reward_metrics
from acme_vlm.ops import detection

# Draws whose curves are held in memory at once.
_AT_ONCE = 100


class Resampling(NamedTuple):
  """Which episodes are drawn.

  Attributes:
    weights: how often each episode is in each draw, float64 [E, R]; columns
      sum to E.
    chooses: bool [E], the random half of the episodes that a threshold is
      chosen on; the other half says what it reaches.
  """

  weights: np.ndarray
  chooses: np.ndarray


def draw(episodes: int, replicates: int, seed: int) -> Resampling:
  """Draws episodes with replacement, and a half without.

  Args:
    episodes: E, how many there are.
    replicates: R, how many data sets to draw.
    seed: at least 0.

  Returns:
    The draws.
  """
  rng = np.random.default_rng(seed)
  share = np.full(episodes, 1 / episodes)
  weights = rng.multinomial(episodes, share, size=replicates).T
  chooses = np.zeros(episodes, bool)
  chooses[rng.permutation(episodes)[: -(-episodes // 2)]] = True
  return Resampling(weights.astype(np.float64), chooses)


def interval(
  value: float, replicates: np.ndarray, level: float = 0.95
) -> metrics.Interval:
  """The interval between percentiles of the replicates.

  Args:
    value: the measure on the data itself.
    replicates: float [R], the measure on each draw; NaN are left out.
    level: share of the replicates inside.

  Returns:
    The value with its bounds; NaN bounds if no replicate is defined.
  """
  known = replicates[~np.isnan(replicates)]
  if not len(known):
    return metrics.Interval(value, np.nan, np.nan)
  low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
  return metrics.Interval(value, float(low), float(high))


def average_precision(
  scores: np.ndarray,
  truths: np.ndarray,
  episodes: np.ndarray,
  weights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
  """Average precision and the precision-recall curve of every draw.

  Args:
    scores: float [N].
    truths: bool [N], at least one true.
    episodes: int [N], which episode an item is of, below E.
    weights: float [E, R], of `draw`.

  Returns:
    Average precision, float64 [R]; and precision at each recall of
    `reward_metrics.RECALL_GRID`, float64 [R, M]. NaN in a draw without a true
    item.
  """
  scores, truths = detection.checked(scores, truths)
  order = np.argsort(-scores, kind='stable')
  scores, truths = scores[order], truths[order]
  new = np.append(True, np.diff(scores) != 0)
  group = np.cumsum(new) - 1
  # Recall rises only at scores that true items have: the items between two of
  # those are counted together, which makes the tables below small.
  rises = np.unique(group[truths])
  row = np.searchsorted(rises, group)
  inside = row < len(rises)
  shape = (len(rises), len(weights))
  column = np.asarray(episodes)[order]

  def table(kept: np.ndarray) -> sparse.csr_matrix:
    ones = np.ones(int(kept.sum()))
    return sparse.csr_matrix((ones, (row[kept], column[kept])), shape)

  items, hits = table(inside), table(inside & truths)
  areas, curves = [], []
  for start in range(0, weights.shape[1], _AT_ONCE):
    part = weights[:, start : start + _AT_ONCE]
    area, curve = _curves(items @ part, hits @ part)
    areas.append(area)
    curves.append(curve)
  return np.concatenate(areas), np.concatenate(curves)


def _curves(
  items: np.ndarray, hits: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
  """Area and curve of each column, from counts at every score, best first."""
  found = np.cumsum(hits, axis=0)
  called = np.cumsum(items, axis=0)
  total = found[-1]
  with np.errstate(invalid='ignore', divide='ignore'):
    # Where nothing is called yet the step of recall is 0 as well.
    precision = np.where(called > 0, found / called, 1.0)
    area = np.sum(hits / total * precision, axis=0)
    recall = found / total
  grid = np.full((items.shape[1], len(reward_metrics.RECALL_GRID)), np.nan)
  for n in np.flatnonzero(total > 0):
    # Where recall does not rise there is no point of the curve.
    kept = hits[:, n] > 0
    grid[n] = reward_metrics.precision_at_recall(
      precision[kept, n], recall[kept, n]
    )
  return area, grid


def share(
  hits: np.ndarray, of: np.ndarray, episodes: np.ndarray, weights: np.ndarray
) -> np.ndarray:
  """A share in every draw, for example precision or recall.

  Args:
    hits: bool [N], items in the numerator; each is in the denominator too.
    of: bool [N], items in the denominator.
    episodes: int [N], below E.
    weights: float [E, R].

  Returns:
    float64 [R]; NaN where the denominator is empty.
  """
  count = len(weights)
  above = np.bincount(episodes, hits, count) @ weights
  below = np.bincount(episodes, of, count) @ weights
  with np.errstate(invalid='ignore'):
    return above / below


def share_interval(
  hits: np.ndarray, of: np.ndarray, episodes: np.ndarray, weights: np.ndarray
) -> metrics.Interval:
  """A share and how sure it is, by episodes.

  At each end the wider of two: percentiles of the bootstrap; and Wilson's
  bounds with as many trials as episodes have an item in the denominator, for
  where nothing is wrong the bootstrap sees no doubt at all.

  Args:
    hits: bool [N], as for `share`.
    of: bool [N].
    episodes: int [N].
    weights: float [E, R].

  Returns:
    The share with its 95 % interval; NaN if the denominator is empty.
  """
  if not of.any():
    return metrics.wilson_interval(0, 0)
  value = float(hits.sum() / of.sum())
  trials = len(np.unique(episodes[of]))
  _, low, high = metrics.wilson_interval(value * trials, trials)
  drawn = interval(value, share(hits, of, episodes, weights))
  return metrics.Interval(value, min(low, drawn.low), max(high, drawn.high))


def mean_epic_distance(
  rewards: np.ndarray,
  truths: np.ndarray,
  known: np.ndarray,
  episodes: np.ndarray,
  weights: np.ndarray,
) -> np.ndarray:
  """EPIC distance in every draw, averaged over the goals where it is defined.

  Args:
    rewards: float [N, G], of each frame for each goal.
    truths: bool [N, G].
    known: bool [N, G], false leaves a pair out.
    episodes: int [N], below E.
    weights: float [E, R].

  Returns:
    float64 [R]; NaN in a draw in which no goal's truth varies.
  """
  num, goals = rewards.shape
  by_episode = sparse.csr_matrix(
    (np.ones(num), (episodes, np.arange(num))), (len(weights), num)
  )
  y = np.where(known, truths, 0.0)
  # Around the mean, so that the sums of squares keep their digits.
  x = np.where(known, np.asarray(rewards, np.float64), 0.0)
  x = np.where(known, x - x.sum() / max(1, known.sum()), 0.0)
  sums = [
    (by_episode @ values).T @ weights
    for values in (known.astype(float), x, y, x * x, x * y)
  ]
  n, sx, sy, sxx, sxy = sums
  with np.errstate(invalid='ignore', divide='ignore'):
    vx, vy = sxx / n - (sx / n) ** 2, sy / n - (sy / n) ** 2
    r = (sxy / n - sx * sy / n**2) / np.sqrt(vx * vy)
    r = np.where(vx <= 1e-15, 0.0, np.clip(r, -1.0, 1.0))
    distance = np.where(vy > 1e-15, np.sqrt((1 - r) / 2), np.nan)
  assert distance.shape == (goals, weights.shape[1])
  defined = ~np.isnan(distance)
  with np.errstate(invalid='ignore'):
    return np.where(defined, distance, 0.0).sum(axis=0) / defined.sum(axis=0)
