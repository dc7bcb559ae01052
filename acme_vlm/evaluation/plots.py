"""Pictures of a run. The VLM return is never drawn without the true one."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib import axes as axes_lib
from matplotlib import figure as figure_lib
from matplotlib import ticker

from acme_vlm.evaluation import metrics
from acme_vlm.ops import detection

# One colour per quantity in every picture; told apart by the colour-blind.
VLM_COLOUR = '#3b6fb6'
TRUE_COLOUR = '#d1622b'
_GREY = '#7a7a7a'
STYLE = {
  'font.size': 10,
  'axes.titlesize': 11.5,
  'axes.titleweight': 'bold',
  'axes.titlelocation': 'left',
  'axes.titlepad': 10,
  'axes.spines.top': False,
  'axes.spines.right': False,
  'axes.edgecolor': '#444444',
  'axes.labelcolor': '#222222',
  'axes.grid': True,
  'axes.axisbelow': True,
  'grid.color': '#e4e4e4',
  'grid.linewidth': 0.8,
  'legend.frameon': False,
  'figure.facecolor': 'white',
  'savefig.dpi': 160,
}


class TrainingCurve(NamedTuple):
  """Returns during training, by environment frames; NaN where not known.

  Attributes:
    frames: environment frames, float [N], increasing.
    vlm_return: mean return by the reward model, float [N].
    true_return: mean true return, float [N].
  """

  frames: Sequence[float]
  vlm_return: Sequence[float]
  true_return: Sequence[float]


class EvaluationPoint(NamedTuple):
  """One evaluation during training.

  Attributes:
    frames: environment frames at which it took place.
    vlm: success by the reward model.
    true: true success.
  """

  frames: float
  vlm: metrics.Interval
  true: metrics.Interval


def returns(
  path: str | os.PathLike,
  training: TrainingCurve,
  evaluation: Sequence[EvaluationPoint],
  *,
  random_true: float | None = None,
  oracle_true: float | None = None,
  swaps: Sequence[float] = (),
  window: int = 9,
  title: str = 'Return by the reward model and in truth',
) -> None:
  """Draws VLM return and true return over frames (as the paper's figure 3).

  Args:
    path: of the picture; its ending says the format.
    training: thin lines, smoothed.
    evaluation: points with 95 % intervals.
    random_true: true success of the random policy, a dashed line.
    oracle_true: true success of an agent trained on the true reward.
    swaps: environment frames at which another reward came into use.
    window: points of the training curve in a mean.
    title: of the picture.
  """
  with matplotlib.rc_context(STYLE):
    figure = figure_lib.Figure(figsize=(7.2, 4.2), layout='constrained')
    axes = figure.subplots()
    frames = np.asarray(training.frames, float)
    # The broad line stays visible where the other lies on top of it.
    for name, values, colour, width, alpha in (
      ('VLM return, training', training.vlm_return, VLM_COLOUR, 5.0, 0.45),
      ('true return, training', training.true_return, TRUE_COLOUR, 1.6, 1.0),
    ):
      smooth = _moving_mean(np.asarray(values, float), window)
      axes.plot(frames, smooth, color=colour, lw=width, alpha=alpha, label=name)
    _draw_evaluation(axes, evaluation)
    for name, value, style in (
      ('random policy, true', random_true, '--'),
      ('trained on the true reward', oracle_true, ':'),
    ):
      if value is not None:
        axes.axhline(value, color=_GREY, ls=style, lw=1.3, label=name)
    for n, frame in enumerate(swaps):
      label = 'another reward from here' if n == 0 else None
      axes.axvline(frame, color='black', ls='-.', lw=1.1, label=label)
    axes.set(
      title=title,
      xlabel='environment frames',
      ylabel='mean return per episode',
    )
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(_thousands))
    # A score that is the reward of every step adds up to any number.
    said = np.asarray(training.vlm_return, float)
    if not np.any((said < 0) | (said > 1)):
      axes.set_ylim(-0.02, 1.04)
      axes.yaxis.set_major_locator(ticker.MultipleLocator(0.2))
    axes.legend(
      loc='upper left', bbox_to_anchor=(1.0, 1.0), fontsize=9, labelspacing=0.7
    )
    figure.savefig(path)


def precision_recall(
  path: str | os.PathLike,
  curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
  *,
  threshold: float | None = None,
  title: str = 'The reward model as a detector of success',
) -> None:
  """Draws precision over recall, the threshold swept (figure 4, left).

  Args:
    path: of the picture.
    curves: name of a data set or model to its scores float [N] and truths
      bool [N]; those without a true item are left out.
    threshold: beta; the point in use is marked.
    title: of the picture.
  """
  with matplotlib.rc_context(STYLE):
    figure = figure_lib.Figure(figsize=(5.6, 4.4), layout='constrained')
    axes = figure.subplots()
    colours = matplotlib.colormaps['viridis'](
      np.linspace(0.15, 0.8, max(1, len(curves)))
    )
    for (name, (scores, truths)), colour in zip(
      curves.items(), colours, strict=True
    ):
      if not np.any(truths):
        continue
      curve = detection.precision_recall_curve(scores, truths)
      area = detection.average_precision(scores, truths)
      axes.step(
        np.append(0.0, curve.recall),
        np.append(curve.precision[0], curve.precision),
        where='pre',
        color=colour,
        lw=2,
        label=f'{name} (AP {area:.3f})',
      )
      if threshold is not None:
        point = metrics.precision_recall(scores, truths, threshold)
        axes.plot(
          point.recall.value,
          point.precision.value,
          'o',
          color=colour,
          markeredgecolor='white',
          markersize=9,
          clip_on=False,
          zorder=5,
        )
    note = '' if threshold is None else f'; dot: threshold {threshold:g}'
    axes.set(
      title=title,
      xlabel=f'recall{note}',
      ylabel='precision',
      xlim=(0, 1.01),
      ylim=(0, 1.02),
    )
    if axes.lines:
      axes.legend(loc='best', fontsize=9)
    else:
      axes.text(0.5, 0.5, 'no frame was a success', ha='center')
    figure.savefig(path)


def success_by_goal(
  path: str | os.PathLike,
  success: Mapping[str, metrics.Interval],
  *,
  baseline: Mapping[str, metrics.Interval] | None = None,
  title: str = 'True success by goal',
) -> None:
  """Draws a bar for each goal, the weakest goal at the bottom.

  Args:
    path: of the picture.
    success: true success by goal name.
    baseline: the random policy's, a tick in each bar.
    title: of the picture.
  """
  order = sorted(success, key=lambda goal: success[goal].value)
  with matplotlib.rc_context({**STYLE, 'axes.grid.axis': 'x'}):
    height = 1.3 + 0.27 * len(order)
    figure = figure_lib.Figure(figsize=(6.4, height), layout='constrained')
    axes = figure.subplots()
    values = np.array([success[goal].value for goal in order])
    low = values - [success[goal].low for goal in order]
    high = np.array([success[goal].high for goal in order]) - values
    axes.barh(
      order,
      values,
      height=0.66,
      color=TRUE_COLOUR,
      alpha=0.85,
      label='trained policy',
    )
    axes.errorbar(
      values,
      order,
      xerr=np.clip([low, high], 0, None),
      fmt='none',
      ecolor='#444444',
      elinewidth=1,
      capsize=2.5,
      label='95 % interval',
    )
    if baseline:
      known = [goal for goal in order if goal in baseline]
      axes.plot(
        [baseline[goal].value for goal in known],
        known,
        '|',
        color='black',
        markersize=11,
        markeredgewidth=2,
        label='random policy',
      )
    axes.set(title=title, xlabel='share of episodes', xlim=(0, 1.02))
    axes.tick_params(axis='y', length=0)
    axes.margins(y=0.5 / max(1, len(order)))
    axes.legend(loc='upper left', bbox_to_anchor=(1.0, 1.0), fontsize=9)
    figure.savefig(path)


def _draw_evaluation(
  axes: axes_lib.Axes, points: Sequence[EvaluationPoint]
) -> None:
  if not points:
    return
  frames = np.array([point.frames for point in points])
  # Side by side, for where the two agree one would hide the other.
  aside = 0.004 * frames.max()
  for name, intervals, colour, marker, shift in (
    ('VLM success, evaluation', [p.vlm for p in points], VLM_COLOUR, 's', -1),
    ('true success, evaluation', [p.true for p in points], TRUE_COLOUR, 'o', 1),
  ):
    value, low, high = np.array(intervals).T
    axes.errorbar(
      frames + shift * aside,
      value,
      yerr=np.clip([value - low, high - value], 0, None),
      fmt=marker,
      color=colour,
      ecolor=colour,
      elinewidth=1.1,
      capsize=2.5,
      markersize=6,
      markeredgecolor='white',
      label=name,
      zorder=4,
    )


def _moving_mean(values: np.ndarray, window: int) -> np.ndarray:
  """Mean over the last `window` points; NaN points are left out of it."""
  known = ~np.isnan(values)
  total = np.cumsum(np.where(known, values, 0.0))
  count = np.cumsum(known)
  total[window:] -= total[:-window].copy()
  count[window:] -= count[:-window].copy()
  return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _thousands(value: float, _position: int) -> str:
  if value >= 1e6:
    return f'{value / 1e6:g}M'
  return f'{value / 1e3:g}k' if value >= 1e3 else f'{value:g}'
