"""The newest frames of every running episode, scored as one."""

import collections
from collections.abc import Sequence

import numpy as np

from acme_vlm.interfaces import RewardModel
from acme_vlm.ops import detection
from acme_vlm.rewards import scorer as scorer_lib


class EpisodeScorer:
  """Scores frames in the order in which their episodes saw them.

  For a window of one frame, any `RewardModel` does. For a longer one it must
  be a `DualEncoderScorer`: the embeddings of an episode's last frames are
  remembered from call to call. Implements `interfaces.RewardScorer`. For one
  thread.
  """

  def __init__(
    self, model: RewardModel, goals: Sequence[str], episodes_remembered: int
  ):
    """Starts without any episode.

    Args:
      model: the reward model.
      goals: the run's task set, which goal indices refer to.
      episodes_remembered: bound on the episodes whose frames are remembered,
        at least 1; the longest unseen is forgotten first.
    """
    self._model = model
    self._goals = tuple(goals)
    self._most = episodes_remembered
    self._recent: collections.OrderedDict[int, collections.deque] = (
      collections.OrderedDict()
    )

  def scores(
    self, frames: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Scores frames; several of one episode stand in the order of time.

    Args:
      frames: uint8 [N, H, W, 3], each the frame that a step led to; the first
        observation of an episode is no such frame.
      goals: int32 [N], indices in the task set.
      episodes: int64 [N], episode numbers.

    Returns:
      float32 [N], p(o, l) of eq. 1.
    """
    model = self._model
    if isinstance(model, scorer_lib.DualEncoderScorer):
      return self.of_embeddings(model.embed(frames), goals, episodes)
    return model.score(frames, self._words(goals))

  def of_embeddings(
    self, rows: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Scores frames that a `DualEncoderScorer` has embedded already.

    Args:
      rows: float32 [N, D], embeddings of frames as `scores` takes them.
      goals: int32 [N], indices in the task set.
      episodes: int64 [N], episode numbers.

    Returns:
      float32 [N], p(o, l) of eq. 1.
    """
    model = self._model
    assert isinstance(model, scorer_lib.DualEncoderScorer)
    words, window = self._words(goals), model.window
    if window == 1:
      alone = np.ones((len(rows), 1), bool)
      return model.score_windows(rows[:, None], alone, words)
    windows = np.zeros((len(rows), window, rows.shape[1]), np.float32)
    mask = np.zeros((len(rows), window), bool)
    for n, (row, episode) in enumerate(
      zip(rows, episodes.tolist(), strict=True)
    ):
      recent = self._newest(episode, window)
      recent.append(row)
      windows[n, -len(recent) :] = recent
      mask[n, -len(recent) :] = True
    return model.score_windows(windows, mask, words)

  def rewards(
    self, frames: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Rewards of the newest frames of all environments.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: int32 [N], indices in the task set.
      episodes: int64 [N], episode numbers.

    Returns:
      float32 [N], 0 or 1 (arXiv 2312.09187, eq. 2).
    """
    scores = self.scores(frames, goals, episodes)
    success = detection.success(scores, self._model.threshold)
    return success.astype(np.float32)

  def _words(self, goals: np.ndarray) -> list[str]:
    return [self._goals[goal] for goal in goals.tolist()]

  def _newest(self, episode: int, window: int) -> collections.deque:
    recent = self._recent.setdefault(episode, collections.deque(maxlen=window))
    self._recent.move_to_end(episode)
    if len(self._recent) > self._most:
      self._recent.popitem(last=False)
    return recent
