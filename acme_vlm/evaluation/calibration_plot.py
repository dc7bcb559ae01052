"""The picture of a calibration: what was chosen, and how far to trust it."""

import os
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib import axes as axes_lib
from matplotlib import figure as figure_lib

from acme_vlm.evaluation import metrics, plots
from acme_vlm.ops import detection

_CHOOSING, _REPORTING, _TARGET = '#9aa3b2', '#3b6fb6', '#d1622b'
_POSITIVE, _NEGATIVE = '#2f9e77', '#9aa3b2'
_BINS = 10


class Half(NamedTuple):
  """One half of the labeled frames.

  Attributes:
    scores: float `[N]`, none NaN.
    truths: bool `[N]`, whether the frame shows the goal.
    precision: at the chosen threshold, with its interval.
    recall: at the chosen threshold, with its interval.
  """

  scores: np.ndarray
  truths: np.ndarray
  precision: metrics.Interval
  recall: metrics.Interval


def calibration(
  path: str | os.PathLike,
  choosing: Half,
  reporting: Half,
  *,
  threshold: float,
  target: float,
  probabilities: bool,
  title: str,
) -> None:
  """Draws precision over recall of both halves, and what the scores mean.

  Probabilities are held against the share of frames that truly show the goal;
  of other scores, the spread over frames that do and that do not is drawn.

  Args:
    path: of the picture; its ending says the format.
    choosing: the half that the threshold was chosen on.
    reporting: the other half; at least one frame of it shows its goal.
    threshold: beta, chosen.
    target: precision that was wanted.
    probabilities: whether a score claims to be one.
    title: of the picture.
  """
  with matplotlib.rc_context(plots.STYLE):
    figure = figure_lib.Figure(figsize=(10.4, 4.5), layout='constrained')
    left, right = figure.subplots(1, 2)
    _draw_curves(left, choosing, reporting, target)
    left.set_title(f'Threshold {threshold:g}')
    if probabilities:
      _draw_reliability(right, reporting, threshold)
    else:
      _draw_spread(right, reporting, threshold)
    figure.suptitle(title, x=0.01, ha='left', weight='bold')
    figure.savefig(path)


def _draw_curves(
  axes: axes_lib.Axes, choosing: Half, reporting: Half, target: float
) -> None:
  lowest = target
  for name, half, colour, wide in (
    ('half that chose', choosing, _CHOOSING, 3.5),
    ('held-out half', reporting, _REPORTING, 1.8),
  ):
    curve = detection.precision_recall_curve(half.scores, half.truths)
    area = detection.average_precision(half.scores, half.truths)
    axes.step(
      np.append(0.0, curve.recall),
      np.append(curve.precision[0], curve.precision),
      where='pre',
      color=colour,
      lw=wide,
      label=f'{name}, AP {area:.3f}',
    )
    (px, *x_ends), (py, *y_ends) = half.recall, half.precision
    if np.isnan(py):
      continue
    axes.errorbar(
      *(px, py),
      xerr=np.clip([[px - x_ends[0]], [x_ends[1] - px]], 0, None),
      yerr=np.clip([[py - y_ends[0]], [y_ends[1] - py]], 0, None),
      fmt='o',
      color=colour,
      ecolor=colour,
      ms=8,
      mec='white',
      capsize=3,
      clip_on=False,
      zorder=5,
    )
    lowest = min(lowest, y_ends[0])
  axes.axhline(target, color=_TARGET, ls='--', lw=1.2)
  # The corner that matters is small where the detector is good.
  low = max(0.0, 1 - 3 * (1 - lowest) - 0.02) if lowest > 0.7 else 0.0
  axes.annotate(
    f'wanted: {target:g} by the lower bound',
    (0.01, target),
    (0, 4),
    textcoords='offset points',
    fontsize=8.5,
    color=_TARGET,
  )
  axes.set(
    xlabel='recall; bars: 95 % intervals at the threshold',
    ylabel='precision',
    xlim=(0, 1.01),
    ylim=(low, 1 + 0.02 * (1 - low)),
  )
  axes.legend(loc='lower left', fontsize=9)


def _draw_reliability(axes: axes_lib.Axes, half: Half, beta: float) -> None:
  """The share of frames that show the goal, by what the score claims."""
  place = np.clip((half.scores * _BINS).astype(int), 0, _BINS - 1)
  axes.plot([0, 1], [0, 1], color='#bbbbbb', lw=1)
  for n in range(_BINS):
    inside = place == n
    if not inside.any():
      continue
    share = metrics.wilson_interval(
      int(half.truths[inside].sum()), int(inside.sum())
    )
    claim = float(half.scores[inside].mean())
    axes.errorbar(
      *(claim, share.value),
      yerr=np.clip(
        [[share.value - share.low], [share.high - share.value]], 0, None
      ),
      fmt='o',
      color=_REPORTING,
      ecolor=_REPORTING,
      ms=6,
      mec='white',
      capsize=2.5,
      clip_on=False,
    )
    axes.annotate(
      f'{inside.sum():,}',
      (claim, share.value),
      (6, 8) if claim < 0.9 else (-6, -12),
      textcoords='offset points',
      ha='left' if claim < 0.9 else 'right',
      fontsize=7,
      color='#666666',
    )
  axes.axvline(beta, color='#222222', ls=(0, (4, 3)), lw=1.1)
  axes.set(
    title='Is the probability one? (held-out half)',
    xlabel='mean score of a tenth; small: how many; dashed: threshold',
    ylabel='share whose frame shows the goal',
    xlim=(-0.02, 1.02),
    ylim=(-0.02, 1.04),
  )


def _draw_spread(axes: axes_lib.Axes, half: Half, beta: float) -> None:
  edges = np.linspace(half.scores.min(), half.scores.max(), 41)
  for name, truth, colour in (
    ('does not show the goal', False, _NEGATIVE),
    ('shows the goal', True, _POSITIVE),
  ):
    values = half.scores[half.truths == truth]
    axes.hist(
      values,
      bins=edges,
      weights=np.full(len(values), 1 / max(1, len(values))),
      color=colour,
      alpha=0.75,
      label=name,
    )
  axes.axvline(beta, color='#222222', ls=(0, (4, 3)), lw=1.1)
  axes.set(
    title='Scores (held-out half)',
    xlabel='score; dashed: threshold',
    ylabel='share of frames',
  )
  axes.legend(fontsize=9)
