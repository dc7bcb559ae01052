"""From one reward to another while a run goes on: what must be undone.

A label is a reward's opinion, and opinions went further than the label: the
reward that scores the newest frames has ended episodes, with discount 0, and
first successes have marked their episodes as finished. What is said here takes
both back, so that another reward can label the same steps as if it had been
the first.
"""

from collections.abc import Container
from typing import Literal, NamedTuple

import numpy as np

from acme_vlm.types import LabeledTrajectory, Trajectory

# What becomes of the labels that nobody has learned from yet.
Table = Literal['relabel', 'drop', 'keep']


class Swap(NamedTuple):
  """What a change of reward did.

  Attributes:
    old_version: 63-bit hash of the reward before.
    new_version: of the one since.
    relabeled: trajectories of the labeled table that were labeled anew.
    dropped: trajectories of it that were thrown away.
    seconds: for which labeling stood still; writing the table anew, which may
      wait for the learner, is not in them.
  """

  old_version: int
  new_version: int
  relabeled: int
  dropped: int
  seconds: float


def unlabeled(labeled: LabeledTrajectory) -> Trajectory:
  """The trajectory as it was before it was labeled.

  Args:
    labeled: one unroll of T transitions.

  Returns:
    The unroll. Row T of action, log_prob, discount and policy_version, which
    nobody uses, is 0.
  """

  def last(column: np.ndarray) -> np.ndarray:
    return np.append(column, np.zeros(1, column.dtype))

  return Trajectory(
    pixels=labeled.pixels,
    sight=labeled.sight,
    instruction=labeled.instruction,
    goal=labeled.goal,
    first=labeled.first,
    action=last(labeled.action),
    log_prob=last(labeled.log_prob),
    discount=last(labeled.environment_discount),
    core_state=labeled.core_state,
    policy_version=last(labeled.policy_version),
    episode=labeled.episode,
  )


def finished(labeled: LabeledTrajectory) -> tuple[int, ...]:
  """Numbers of the episodes that a label ended: their first successes.

  Args:
    labeled: one unroll of T transitions.

  Returns:
    The episodes whose reward came with discount 0.
  """
  ended = (labeled.reward > 0) & (labeled.discount == 0) & (labeled.mask > 0)
  return tuple(labeled.episode[:-1][ended].tolist())


def own_discount(trajectory: Trajectory, ended: Container[int]) -> Trajectory:
  """Gives steps that an actor ended for a reward their own discount back.

  The environment would have gone on. If the label agrees with the reward that
  ended the episode, it sets the discount to 0 again; if another reward labels
  the step, and sees no success there, the episode was cut short, which is what
  discount 1 says of a last step.

  Args:
    trajectory: one unroll of T transitions.
    ended: numbers of the episodes that the actors ended for a reward.

  Returns:
    The trajectory, with discount 1 in place of 0 in those episodes.
  """
  stopped = np.flatnonzero(trajectory.discount == 0)
  cut = [t for t in stopped if int(trajectory.episode[t]) in ended]
  if not cut:
    return trajectory
  discount = trajectory.discount.copy()
  discount[cut] = 1
  return trajectory._replace(discount=discount)
