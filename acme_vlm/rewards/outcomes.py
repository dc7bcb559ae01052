"""What else a step achieved: labels for goals that nobody asked for.

Every frame is embedded once, and then every goal of the task set can be held
against it at next to no cost. A step that opened the wrong app teaches how to
open that one.
"""

from typing import NamedTuple

import numpy as np

from acme_vlm.rewards import relabel
from acme_vlm.types import Trajectory


class Outcomes(NamedTuple):
  """A question about each step of one unroll, and its answer.

  Attributes:
    goal: which of the G goals was asked about, int32 [T].
    outcome: float32 [T], 1 where the frame that the step led to achieves it.
    mask: float32 [T], 0 on placeholders, where the frame before achieved it
      already, so that the step did nothing for it, and where it is unknown.
  """

  goal: np.ndarray
  outcome: np.ndarray
  mask: np.ndarray


def ask(
  trajectory: Trajectory,
  achieved: np.ndarray,
  rng: np.random.Generator,
  unknown: np.ndarray | None = None,
) -> Outcomes:
  """Asks of every step whether it achieved some goal that it may be asked.

  The goal is drawn uniformly; but of a step that newly achieved one, it is
  that one every other time, because such steps are rare.

  Args:
    trajectory: one unroll of T transitions, T+1 rows.
    achieved: bool [T+1, G], `p(o_t, l) > β` of each row's frame and each goal;
      false in rows that begin an episode.
    rng: draws the goals.
    unknown: bool [T+1, G], where there is no verdict; None is nowhere.

  Returns:
    `Outcomes`.
  """
  before, after = achieved[:-1], achieved[1:]
  num, num_goals = after.shape
  steps = np.arange(num)
  goal = rng.integers(num_goals, size=num)
  new = after & ~before
  wanted = new.any(axis=1) & (rng.random(num) < 0.5)
  goal[wanted] = np.argmax(new[wanted], axis=1)
  mask = relabel.valid_rows(trajectory) & ~before[steps, goal]
  if unknown is not None:
    mask &= ~(unknown[:-1] | unknown[1:])[steps, goal]
  return Outcomes(
    goal.astype(np.int32),
    after[steps, goal].astype(np.float32),
    mask.astype(np.float32),
  )
