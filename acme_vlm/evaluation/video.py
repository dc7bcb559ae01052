"""Evaluation episodes as a video one can judge the agent by.

Every episode is a panel: its goal in words, the agent's frame enlarged, where
it taps next, the reward model's score of the frame against the threshold, a
flag when the reward fires and, at the end, what was true.
"""

import math
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import imageio
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acme_vlm.evaluation import results
from acme_vlm.ops import detection

_BACKGROUND = (24, 26, 30)
_TEXT = (236, 236, 236)
_FAINT = (150, 154, 162)
_BAR = (59, 111, 182)
_TRACK = (58, 62, 70)
_GOOD = (88, 190, 110)
_BAD = (226, 92, 80)
_TAP = (255, 196, 0)
_GAP = 14
_HEADER = 30
_FOOTER = 58
_HOLD_SECONDS = 1.5
_SHOWN_HEIGHT = 360


class ActionMark(NamedTuple):
  """How an action is drawn.

  Attributes:
    label: a few words, for example 'tap' or 'next page'.
    position: of a tap, (y, x) in [0, 1] of the frame; None if it has none.
  """

  label: str
  position: tuple[float, float] | None = None


def write_video(
  path: str | os.PathLike,
  episodes: Sequence[results.EpisodeResult],
  describe_action: Callable[[int], ActionMark],
  *,
  threshold: float,
  columns: int = 4,
  rows: int = 1,
  scale: int | None = None,
  score_range: tuple[float, float] = (0.0, 1.0),
  frames_per_second: float = 3.0,
) -> None:
  """Writes episodes as an MP4, as many side by side as the grid has places.

  Args:
    path: of the file, ending in `.mp4`.
    episodes: with their frames (`pixels`), at least one.
    describe_action: how each action is drawn.
    threshold: beta, marked on the score's bar.
    score_range: scores of an empty and of a full bar.
    columns: of the grid.
    rows: of the grid; further episodes follow after the first have ended.
    scale: by which frames are enlarged; None shows them about 360 pixels high,
      but never smaller than they are.
    frames_per_second: steps of the agent per second.

  Raises:
    ValueError: if an episode has no frames, or there is none.
  """
  if not episodes or any(e.pixels is None for e in episodes):
    raise ValueError('expected episodes with recorded frames')
  if scale is None:
    assert episodes[0].pixels is not None
    scale = max(1, round(_SHOWN_HEIGHT / episodes[0].pixels.shape[1]))
  hold = round(_HOLD_SECONDS * frames_per_second)
  places = rows * columns
  with _open(path, frames_per_second) as writer:
    for begin in range(0, len(episodes), places):
      group = episodes[begin : begin + places]
      for step in range(max(e.length for e in group) + 1 + hold):
        panels = [
          draw_panel(
            e,
            min(step, e.length),
            describe_action,
            threshold,
            scale,
            score_range,
          )
          for e in group
        ]
        writer.append_data(_grid(panels, rows, columns))


