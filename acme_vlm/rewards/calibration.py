"""Temperature and threshold from labeled frames; pure NumPy.

Every frame is held against several goals, its own among them, as the agent
meets them: most frames do not show the goal.
"""

from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.ops import detection
from acme_vlm.rewards import precision_bounds


class Similarities(NamedTuple):
  """Cosine similarities of frames and texts.

  Attributes:
    goals: float [N, G], of each frame with each goal's prompt.
    negatives: float [N, K], of each frame with each negative's prompt.
    kept: bool [G, K], false where a negative is the goal itself.
  """

  goals: np.ndarray
  negatives: np.ndarray
  kept: np.ndarray


class OperatingPoint(NamedTuple):
  """A detector at one threshold.

  Attributes:
    threshold: beta; a score above it counts as positive.
    precision: of what it calls positive, the share that is.
    recall: of what is positive, the share that it calls so.
  """

  threshold: float
  precision: float
  recall: float


def probabilities(similarities: Similarities, temperature: float) -> np.ndarray:
  """Computes eq. 1 of arXiv 2312.09187 for every frame and goal.

  Args:
    similarities: of N frames with G goals and K negatives.
    temperature: tau, above 0.

  Returns:
    float64 [N, G] in [0, 1].
  """
  goals = np.asarray(similarities.goals, np.float64) / temperature
  negatives = np.asarray(similarities.negatives, np.float64) / temperature
  log_p = np.empty(goals.shape)
  for g, kept in enumerate(similarities.kept):
    terms = np.concatenate([goals[:, g : g + 1], negatives[:, kept]], axis=1)
    # The maximum is taken out, so that small temperatures do not overflow.
    top = terms.max(axis=1)
    total = np.exp(terms - top[:, None]).sum(axis=1)
    log_p[:, g] = goals[:, g] - top - np.log(total)
  return np.exp(log_p)


def log_loss(p: np.ndarray, shows: np.ndarray) -> float:
  """Mean negative log-likelihood of the labels.

  Args:
    p: float [...], probability that the frame shows the goal.
    shows: bool [...], whether it does.

  Returns:
    At least 0, in nats.
  """
  # A wrong label at probability 0 costs much, but not everything.
  inside = np.clip(p, 1e-7, 1 - 1e-7)
  return float(-np.mean(np.where(shows, np.log(inside), np.log1p(-inside))))


def choose_temperature(
  similarities: Similarities, shows: np.ndarray, grid: np.ndarray
) -> float:
  """Chooses the temperature under which the labels are most likely.

  Args:
    similarities: of N frames with G goals and K negatives.
    shows: bool [N, G], whether the frame shows the goal.
    grid: float [M], temperatures to choose from, each above 0.

  Returns:
    One of the grid.
  """
  losses = [log_loss(probabilities(similarities, t), shows) for t in grid]
  return float(grid[int(np.argmin(losses))])


def sigmoid_probabilities(
  similarities: Similarities, temperature: float, bias: float
) -> np.ndarray:
  """Computes p = σ(s/τ + b) for every frame and goal, arXiv 2303.15343.

  Args:
    similarities: of N frames with G goals.
    temperature: tau, above 0.
    bias: b.

  Returns:
    float64 [N, G] in [0, 1].
  """
  x = np.asarray(similarities.goals, np.float64) / temperature + bias
  return np.exp(-np.logaddexp(0.0, -x))  # Without overflow.


def likelier(
  p: np.ndarray, before: np.ndarray, shows: np.ndarray, numbers: int
) -> bool:
  """Tells whether labels are likelier than before, beyond chance.

  The likelihood ratio test at 5 %: twice the logarithm of the ratio against
  the quantile of chi-squared.

  Args:
    p: float [...], probability that the frame shows the goal.
    before: the same, with other numbers.
    shows: bool [...], whether it does.
    numbers: how many numbers were fitted, 1 or 2.

  Returns:
    Whether the fitted numbers are worth a change.
  """
  gain = shows.size * (log_loss(before, shows) - log_loss(p, shows))
  return 2 * gain > {1: 3.841, 2: 5.991}[numbers]


def choose_bias(
  similarities: Similarities, shows: np.ndarray, temperature: float
) -> float:
  """Chooses the sigmoid's bias under which the labels are most likely.

  The likelihood of p = σ(s/τ + b) is concave in b: bisection finds where mean
  probability and share of positives meet.

  Args:
    similarities: of N frames with G goals.
    shows: bool [N, G], whether the frame shows the goal; both occur.
    temperature: tau, above 0.

  Returns:
    The bias b.
  """
  scaled = np.asarray(similarities.goals, np.float64) / temperature
  low, high = -float(scaled.max()) - 40, -float(scaled.min()) + 40
  for _ in range(60):
    bias = (low + high) / 2
    p = sigmoid_probabilities(similarities, temperature, bias)
    if np.mean(p) > np.mean(shows):
      high = bias
    else:
      low = bias
  return (low + high) / 2


