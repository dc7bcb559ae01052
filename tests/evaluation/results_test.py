import math

import numpy as np
import pytest

from acme_vlm.evaluation import results


def episode(goal, scores, achieved, *, threshold=0.5):
  scores = np.array(scores, np.float32)
  achieved = np.array(achieved, bool)
  return results.EpisodeResult(
    goal=goal,
    goal_name='abc'[goal],
    length=len(scores),
    true_success=bool(achieved.any()),
    vlm_success=bool((scores > threshold).any()),
    true_return=float(achieved.any()),
    scores=scores,
    achieved=achieved,
    actions=np.zeros(len(scores), np.int32),
    pixels=None,
  )


EPISODES = (
  episode(1, [0.1, 0.9], [False, True]),
  episode(0, [0.2, 0.3, 0.1], [False, True, False]),
  episode(1, [0.7], [False]),
  episode(0, [0.0, 0.0], [False, False]),
)


def test_summary_of_episodes_counted_by_hand():
  figures = results.summary(results.Evaluation('sampled', 12, 0.5, EPISODES))
  assert figures['true_success'] == 0.5
  assert figures['vlm_success'] == 0.5
  assert figures['true_success_low'] < 0.5 < figures['true_success_high']
  assert figures['mean_length'] == 2.0
  assert figures['reward_precision'] == 0.5
  assert figures['reward_recall'] == 0.5
  # Hits at rank 1 and rank 3 of 0.9, 0.7, 0.3, ...
  assert figures['average_precision'] == pytest.approx((1 + 2 / 3) / 2)
  assert figures['chance_precision'] == 2 / 8
  assert (figures['episodes'], figures['policy_version']) == (4.0, 12.0)


def _random_episodes(num, informed):
  rng = np.random.default_rng(1)
  episodes = []
  for _ in range(num):
    achieved = rng.random(10) < 0.2
    scores = rng.random(10) + 0.5 * informed * achieved
    episodes.append(episode(0, scores, achieved))
  return results.Evaluation('sampled', 0, 0.5, tuple(episodes))


def test_a_reward_that_knows_nothing_is_told_from_one_that_knows_little():
  for informed in (False, True):
    figures = results.summary(_random_episodes(80, informed))
    area, chance = figures['average_precision'], figures['chance_precision']
    low, high = (figures[f'average_precision_{x}'] for x in ('low', 'high'))
    assert low < area < high
    assert chance == pytest.approx(0.2, abs=0.03)
    assert (low > chance) == informed
    assert high - low < 0.2


def test_a_frame_without_a_verdict_is_no_success():
  nan = float('nan')
  episodes = (
    episode(0, [nan, 0.9], [True, True]),
    episode(1, [0.2, nan], [False, True]),
  )
  evaluation = results.Evaluation('sampled', 0, 0.5, episodes)
  np.testing.assert_allclose(evaluation.scores, [0.2, 0.9, 0.2, 0.2])
  figures = results.summary(evaluation)
  assert figures['reward_precision'] == 1.0
  assert figures['reward_recall'] == pytest.approx(1 / 3)
  # One hit alone, then two of the three that stand lowest together.
  assert figures['average_precision'] == pytest.approx(1 / 3 + 2 / 3 * 3 / 4)
  none = results.Evaluation('sampled', 0, -0.5, (episode(0, [nan], [False]),))
  assert none.scores == -0.5


def test_unknown_figures_are_nan():
  failed = results.Evaluation('greedy', 0, 0.5, EPISODES[3:])
  figures = results.summary(failed)
  for key in ('reward_precision', 'reward_recall', 'average_precision'):
    assert math.isnan(figures[key])
  assert math.isnan(figures['average_precision_low'])
  assert figures['chance_precision'] == 0


def test_success_by_goal_follows_the_task_set():
  shares = results.success_by_goal(EPISODES)
  assert list(shares) == ['a', 'b']
  assert [share.value for share in shares.values()] == [0.5, 0.5]
