import math

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import optimize, stats

from acme_vlm.evaluation import metrics

# Few distinct scores, so that ties are common.
ITEMS = st.lists(
  st.tuples(st.integers(0, 6).map(lambda n: n / 6), st.booleans()),
  min_size=1,
  max_size=30,
)
NUMBERS = st.lists(
  st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=2, max_size=30
)


@pytest.mark.parametrize(
  'successes, total', [(0, 5), (1, 5), (5, 5), (50, 64), (191, 200)]
)
def test_wilson_bounds_solve_their_equation(successes, total):
  interval = metrics.wilson_interval(successes, total)
  share = successes / total
  z = stats.norm.ppf(0.975)

  # Each bound p is where the share lies z standard deviations of p away.
  def distance(p):
    return abs(share - p) - z * math.sqrt(p * (1 - p) / total)

  if successes > 0:
    low = optimize.brentq(distance, 1e-12, min(share, 1 - 1e-9))
    assert interval.low == pytest.approx(low, abs=1e-6)
  if successes < total:
    high = optimize.brentq(distance, max(share, 1e-9), 1 - 1e-12)
    assert interval.high == pytest.approx(high, abs=1e-6)
  assert 0 <= interval.low <= interval.value <= interval.high <= 1


def test_wilson_of_nothing_is_unknown_and_of_more_than_all_an_error():
  assert all(math.isnan(v) for v in metrics.wilson_interval(0, 0))
  with pytest.raises(ValueError, match='expected 0 to 3 successes, got 4'):
    metrics.wilson_interval(4, 3)


@hypothesis.given(ITEMS, st.integers(0, 6).map(lambda n: n / 6))
def test_precision_and_recall_count_what_they_say(items, threshold):
  scores, truths = map(np.array, zip(*items, strict=True))
  result = metrics.precision_recall(scores, truths, threshold)
  cells = {(a, b): 0 for a in (False, True) for b in (False, True)}
  for score, truth in items:
    cells[score > threshold, truth] += 1
  hits, false_alarms = cells[True, True], cells[True, False]
  misses = cells[False, True]
  assert result[2:] == (hits, false_alarms, misses)
  if hits + false_alarms:
    assert result.precision.value == hits / (hits + false_alarms)
  else:
    assert math.isnan(result.precision.value)
  if hits + misses:
    assert result.recall.value == hits / (hits + misses)


def test_scores_and_truths_of_different_shapes_are_refused():
  with pytest.raises(ValueError, match='one shape'):
    metrics.precision_recall(np.ones(3), np.ones(2, bool), 0.5)


def test_the_threshold_is_compared_as_the_reward_compares_it():
  # As float64 the score 0.7 lies above 0.69999998, as float32 it does not.
  scores = np.array([0.7, 0.8], np.float32)
  result = metrics.precision_recall(scores, np.ones(2, bool), 0.69999998)
  assert (result.true_positives, result.false_negatives) == (1, 1)


@hypothesis.given(NUMBERS)
def test_spearman_equals_scipy(pairs):
  x, y = zip(*pairs, strict=True)
  hypothesis.assume(len(set(x)) > 1 and len(set(y)) > 1)
  expected = stats.spearmanr(x, y).statistic
  assert metrics.spearman(x, y) == pytest.approx(expected, abs=1e-12)


def test_spearman_in_closed_form():
  assert metrics.spearman([1, 2, 3], [10, 100, 1000]) == pytest.approx(1)
  assert metrics.spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
  # Without ties: 1 - 6 Σd² / n(n² - 1), here Σd² = 2.
  assert metrics.spearman([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(0.8)
  assert math.isnan(metrics.spearman([1, 1, 1], [1, 2, 3]))
  assert math.isnan(metrics.spearman([1], [1]))
  with pytest.raises(ValueError, match='equal lengths, got 1 and 2'):
    metrics.spearman([1], [1, 2])


def test_return_correlation_leaves_unknown_points_out():
  vlm = [0.1, math.nan, 0.4, 0.6, 0.9]
  true = [0.0, 0.9, 0.3, math.nan, 0.8]
  assert metrics.return_correlation(vlm, true) == pytest.approx(1.0)
  with pytest.raises(ValueError, match='equal lengths'):
    metrics.return_correlation(vlm, true[:-1])
