"""Scores of whole unrolls: against their own goals, and against all."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.interfaces import RewardModel
from acme_vlm.ops import detection
from acme_vlm.rewards import relabel, windows
from acme_vlm.rewards import scorer as scorer_lib
from acme_vlm.types import Trajectory


class UnrollScores(NamedTuple):
  """What the reward model says of one unroll of T transitions.

  Attributes:
    scores: float32 [T], of the frame o_{t+1} with the episode's own goal, by
      window and hysteresis; NaN where there is no verdict, 0 on placeholders.
    achieved: bool [T+1, G], whether each row's frame, alone whatever the
      reward's window, is a success for each of the G goals that training may
      have; false in rows that begin an episode. None unless asked for.
    unknown: bool [T+1, G], where an ensemble abstained from that. None unless
      asked for.
    table: float32 [T+1, G], the scores behind both; NaN too in rows that begin
      an episode. None unless asked for.
  """

  scores: np.ndarray
  achieved: np.ndarray | None
  unknown: np.ndarray | None = None
  table: np.ndarray | None = None


class UnrollScorer:
  """Scores batches of unrolls in the order in which they were made.

  A `DualEncoderScorer` looks at every frame once, for both kinds of score. For
  one thread.
  """

  def __init__(
    self,
    model: RewardModel,
    goals: Sequence[str],
    *,
    all_goals: bool,
    episodes_remembered: int,
    training_goals: Sequence[int] | None = None,
  ):
    """Starts without any episode.

    Args:
      model: the reward model.
      goals: the run's task set, which goal indices refer to.
      all_goals: whether to tell the rest of `UnrollScores` too.
      episodes_remembered: see `windows.EpisodeScorer`.
      training_goals: indices of the goals that training may have; None is all.
        Of no other one is anything told but to its own episodes.
    """
    self._model = model
    self._goals = tuple(goals)
    self._all_goals = all_goals
    self._asked = self._goals
    if training_goals is not None:
      self._asked = tuple(self._goals[goal] for goal in training_goals)
    self._episodes = windows.EpisodeScorer(model, goals, episodes_remembered)

  def __call__(self, trajectories: Sequence[Trajectory]) -> list[UnrollScores]:
    """Scores unrolls.

    Args:
      trajectories: at least one; several of one episode in the order of time.

    Returns:
      The scores of each.
    """
    # Nothing is achieved when an episode begins: those frames cost nothing.
    shown = [~trajectory.first for trajectory in trajectories]
    if not self._all_goals:
      # No step of the unroll led to its row 0.
      for rows in shown:
        rows[0] = False
    # Of the frames shown, those that a step of their unroll led to.
    led_to = np.concatenate([np.flatnonzero(rows) > 0 for rows in shown])
    scores, table = self._score(trajectories, shown, led_to)
    valid = [relabel.valid_rows(trajectory) for trajectory in trajectories]
    own = _scatter(scores, valid)
    if table is None:
      return [UnrollScores(p, None) for p in own]
    achieved = _scatter(detection.success(table, self._model.threshold), shown)
    unknown = _scatter(np.isnan(table), shown)
    whole = _scatter(table, shown)
    for rows, part in zip(shown, whole, strict=True):
      part[~rows] = np.nan
    return [
      UnrollScores(*row)
      for row in zip(own, achieved, unknown, whole, strict=True)
    ]

  def _score(
    self,
    trajectories: Sequence[Trajectory],
    shown: list[np.ndarray],
    led_to: np.ndarray,
  ) -> tuple[np.ndarray, np.ndarray | None]:
    """Float32 [M] of frames that a step led to, and [N, G] of all N shown."""
    frames = np.concatenate(
      [t.pixels[rows] for t, rows in zip(trajectories, shown, strict=True)]
    )
    valid = [relabel.valid_rows(trajectory) for trajectory in trajectories]
    pairs = list(zip(trajectories, valid, strict=True))
    goals = np.concatenate([t.goal[:-1][rows] for t, rows in pairs])
    episodes = np.concatenate([t.episode[:-1][rows] for t, rows in pairs])
    model, table = self._model, None
    if isinstance(model, scorer_lib.DualEncoderScorer):
      rows = model.embed(frames)
      scores = self._episodes.of_embeddings(rows[led_to], goals, episodes)
      if self._all_goals:
        table = model.score_embeddings(rows, self._asked)
    else:
      scores = self._episodes.scores(frames[led_to], goals, episodes)
      if self._all_goals:
        table = model.score_goals(frames, self._asked)
    return scores, table


def _scatter(values: np.ndarray, rows: list[np.ndarray]) -> list[np.ndarray]:
  """Splits values among the rows that are true; 0 in the others."""
  ends = np.cumsum([np.sum(mask) for mask in rows])
  result = []
  for mask, part in zip(rows, np.split(values, ends[:-1]), strict=True):
    whole = np.zeros((len(mask), *values.shape[1:]), values.dtype)
    whole[mask] = part
    result.append(whole)
  return result
