import math

import numpy as np
import pytest
from scipy import stats

from acme_vlm.evaluation import reward_bootstrap, reward_metrics
from acme_vlm.ops import detection


def data(seed, episodes=12, scores=9):
  """Items of few distinct scores; episodes of different lengths."""
  rng = np.random.default_rng(seed)
  lengths = rng.integers(1, 9, episodes)
  episode = np.repeat(np.arange(episodes), lengths)
  truths = rng.random(len(episode)) < 0.35
  values = 0.75 * rng.random(len(episode)) + 0.25 * truths
  values = np.round(values * scores) / scores
  return values, truths, episode


def repeated(values, episode, weights):
  """The data set of one draw, item by item: what weights stand for."""
  return np.repeat(values, weights[episode].astype(int), axis=0)


@pytest.mark.parametrize('seed', range(4))
def test_average_precision_of_a_draw_is_that_of_its_repeated_items(seed):
  scores, truths, episode = data(seed)
  assert 0.3 < detection.average_precision(scores, truths) < 0.9
  weights = reward_bootstrap.draw(12, 130, seed).weights
  areas, curves = reward_bootstrap.average_precision(
    scores, truths, episode, weights
  )
  for r in range(130):
    x = repeated(scores, episode, weights[:, r])
    y = repeated(truths, episode, weights[:, r])
    if not y.any():
      assert math.isnan(areas[r])
      continue
    assert areas[r] == pytest.approx(detection.average_precision(x, y))
    curve = detection.precision_recall_curve(x, y)
    for k, recall in enumerate(reward_metrics.RECALL_GRID):
      reached = np.flatnonzero(curve.recall >= recall - 1e-9)[0]
      # At recall 0 the curve begins where it first finds something.
      first = np.flatnonzero(curve.recall > 0)[0]
      expected = curve.precision[max(reached, first)]
      assert curves[r, k] == pytest.approx(expected)


def test_a_draw_without_a_true_item_has_no_average_precision():
  weights = np.array([[2.0, 0.0], [0.0, 2.0]])
  areas, curves = reward_bootstrap.average_precision(
    np.array([0.9, 0.1]), np.array([True, False]), np.array([0, 1]), weights
  )
  np.testing.assert_array_equal(areas, [1.0, np.nan])
  assert np.isnan(curves[1]).all() and not np.isnan(curves[0]).any()


@pytest.mark.parametrize('seed', range(3))
def test_a_share_of_a_draw_is_that_of_its_repeated_items(seed):
  scores, truths, episode = data(seed)
  said = scores > 0.5
  weights = reward_bootstrap.draw(12, 40, seed).weights
  found = reward_bootstrap.share(said & truths, said, episode, weights)
  for r in range(40):
    called = repeated(truths[said], episode[said], weights[:, r])
    expected = called.mean() if len(called) else math.nan
    assert found[r] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize('seed', range(3))
def test_epic_of_a_draw_is_that_of_its_repeated_items(seed):
  rng = np.random.default_rng(seed)
  _, _, episode = data(seed)
  num, goals = len(episode), 4
  truths = rng.random((num, goals)) < 0.3
  truths[:, 3] = True  # Never varies, so it has no distance.
  rewards = rng.random((num, goals)) + 0.5 * truths
  rewards[:, 2] = 0.25  # Knows nothing.
  known = rng.random((num, goals)) < 0.8
  rewards[~known] = np.nan
  weights = reward_bootstrap.draw(12, 30, seed).weights
  found = reward_bootstrap.mean_epic_distance(
    rewards, truths, known, episode, weights
  )
  for r in range(30):
    distances = []
    for g in range(goals):
      kept = known[:, g]
      distances.append(
        reward_metrics.epic_distance(
          repeated(rewards[kept, g], episode[kept], weights[:, r]),
          repeated(truths[kept, g], episode[kept], weights[:, r]),
        )
      )
    assert found[r] == pytest.approx(np.nanmean(distances), abs=1e-6)


def test_draws_are_of_whole_episodes_and_the_seeds():
  one = reward_bootstrap.draw(9, 500, 3)
  np.testing.assert_array_equal(one.weights.sum(axis=0), 9)
  np.testing.assert_allclose(one.weights.mean(axis=1), 1, atol=0.2)
  assert one.chooses.sum() == 5
  again, other = (reward_bootstrap.draw(9, 500, seed) for seed in (3, 4))
  np.testing.assert_array_equal(one.weights, again.weights)
  np.testing.assert_array_equal(one.chooses, again.chooses)
  assert (one.weights != other.weights).any()


def test_the_halves_do_not_follow_the_order_of_episodes():
  # Recordings often alternate between policies.
  halves = [reward_bootstrap.draw(40, 2, seed).chooses for seed in range(20)]
  even = [half[::2].sum() for half in halves]
  assert min(even) > 0 and max(even) < 20 and len(set(even)) > 3


def test_the_interval_leaves_two_and_a_half_percent_on_each_side():
  replicates = np.append(np.arange(1001.0), np.nan)
  value, low, high = reward_bootstrap.interval(7.0, replicates)
  assert (value, low, high) == pytest.approx((7.0, 25.0, 975.0))
  nothing = reward_bootstrap.interval(7.0, np.full(3, np.nan))
  assert math.isnan(nothing.low) and math.isnan(nothing.high)


def test_the_interval_of_a_mean_covers_as_often_as_it_says():
  # Ten alike frames an episode: frames as if independent would give intervals
  # that are three times too narrow, and cover in 46 of 100 worlds.
  covered = 0
  for world in range(100):
    rng = np.random.default_rng(world)
    truths = np.repeat(rng.random(60) < 0.4, 10)
    episode = np.repeat(np.arange(60), 10)
    weights = reward_bootstrap.draw(60, 300, world).weights
    shares = reward_bootstrap.share(
      truths, np.ones(600, bool), episode, weights
    )
    found = reward_bootstrap.interval(truths.mean(), shares)
    covered += found.low <= 0.4 <= found.high
  assert 88 <= covered <= 100


@pytest.mark.parametrize('right', [0, 1, 17, 20])
def test_a_share_is_as_sure_as_its_episodes_allow(right):
  # Five alike frames of each of 20 episodes; 4 more have none to speak of.
  hits = np.repeat(np.arange(24) < right, 5)
  of, episode = np.repeat(np.arange(24) < 20, 5), np.repeat(np.arange(24), 5)
  weights = reward_bootstrap.draw(24, 2000, 0).weights
  found = reward_bootstrap.share_interval(hits, of, episode, weights)
  assert found.value == right / 20
  wilson = stats.binomtest(right, 20).proportion_ci(method='wilson')
  drawn = reward_bootstrap.interval(
    right / 20, reward_bootstrap.share(hits, of, episode, weights)
  )
  assert found.low == pytest.approx(min(wilson.low, drawn.low))
  assert found.high == pytest.approx(max(wilson.high, drawn.high))
  if right in (0, 20):
    assert drawn.low == drawn.high and found.high - found.low > 0.1


def test_a_share_of_nothing_is_none():
  none = np.zeros(4, bool)
  weights = reward_bootstrap.draw(2, 10, 0).weights
  found = reward_bootstrap.share_interval(
    none, none, np.array([0, 0, 1, 1]), weights
  )
  assert np.isnan(found).all()
