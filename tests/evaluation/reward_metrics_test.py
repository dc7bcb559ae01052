import itertools
import math

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from acme_vlm.evaluation import reward_metrics

REWARDS = st.lists(
  st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=40
)
# Few distinct scores, none on the bound of a bin, so that ties are common.
ITEMS = st.lists(
  st.tuples(st.sampled_from([0.04, 0.23, 0.51, 0.77, 0.98]), st.booleans()),
  min_size=1,
  max_size=40,
)


def random_pair(seed, num=400):
  rng = np.random.default_rng(seed)
  truth = rng.random(num) < 0.3
  return rng.normal(size=num) + truth, truth


def test_epic_of_the_same_the_opposite_and_an_unrelated_reward():
  reward, truth = random_pair(0)
  assert reward_metrics.epic_distance(truth, truth) == 0
  assert reward_metrics.epic_distance(~truth, truth) == pytest.approx(1)
  # Independent by construction: the same values with and without the truth.
  x, y = np.tile(reward[:50], 2), np.repeat([0, 1], 50)
  assert reward_metrics.epic_distance(x, y) == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize(('scale', 'shift'), [(3.0, -7.0), (1e-4, 0.5)])
def test_epic_does_not_see_scale_and_shift_but_a_sign(scale, shift):
  reward, truth = random_pair(1)
  distance = reward_metrics.epic_distance(reward, truth)
  same = reward_metrics.epic_distance(scale * reward + shift, truth)
  assert same == pytest.approx(distance, abs=1e-12)
  negated = reward_metrics.epic_distance(-reward, truth)
  # (1 - r)/2 + (1 + r)/2 = 1.
  assert negated**2 + distance**2 == pytest.approx(1)


@hypothesis.given(REWARDS)
def test_epic_is_half_the_distance_of_normalised_rewards(items):
  """The definition: Pearson's distance; by a loop, not by the lemma."""
  x, y = ([float(value) for value in side] for side in zip(*items, strict=True))
  distance = reward_metrics.epic_distance(np.array(x), np.array(y))
  if len(set(y)) == 1:
    assert math.isnan(distance)
    return
  if len(set(x)) == 1:
    assert distance == math.sqrt(0.5)
    return
  total = 0.0
  for a, b in zip(x, y, strict=True):
    za = (a - np.mean(x)) / np.std(x)
    zb = (b - np.mean(y)) / np.std(y)
    total += (za - zb) ** 2
  # E[(x - y)^2] = 2 (1 - r) of standardised x and y.
  assert distance == pytest.approx(math.sqrt(total / len(x)) / 2, abs=1e-7)


def test_epic_of_nothing_and_of_other_shapes():
  assert math.isnan(reward_metrics.epic_distance(np.ones(0), np.ones(0)))
  with pytest.raises(ValueError, match='one shape'):
    reward_metrics.epic_distance(np.ones(3), np.ones(2))


@hypothesis.given(REWARDS)
def test_kendall_counts_pairs(items):
  x, y = zip(*items, strict=True)
  agree = ties_x = ties_y = 0
  pairs = list(itertools.combinations(range(len(x)), 2))
  for i, j in pairs:
    agree += int(np.sign(x[i] - x[j]) * np.sign(int(y[i]) - int(y[j])))
    ties_x += x[i] == x[j]
    ties_y += y[i] == y[j]
  norm = math.sqrt((len(pairs) - ties_x) * (len(pairs) - ties_y))
  tau = reward_metrics.kendall(np.array(x), np.array(y))
  if norm:
    assert tau == pytest.approx(agree / norm)
  else:
    assert math.isnan(tau)


