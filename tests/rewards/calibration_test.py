import hypothesis
import jax
import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import stats

from acme_vlm import errors
from acme_vlm.ops import reward_heads
from acme_vlm.rewards import calibration, precision_bounds


def _units(rng, *shape):
  x = rng.normal(size=shape).astype(np.float32)
  return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_its_equation_1_is_the_one_of_the_reward():
  rng = np.random.default_rng(0)
  frames, goals, negatives = (_units(rng, n, 8) for n in (7, 3, 4))
  kept = rng.random((3, 4)) < 0.6
  kept[:, 0] = True
  similarities = calibration.Similarities(
    frames @ goals.T, frames @ negatives.T, kept
  )
  p = calibration.probabilities(similarities, 0.07)
  for n in range(7):
    for g in range(3):
      expected = reward_heads.softmax_probability(
        *jax.device_put((frames[n], goals[g], negatives)),
        0.07,
        jax.device_put(kept[g]),
      )
      np.testing.assert_allclose(p[n, g], expected, rtol=1e-4, atol=1e-7)


def test_the_temperature_is_recovered_from_labels_drawn_with_it():
  rng = np.random.default_rng(0)
  similarities = calibration.Similarities(
    rng.normal(size=(20_000, 1)) * 0.2,
    rng.normal(size=(20_000, 2)) * 0.2,
    np.ones((1, 2), bool),
  )
  p = calibration.probabilities(similarities, 0.1)
  shows = rng.random(p.shape) < p
  grid = np.array([0.025, 0.05, 0.1, 0.2, 0.4])
  assert calibration.choose_temperature(similarities, shows, grid) == 0.1


def test_log_loss_of_a_coin_is_the_logarithm_of_two():
  loss = calibration.log_loss(np.full(4, 0.5), np.array([1, 0, 1, 1], bool))
  np.testing.assert_allclose(loss, np.log(2))


@st.composite
def _scored(draw):
  num = draw(st.integers(2, 25))
  levels = st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0])
  p = draw(st.lists(levels, min_size=num, max_size=num))
  shows = draw(st.lists(st.booleans(), min_size=num, max_size=num))
  return np.array(p), np.array([True, *shows[1:]])


@hypothesis.given(_scored(), st.sampled_from([0.5, 0.75, 0.9, 1.0]))
def test_no_threshold_of_that_precision_recalls_more(case, precision):
  p, shows = case
  best = -1.0
  for threshold in np.linspace(0, 1, 401, endpoint=False):
    said = p > threshold
    if said.any() and np.mean(shows[said]) >= precision:
      best = max(best, np.sum(said & shows) / shows.sum())
  if best < 0:
    with pytest.raises(errors.ConfigError, match=f'precision >= {precision}'):
      calibration.choose_threshold(p, shows, precision)
    return
  point = calibration.choose_threshold(p, shows, precision)
  said = p > point.threshold
  assert np.mean(shows[said]) == pytest.approx(point.precision)
  assert point.precision >= precision
  assert point.recall == pytest.approx(best)
  assert np.sum(said & shows) / shows.sum() == pytest.approx(best)


def test_of_equal_recalls_the_most_precise_is_chosen():
  p = np.array([0.9, 0.8, 0.3, 0.2])
  shows = np.array([True, True, False, False])
  point = calibration.choose_threshold(p, shows, 0.6)
  assert point == (pytest.approx(0.55), 1.0, 1.0)


@pytest.mark.parametrize('score', [1.0, 0.99999994, 1e-45])
def test_neighbouring_scores_are_told_apart_as_the_reward_compares(score):
  high = np.float32(score)
  p = np.array([high, np.nextafter(high, np.float32(0))])
  point = calibration.choose_threshold(p, np.array([True, False]), 1.0)
  for threshold in (
    point.threshold,
    calibration.shortest_threshold(point.threshold, p),
  ):
    np.testing.assert_array_equal(p > np.float32(threshold), [True, False])


def test_without_any_positive_there_is_nothing_to_choose():
  with pytest.raises(errors.ConfigError, match='show their goal, got none'):
    calibration.choose_threshold(np.ones(3), np.zeros(3, bool), 0.9)


@hypothesis.given(
  st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20),
  st.floats(0, 1, exclude_max=True),
)
def test_a_written_threshold_splits_the_scores_as_before(scores, threshold):
  p = np.array(scores, np.float32)
  written = calibration.shortest_threshold(threshold, p)
  np.testing.assert_array_equal(
    p > np.float32(written), p > np.float32(threshold)
  )
  assert written < 1


