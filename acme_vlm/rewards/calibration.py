"""Temperature and threshold from labeled frames; pure NumPy.

Every frame is held against several goals, its own among them, as the agent
meets them: most frames do not show the goal.
"""

from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.ops import detection


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
    threshold: beta; a probability above it counts as positive.
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


def choose_threshold(
  p: np.ndarray, shows: np.ndarray, precision: float
) -> OperatingPoint:
  """Chooses the threshold of the highest recall at a wanted precision.

  Args:
    p: float [...], probability that the frame shows the goal.
    shows: bool [...], whether it does.
    precision: wanted, in (0, 1].

  Returns:
    The threshold, halfway between two probabilities that came, and what it
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
  # Equal probabilities fall on the same side of every threshold.
  below = np.append(scores[1:], np.float32(0))
  possible = (scores > below) & (precisions >= precision)
  if not possible.any():
    raise errors.ConfigError(
      f'expected a threshold of precision >= {precision}, '
      f'got at most {precisions[scores > below].max(initial=0.0):.4f}'
    )
  ranks = np.where(possible, recalls + 1e-9 * precisions, -1.0)
  k = int(np.argmax(ranks))
  middle = np.float32((float(scores[k]) + float(below[k])) / 2)
  return OperatingPoint(
    # Between neighbours of float32 lies nothing, and it may round up.
    threshold=float(middle if middle < scores[k] else below[k]),
    precision=float(precisions[k]),
    recall=float(recalls[k]),
  )


def shortest_threshold(threshold: float, p: np.ndarray) -> float:
  """Writes a threshold with the fewest digits that split the scores the same.

  Args:
    threshold: beta in [0, 1].
    p: float [...], the probabilities that it was chosen on.

  Returns:
    The threshold rounded to as few decimals as leave every probability on its
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
