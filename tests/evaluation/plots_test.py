import math

import imageio.v2 as imageio
import numpy as np
from matplotlib import colors

from acme_vlm.evaluation import metrics, plots


def pixels_of(path, colour):
  """Places (y, x) of the pixels of a colour, as shares of the picture."""
  image = imageio.imread(path)[..., :3].astype(int)
  rgb = np.array(colors.to_rgb(colour)) * 255
  y, x = np.nonzero(np.abs(image - rgb).max(axis=-1) < 12)
  return y / image.shape[0], x / image.shape[1]


def interval(share):
  return metrics.wilson_interval(round(share * 50), 50)


def test_returns_draws_both_and_higher_values_higher(tmp_path):
  path = tmp_path / 'returns.png'
  frames = np.arange(20) * 1e4
  points = [
    plots.EvaluationPoint(f, interval(0.9), interval(0.2)) for f in frames[::5]
  ]
  plots.returns(
    path,
    plots.TrainingCurve(frames, np.full(20, 0.9), np.full(20, 0.2)),
    points,
    random_true=0.1,
  )
  vlm_y, _ = pixels_of(path, plots.VLM_COLOUR)
  true_y, _ = pixels_of(path, plots.TRUE_COLOUR)
  assert len(vlm_y) > 100 and len(true_y) > 100
  assert np.median(vlm_y) < np.median(true_y), 'the picture hangs upside down'


def test_another_reward_is_an_upright_line_at_its_frame(tmp_path):
  frames = np.arange(21) * 1e4
  curve = plots.TrainingCurve(frames, np.full(21, 0.9), np.full(21, 0.2))
  dark = []
  for name, swaps in (('none', []), ('early', [5e4]), ('late', [1.5e5])):
    path = tmp_path / f'{name}.png'
    plots.returns(path, curve, [], swaps=swaps)
    image = imageio.imread(path)[..., :3].astype(int)
    # The legend, at the right, is left out: it narrows the axes as well.
    black = (image.max(axis=-1) < 40)[:, : image.shape[1] * 2 // 3]
    dark.append(black.sum(axis=0))
  assert dark[0].max() < 150
  assert dark[1].max() > 250 and dark[2].max() > 250
  early, late = np.argmax(dark[1]), np.argmax(dark[2])
  # A third and nearly all of the way along the axis, which begins at 0.
  assert late > 2 * early


def test_training_lines_are_their_own(tmp_path):
  path = tmp_path / 'returns.png'
  frames = np.arange(20) * 1e4
  vlm, true = np.full(20, 0.8), np.full(20, 0.3)
  heights = []
  for curve in ((vlm, true), (true, vlm)):
    plots.returns(path, plots.TrainingCurve(frames, *curve), [])
    image = imageio.imread(path)[..., :3].astype(int)
    # Blue lines have more blue than red, orange ones less; the legend is left
    # out.
    axes = image[:, : image.shape[1] * 2 // 3]
    blue = axes[..., 2] - axes[..., 0] > 40
    orange = axes[..., 0] - axes[..., 2] > 40
    heights.append([np.nonzero(c)[0].mean() for c in (blue, orange)])
  assert heights[0][0] < heights[0][1] - 100
  np.testing.assert_allclose(heights[0], heights[1][::-1], atol=3)


def test_returns_of_a_run_that_has_not_begun(tmp_path):
  path = tmp_path / 'returns.png'
  plots.returns(path, plots.TrainingCurve([], [], []), [])
  assert path.stat().st_size > 0


def test_unknown_points_do_not_break_the_mean():
  values = np.array([math.nan, 1.0, 3.0, math.nan, 5.0])
  mean = plots._moving_mean(values, 3)
  np.testing.assert_allclose(mean, [math.nan, 1.0, 2.0, 2.0, 4.0])


def test_precision_recall_draws_what_is_defined(tmp_path):
  path = tmp_path / 'curve.png'
  rng = np.random.default_rng(0)
  truths = rng.random(200) < 0.3
  curves = {
    'good': (truths + rng.normal(0, 0.2, 200), truths),
    'never': (rng.random(50), np.zeros(50, bool)),
  }
  plots.precision_recall(path, curves, threshold=0.5)
  viridis = pixels_of(path, (0.28, 0.19, 0.49))
  assert len(viridis[0]) > 100


def test_bars_are_as_long_as_the_success(tmp_path):
  path = tmp_path / 'goals.png'
  success = {'Gmail': interval(1.0), 'Clock': interval(0.5)}
  plots.success_by_goal(path, success, baseline={'Clock': interval(0.1)})
  image = imageio.imread(path)[..., :3].astype(int)
  # The bars let the white behind them through.
  bar = np.array(colors.to_rgb(plots.TRUE_COLOUR)) * 255 * 0.85 + 255 * 0.15
  painted = np.abs(image - bar).max(axis=-1) < 6
  upper, lower = np.array_split(painted, 2)
  left = np.flatnonzero(painted.any(axis=0))[0]
  end = np.flatnonzero(lower.any(axis=0))[-1]
  # The best goal stands above; half of its success is half of its length.
  assert end - left > 200
  middle = upper[:, left + 1 : left + 2 * (end - left) - 4]
  assert middle.any(axis=0).mean() > 0.95
  assert not upper[:, left + 2 * (end - left) + 4 :][:, :30].any()
