import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from acme_vlm.ops import detection

# Few distinct scores, so that ties are common.
ITEMS = st.lists(
  st.tuples(st.integers(0, 6).map(lambda n: n / 6), st.booleans()),
  min_size=1,
  max_size=30,
)


def test_success_needs_more_than_the_threshold():
  p = np.array([0.0, 0.5, 0.5000001, 1.0, np.nan], np.float32)
  np.testing.assert_array_equal(
    detection.success(p, 0.5), [False, False, True, True, False]
  )
  np.testing.assert_array_equal(detection.success(p, 1.0), np.zeros(5, bool))


def test_a_score_at_the_threshold_as_written_is_no_success():
  # As float64, float32(0.1) lies above 0.1 and float32(0.7) below 0.7.
  for threshold in (0.1, 0.7, 0.9391):
    score = np.float32(threshold)
    above = np.nextafter(score, np.float32(1))
    for kind in (np.float32, np.float64, float):
      assert not detection.success(kind(score), threshold)
      assert detection.success(kind(above), threshold)


@hypothesis.given(
  scores=st.lists(st.integers(0, 5).map(lambda n: n / 5), min_size=1),
  threshold=st.sampled_from([-0.1, 0.0, 0.4, 0.5, 1.0]),
  data=st.data(),
)
def test_k_scores_are_above_exactly_if_the_kth_largest_is(
  scores, threshold, data
):
  k = data.draw(st.integers(1, len(scores)))
  kth = detection.k_th_largest(np.array(scores, np.float32), k)
  above = sum(bool(detection.success(s, threshold)) for s in scores)
  assert detection.success(kth, threshold) == (above >= k)
  assert kth in np.array(scores, np.float32)


@hypothesis.given(
  scores=st.lists(
    st.sampled_from([0.0, 0.2, 0.5, 0.6, 1.0, np.nan]), min_size=1, max_size=6
  ),
  data=st.data(),
)
@hypothesis.settings(max_examples=200)
def test_hysteresis_is_open_only_where_the_unknown_decides(scores, data):
  k = data.draw(st.integers(1, len(scores)))
  value = detection.hysteresis(np.array(scores, np.float32), k, 0.5, 0.0)
  assert value.dtype == np.float32
  above = sum(s > 0.5 for s in scores)
  unknown = sum(np.isnan(s) for s in scores)
  if above >= k:
    assert value > 0.5
  elif above + unknown < k:
    assert value <= 0.5
  else:
    assert np.isnan(value)


def test_rows_are_scored_one_by_one():
  rows = np.float32([[0.9, 0.1, 0.2], [0.3, 0.8, 0.7]])
  np.testing.assert_array_equal(
    detection.hysteresis(rows, 2, 0.5, 0.0), np.float32([0.2, 0.7])
  )
  np.testing.assert_array_equal(
    detection.k_th_largest(rows, 3), np.float32([0.1, 0.3])
  )


@hypothesis.given(ITEMS)
def test_curve_and_average_precision_equal_a_naive_sweep(items):
  hypothesis.assume(any(truth for _, truth in items))
  scores, truths = map(np.array, zip(*items, strict=True))
  points = []
  for threshold in sorted({score for score, _ in items}, reverse=True):
    said = [truth for score, truth in items if score >= threshold]
    points.append((sum(said) / len(said), sum(said) / truths.sum(), threshold))
  curve = detection.precision_recall_curve(scores, truths)
  np.testing.assert_allclose(np.transpose(curve), points)
  area, before = 0.0, 0.0
  for precision, recall, _ in points:
    area += precision * (recall - before)
    before = recall
  assert detection.average_precision(scores, truths) == pytest.approx(area)


def test_average_precision_of_known_orders():
  truths = np.array([True, True, False, False])
  assert detection.average_precision(np.array([4, 3, 2, 1]), truths) == 1.0
  # Worst order: hits at ranks 3 and 4.
  worst = detection.average_precision(np.array([1, 2, 3, 4]), truths)
  assert worst == pytest.approx((1 / 3 + 2 / 4) / 2)
  # A constant score finds everything at once: precision is the base rate.
  assert detection.average_precision(np.zeros(4), truths) == 0.5


def test_a_curve_without_a_true_item_is_refused():
  with pytest.raises(ValueError, match='at least one true item'):
    detection.precision_recall_curve(np.ones(3), np.zeros(3, bool))
  with pytest.raises(ValueError, match='NaN'):
    detection.average_precision(np.array([np.nan]), np.ones(1, bool))
  with pytest.raises(ValueError, match='one shape'):
    detection.average_precision(np.ones(3), np.ones(2, bool))


def test_average_precision_is_the_mean_precision_at_the_hits():
  scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
  positive = np.array([True, False, True, False, True])
  np.testing.assert_allclose(
    detection.average_precision(scores, positive),
    (1 / 1 + 2 / 3 + 3 / 5) / 3,
  )


def test_average_precision_takes_equal_scores_together():
  positive = np.array([True, False, False, False])
  for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
    found = detection.average_precision(np.zeros(4), positive[order])
    np.testing.assert_allclose(found, 1 / 4)
