"""Eyes that know the fake environment's colours by heart."""

import hashlib
from collections.abc import Sequence

import numpy as np

from acme_vlm import errors
from acme_vlm.testing import fake_environment


class FakeEyes:
  """One map of how much each cell of the tap grid has the goal's colour.

  An `interfaces.Eyes` for frames of `FakeEnvironment`. Noise is drawn from the
  frame, the goal and the seed, so that the same frame always looks the same.

  Attributes:
    asked: frames in each call of `see` so far.
  """

  def __init__(
    self,
    goals: Sequence[str] = fake_environment.GOALS[:4],
    *,
    cells: tuple[int, int] = (4, 3),
    noise: float = 0.0,
    seed: int = 0,
  ):
    """Opens the eyes.

    Args:
      goals: the task set that indices refer to, names of
        `fake_environment.GOALS`.
      cells: rows and columns of the map; they divide the frame.
      noise: standard deviation of what is added to the map's entries, at
        least 0.
      seed: of the noise.

    Raises:
      UnknownNameError: for a goal that is not in `GOALS`.
    """
    for goal in goals:
      if goal not in fake_environment.GOALS:
        raise errors.UnknownNameError('goal', goal, fake_environment.GOALS)
    colours = [fake_environment.COLOURS[goal.split()[0]] for goal in goals]
    self._colours = _directions(np.array(colours, np.float32))
    self._cells = cells
    self._noise = noise
    self._seed = seed
    self.asked: list[int] = []

  @property
  def grid(self) -> tuple[int, int, int]:
    """One map of the cells."""
    return 1, *self._cells

  @property
  def size(self) -> int:
    """Cells, and the four numbers of the summary."""
    return self._cells[0] * self._cells[1] + 4

  def see(self, frames: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Compares the colour in the middle of each cell with the goal's.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: int32 [N], indices in the task set.

    Returns:
      float32 [N, F]: the map, row by row; its maximum, where that is (x to the
      right and y upwards, in [-1, 1]), and the map's mean.
    """
    self.asked.append(len(frames))
    rows, columns = self._cells
    num, height, width, _ = frames.shape
    down, right = height // rows, width // columns
    middles = frames[:, down // 2 :: down, right // 2 :: right]
    colours = middles.astype(np.float32)
    wanted = self._colours[goals][:, None]
    near = np.sum(_directions(colours).reshape(num, -1, 3) * wanted, axis=-1)
    maps = np.maximum(1 - 8 * (1 - near), 0)
    if self._noise:
      maps += self._noise * np.stack(
        [self._drawn(*pair) for pair in zip(frames, goals, strict=True)]
      )
    best = np.argmax(maps, axis=1)
    x = (best % columns + 0.5) / columns * 2 - 1
    y = 1 - (best // columns + 0.5) / rows * 2
    summary = np.stack([maps.max(axis=1), x, y, maps.mean(axis=1)], axis=1)
    return np.concatenate([maps, summary], axis=1).astype(np.float32)

  def _drawn(self, frame: np.ndarray, goal: int) -> np.ndarray:
    key = self._seed.to_bytes(8, 'little') + int(goal).to_bytes(4, 'little')
    digest = hashlib.blake2b(frame.tobytes(), digest_size=8, key=key).digest()
    rng = np.random.default_rng(int.from_bytes(digest, 'little'))
    return rng.normal(size=self._cells[0] * self._cells[1])


def _directions(colours: np.ndarray) -> np.ndarray:
  """Colours of length 1: what is left without their brightness."""
  norm = np.linalg.norm(colours, axis=-1, keepdims=True)
  return colours / np.maximum(norm, 1e-6)