def draw_panel(
  episode: results.EpisodeResult,
  step: int,
  describe_action: Callable[[int], ActionMark],
  threshold: float,
  scale: int = 3,
  score_range: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
  """Draws one moment of an episode.

  Args:
    episode: with its frames.
    step: 0 for the first frame, `length` for the last.
    describe_action: how each action is drawn.
    threshold: beta.
    scale: by which the frame is enlarged.
    score_range: scores of an empty and of a full bar.

  Returns:
    uint8 [H', W', 3].
  """
  assert episode.pixels is not None
  frame = Image.fromarray(episode.pixels[step])
  size = (frame.width * scale, frame.height * scale)
  width = max(size[0], 150)
  left = (width - size[0]) // 2
  panel = Image.new('RGB', (width, _HEADER + size[1] + _FOOTER), _BACKGROUND)
  draw = ImageDraw.Draw(panel)
  _write(draw, (0, 6), episode.goal_name, 15, _TEXT, width)
  panel.paste(frame.resize(size, Image.Resampling.NEAREST), (left, _HEADER))
  at_end = step == episode.length
  top = _HEADER + size[1] + 6
  score = float(episode.scores[step - 1]) if step else None
  _draw_score(draw, score, threshold, score_range, top, width)
  rewarded = score is not None and detection.success(score, threshold)
  if at_end:
    label = 'ended by the reward' if rewarded else 'time-out'
  else:
    mark = describe_action(int(episode.actions[step]))
    label = f'{step + 1}: {mark.label}'
    if mark.position is not None:
      y, x = mark.position
      _draw_tap(draw, left + x * size[0], _HEADER + y * size[1], scale)
  _write(draw, (0, top + 16), label, 12, _FAINT, width - 40)
  if rewarded:
    _write(draw, (width, top + 16), 'r = 1', 12, _GOOD, width, 'ra')
  if at_end:
    verdict = 'true success' if episode.true_success else 'no true success'
    colour = _GOOD if episode.true_success else _BAD
    _write(draw, (0, top + 33), verdict, 13, colour, width)
    outline = (left, _HEADER, left + size[0] - 1, _HEADER + size[1] - 1)
    draw.rectangle(outline, outline=colour, width=3)
  return np.asarray(panel)


def _open(path: str | os.PathLike, frames_per_second: float) -> Any:
  # A function run between fork and exec, with which imageio keeps Ctrl-C from
  # ffmpeg, can deadlock in a process that has threads; this turns it off.
  os.environ['IMAGEIO_FFMPEG_NO_PREVENT_SIGINT'] = '1'
  return imageio.get_writer(
    os.fspath(path),
    format='FFMPEG',
    fps=frames_per_second,
    codec='libx264',
    quality=8,
    macro_block_size=1,
  )


def _draw_score(
  draw: ImageDraw.ImageDraw,
  score: float | None,
  threshold: float,
  score_range: tuple[float, float],
  top: int,
  width: int,
) -> None:
  end = width - 40
  low, high = score_range

  def place(value: float) -> int:
    return round(end * min(max((value - low) / (high - low), 0.0), 1.0))

  draw.rectangle((0, top + 3, end, top + 11), fill=_TRACK)
  tick = place(threshold)
  if score is not None and math.isnan(score):
    # An ensemble whose members disagree says nothing.
    _write(draw, (width, top), '?', 12, _TEXT, 40, 'ra')
  elif score is not None:
    colour = _GOOD if detection.success(score, threshold) else _BAR
    draw.rectangle((0, top + 3, place(score), top + 11), fill=colour)
    _write(draw, (width, top), f'{score:.2f}', 12, _TEXT, 40, 'ra')
  draw.line((tick, top, tick, top + 14), fill=_TEXT, width=2)


def _draw_tap(
  draw: ImageDraw.ImageDraw, x: float, y: float, scale: int
) -> None:
  radius = 3.2 * scale
  for grown, colour in ((1, (0, 0, 0)), (0, _TAP)):
    r = radius + grown
    box = (x - r, y - r, x + r, y + r)
    draw.ellipse(box, outline=colour, width=max(2, scale) + 2 * grown)


def _write(
  draw: ImageDraw.ImageDraw,
  place: tuple[float, float],
  words: str,
  size: int,
  colour: tuple[int, int, int],
  room: int,
  anchor: str = 'la',
) -> None:
  """Writes a line, smaller where it would not fit into `room` pixels."""
  font = ImageFont.load_default(size)
  while size > 8 and draw.textlength(words, font) > room:
    size -= 1
    font = ImageFont.load_default(size)
  draw.text(place, words, colour, font=font, anchor=anchor)


def _grid(panels: Sequence[np.ndarray], rows: int, columns: int) -> np.ndarray:
  """Panels row by row on one canvas, whose sides are even for the codec."""
  height, width = panels[0].shape[:2]
  shape = (
    rows * (height + _GAP) + _GAP,
    columns * (width + _GAP) + _GAP,
  )
  canvas = np.empty(
    (shape[0] + shape[0] % 2, shape[1] + shape[1] % 2, 3), np.uint8
  )
  canvas[:] = _BACKGROUND
  for n, panel in enumerate(panels):
    y = _GAP + n // columns * (height + _GAP)
    x = _GAP + n % columns * (width + _GAP)
    canvas[y : y + height, x : x + width] = panel
  return canvas
