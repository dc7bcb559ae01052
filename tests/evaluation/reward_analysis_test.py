import math

import numpy as np
import pytest

from acme_vlm.evaluation import (
  metrics,
  reward_analysis,
  reward_bootstrap,
  reward_hits,
  reward_labels,
  reward_metrics,
)
from acme_vlm.ops import detection


def analyse(labels, scores, **changes):
  arguments = {
    'threshold': 0.7,
    'thresholded': True,
    'probability': True,
    'precision': 0.9,
    'resampling': reward_bootstrap.draw(len(labels.policies), 40, 0),
  }
  return reward_analysis.analyse(labels, scores, **(arguments | changes))


@pytest.fixture
def noisy(making):
  labels = making[0]()
  return labels, making[1](labels, 0.3)


def pairs(labels, scores):
  """Score, truth, frame and goal of all known pairs, by a loop."""
  return [
    (float(scores.every[n, g]), labels.achieved[n, g] == 1, n, g)
    for n in range(len(labels.goal))
    for g in range(len(labels.goals))
    if labels.achieved[n, g] >= 0 and not math.isnan(scores.every[n, g])
  ]


def own_pairs(labels, scores):
  """The same against the own goal: no first observations."""
  return [
    (float(scores.own[n]), labels.achieved[n, labels.goal[n]] == 1, n)
    for n in range(len(labels.goal))
    if labels.step[n] > 0
    and labels.achieved[n, labels.goal[n]] >= 0
    and not math.isnan(scores.own[n])
  ]


def test_both_views_count_the_pairs_that_are_theirs(noisy):
  labels, scores = noisy
  found = analyse(labels, scores)
  for view, items in (
    (found.every, pairs(labels, scores)),
    (found.own, own_pairs(labels, scores)),
  ):
    x, y = np.array([i[0] for i in items]), np.array([i[1] for i in items])
    assert view.items == len(items)
    area = view.curve.average_precision
    assert area.value == pytest.approx(detection.average_precision(x, y))
    assert area.low < area.value < area.high
    assert view.curve.chance == y.mean()
    hits = ((x > 0.7) & y).sum()
    assert view.at_threshold.precision.value == hits / (x > 0.7).sum()
    assert view.recall.value == hits / y.sum()
    assert view.recall.low < view.recall.value < view.recall.high
    assert view.spearman == pytest.approx(metrics.spearman(x, y))
    assert view.kendall == pytest.approx(reward_metrics.kendall(x, y))


def test_unknown_truths_and_withheld_verdicts_are_left_out(noisy):
  labels, scores = noisy
  rng = np.random.default_rng(5)
  unknown = rng.random(labels.achieved.shape) < 0.2
  withheld = rng.random(labels.achieved.shape) < 0.1
  labels = labels._replace(achieved=np.where(unknown, -1, labels.achieved))
  every = np.where(withheld, np.nan, scores.every)
  scores = scores._replace(
    every=every, own=every[np.arange(len(every)), labels.goal]
  )
  found = analyse(labels, scores)
  items = pairs(labels, scores)
  assert found.every.items == len(items)
  assert found.own.items == len(own_pairs(labels, scores))
  assert found.abstained == withheld.mean()
  assert found.calibration.items.sum() == len(items)
  for g, goal in enumerate(found.goals):
    mine = [(score, truth) for score, truth, _, column in items if column == g]
    x, y = map(np.array, zip(*mine, strict=True))
    assert goal.frames == y.sum()
    assert goal.average_precision == detection.average_precision(x, y)
    assert goal.epic == reward_metrics.epic_distance(x, y)
  mean = np.mean([goal.epic for goal in found.goals])
  assert found.epic.value == pytest.approx(mean)


