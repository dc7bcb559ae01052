import imageio.v2 as imageio
import numpy as np
import pytest
from matplotlib import colors

from acme_vlm.evaluation import calibration_plot, metrics


def _half(rng, num=400, shift=0.0):
  truths = rng.random(num) < 0.3
  scores = np.clip(rng.normal(np.where(truths, 0.8, 0.3), 0.12), 0, 1) + shift
  said = scores > 0.6 + shift
  hits = int(np.sum(said & truths))
  return calibration_plot.Half(
    scores,
    truths,
    metrics.wilson_interval(hits, int(said.sum())),
    metrics.wilson_interval(hits, int(truths.sum())),
  )


def _draw(path, own, held_out, *, probabilities, threshold=0.6):
  calibration_plot.calibration(
    *(path, own, held_out),
    threshold=threshold,
    target=0.9,
    probabilities=probabilities,
    title='x',
  )
  return imageio.imread(path)[..., :3].astype(int)


def _places(image, colour):
  rgb = np.array(colors.to_rgb(colour)) * 255
  y, x = np.nonzero(np.abs(image - rgb).max(axis=-1) < 12)
  return y / image.shape[0], x / image.shape[1]


def test_probabilities_are_held_against_what_is_true(tmp_path):
  rng = np.random.default_rng(0)
  own, held_out = _half(rng), _half(rng)
  image = _draw(tmp_path / 'x.png', own, held_out, probabilities=True)
  y, x = _places(image, calibration_plot._REPORTING)
  right = x > 0.58
  # Low scores show the goal seldom, high ones often: it goes up.
  low, high = y[right & (x < 0.7)], y[right & (x > 0.92)]
  assert low.min() > high.min() + 0.1
  assert not len(_places(image, calibration_plot._POSITIVE)[0])


@pytest.mark.parametrize('shift', [0.0, -0.7])
def test_other_scores_are_drawn_by_what_they_show(tmp_path, shift):
  rng = np.random.default_rng(0)
  own, held_out = _half(rng, shift=shift), _half(rng, shift=shift)
  image = _draw(
    *(tmp_path / 'x.png', own, held_out),
    probabilities=False,
    threshold=0.6 + shift,
  )
  green = _places(image, '#63b699')[1]  # Three quarters opaque.
  assert len(green) > 500
  assert np.median(green) > 0.8, 'frames that show the goal score higher'


def test_a_detector_without_positives_has_no_point(tmp_path):
  rng = np.random.default_rng(0)
  nothing = metrics.wilson_interval(0, 0)
  half = _half(rng)._replace(precision=nothing, recall=nothing)
  image = _draw(tmp_path / 'x.png', half, half, probabilities=True)
  assert len(_places(image, calibration_plot._TARGET)[0])
