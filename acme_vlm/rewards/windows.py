"""The newest frames of every running episode, scored as one."""

import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.interfaces import RewardModel
from acme_vlm.ops import detection
from acme_vlm.rewards import scorer as scorer_lib


class _Recent(NamedTuple):
  """What is remembered of an episode, oldest first."""

  rows: collections.deque[np.ndarray]
  scores: collections.deque[float]


class EpisodeScorer:
  """Scores frames in the order in which their episodes saw them.

  Of an episode's newest frames, a window is scored as one, and of the newest
  n such scores the k-th largest counts (`RewardConfig.window`, `.hysteresis`):
  what is needed of both is remembered from call to call. Any `RewardModel`
  does; one without the attribute `hysteresis` has none, and a window longer
  than one frame is a `DualEncoderScorer`'s. Implements
  `interfaces.RewardScorer`. For one thread.
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
    self._window: int = getattr(model, 'window', 1)
    hysteresis: tuple[int, int] = getattr(model, 'hysteresis', (1, 1))
    self._k, self._n = hysteresis
    # Whatever range a model's scores have, this one is no success.
    self._lowest: float = getattr(model, 'lowest', min(0.0, model.threshold))
    self._abstains: bool = getattr(model, 'abstains', False)
    self._recent: collections.OrderedDict[int, _Recent] = (
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
      float32 [N], the model's scores; NaN where there is no verdict.

    Raises:
      ValueError: a score that is none: infinite, or NaN of a model that does
        not say by its attribute `abstains` that it may withhold a verdict.
    """
    model = self._model
    if isinstance(model, scorer_lib.DualEncoderScorer):
      return self.of_embeddings(model.embed(frames), goals, episodes)
    return self._steady(model.score(frames, self._words(goals)), episodes)

  def of_embeddings(
    self, rows: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Scores frames that a `DualEncoderScorer` has embedded already.

    Args:
      rows: float32 [N, D], embeddings of frames as `scores` takes them.
      goals: int32 [N], indices in the task set.
      episodes: int64 [N], episode numbers.

    Returns:
      float32 [N], the model's scores; NaN where there is no verdict.
    """
    model = self._model
    assert isinstance(model, scorer_lib.DualEncoderScorer)
    words, window = self._words(goals), self._window
    windows = np.zeros((len(rows), window, rows.shape[1]), np.float32)
    mask = np.zeros((len(rows), window), bool)
    if window == 1:
      windows[:, 0], mask[:] = rows, True
    else:
      for n, episode in enumerate(episodes.tolist()):
        recent = self._newest(episode).rows
        # Copied, so that one row does not keep all of its batch alive.
        recent.append(rows[n].copy())
        windows[n, -len(recent) :] = recent
        mask[n, -len(recent) :] = True
    return self._steady(model.score_windows(windows, mask, words), episodes)

  def rewards(
    self, frames: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Rewards of the newest frames of all environments, which end episodes.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: int32 [N], indices in the task set.
      episodes: int64 [N], episode numbers.

    Returns:
      float32 [N], 0 or 1 (arXiv 2312.09187, eq. 2); 0 without looking where
      the reward is not thresholded, for then no episode ends by it.
    """
    if not getattr(self._model, 'thresholded', True):
      return np.zeros(len(frames), np.float32)
    scores = self.scores(frames, goals, episodes)
    success = detection.success(scores, self._model.threshold)
    return success.astype(np.float32)

  def _steady(self, scores: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    fine = np.isfinite(scores)
    if self._abstains:
      fine |= np.isnan(scores)
    if not fine.all():
      n = int(np.argmin(fine))
      raise ValueError(
        f'expected a finite score, got {scores[n]} in episode {episodes[n]}'
      )
    if self._n == 1:
      return scores
    newest = np.full((len(scores), self._n), self._lowest, scores.dtype)
    for n, episode in enumerate(episodes.tolist()):
      recent = self._newest(episode).scores
      recent.append(float(scores[n]))
      newest[n, -len(recent) :] = recent
    return detection.hysteresis(
      newest, self._k, self._model.threshold, self._lowest
    )

  def _words(self, goals: np.ndarray) -> list[str]:
    return [self._goals[goal] for goal in goals.tolist()]

  def _newest(self, episode: int) -> _Recent:
    if episode not in self._recent:
      self._recent[episode] = _Recent(
        collections.deque(maxlen=self._window),
        collections.deque(maxlen=self._n),
      )
    self._recent.move_to_end(episode)
    if len(self._recent) > self._most:
      self._recent.popitem(last=False)
    return self._recent[episode]