@pytest.mark.parametrize(
  ('threshold', 'scores', 'written'),
  [
    (0.93912, [0.2, 0.99], 0.9),
    (0.93912, [0.91, 0.99], 0.94),
    (0.93912, [0.9385, 0.9398], 0.939),
    # Four digits would make it 1: never a reward again.
    (0.99998, [0.99997, 0.99999], 0.99998),
    (0.9999, [0.5, 0.6], 0.9999),
    (1.0, [0.5], 1.0),
  ],
)
def test_a_threshold_is_written_with_the_fewest_digits(
  threshold, scores, written
):
  assert calibration.shortest_threshold(threshold, np.array(scores)) == written


def _similarities(rng, num, goals=2):
  return calibration.Similarities(
    rng.normal(size=(num, goals)) * 0.2,
    np.zeros((num, 0)),
    np.zeros((goals, 0), bool),
  )


def test_the_sigmoid_is_recovered_from_labels_drawn_with_it():
  rng = np.random.default_rng(0)
  similarities = _similarities(rng, 20_000)
  p = 1 / (1 + np.exp(-(similarities.goals / 0.1 - 3.0)))
  np.testing.assert_allclose(
    calibration.sigmoid_probabilities(similarities, 0.1, -3.0), p, rtol=1e-12
  )
  shows = rng.random(p.shape) < p
  grid = np.array([0.025, 0.05, 0.1, 0.2, 0.4])
  temperature, bias = calibration.choose_sigmoid(similarities, shows, grid)
  assert temperature == 0.1
  assert bias == pytest.approx(-3.0, abs=0.1)


def test_the_bias_is_the_likeliest_of_all():
  rng = np.random.default_rng(1)
  similarities = _similarities(rng, 300)
  shows = rng.random((300, 2)) < 0.2
  best = calibration.choose_bias(similarities, shows, 0.3)

  def loss(bias):
    p = calibration.sigmoid_probabilities(similarities, 0.3, bias)
    return calibration.log_loss(p, shows)

  assert loss(best) < min(loss(best - 0.01), loss(best + 0.01))


@pytest.mark.parametrize('numbers', [1, 2])
def test_a_change_must_be_worth_more_than_chance(numbers):
  shows = np.array([True] * 40 + [False] * 60)
  before = np.full(100, 0.5)
  quantile = stats.chi2.ppf(0.95, numbers)
  # The gain of p over 1/2, in nats, grows with p towards 0.4.
  for p in (0.5, 0.49, 0.46, 0.43, 0.41, 0.4):
    after = np.full(100, p)
    gain = 40 * np.log(p / 0.5) + 60 * np.log((1 - p) / 0.5)
    assert calibration.likelier(after, before, shows, numbers) == (
      2 * gain > quantile
    )


@pytest.mark.parametrize('lowest', [0.0, -1.0])
def test_no_threshold_of_that_lower_bound_recalls_more(lowest):
  rng = np.random.default_rng(3)
  groups = np.repeat(np.arange(150), 4)
  shows = rng.random(600) < 0.4
  p = np.clip(rng.normal(np.where(shows, 0.7, 0.3), 0.15), 0, 1)
  p = (p * (1 - lowest) + lowest).astype(np.float32)
  point = calibration.choose_threshold(
    p, shows, 0.85, lowest=lowest, groups=groups
  )
  candidates = np.append(np.unique(p), np.float32(lowest))
  low = precision_bounds.intervals(p, shows, groups, candidates)[:, 1]
  recalls = [np.sum((p > t) & shows) / shows.sum() for t in candidates]
  best = max(r for r, bound in zip(recalls, low, strict=True) if bound >= 0.85)
  assert point.recall == pytest.approx(best, abs=0.01)
  reached = precision_bounds.intervals(
    p, shows, groups, np.array([point.threshold])
  )[0]
  assert reached[1] >= 0.85
  assert point.precision == pytest.approx(reached[0])
  # Without doubt about it, the threshold may be lower.
  bold = calibration.choose_threshold(p, shows, 0.85, lowest=lowest)
  assert bold.threshold < point.threshold and bold.recall > point.recall


def test_a_bound_that_cannot_be_reached_tells_the_best():
  with pytest.raises(errors.ConfigError) as caught:
    calibration.choose_threshold(
      np.linspace(0.1, 1, 30),
      np.arange(30) >= 15,
      0.9,
      groups=np.arange(30),
    )
  # 15 of 15 are right: 15 / (15 + z²).
  assert (
    'precision is >= 0.9 by the lower bound of its 95 % interval, got at most '
    '0.7961 (precision 1.0000 of 15 positives in 15 episodes)'
  ) in str(caught.value)
  assert '\n' not in str(caught.value)
