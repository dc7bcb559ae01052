"""Pictures of a reward report; each function draws one figure."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib import axes as axes_lib
from matplotlib import figure as figure_lib
from matplotlib import lines as lines_lib
from matplotlib import patches, ticker

from acme_vlm.evaluation import reward_figures, reward_hits, reward_metrics
from acme_vlm.evaluation.reward_analysis import Curve
from acme_vlm.evaluation.reward_rows import Row

_STYLE, _THEME = reward_figures.STYLE, reward_figures.THEME
_SERIES = ('s0', 's1', 's2', 's3', 's4', 's5')
_DASHES = ('-', (0, (5, 2)), (0, (1.2, 1.6)), (0, (5, 1.5, 1.2, 1.5)))
_OUTCOME_COLOURS = {
  reward_hits.Outcome.RIGHT: 'good',
  reward_hits.Outcome.WRONG: 'bad',
  reward_hits.Outcome.MISSED: 'warn',
  reward_hits.Outcome.SILENT: 'axis',
  reward_hits.Outcome.UNKNOWN: 'line',
}


def comparison(rows: Sequence[Row]) -> figure_lib.Figure:
  """Draws all models: areas with intervals, and curves on top of each other."""
  with matplotlib.rc_context(_STYLE):
    lines = -(-len(rows) // 4)
    height = max(3.5, 1.2 + 0.27 * len(rows)) + 0.22 * lines
    figure = figure_lib.Figure(figsize=(11.2, height), layout='constrained')
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.15, 1, 1))
    looks = _looks(rows)
    _areas(left, rows, looks)
    for axes, title, curves in (
      (middle, 'Every frame × every goal', [r.analysis.every for r in rows]),
      (right, 'Each episode × its own goal', [r.analysis.own for r in rows]),
    ):
      for view, (colour, dashes) in zip(curves, looks, strict=True):
        if view.curve is not None:
          x, y = _steps(view.curve)
          axes.step(x, y, where='pre', color=colour, ls=dashes, lw=1.7)
      known = [view.curve for view in curves if view.curve is not None]
      _precision_recall_axes(axes, title, known)
    figure.legend(
      [
        lines_lib.Line2D([], [], color=colour, ls=dashes, lw=1.9)
        for colour, dashes in looks
      ],
      [row.name for row in rows],
      loc='outside lower center',
      ncols=4,
      handlelength=3.6,
      columnspacing=2.4,
    )
    return figure


def curve(row: Row) -> figure_lib.Figure:
  """Draws the two precision-recall curves of one model with their bands."""
  with matplotlib.rc_context(_STYLE):
    figure = figure_lib.Figure(figsize=(5.2, 3.7), layout='constrained')
    axes = figure.subplots()
    drawn, points = [], []
    for view, colour, name in (
      (row.analysis.every, _THEME['s0'], 'every frame × every goal'),
      (row.analysis.own, _THEME['s1'], 'episode × its own goal'),
    ):
      if view.curve is None:
        continue
      drawn.append(view.curve)
      axes.fill_between(
        reward_metrics.RECALL_GRID,
        view.curve.low,
        view.curve.high,
        color=colour,
        alpha=0.18,
        lw=0,
      )
      x, y = _steps(view.curve)
      area = view.curve.average_precision.value
      axes.step(
        x, y, where='pre', color=colour, lw=1.8, label=f'{name}, AP {area:.3f}'
      )
      point = view.at_threshold
      points.append(point.precision.value)
      axes.plot(
        point.recall.value,
        point.precision.value,
        'o',
        color=colour,
        markeredgecolor=_THEME['paper'],
        markersize=8,
        clip_on=False,
        zorder=5,
      )
    _precision_recall_axes(axes, 'Precision over recall', drawn, points)
    axes.set_xlabel(f'recall   (● at β = {row.analysis.threshold:g})')
    if drawn:
      axes.legend(loc='lower left')
    return figure


def reliability(found: reward_metrics.Calibration) -> figure_lib.Figure:
  """Draws how often a probability comes true, and how often it is said."""
  with matplotlib.rc_context(_STYLE):
    figure = figure_lib.Figure(figsize=(5.2, 3.7), layout='constrained')
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    axes.plot([0, 1], [0, 1], color=_THEME['axis'], lw=1.2, ls=(0, (4, 3)))
    kept = found.items > 0
    axes.plot(
      found.confidence[kept],
      found.frequency[kept],
      'o-',
      color=_THEME['s0'],
      lw=1.4,
      markersize=6,
      markeredgecolor=_THEME['paper'],
      clip_on=False,
    )
    axes.set(
      title='Reliability',
      ylabel='share that is true',
      xlim=(0, 1),
      ylim=(0, 1.02),
    )
    width = found.edges[1] - found.edges[0]
    below.bar(
      found.edges[:-1] + width / 2,
      found.items,
      width=0.86 * width,
      color=_THEME['s0'],
      alpha=0.75,
    )
    below.set(xlabel='score (probability)', ylabel='pairs')
    below.set_yscale('log')
    below.set_ylim(bottom=0.5)  # A single pair still has a bar.
    below.yaxis.set_minor_locator(ticker.NullLocator())
    below.grid(axis='x', visible=False)
    figure.align_ylabels()
    return figure


def confusion(
  found: reward_metrics.Confusion, goals: Sequence[str]
) -> figure_lib.Figure:
  """Draws which goals are rewarded on frames that show which goal."""
  num = len(goals)
  cell = 0.46 if num <= 12 else max(0.145, 5.5 / num)
  size = 2.1 + cell * num, 1.9 + cell * (num + 1)
  font = min(9.0, cell * 52)
  with matplotlib.rc_context({**_STYLE, 'axes.grid': False}):
    figure = figure_lib.Figure(figsize=size, layout='constrained')
    axes = figure.subplots()
    for i, j in np.argwhere(np.nan_to_num(found.rate) > 0):
      rate = float(found.rate[i, j])
      axes.add_patch(
        patches.Rectangle(
          (j - 0.46, i - 0.46),
          0.92,
          0.92,
          color=_THEME['good' if i == j else 'bad'],
          alpha=0.15 + 0.85 * rate,
          lw=0,
        )
      )
      if num <= 12:
        axes.text(
          j,
          i,
          _short_rate(rate),
          ha='center',
          va='center',
          fontsize=7.5,
          color=_THEME['paper'] if rate > 0.5 else _THEME['ink'],
        )
    axes.axhline(num - 0.5, color=_THEME['axis'], lw=0.8)
    names = [*goals, 'none of them']
    axes.set_yticks(
      range(num + 1),
      [f'{n} · {c}' for n, c in zip(names, found.frames, strict=True)],
    )
    axes.set_xticks(range(num), goals, rotation=90)
    axes.tick_params(length=0, labelsize=font)
    axes.set(
      xlim=(-0.5, num - 0.5),
      ylim=(num + 0.5, -0.5),
      xlabel='goal that is rewarded',
      ylabel='goal that the frame shows · frames',
    )
    axes.set_title('Share of frames rewarded', pad=8)
    axes.spines[['top', 'right', 'left', 'bottom']].set_visible(False)
    return figure


def first_hits(
  outcomes: Mapping[str, Mapping[reward_hits.Outcome, int]],
) -> figure_lib.Figure:
  """Draws how each policy's episodes would have ended in training.

  Args:
    outcomes: by policy, how many episodes end which way.
  """
  with matplotlib.rc_context({**_STYLE, 'axes.grid.axis': 'x'}):
    height = 1.25 + 0.36 * len(outcomes)
    figure = figure_lib.Figure(figsize=(10.4, height), layout='constrained')
    axes = figure.subplots()
    labels = [f'{p} ({sum(c.values())})' for p, c in outcomes.items()]
    left = np.zeros(len(outcomes))
    for outcome, colour in _OUTCOME_COLOURS.items():
      counts = np.array([c.get(outcome, 0) for c in outcomes.values()], float)
      if not counts.any():
        continue
      shares = counts / [max(1, sum(c.values())) for c in outcomes.values()]
      bars = axes.barh(
        labels,
        shares,
        left=left,
        height=0.68,
        color=_THEME[colour],
        label=outcome.value,
      )
      texts = [
        f'{n:.0f}' if s > 0.03 else ''
        for n, s in zip(counts, shares, strict=True)
      ]
      axes.bar_label(
        bars, texts, label_type='center', fontsize=8.5, color=_THEME['paper']
      )
      left += shares
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel='share of episodes')
    axes.xaxis.set_major_formatter(ticker.PercentFormatter(1.0))
    axes.tick_params(axis='y', length=0)
    axes.spines['left'].set_visible(False)
    axes.legend(
      loc='lower left', bbox_to_anchor=(0.0, 1.0), ncols=5, borderpad=0.2
    )
    return figure


def _short_rate(rate: float) -> str:
  """Two digits; what is not quite 0 or 1 does not look it."""
  if rate == 1:
    return '1'
  return '<.01' if rate < 0.01 else f'{min(rate, 0.99):.2f}'.removeprefix('0')


def _looks(rows: Sequence[Row]) -> list[tuple[str, Any]]:
  """Colour by model, dashes by what differs within it."""
  models = list(dict.fromkeys(row.model for row in rows))
  seen: dict[str, int] = {}
  looks: list[tuple[str, Any]] = []
  for row in rows:
    place = seen[row.model] = seen.get(row.model, -1) + 1
    series = _SERIES[models.index(row.model) % len(_SERIES)]
    looks.append((_THEME[series], _DASHES[place % len(_DASHES)]))
  return looks


def _areas(
  axes: axes_lib.Axes, rows: Sequence[Row], looks: Sequence[tuple[str, Any]]
) -> None:
  lowest = 1.0
  for place, (row, (colour, _)) in enumerate(zip(rows, looks, strict=True)):
    found = row.analysis.every.curve
    if found is None:
      continue
    value, low, high = found.average_precision
    lowest = min(lowest, np.nanmin([value, low]))
    axes.plot([low, high], [place, place], color=colour, lw=2.2)
    axes.plot(
      value,
      place,
      'o',
      color=colour,
      markeredgecolor=_THEME['paper'],
      markersize=7,
      clip_on=False,
    )
  axes.set_yticks(range(len(rows)), [row.name for row in rows])
  axes.set_ylim(len(rows) - 0.4, -0.6)
  axes.set_xlim(*_room(lowest, (0.99, 0.95, 0.9, 0.8, 0.5)))
  axes.grid(axis='y', visible=False)
  axes.tick_params(axis='y', length=0)
  axes.set_title('Average precision, 95 %')
  axes.set_xlabel('every frame × every goal')


def _steps(found: Curve) -> tuple[np.ndarray, np.ndarray]:
  """Corners of the curve, from recall 0, thinned to what can be seen."""
  recall = np.append(0.0, found.recall)
  precision = np.append(found.precision[0], found.precision)
  # Where recall does not rise the line would only fall at the same place.
  rises = np.append(True, np.diff(recall) > 0)
  recall, precision = recall[rises], precision[rises]
  if len(recall) > 400:
    places = np.unique(
      np.append(
        np.searchsorted(recall, np.linspace(0, 1, 400)), len(recall) - 1
      ).clip(max=len(recall) - 1)
    )
    recall, precision = recall[places], precision[places]
  return recall, precision


def _precision_recall_axes(
  axes: axes_lib.Axes,
  title: str,
  curves: Sequence[Curve],
  points: Sequence[float] = (),
) -> None:
  if curves:
    chance = curves[0].chance
    lowest = min(float(_steps(found)[1].min()) for found in curves)
    lowest = min([lowest, *(p for p in points if not math.isnan(p))])
    low, high = _room(lowest, (0.9, 0.8, 0.5))
    axes.set_ylim(low, high)
    if chance > low:
      axes.axhline(chance, color=_THEME['axis'], lw=1.2, ls=(0, (4, 3)))
      axes.text(
        1.0,
        chance,
        f'chance {chance:.3f}',
        ha='right',
        # Below the line, where no curve ends, if there is room.
        va='top' if chance > low + 0.1 * (high - low) else 'bottom',
        fontsize=8,
        color=_THEME['muted'],
      )
  else:
    axes.text(0.5, 0.5, 'one class only', ha='center', color=_THEME['muted'])
  axes.set(title=title, xlabel='recall', ylabel='precision', xlim=(0, 1.005))


def _room(lowest: float, starts: Sequence[float]) -> tuple[float, float]:
  """An axis that ends at 1 and starts at 0 unless all values are high."""
  for start in starts:
    if lowest >= start + 0.1 * (1 - start):
      return start, 1 + 0.02 * (1 - start)
  return 0.0, 1.02
