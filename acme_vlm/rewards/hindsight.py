"""What an episode achieved, by the reward model, whatever its goal was.

Once its frames are embedded, an episode can be held against every goal of the
task set, every prompt, temperature and threshold: no image is looked at again.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.ops import detection
from acme_vlm.rewards import scorer as scorer_lib
from acme_vlm.rewards import windows

_ONE_EPISODE = 0


class Achieved(NamedTuple):
  """A goal and when it was achieved.

  Attributes:
    goal: index in the task set.
    step: the first step that led to a frame of success, from 0.
  """

  goal: int
  step: int


class EpisodeLabels(NamedTuple):
  """Labels of one episode of T steps.

  Attributes:
    scores: float32 [T, G], of the frame that each step led to against each
      goal of the task set, with the window and hysteresis of the reward.
    achieved: goals in the order of the task set, each with its first success;
      none for a reward without a threshold.
  """

  scores: np.ndarray
  achieved: tuple[Achieved, ...]

  def success(self, goal: int) -> int | None:
    """The step at which an episode with this goal would end, or None."""
    return next((a.step for a in self.achieved if a.goal == goal), None)


def label(
  model: scorer_lib.DualEncoderScorer, rows: np.ndarray, goals: Sequence[str]
) -> EpisodeLabels:
  """Labels an episode with every goal, as if each had been its own.

  Args:
    model: the reward model.
    rows: float32 [T+1, D], embeddings of the episode's frames as `model.embed`
      gives them; the first is the one that it began with.
    goals: the task set, G goals in words.

  Returns:
    The labels.
  """
  led_to = rows[1:]
  num, width = len(led_to), len(goals)
  if model.window == 1 and model.hysteresis[1] == 1:
    scores = model.score_embeddings(led_to, goals)
  else:
    scores = np.empty((num, width), np.float32)
    for goal in range(width):
      episode = windows.EpisodeScorer(model, goals, 1)
      scores[:, goal] = episode.of_embeddings(
        led_to,
        np.full(num, goal, np.int32),
        np.full(num, _ONE_EPISODE, np.int64),
      )
  achieved = detection.success(scores, model.threshold) & model.thresholded
  first = np.argmax(achieved, axis=0) if num else np.zeros(width, int)
  found = np.flatnonzero(achieved.any(axis=0))
  return EpisodeLabels(
    scores, tuple(Achieved(int(goal), int(first[goal])) for goal in found)
  )
