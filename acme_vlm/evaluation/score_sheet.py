"""Images side by side, each with its scores as bars."""

import os
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib import axes as axes_lib
from matplotlib import figure as figure_lib
from matplotlib import patches

from acme_vlm.evaluation import frame_files, plots, score_plots
from acme_vlm.ops import detection

# Inches: a cell with an image at the left and bars at the right of it.
_CELL = 3.7
_IMAGE, _BARS, _GAP = (1.45, 1.75), 1.75, 0.25
_HEADER, _NAME, _BAR = 0.62, 0.24, 0.26
_COLUMNS, _MOST_BARS = 3, 6
_PIXELS = 360
_WON, _LOST = '#2f9e77', '#9db4d6'
_PALE, _EDGE, _INK = '#eceef1', '#c9ccd1', '#222222'


def thumbnails(
  path: str | os.PathLike,
  images: Sequence[frame_files.NamedImage],
  scores: np.ndarray,
  detector: score_plots.Detector,
  *,
  title: str,
) -> None:
  """Draws each image with a bar for each goal and a tick at the threshold.

  The goals stand in their order if there are few, else the best ones of each
  image.

  Args:
    path: of the picture; its ending says the format.
    images: N images of any sizes, at least one.
    scores: float `[N, G]`; NaN where there is no verdict.
    detector: goals and threshold.
    title: of the picture.
  """
  columns = min(_COLUMNS, len(images))
  rows = -(-len(images) // columns)
  bars = min(_MOST_BARS, len(detector.goals))
  cell = _NAME + max(_IMAGE[1], bars * _BAR) + _GAP
  size = (columns * _CELL + _GAP, _HEADER + rows * cell)
  with matplotlib.rc_context(plots.STYLE):
    figure = figure_lib.Figure(figsize=size)
    # One drawing in inches: dozens of axes would take seconds.
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for n, (image, row) in enumerate(zip(images, scores, strict=True)):
      left = _GAP + n % columns * _CELL
      top = size[1] - _HEADER - n // columns * cell
      _draw_image(axes, left, top, image, row, detector.threshold)
      _draw_bars(
        axes, left + _IMAGE[0] + 0.15, top - _NAME, row, detector, bars
      )
    axes.text(
      *(_GAP, size[1] - 0.18, title), va='top', fontsize=12, weight='bold'
    )
    axes.text(
      *(_GAP, size[1] - 0.4),
      f'tick: threshold {detector.threshold:g}; green: above it',
      va='top',
      fontsize=8.5,
      color='#666666',
    )
    axes.set(xlim=(0, size[0]), ylim=(0, size[1]))
    figure.savefig(path)


def _draw_image(
  axes: axes_lib.Axes,
  left: float,
  top: float,
  image: frame_files.NamedImage,
  scores: np.ndarray,
  threshold: float,
) -> None:
  name = os.path.basename(image.name)
  # Of a long name the end tells more: numbers and the kind of file.
  short = name if len(name) <= 44 else f'…{name[-43:]}'
  axes.text(left, top, short, va='top', fontsize=8.5, color=_INK)
  pixels = frame_files.shrink(image.pixels, _PIXELS)
  scale = min(_IMAGE[0] / pixels.shape[1], _IMAGE[1] / pixels.shape[0])
  width, height = pixels.shape[1] * scale, pixels.shape[0] * scale
  top -= _NAME
  axes.imshow(
    pixels,
    extent=(left, left + width, top - height, top),
    aspect='auto',
    interpolation='lanczos',
  )
  won = bool(detection.success(scores, threshold).any())
  edge = patches.Rectangle(
    *((left, top - height), width, height),
    fill=False,
    ec=_WON if won else _EDGE,
    lw=2.2 if won else 0.8,
  )
  axes.add_patch(edge)


def _draw_bars(
  axes: axes_lib.Axes,
  left: float,
  top: float,
  scores: np.ndarray,
  detector: score_plots.Detector,
  bars: int,
) -> None:
  known = np.where(np.isnan(scores), -np.inf, scores)
  best = int(np.argmax(known))
  shown = np.sort(np.argsort(-known, kind='stable')[:bars])
  if bars < len(scores):
    shown = shown[np.argsort(-known[shown], kind='stable')]
  low, high = detector.limits

  def place(score: float) -> float:
    return _BARS * float(np.clip((score - low) / (high - low), 0, 1))

  tick = left + place(detector.threshold)
  for n, g in enumerate(shown):
    y = top - n * _BAR
    won = bool(detection.success(scores[g], detector.threshold))
    unknown = bool(np.isnan(scores[g]))
    for wide, colour in (
      (_BARS, _PALE),
      (0.0 if unknown else place(scores[g]), _WON if won else _LOST),
    ):
      bar = patches.Rectangle((left, y - 0.215), wide, 0.075, fc=colour, lw=0)
      axes.add_patch(bar)
    axes.plot([tick, tick], [y - 0.235, y - 0.12], color=_INK, lw=1.1)
    style: dict[str, Any] = {
      'fontsize': 7.5,
      'va': 'top',
      'color': _WON if won else _INK,
      'weight': 'bold' if g == best and not unknown else 'normal',
    }
    goal = score_plots.cut(detector.goals[g], _BARS - 0.35)
    axes.text(left, y, goal, **style)
    value = '–' if unknown else f'{scores[g]:.{2 if high - low > 0.5 else 3}f}'
    axes.text(left + _BARS, y, value, ha='right', **style)
