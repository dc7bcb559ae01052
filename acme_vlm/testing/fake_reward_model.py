"""A reward model that knows the fake environment's screens by heart."""

import hashlib
from collections.abc import Sequence

import numpy as np

from acme_vlm import errors
from acme_vlm.testing import fake_environment

_CLOSE = 12.0


class FakeRewardModel:
  """Scores frames of `FakeEnvironment`, exactly or with given error rates.

  An `interfaces.RewardModel` and an `interfaces.RewardScorer` in one. Errors
  are drawn from the content of the frame and the goal, so that the same frame
  always gets the same score, as a frozen model's would.
  """

  def __init__(
    self,
    goals: Sequence[str] = fake_environment.GOALS[:4],
    *,
    threshold: float = 0.5,
    false_positive_rate: float = 0.0,
    false_negative_rate: float = 0.0,
    seed: int = 0,
  ):
    """Builds the model.

    Args:
      goals: the task set that indices refer to.
      threshold: beta in [0, 1).
      false_positive_rate: share of (frame, goal) pairs of failure that score
        high, in [0, 1].
      false_negative_rate: share of the pairs of success that score low.
      seed: of the errors.

    Raises:
      ConfigError: for a rate or threshold outside its range.
    """
    if not 0 <= threshold < 1:
      raise errors.ConfigError(f'expected a threshold in [0, 1), {threshold=}')
    for rate in (false_positive_rate, false_negative_rate):
      if not 0 <= rate <= 1:
        raise errors.ConfigError(
          f'expected an error rate in [0, 1], got {rate}'
        )
    self._goals = tuple(goals)
    self._threshold = threshold
    self._rates = (false_positive_rate, false_negative_rate)
    self._seed = seed
    self.calls = 0

  @property
  def version(self) -> int:
    """63-bit hash of everything that makes the reward."""
    made_of = (self._goals, self._threshold, self._rates, self._seed)
    digest = hashlib.blake2b(repr(made_of).encode(), digest_size=8).digest()
    return int.from_bytes(digest, 'little') >> 1

  @property
  def threshold(self) -> float:
    """Scores above it are successes."""
    return self._threshold

  def score(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame against its goal.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: N names from `fake_environment.GOALS`.

    Returns:
      float32 [N] in [0, 1].

    Raises:
      ValueError: frames of another shape or type, or not one goal a frame.
    """
    _check(frames)
    if len(goals) != len(frames):
      raise ValueError(
        f'expected {len(frames)} goals, one a frame, got {len(goals)}'
      )
    self.calls += 1
    low, high = self._threshold / 2, (1 + self._threshold) / 2
    scores = np.empty(len(frames), np.float32)
    for n, (frame, goal) in enumerate(zip(frames, goals, strict=True)):
      success = _shows(frame, goal)
      rate = self._rates[int(success)]
      if rate and self._chance(frame, goal) < rate:
        success = not success
      scores[n] = high if success else low
    return scores

  def score_goals(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame against every goal, float32 [N, G]."""
    columns = [self.score(frames, [goal] * len(frames)) for goal in goals]
    return np.stack(columns, axis=1)

  def rewards(
    self, frames: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Rewards of eq. 2 of arXiv 2312.09187 for goal indices int32 [N]."""
    del episodes
    scores = self.score(frames, [self._goals[int(g)] for g in goals])
    return (scores > self._threshold).astype(np.float32)

  def _chance(self, frame: np.ndarray, goal: str) -> float:
    content = frame.tobytes() + goal.encode()
    key = self._seed.to_bytes(8, 'little')
    digest = hashlib.blake2b(content, digest_size=8, key=key).digest()
    return int.from_bytes(digest, 'little') / 2**64


def _check(frames: np.ndarray) -> None:
  shape = frames.shape
  fits = len(shape) == 4 and shape[3] == 3 and min(shape[1:3]) > 0
  if frames.dtype != np.uint8 or not fits:
    raise ValueError(
      'expected frames uint8 [N, H, W, 3] of at least one pixel, '
      f'got {frames.dtype} {list(shape)}'
    )


def _shows(frame: np.ndarray, goal: str) -> bool:
  """Whether the frame is the opened screen of the goal's colour."""
  header = fake_environment.HEADER_ROWS
  if frame[:header].min() < 255:
    return False
  screen = frame[header:].reshape(-1, 3).astype(np.float32)
  mean = screen.mean(axis=0)
  if np.abs(screen - mean).max() > _CLOSE:
    return False
  colour = np.array(fake_environment.COLOURS[goal.split()[0]], dtype=np.float32)
  # The shade scales the colour: compare directions.
  scaled = colour * (mean.max() / colour.max())
  return bool(np.abs(scaled - mean).max() < _CLOSE)
