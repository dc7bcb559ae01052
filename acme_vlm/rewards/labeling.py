"""Unlabeled trajectories to labeled ones, by one reward model."""

import time
from collections.abc import Sequence

import numpy as np

from acme_vlm.interfaces import RewardModel
from acme_vlm.rewards import episode_set, relabel, swapping, unroll_scores
from acme_vlm.rewards import outcomes as outcomes_lib
from acme_vlm.types import LabeledTrajectory, Trajectory


class Labeler:
  """A reward model, and what must be remembered from unroll to unroll.

  Trajectories go through `score` and then, one by one, through `label`, in the
  order of their making. For one thread.
  """

  def __init__(
    self,
    model: RewardModel,
    goals: Sequence[str],
    *,
    episodes_remembered: int,
    goal_instructions: np.ndarray | None = None,
    training_goals: Sequence[int] | None = None,
    goal_scores: bool = False,
    rng: np.random.Generator,
  ):
    """Starts without any episode.

    Args:
      model: the reward model.
      goals: the run's task set, which goal indices refer to.
      episodes_remembered: see `ServiceConfig`.
      goal_instructions: see `RewardService`.
      training_goals: see `RewardService`.
      goal_scores: see `RewardService`.
      rng: draws what is asked about other goals.
    """
    self.model = model
    self._goals = tuple(goals)
    self._most = episodes_remembered
    self._goal_instructions = goal_instructions
    self._training_goals = (
      tuple(range(len(goals)))
      if training_goals is None
      else tuple(training_goals)
    )
    self._goal_scores = goal_scores
    self._rng = rng
    self._finished = episode_set.EpisodeSet(episodes_remembered)
    self._scorer = unroll_scores.UnrollScorer(
      model,
      goals,
      all_goals=goal_scores or goal_instructions is not None,
      episodes_remembered=episodes_remembered,
      training_goals=self._training_goals,
    )

  def successor(
    self, model: RewardModel, recalled: Sequence[LabeledTrajectory]
  ) -> 'Labeler':
    """Makes the labeler that goes on from here with another model.

    Args:
      model: the other model; windows of running episodes begin anew.
      recalled: labels that nobody has learned from and nobody will: episodes
        that they ended are not over.

    Returns:
      A labeler that shares nothing with this one but the random numbers.
    """
    other = Labeler(
      model,
      self._goals,
      episodes_remembered=self._most,
      goal_instructions=self._goal_instructions,
      training_goals=self._training_goals,
      goal_scores=self._goal_scores,
      rng=self._rng,
    )
    other._finished = episode_set.EpisodeSet(self._most, self._finished)
    for labeled in recalled:
      for episode in swapping.finished(labeled):
        other._finished.discard(episode)
    return other

  def score(
    self, trajectories: Sequence[Trajectory]
  ) -> list[unroll_scores.UnrollScores]:
    """Scores unrolls; the part that takes time.

    Args:
      trajectories: at least one.

    Returns:
      The scores of each.

    Raises:
      ValueError: scores that are none.
    """
    return self._scorer(trajectories)

  def label(
    self, trajectory: Trajectory, row: unroll_scores.UnrollScores
  ) -> relabel.Relabeled:
    """Labels one unroll, and remembers the episodes that succeeded in it.

    Args:
      trajectory: one unroll of T transitions.
      row: its scores.

    Returns:
      The labels, with an answer about another goal for every step if there
      are instructions to ask with, and the scores of all goals if they are
      wanted.
    """
    model = self.model
    result = relabel.relabel(
      trajectory,
      row.scores,
      model.threshold,
      self._finished,
      thresholded=getattr(model, 'thresholded', True),
      reward_version=model.version,
      labeled_at=time.time(),
    )
    for episode in result.finished:
      self._finished.add(episode)
    more = self._ask(trajectory, row)
    if self._goal_scores:
      assert row.table is not None
      more['goal_scores'] = row.table
    return result._replace(trajectory=result.trajectory._replace(**more))

  def relabel(
    self, recalled: Sequence[LabeledTrajectory], at_once: int
  ) -> list[LabeledTrajectory]:
    """Labels anew what another model has labeled.

    Args:
      recalled: in the order of their making.
      at_once: trajectories scored at a time, at least 1.

    Returns:
      As many trajectories.

    Raises:
      ValueError: scores that are none.
    """
    relabeled = []
    for first in range(0, len(recalled), at_once):
      rows = recalled[first : first + at_once]
      trajectories = [swapping.unlabeled(labeled) for labeled in rows]
      scores = self.score(trajectories)
      for trajectory, row in zip(trajectories, scores, strict=True):
        relabeled.append(self.label(trajectory, row).trajectory)
    return relabeled

  def _ask(
    self, trajectory: Trajectory, row: unroll_scores.UnrollScores
  ) -> dict[str, np.ndarray]:
    """Fields of the labeled trajectory about goals that were not its own."""
    if row.achieved is None or self._goal_instructions is None:
      return {}
    asked = outcomes_lib.ask(trajectory, row.achieved, self._rng, row.unknown)
    goal = np.asarray(self._training_goals)[asked.goal]
    return {
      'outcome_goal': self._goal_instructions[goal],
      'outcome': asked.outcome,
      'outcome_mask': asked.mask,
    }
