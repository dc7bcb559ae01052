import numpy as np
import pytest
from matplotlib import colors, patches

from acme_vlm.evaluation import (
  metrics,
  reward_figures,
  reward_hits,
  reward_metrics,
  reward_plots,
)
from acme_vlm.ops import detection

THEME = reward_figures.THEME
Outcome = reward_hits.Outcome


def lines(axes, colour):
  return [
    line
    for line in axes.lines
    if colors.same_color(line.get_color(), THEME[colour])
  ]


def test_the_comparison_draws_every_model_with_its_interval(report):
  figure = reward_plots.comparison(report.rows)
  left, middle, right = figure.axes
  names = [label.get_text() for label in left.get_yticklabels()]
  assert names == [row.name for row in report.rows]
  dots = [line for line in left.lines if line.get_marker() == 'o']
  spans = [line for line in left.lines if line.get_marker() != 'o']
  for place, row in enumerate(report.rows):
    value, low, high = row.analysis.every.curve.average_precision
    assert list(dots[place].get_xdata()) == [value]
    assert list(spans[place].get_xdata()) == [low, high]
    assert left.get_xlim()[0] <= low
  (legend,) = figure.legends
  assert [text.get_text() for text in legend.get_texts()] == names
  # The first is at the top; models differ in colour, prompts in dashes.
  assert left.get_ylim()[0] > left.get_ylim()[1]
  assert [len(lines(middle, f's{n}')) for n in range(2)] == [2, 1]
  assert lines(right, 's0')[0].get_linestyle() != (
    lines(right, 's0')[1].get_linestyle()
  )


def test_a_curve_passes_through_every_threshold(report):
  row = report.rows[2]
  (axes,) = reward_plots.curve(row).axes
  every = lines(axes, 's0')[0]
  found = row.analysis.every.curve
  drawn = set(zip(*every.get_data(), strict=True))
  rises = np.append(True, np.diff(found.recall) > 0) & (found.recall > 0)
  expected = zip(found.recall[rises], found.precision[rises], strict=True)
  assert set(expected) <= drawn
  dot = lines(axes, 's0')[1]
  point = row.analysis.every.at_threshold
  assert dot.get_xydata().tolist() == [
    [point.recall.value, point.precision.value]
  ]
  low, high = axes.get_ylim()
  assert low <= found.precision.min() and high > 1


def test_the_point_at_the_threshold_is_inside_the_picture(report):
  row = report.rows[0]
  own = row.analysis.own
  lax = metrics.precision_recall(np.ones(10), np.arange(10) < 3, 0.5)
  row = row._replace(
    analysis=row.analysis._replace(own=own._replace(at_threshold=lax))
  )
  (axes,) = reward_plots.curve(row).axes
  assert lines(axes, 's1')[1].get_ydata() == [0.3]
  assert axes.get_ylim()[0] < 0.3


def test_long_curves_are_thinned_and_keep_their_end(report):
  rng = np.random.default_rng(0)
  truths = rng.random(20000) < 0.5
  curve = detection.precision_recall_curve(rng.random(20000) + truths, truths)
  row = report.rows[0]
  row = row._replace(
    analysis=row.analysis._replace(
      every=row.analysis.every._replace(
        curve=row.analysis.every.curve._replace(
          recall=curve.recall, precision=curve.precision
        )
      )
    )
  )
  (axes,) = reward_plots.curve(row).axes
  x, y = lines(axes, 's0')[0].get_data()
  assert len(x) <= 402
  assert (x[-1], y[-1]) == (1.0, curve.precision[np.argmax(curve.recall == 1)])


def test_reliability_leaves_empty_bins_out():
  scores, truths = np.array([0.05, 0.95, 0.91]), np.array([0, 1, 0], bool)
  above, below = reward_plots.reliability(
    reward_metrics.calibration(scores, truths)
  ).axes
  (drawn,) = lines(above, 's0')
  np.testing.assert_allclose(drawn.get_xydata(), [[0.05, 0], [0.93, 0.5]])
  heights = [bar.get_height() for bar in below.patches]
  assert heights == [1, *[0] * 8, 2]


def test_confusion_colours_right_and_wrong():
  rewarded = np.array([[1, 0], [1, 1], [0, 0], [0, 1], [0, 0]], bool)
  achieved = np.array([[1, 0], [1, 0], [0, 1], [0, 0], [0, 0]], np.int8)
  found = reward_metrics.confusion(rewarded, achieved)
  (axes,) = reward_plots.confusion(found, ('a', 'b')).axes
  cells = {
    (round(p.get_x() + 0.46), round(p.get_y() + 0.46)): p
    for p in axes.patches
    if isinstance(p, patches.Rectangle)
  }
  # Column, row: goal 0 on its frames, goal 1 there, goal 1 on none of them.
  assert set(cells) == {(0, 0), (1, 0), (1, 2)}
  for place, colour in {(0, 0): 'good', (1, 0): 'bad', (1, 2): 'bad'}.items():
    shown = cells[place].get_facecolor()[:3]
    assert colors.same_color(shown, THEME[colour])
  assert cells[0, 0].get_alpha() > cells[1, 0].get_alpha()
  texts = {text.get_text() for text in axes.texts}
  assert texts == {'1', '.50'}
  names = [label.get_text() for label in axes.get_yticklabels()]
  assert names == ['a · 2', 'b · 1', 'none of them · 2']


@pytest.mark.parametrize(
  ('rate', 'text'),
  [(1.0, '1'), (0.999, '.99'), (0.004, '<.01'), (0.25, '.25')],
)
def test_what_is_not_quite_certain_does_not_look_it(rate, text):
  found = reward_metrics.Confusion(
    np.array([[rate], [0.0]]), np.array([1000, 5])
  )
  (axes,) = reward_plots.confusion(found, ('a',)).axes
  assert [t.get_text() for t in axes.texts] == [text]


def test_first_hits_are_shares_of_each_policy():
  (axes,) = reward_plots.first_hits(
    {
      'solver': {Outcome.RIGHT: 3, Outcome.MISSED: 1},
      'random': {Outcome.WRONG: 1, Outcome.SILENT: 1},
    }
  ).axes
  bars = {
    label.get_text(): container
    for label, container in zip(
      axes.get_legend().get_texts(), axes.containers, strict=True
    )
  }
  widths = {
    name: [bar.get_width() for bar in container]
    for name, container in bars.items()
  }
  assert widths == {
    Outcome.RIGHT.value: [0.75, 0],
    Outcome.WRONG.value: [0, 0.5],
    Outcome.MISSED.value: [0.25, 0],
    Outcome.SILENT.value: [0, 0.5],
  }
  assert [bar.get_x() for bar in bars[Outcome.SILENT.value]][1] == 0.5
  ticks = [label.get_text() for label in axes.get_yticklabels()]
  assert ticks == ['solver (4)', 'random (2)']


def test_one_class_only_is_said(report):
  row = report.rows[0]
  none = row.analysis.own._replace(curve=None)
  row = row._replace(analysis=row.analysis._replace(own=none, every=none))
  (axes,) = reward_plots.curve(row).axes
  assert [text.get_text() for text in axes.texts] == ['one class only']
  right = reward_plots.comparison([row]).axes[2]
  assert [text.get_text() for text in right.texts] == ['one class only']
