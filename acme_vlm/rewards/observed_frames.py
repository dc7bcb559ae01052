"""Observations of any layout to the frames that a reward model takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from acme_vlm import errors

_LETTERS = frozenset('THWC')


class FrameReader:
  """Takes the newest frame out of an array of pixels, as RGB of 8 bits.

  The layout names the axes in their order: T for stacked frames, the newest
  last, H and W for height and width, C for channels. Without C frames are
  grey. Channels are 1 (grey), 3 (RGB) or, of stacked RGB frames, a multiple of
  3, the newest last.
  """

  def __init__(
    self,
    shape: Sequence[int],
    dtype: Any,
    *,
    low: float,
    high: float,
    layout: str | None = None,
  ):
    """Decides how arrays are read.

    Args:
      shape: of an array, without a batch.
      dtype: of an array, an integer or a floating type.
      low: its lowest value, shown black.
      high: its highest value, shown white; uint8 stays as it is.
      layout: letters of `THWC`, one for each axis; None guesses from the shape
        where it leaves no doubt.

    Raises:
      ConfigError: an array that holds no image, a layout that does not fit it
        or is in doubt, or values of no known range.
    """
    self.shape = tuple(shape)
    self.layout = layout or _guess(self.shape)
    _check(self.shape, self.layout)
    self._bytes = np.dtype(dtype) == np.uint8
    self._low, self._span = float(low), float(high) - float(low)
    if not self._bytes and not (0 < self._span < np.inf):
      raise errors.ConfigError(
        'expected pixels of type uint8 or of a bounded range, got '
        f'{np.dtype(dtype)} in [{low}, {high}]'
      )
    # THWC, those it has: where each stands in the array.
    self._order = [self.layout.index(x) for x in 'THWC' if x in self.layout]

  def __call__(self, pixels: np.ndarray) -> np.ndarray:
    """Reads one array.

    Args:
      pixels: of the shape and type told at the start.

    Returns:
      uint8 `[H, W, 3]`.

    Raises:
      ValueError: an array of another shape.
    """
    return self.batch(np.asarray(pixels)[None])[0]

  def batch(self, pixels: np.ndarray) -> np.ndarray:
    """Reads N arrays, stacked along a leading axis.

    Args:
      pixels: `[N, ...]`.

    Returns:
      uint8 `[N, H, W, 3]`, in memory of its own.

    Raises:
      ValueError: arrays of another shape.
    """
    pixels = np.asarray(pixels)
    if pixels.shape[1:] != self.shape:
      raise ValueError(
        f'expected pixels {list(self.shape)}, got {list(pixels.shape[1:])}'
      )
    frames = np.transpose(pixels, [0, *(1 + axis for axis in self._order)])
    if 'T' in self.layout:
      frames = frames[:, -1]
    if 'C' not in self.layout:
      frames = frames[..., None]
    if frames.shape[-1] == 1:
      frames = np.broadcast_to(frames, (*frames.shape[:-1], 3))
    frames = frames[..., -3:]
    if not self._bytes:
      scaled = (frames.astype(np.float64) - self._low) * (255 / self._span)
      frames = np.clip(np.round(scaled), 0, 255)
    return np.array(frames, np.uint8, order='C')


def _guess(shape: tuple[int, ...]) -> str:
  if len(shape) == 2:
    return 'HW'
  possible = {3: ('HWC', 'CHW'), 4: ('THWC', 'TCHW')}.get(len(shape), ())
  fitting = [
    layout for layout in possible if shape[layout.index('C')] in (1, 3)
  ]
  if len(fitting) == 1:
    return fitting[0]
  raise errors.ConfigError(
    f'expected pixels whose layout the shape tells, got {list(shape)}: give it'
    " as layout='HWC', 'CHW', 'TCHW', 'HWT' or the like"
  )


def _check(shape: tuple[int, ...], layout: str) -> None:
  letters = set(layout)
  fits = (
    len(letters) == len(layout) == len(shape)
    and {'H', 'W'} <= letters <= _LETTERS
  )
  if not fits:
    raise errors.ConfigError(
      f'expected a layout of {len(shape)} letters of THWC, H and W among them, '
      f'for pixels {list(shape)}, got {layout!r}'
    )
  if 0 in shape:
    raise errors.ConfigError(f'expected pixels, got none: {list(shape)}')
  channels = shape[layout.index('C')] if 'C' in layout else 1
  if channels != 1 and channels % 3:
    raise errors.ConfigError(
      'expected 1 or 3 channels, or those of stacked RGB frames, got '
      f'{channels}'
    )
