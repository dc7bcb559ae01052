"""Where the reward first fires in recorded episodes: all that training sees.

An episode of training ends at its first r = 1 (arXiv 2312.09187, section 3),
so of a recorded episode only its first hit counts, right or wrong.
"""

import enum
from typing import NamedTuple

import numpy as np


class Outcome(enum.Enum):
  """How an episode would have ended in training; the value is its caption."""

  RIGHT = 'fires on the goal'
  WRONG = 'fires without the goal'
  MISSED = 'silent, though the goal was reached'
  SILENT = 'silent, and rightly so'
  UNKNOWN = 'labels do not say'


class Hits(NamedTuple):
  """One entry per episode, E in all.

  Attributes:
    outcome: E of `Outcome`.
    fired: place of the first r = 1 in the episode, int64 [E], from 0; -1 if
      there is none.
    reached: place of the first frame that truly achieves the goal, or -1.
  """

  outcome: tuple[Outcome, ...]
  fired: np.ndarray
  reached: np.ndarray

  def count(self, outcome: Outcome) -> int:
    """How many episodes end so."""
    return sum(o is outcome for o in self.outcome)

  @property
  def delays(self) -> np.ndarray:
    """Steps from the goal's being reached to the reward, where it is right."""
    right = np.array([o is Outcome.RIGHT for o in self.outcome], bool)
    return (self.fired - self.reached)[right]


def first_hits(
  rewarded: np.ndarray, achieved: np.ndarray, episodes: np.ndarray
) -> Hits:
  """Finds the first reward of every episode and whether it is right.

  Args:
    rewarded: bool [N], r of each frame for its episode's goal, in the order of
      time.
    achieved: int8 [N], 1 yes, 0 no, -1 unknown.
    episodes: int [N], 0 to E - 1, rising, each of at least one frame.

  Returns:
    The hits. An episode without a hit is `MISSED` if any frame achieves the
    goal, `SILENT` if all are known not to, else `UNKNOWN`.
  """
  outcomes, fired, reached = [], [], []
  starts = np.flatnonzero(np.diff(episodes)) + 1
  for hit, truth in zip(
    np.split(rewarded, starts), np.split(achieved, starts), strict=True
  ):
    fired.append(int(np.argmax(hit)) if hit.any() else -1)
    reached.append(int(np.argmax(truth == 1)) if (truth == 1).any() else -1)
    if hit.any():
      at = int(truth[fired[-1]])
      outcomes.append(
        {1: Outcome.RIGHT, 0: Outcome.WRONG}.get(at, Outcome.UNKNOWN)
      )
    elif reached[-1] >= 0:
      outcomes.append(Outcome.MISSED)
    else:
      known = bool((truth == 0).all())
      outcomes.append(Outcome.SILENT if known else Outcome.UNKNOWN)
  return Hits(tuple(outcomes), np.array(fired), np.array(reached))
