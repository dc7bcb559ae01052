"""Labels of one unroll from its scores; pure, on the host."""

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
    abstained: transitions that are masked for want of a verdict.
  """

  trajectory: LabeledTrajectory
  finished: tuple[int, ...]
  ended: int
  abstained: int = 0


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
  thresholded: bool = True,
  reward_version: int,
  labeled_at: float,
) -> Relabeled:
  """Turns scores into reward, discount and mask.

  Of the transition t, which leads to the frame o_{t+1}, with the score s:

      reward_t   = 1[s(o_{t+1}, l) > β]  if it counts, else 0
      discount_t = 0 at an episode's first reward, else the environment's
      mask_t     = 0 on placeholders, after an episode's first reward, and
                   where s is NaN: there is no verdict; else 1

  An episode ends on its first reward. Where the actor has ended it there (mode
  'online') nothing follows; where it ran on (mode 'relabel'), what follows is
  masked, in later unrolls too. Every other field is passed on as it came; no
  question about other goals is asked (`outcomes` does).

  Not thresholded, the score itself is the reward of every step that has one,
  and neither ends an episode nor masks what follows:

      reward_t   = s(o_{t+1}, l)
      discount_t = the environment's
      mask_t     = 0 on placeholders and where s is NaN, else 1

  Args:
    trajectory: one unroll of T transitions, T+1 rows.
    scores: float32 [T], s(o_{t+1}, l), NaN where the reward model abstains; on
      placeholders anything.
    threshold: beta.
    finished: episodes that succeeded in an earlier unroll.
    thresholded: whether the threshold makes the reward, or the score is it.
    reward_version: 63-bit hash of everything that makes the reward.
    labeled_at: seconds since the epoch.

  Returns:
    `Relabeled`.

  Raises:
    ValueError: scores of another shape, or infinite.

  Reference: arXiv 2312.09187, section 3 (eq. 2 and the end of an episode);
    arXiv 2310.12921, section 3 (the score as the reward).
  """
  valid = valid_rows(trajectory)
  num = valid.shape[0]
  episode = trajectory.episode[:num]
  _check(scores, valid, episode)
  abstained = valid & np.isnan(scores)
  known = valid & ~abstained
  discount = trajectory.discount[:num]
  if thresholded:
    success = known & detection.success(scores, threshold)
    ends, running, newly_finished = _cut(success, valid, episode, finished)
    reward = ends.astype(np.float32)
    own_discount = np.where(ends, np.float32(0), discount)
    counts = known & running
  else:
    reward = np.where(known, scores, 0).astype(np.float32)
    own_discount, counts, newly_finished = discount, known, []
  labeled = LabeledTrajectory(
    pixels=trajectory.pixels,
    sight=trajectory.sight,
    instruction=trajectory.instruction,
    first=trajectory.first,
    action=trajectory.action[:num],
    log_prob=trajectory.log_prob[:num],
    reward=reward,
    discount=own_discount,
    mask=counts.astype(np.float32),
    core_state=trajectory.core_state,
    outcome_goal=np.zeros_like(trajectory.instruction[:num]),
    outcome=np.zeros(num, np.float32),
    outcome_mask=np.zeros(num, np.float32),
    goal_scores=np.zeros((num + 1, 1), np.float32),
    policy_version=trajectory.policy_version[:num],
    reward_version=np.array(reward_version, np.int64),
    labeled_at=np.array(labeled_at, np.float64),
    goal=trajectory.goal,
    episode=trajectory.episode,
    environment_discount=discount,
  )
  return Relabeled(
    labeled, tuple(newly_finished), int(np.sum(~valid)), int(abstained.sum())
  )


def _cut(
  success: np.ndarray,
  valid: np.ndarray,
  episode: np.ndarray,
  finished: Set[int],
) -> tuple[np.ndarray, np.ndarray, list[int]]:
  """Cuts episodes at their first success.

  Args:
    success: bool [T], transitions that would be rewarded.
    valid: bool [T], false on placeholders.
    episode: int64 [T].
    finished: episodes that succeeded before.

  Returns:
    bool [T], the first success of each episode; bool [T], transitions up to
    that; and the episodes that succeed here.
  """
  first = np.zeros(len(success), bool)
  running = valid.copy()
  newly_finished: list[int] = []
  for t in np.flatnonzero(valid):
    number = int(episode[t])
    if number in finished or number in newly_finished:
      running[t] = False
    elif success[t]:
      first[t] = True
      newly_finished.append(number)
  return first, running, newly_finished


def _check(scores: np.ndarray, valid: np.ndarray, episode: np.ndarray) -> None:
  if scores.shape != valid.shape:
    raise ValueError(
      f'expected scores of shape {valid.shape}, got {scores.shape}'
    )
  wrong = np.flatnonzero(valid & np.isinf(scores))
  if wrong.size:
    t = wrong[0]
    raise ValueError(
      f'expected a finite score, got {scores[t]:.4g} '
      f'at step {t} of episode {episode[t]}'
    )
