"""Pictures of scores: over the time of a video, and image by image."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib import axes as axes_lib
from matplotlib import figure as figure_lib
from matplotlib import lines, patches

from acme_vlm.evaluation import frame_files, plots
from acme_vlm.ops import detection

# Told apart by the colour-blind, also in this order; further goals are grey.
COLOURS = (
  '#3b6fb6',
  '#d1622b',
  '#2f9e77',
  '#b04f94',
  '#c99a06',
  '#5b5bd6',
  '#8a5a3c',
  '#3a9fbf',
)
_GREY, _PALE, _INK = '#8c8c8c', '#e3e5e9', '#222222'
_WIDTH = 11.0
# Inches that a letter of the smallest words takes, and room around a score.
_LETTER, _SCORE = 0.066, 0.38
# What stands between a word and a line behind it.
_BACKING = {'fc': 'white', 'ec': 'none', 'alpha': 0.85, 'pad': 1.0}
_MARGIN = {'left': 0.075, 'right': 0.985}


class Detector(NamedTuple):
  """What the scores of a picture mean.

  Attributes:
    goals: G goals in words.
    threshold: beta; a score above it is a success.
    limits: lowest and highest score that is drawn.
  """

  goals: tuple[str, ...]
  threshold: float
  limits: tuple[float, float]


class FilmStrip:
  """Keeps some frames of a video, evenly spread, in bounded memory."""

  def __init__(self, most: int = 240, height: int = 240):
    """Begins empty.

    Args:
      most: frames kept, at least 2.
      height: pixels; higher frames are kept smaller.
    """
    self._most, self._height = most, height
    self._step = 1
    self._seen = 0
    self.kept: list[tuple[int, np.ndarray]] = []

  def add(self, pixels: np.ndarray) -> None:
    """Shows it the next frame, uint8 `[H, W, 3]`."""
    if self._seen % self._step == 0:
      small = frame_files.shrink(pixels, self._height)
      self.kept.append((self._seen, small))
    self._seen += 1
    if len(self.kept) > self._most:
      self._step *= 2
      self.kept = [(n, p) for n, p in self.kept if n % self._step == 0]


def limits(
  scores: np.ndarray, threshold: float, possible: tuple[float, float]
) -> tuple[float, float]:
  """Chooses the range of scores that is drawn.

  Args:
    scores: float, any shape; NaN counts as none.
    threshold: beta, which is drawn too.
    possible: lowest and highest score that there can be.

  Returns:
    The whole range for probabilities, which are read against 0 and 1. What
    there is, with some room around it, for other scores: cosine similarities
    lie close together.
  """
  if possible == (0.0, 1.0):
    return possible
  values = np.append(scores[np.isfinite(scores)], threshold)
  low, high = float(values.min()), float(values.max())
  room = max(0.08 * (high - low), 1e-3)
  return max(low - room, possible[0]), min(high + room, possible[1])


def reward_over_time(
  path: str | os.PathLike,
  seconds: np.ndarray,
  scores: np.ndarray,
  strip: FilmStrip,
  detector: Detector,
  *,
  title: str,
) -> None:
  """Draws a curve for each goal, and frames below at their times.

  Of each stretch of time the frame of the highest score is shown, if the score
  is a success; else the one in the middle.

  Args:
    path: of the picture; its ending says the format.
    seconds: float [N], times of the frames scored, rising.
    scores: float [N, G]; NaN where there is no verdict.
    strip: some of those N frames.
    detector: goals and threshold.
    title: of the picture.
  """
  shape = strip.kept[0][1].shape
  places, tall = _places(shape[1] / shape[0])
  with matplotlib.rc_context(plots.STYLE):
    heights = (3.1, 0.5, tall)
    figure = figure_lib.Figure(figsize=(_WIDTH, sum(heights) + 0.9))
    curves, links, film = figure.subplots(
      3, 1, height_ratios=heights, gridspec_kw={'hspace': 0.0}
    )
    colours = _colours(scores, len(detector.goals))
    _draw_curves(curves, seconds, scores, detector, colours)
    # The title stands above the rows of the legend.
    goals = [cut(goal, 2.6) for goal in detector.goals[: len(COLOURS) + 1]]
    rows = -(-len(goals) // _legend_columns(goals))
    curves.set_title(title, pad=12 + 15 * rows)
    size = figure.get_figheight()
    figure.subplots_adjust(
      **_MARGIN, top=1 - (0.5 + 0.21 * rows) / size, bottom=0.12 / size
    )
    curves.set_zorder(links.get_zorder() + 1)
    chosen = _choose(seconds, scores, strip, detector.threshold, places)
    _draw_strip(
      figure, (links, film), seconds, scores, chosen, detector, colours
    )
    figure.savefig(path)


def _draw_curves(
  axes: axes_lib.Axes,
  seconds: np.ndarray,
  scores: np.ndarray,
  detector: Detector,
  colours: Sequence[str],
) -> None:
  low, high = detector.limits
  axes.axhspan(
    *(detector.threshold, high + (high - low)), color='#f2f6ee', lw=0, zorder=0
  )
  axes.axhline(detector.threshold, color=_INK, ls=(0, (4, 3)), lw=1.1)
  axes.annotate(
    f'threshold {detector.threshold:g}',
    (1, detector.threshold),
    (-4, 4 if detector.threshold - low < 0.85 * (high - low) else -11),
    xycoords=('axes fraction', 'data'),
    textcoords='offset points',
    ha='right',
    fontsize=8.5,
    color=_INK,
    zorder=6,
    bbox=_BACKING,
  )
  won = detection.success(scores, detector.threshold)
  # Grey ones first, so that they lie below.
  order = sorted(range(len(colours)), key=lambda g: colours[g] != _GREY)
  handles = {}
  for g in order:
    plain = colours[g] == _GREY
    (handles[g],) = axes.plot(
      *(seconds, scores[:, g]),
      color=colours[g],
      lw=1.0 if plain else 1.9,
      alpha=0.5 if plain else 1.0,
      marker='o' if len(seconds) == 1 else '',
      label=detector.goals[g],
    )
    above = won[:, g]
    axes.plot(
      *(seconds[above], scores[above, g]),
      ls='',
      marker='o',
      ms=4.2 if len(seconds) < 400 else 2.2,
      color=colours[g],
      mec='white',
      mew=0.5,
    )
  _draw_legend(axes, handles, colours)
  end = seconds[-1] if seconds[-1] > seconds[0] else seconds[0] + 1
  room = 0.02 * (high - low)
  axes.set(
    ylabel='score', xlim=(seconds[0], end), ylim=(low - room, high + 2 * room)
  )
  axes.xaxis.set_major_formatter('{x:g} s')
  axes.tick_params(axis='x', pad=3, length=3)
  for label in axes.get_xticklabels():
    label.set_bbox(_BACKING)


def _draw_legend(
  axes: axes_lib.Axes, handles: dict[int, lines.Line2D], colours: Sequence[str]
) -> None:
  """The goals that have a colour, above the curves; how many others."""
  shown = [g for g in range(len(colours)) if colours[g] != _GREY]
  entries = [handles[g] for g in shown]
  labels = [cut(str(handles[g].get_label()), 2.6) for g in shown]
  if len(shown) < len(colours):
    entries.append(handles[colours.index(_GREY)])
    labels.append(f'{len(colours) - len(shown)} other goals')
  axes.legend(
    *(entries, labels),
    loc='lower left',
    bbox_to_anchor=(0, 1.0),
    ncols=_legend_columns(labels),
    fontsize=9,
    handlelength=1.3,
    columnspacing=1.4,
    labelspacing=0.35,
    borderaxespad=0.3,
    borderpad=0,
  )


def _legend_columns(labels: Sequence[str]) -> int:
  """How many of the labels stand side by side."""
  widest = 0.5 + _LETTER * 1.2 * max(map(len, labels))
  wide = _WIDTH * (_MARGIN['right'] - _MARGIN['left'])
  return max(1, min(len(labels), int(wide / widest)))


def _draw_strip(
  figure: figure_lib.Figure,
  places: tuple[axes_lib.Axes, axes_lib.Axes],
  seconds: np.ndarray,
  scores: np.ndarray,
  chosen: Sequence[tuple[int, np.ndarray]],
  detector: Detector,
  colours: Sequence[str],
) -> None:
  """Frames side by side, each linked to its time on the axis above them."""
  links, film = places
  box = film.get_position()
  wide, tall = (
    box.width * figure.get_figwidth(),
    box.height * figure.get_figheight(),
  )
  for axes in places:
    axes.set_axis_off()
    axes.set(xlim=(0, wide))
  # Room below for two lines of words, in inches as all of this.
  film.set(ylim=(-0.42, tall - 0.42))
  links.set(ylim=(0, 1))
  slot = wide / len(chosen)
  span = max(seconds[-1] - seconds[0], 1e-9)
  for n, (index, pixels) in enumerate(chosen):
    middle = (n + 0.5) * slot
    g = _best(scores[index])
    won = g >= 0 and detection.success(scores[index, g], detector.threshold)
    edge = colours[g] if won else '#c9ccd1'
    bottom = _place(film, pixels, middle, slot, tall - 0.44, edge, bool(won))
    time = (seconds[index] - seconds[0]) / span * wide
    links.plot(
      *([time, time, middle, middle], [1.0, 0.42, 0.1, 0.0]),
      color=edge if won else '#b5b8be',
      lw=1.2 if won else 0.8,
      clip_on=False,
    )
    words = [f'{seconds[index]:.{_decimals(span)}f} s']
    if g >= 0:
      name = cut(detector.goals[g], slot - _SCORE)
      words.append(f'{name} {scores[index, g]:.2f}')
    for line, text in enumerate(words):
      film.text(
        *(middle, bottom - 0.06 - 0.15 * line, text),
        ha='center',
        va='top',
        fontsize=7.5,
        color=edge if won and line else _INK,
        fontweight='bold' if won and line else 'normal',
      )
  film.set_xlim(0, wide)
  film.set_ylim(-0.42, tall - 0.42)


def _place(
  film: axes_lib.Axes,
  pixels: np.ndarray,
  middle: float,
  slot: float,
  top: float,
  edge: str,
  won: bool,
) -> float:
  """Puts a frame into its slot, hanging from the top; returns its bottom."""
  aspect = pixels.shape[0] / pixels.shape[1]
  height = min(top, 0.93 * slot * aspect)
  width = height / aspect
  left, bottom = middle - width / 2, top - height
  film.imshow(
    pixels,
    extent=(left, left + width, bottom, top),
    aspect='auto',
    interpolation='lanczos',
  )
  frame = patches.Rectangle(
    *((left, bottom), width, height),
    fill=False,
    ec=edge,
    lw=2.4 if won else 0.8,
  )
  film.add_patch(frame)
  return bottom


def _places(aspect: float) -> tuple[int, float]:
  """How many frames fit side by side, and how high that row is, in inches."""
  wide = _WIDTH * (_MARGIN['right'] - _MARGIN['left'])
  # At least 0.95 inches for the words below; a row of 1.7 inches at most.
  num = int(np.clip(wide / max(1.5 * aspect, 0.95), 5, 10))
  return num, min(1.7, wide / num * 0.93 / aspect) + 0.44


def _choose(
  seconds: np.ndarray,
  scores: np.ndarray,
  strip: FilmStrip,
  threshold: float,
  places: int,
) -> list[tuple[int, np.ndarray]]:
  """Of each of so many stretches of time, one frame, if it has one."""
  times = np.array([seconds[n] for n, _ in strip.kept])
  peaks = np.array([_peak(scores[n]) for n, _ in strip.kept])
  ends = np.linspace(seconds[0], seconds[-1], places + 1)
  stretch = np.clip(np.searchsorted(ends, times, 'right') - 1, 0, places - 1)
  chosen = []
  for n in range(places):
    inside = np.flatnonzero(stretch == n)
    if not inside.size:
      continue
    best = inside[np.argmax(peaks[inside])]
    if not detection.success(peaks[best], threshold):
      middle = (ends[n] + ends[n + 1]) / 2
      best = inside[np.argmin(np.abs(times[inside] - middle))]
    chosen.append(strip.kept[best])
  return chosen


def _colours(scores: np.ndarray, num: int) -> list[str]:
  """A colour for each goal; where there are too many, for those that peak."""
  peaks = [_peak(column) for column in scores.T]
  ranked = sorted(range(num), key=lambda g: -peaks[g])[: len(COLOURS)]
  colours = [_GREY] * num
  for colour, g in zip(COLOURS, sorted(ranked), strict=False):
    colours[g] = colour
  return colours


def _peak(scores: np.ndarray) -> float:
  return float(np.max(np.where(np.isnan(scores), -np.inf, scores)))


def _best(scores: np.ndarray) -> int:
  """Index of the highest score; -1 if there is no verdict at all."""
  return -1 if np.isnan(scores).all() else int(np.nanargmax(scores))


def _decimals(span: float) -> int:
  return 0 if span >= 100 else 1 if span >= 10 else 2


def cut(words: str, inches: float) -> str:
  """Shortens words of the smallest size to so many inches, roughly."""
  most = max(4, int(inches / _LETTER))
  return words if len(words) <= most else f'{words[: most - 1]}…'