def test_a_perfect_model_and_one_that_knows_nothing(making):
  labels = making[0](60)
  truth = (labels.achieved == 1).astype(np.float32)
  own = truth[np.arange(len(truth)), labels.goal]
  perfect = analyse(labels, reward_labels.Scores(truth, own))
  assert perfect.every.curve.average_precision == (1, 1, 1)
  assert perfect.own.at_threshold.false_positives == 0
  assert perfect.epic == pytest.approx((0, 0, 0), abs=1e-6)
  assert perfect.calibration.expected_error == 0
  assert perfect.return_spearman == pytest.approx(1)
  assert perfect.return_kendall == pytest.approx(1)
  assert perfect.hits.count(reward_hits.Outcome.WRONG) == 0
  np.testing.assert_array_equal(perfect.confusion.rate[:3], np.eye(3))

  noise = np.random.default_rng(0).random(truth.shape).astype(np.float32)
  blind = analyse(labels, reward_labels.Scores(noise, noise[:, 0]))
  area = blind.every.curve
  assert area.average_precision.low < area.chance + 0.02
  assert area.average_precision.value < area.chance + 0.1
  assert blind.epic.low < math.sqrt(0.5) < blind.epic.high + 0.02
  assert abs(blind.every.spearman) < 0.15


def test_a_reward_that_is_the_score_ends_no_episode(noisy):
  labels, scores = noisy
  found = analyse(labels, scores, thresholded=False)
  assert found.hits is None
  kept = labels.rewardable
  truths = np.bincount(labels.episode[kept], labels.own[kept] == 1)
  sums = np.bincount(labels.episode[kept], scores.own[kept])
  assert found.return_spearman == metrics.spearman(sums, truths)
  counts = np.bincount(labels.episode[kept], scores.own[kept] > 0.7)
  thresholded = analyse(labels, scores)
  assert thresholded.return_spearman == metrics.spearman(counts, truths)


def test_scores_that_are_no_probabilities_are_not_calibrated(noisy):
  labels, scores = noisy
  scores = reward_labels.Scores(2 * scores.every - 1, 2 * scores.own - 1)
  assert analyse(labels, scores, probability=False).calibration is None


def test_the_suggested_threshold_is_measured_on_other_episodes(noisy):
  labels, scores = noisy
  resampling = reward_bootstrap.draw(len(labels.policies), 40, 0)
  found = analyse(labels, scores, resampling=resampling).suggestion
  items = own_pairs(labels, scores)
  halves = [
    [i for i in items if resampling.chooses[labels.episode[i[2]]] == half]
    for half in (True, False)
  ]
  said = [[i for i in half if i[0] > found.chosen.value] for half in halves]
  first, second = ([i[1] for i in half] for half in said)
  assert np.mean(first) == found.chosen.precision >= 0.9
  reached = found.held_out
  assert reached.true_positives == sum(second) != sum(first)
  assert reached.false_positives == len(second) - sum(second)
  total = sum(i[1] for i in halves[1])
  assert reached.recall.value == sum(second) / total


def test_a_precision_out_of_reach_gives_no_threshold(making):
  labels = making[0]()
  wrong = (labels.achieved != 1).astype(np.float32)
  own = wrong[np.arange(len(wrong)), labels.goal]
  found = analyse(labels, reward_labels.Scores(wrong, own)).suggestion
  assert (found.chosen, found.held_out) == (None, None)


def test_the_goal_that_is_taken_for_another_is_named(making):
  labels = making[0](60)
  every = (labels.achieved == 1).astype(np.float32)
  shows = np.flatnonzero(every[:, 1])
  every[shows[: len(shows) // 4], 2] = 1
  found = analyse(labels, reward_labels.Scores(every, every[:, 0]))
  row = found.goals[1]
  assert row.taken_for == labels.goals[2]
  assert row.taken_rate == (len(shows) // 4) / len(shows)
  assert [goal.taken_for for goal in found.goals[::2]] == ['', '']


def test_a_recording_whose_own_goals_are_never_reached_still_compares_goals():
  achieved = np.array([[0, 0], [0, 1], [0, 1]], np.int8)
  labels = reward_labels.join(
    ('a', 'b'), [(achieved, 0, 'random', n) for n in range(3)]
  )
  every = np.tile(np.float32([[0.1, 0.2], [0.3, 0.9], [0.2, 0.8]]), (3, 1))
  found = analyse(labels, reward_labels.Scores(every, every[:, 0]))
  assert found.own.curve is None
  assert math.isnan(found.own.at_threshold.recall.value)
  assert found.every.curve.average_precision.value == 1
  assert math.isnan(found.return_spearman)
  assert math.isnan(found.goals[0].average_precision)