@hypothesis.given(ITEMS)
def test_calibration_sums_over_items(items):
  scores, truths = map(np.array, zip(*items, strict=True))
  found = reward_metrics.calibration(scores, truths, bins=4)
  error = 0.0
  for b in range(4):
    inside = [i for i in items if b / 4 <= i[0] < (b + 1) / 4]
    assert found.items[b] == len(inside)
    if not inside:
      assert math.isnan(found.confidence[b])
      continue
    said = sum(score for score, _ in inside) / len(inside)
    true = sum(truth for _, truth in inside) / len(inside)
    assert found.confidence[b] == pytest.approx(said)
    assert found.frequency[b] == pytest.approx(true)
    error += abs(said - true) * len(inside) / len(items)
  assert found.expected_error == pytest.approx(error)
  brier = sum((s - t) ** 2 for s, t in items) / len(items)
  assert found.brier == pytest.approx(brier)
  # Saying the prevalence p of every item costs the variance of the truth.
  assert found.brier_reference == pytest.approx(np.var(truths), abs=1e-12)


def test_a_calibrated_model_has_no_error_and_certain_lies_cost_all():
  scores = np.repeat([0.25, 0.75], 400)
  truths = np.arange(800) % 4 < np.repeat([1, 3], 400)
  assert reward_metrics.calibration(scores, truths).expected_error == 0
  lies = reward_metrics.calibration(1.0 - truths, truths)
  assert (lies.expected_error, lies.brier) == (1.0, 1.0)
  # A probability of 1 is in the last bin, not beyond it.
  assert lies.items.tolist() == [400, *[0] * 8, 400]


@pytest.mark.parametrize('scores', [[-0.1, 0.5], [0.5, 1.5], []])
def test_what_is_no_probability_is_not_calibrated(scores):
  with pytest.raises(ValueError, match='probabilities'):
    reward_metrics.calibration(np.array(scores), np.ones(len(scores), bool))


def test_confusion_by_hand():
  rewarded = np.array(
    [[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]], bool
  )
  achieved = np.array(
    # Goal 0; goals 0 and 1; goal 1; none; none as far as is known; none.
    [[1, 0, 0], [1, 1, 0], [0, 1, -1], [0, 0, 0], [0, -1, 0], [0, 0, 0]],
    np.int8,
  )
  found = reward_metrics.confusion(rewarded, achieved)
  np.testing.assert_array_equal(found.frames, [2, 2, 0, 2])
  np.testing.assert_array_equal(
    found.rate,
    [[1, 0.5, 0], [0.5, 1, 0], [np.nan] * 3, [0.5, 1, 0.5]],
  )


@hypothesis.given(ITEMS, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_the_threshold_is_the_best_of_all(items, wanted):
  scores, truths = map(np.array, zip(*items, strict=True))
  found = reward_metrics.threshold_for_precision(scores, truths, wanted)
  possible = []
  for threshold in np.unique(scores) - 0.01:
    said = scores > threshold
    hits = (said & truths).sum()
    if truths.any() and hits / said.sum() >= wanted:
      possible.append((hits / truths.sum(), hits / said.sum()))
  if not possible or max(possible)[0] == 0:
    assert found is None or found.recall == 0
    return
  said = np.float32(scores) > np.float32(found.value)
  assert found.recall == (said & truths).sum() / truths.sum()
  assert found.precision == (said & truths).sum() / said.sum()
  assert (found.recall, found.precision) == pytest.approx(max(possible))


def test_a_threshold_lies_between_neighbours_of_float32():
  high = np.float32(0.5)
  low = np.nextafter(high, np.float32(0))
  scores = np.array([high, low], np.float32)
  found = reward_metrics.threshold_for_precision(
    scores, np.array([True, False]), 1.0
  )
  said = scores > np.float32(found.value)
  assert said.tolist() == [True, False]


def test_precision_at_recall_is_that_of_the_strictest_threshold():
  precision, recall = np.array([1.0, 0.5, 0.6]), np.array([0.25, 0.25, 1.0])
  found = reward_metrics.precision_at_recall(
    precision, recall, np.array([0.0, 0.25, 0.26, 1.0])
  )
  np.testing.assert_array_equal(found, [1.0, 1.0, 0.6, 0.6])