def choose_sigmoid(
  similarities: Similarities, shows: np.ndarray, grid: np.ndarray
) -> tuple[float, float]:
  """Chooses temperature and bias of p = σ(s/τ + b), arXiv 2303.15343.

  Args:
    similarities: of N frames with G goals.
    shows: bool [N, G], whether the frame shows the goal; both occur.
    grid: float [M], temperatures to choose from, each above 0.

  Returns:
    Temperature, one of the grid, and bias.
  """
  found = []
  for temperature in grid.tolist():
    bias = choose_bias(similarities, shows, temperature)
    p = sigmoid_probabilities(similarities, temperature, bias)
    found.append((log_loss(p, shows), temperature, bias))
  _, temperature, bias = min(found)
  return temperature, bias


def choose_threshold(
  p: np.ndarray,
  shows: np.ndarray,
  precision: float,
  *,
  lowest: float = 0.0,
  groups: np.ndarray | None = None,
) -> OperatingPoint:
  """Chooses the threshold of the highest recall at a wanted precision.

  Args:
    p: float [N] or more, scores, above `lowest` or equal.
    shows: bool, of the same shape, whether the frame shows the goal.
    precision: wanted, in (0, 1].
    lowest: the lowest score there can be.
    groups: int, of the same shape, the episode of each score. With them the
      lower bound of the precision's 95 % interval must be as high as wanted
      (see `precision_bounds.intervals`), without them the precision itself.

  Returns:
    The threshold, halfway between two scores that came, and what it
    reaches; of several with the same recall, the most precise.

  Raises:
    ConfigError: no frame shows its goal, or no threshold is that precise.
  """
  # As the reward compares them: what float32 cannot tell apart is equal.
  scores = p.ravel().astype(np.float32)
  order = np.argsort(-scores, kind='stable')
  scores, positive = scores[order], shows.ravel()[order]
  if not positive.any():
    raise errors.ConfigError('expected frames that show their goal, got none')
  hits = np.cumsum(positive)
  precisions = hits / np.arange(1, len(hits) + 1)
  recalls = hits / hits[-1]
  # Equal scores fall on the same side of every threshold.
  below = np.append(scores[1:], np.float32(lowest))
  possible = (scores > below) & (precisions >= precision)
  if not possible.any():
    raise errors.ConfigError(
      f'expected a threshold of precision >= {precision}, '
      f'got at most {precisions[scores > below].max(initial=0.0):.4f}'
    )
  middles = ((scores.astype(float) + below) / 2).astype(np.float32)
  # Between neighbours of float32 lies nothing, and it may round up.
  thresholds = np.where(middles < scores, middles, below)
  if groups is not None:
    chosen = _thinned(np.flatnonzero(possible), recalls)
    low = precision_bounds.intervals(p, shows, groups, thresholds[chosen])[:, 1]
    possible = np.zeros_like(possible)
    possible[chosen] = low >= precision
    if not possible.any():
      best = int(np.argmax(low))
      raise errors.ConfigError(
        f'expected a threshold whose precision is >= {precision} by the lower '
        f'bound of its 95 % interval, got at most {low[best]:.4f} (precision '
        f'{precisions[chosen[best]]:.4f} of {chosen[best] + 1} positives in '
        f'{len(np.unique(groups.ravel()[order[: chosen[best] + 1]]))} '
        'episodes): label more episodes, or want less'
      )
  ranks = np.where(possible, recalls + 1e-9 * precisions, -1.0)
  k = int(np.argmax(ranks))
  return OperatingPoint(
    threshold=float(thresholds[k]),
    precision=float(precisions[k]),
    recall=float(recalls[k]),
  )


def _thinned(
  indices: np.ndarray, recalls: np.ndarray, most: int = 400
) -> np.ndarray:
  """At most so many of the indices, spread over recall; the last one always.

  A recall that several have is reached first by the most precise of them.
  """
  _, first = np.unique(recalls[indices], return_index=True)
  indices = indices[first]
  if len(indices) <= most:
    return indices
  return indices[np.linspace(0, len(indices) - 1, most).round().astype(int)]


def shortest_threshold(threshold: float, p: np.ndarray) -> float:
  """Writes a threshold with the fewest digits that split the scores the same.

  Args:
    threshold: beta.
    p: float [...], the scores that it was chosen on.

  Returns:
    The threshold rounded to as few decimals as leave every score on its
    side of it, as the reward compares them; never to 1, above which nothing
    lies, unless it was 1.
  """
  wanted = detection.success(p, threshold)
  for digits in range(1, 17):
    shorter = round(threshold, digits)
    if shorter == 1 != threshold:
      continue
    if np.array_equal(detection.success(p, shorter), wanted):
      return shorter
  return threshold
