"""Labels of one unroll from its probabilities; pure, on the host."""

from collections.abc import Set
from typing import NamedTuple

import numpy as np

from acme_vlm.ops import detection
from acme_vlm.types import LabeledTrajectory, Trajectory


class Relabeled(NamedTuple):
  """One labeled unroll and what it says about its episodes.

  Attributes:
    trajectory: for the learner.
    finished: numbers of the episodes whose first success lies in this unroll,
      in order.
    ended: episodes whose last observation lies in this unroll (row `T` is
      left to the next one, whose row 0 it is).
  """

  trajectory: LabeledTrajectory
  finished: tuple[int, ...]
  ended: int


def valid_rows(trajectory: Trajectory) -> np.ndarray:
  """Tells transitions from placeholders.

  Args:
    trajectory: one unroll of T transitions.

  Returns:
    bool [T]: false exactly where the next row begins an episode.
  """
  return ~trajectory.first[1:]


def relabel(
  trajectory: Trajectory,
  scores: np.ndarray,
  threshold: float,
  finished: Set[int],
  *,
  reward_version: int,
  labeled_at: float,
) -> Relabeled:
  """Turns probabilities into reward, discount and mask.

  Of the transition t, which leads to the frame o_{t+1}:

      reward_t   = 1[p(o_{t+1}, l) > β]  if it counts, else 0
      discount_t = 0 at an episode's first reward, else the environment's
      mask_t     = 0 on placeholders and after an episode's first reward, else 1

  An episode ends on its first reward. Where the actor has ended it there (mode
  'online') nothing follows; where it ran on (mode 'relabel'), what follows is
  masked, in later unrolls too. Every other field is passed on as it came; no
  question about other goals is asked (`outcomes` does).

  Args:
    trajectory: one unroll of T transitions, T+1 rows.
    scores: float32 [T], p(o_{t+1}, l); on placeholders anything.
    threshold: beta in [0, 1].
    finished: episodes that succeeded in an earlier unroll.
    reward_version: 63-bit hash of everything that makes the reward.
    labeled_at: seconds since the epoch.

  Returns:
    `Relabeled`.

  Raises:
    ValueError: probabilities of another shape, NaN, or outside [0, 1].

  Reference: arXiv 2312.09187, section 3 (eq. 2 and the end of an episode).
  """
  valid = valid_rows(trajectory)
  num = valid.shape[0]
  episode = trajectory.episode[:num]
  _check(scores, valid, episode)
  success = valid & detection.success(scores, threshold)
  first_success = np.zeros(num, bool)
  counts = valid.copy()
  newly_finished: list[int] = []
  for t in np.flatnonzero(valid):
    number = int(episode[t])
    if number in finished or number in newly_finished:
      counts[t] = False
    elif success[t]:
      first_success[t] = True
      newly_finished.append(number)
  discount = trajectory.discount[:num]
  labeled = LabeledTrajectory(
    pixels=trajectory.pixels,
    instruction=trajectory.instruction,
    first=trajectory.first,
    action=trajectory.action[:num],
    log_prob=trajectory.log_prob[:num],
    reward=first_success.astype(np.float32),
    discount=np.where(first_success, np.float32(0), discount),
    mask=counts.astype(np.float32),
    core_state=trajectory.core_state,
    outcome_goal=np.zeros_like(trajectory.instruction[:num]),
    outcome=np.zeros(num, np.float32),
    outcome_mask=np.zeros(num, np.float32),
    policy_version=trajectory.policy_version[:num],
    reward_version=np.array(reward_version, np.int64),
    labeled_at=np.array(labeled_at, np.float64),
    goal=trajectory.goal,
    episode=trajectory.episode,
    environment_discount=discount,
  )
  return Relabeled(labeled, tuple(newly_finished), int(np.sum(~valid)))


def _check(scores: np.ndarray, valid: np.ndarray, episode: np.ndarray) -> None:
  if scores.shape != valid.shape:
    raise ValueError(
      f'expected scores of shape {valid.shape}, got {scores.shape}'
    )
  # The comparison is false for NaN, so a NaN counts as outside.
  inside = (scores >= 0) & (scores <= 1)
  wrong = np.flatnonzero(valid & ~inside)
  if wrong.size:
    t = wrong[0]
    raise ValueError(
      f'expected a probability in [0, 1], got {scores[t]:.4g} '
      f'at step {t} of episode {episode[t]}'
    )
