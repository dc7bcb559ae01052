"""Tests of the questions about goals that nobody asked for."""

import numpy as np
import pytest

from acme_vlm import types
from acme_vlm.rewards import outcomes


def _trajectory(first):
  rows = len(first)
  return types.Trajectory(
    pixels=np.zeros((rows, 2, 2, 3), np.uint8),
    sight=np.zeros((rows, 1), np.float32),
    instruction=np.zeros((rows, 2), np.int32),
    goal=np.zeros(rows, np.int32),
    first=np.array(first, bool),
    action=np.zeros(rows, np.int32),
    log_prob=np.zeros(rows, np.float32),
    discount=np.ones(rows, np.float32),
    core_state=np.zeros(1, np.float32),
    policy_version=np.zeros(rows, np.int32),
    episode=np.ones(rows, np.int64),
  )


@pytest.mark.parametrize('seed', range(20))
def test_answers_against_a_plain_loop(seed):
  rng = np.random.default_rng(seed)
  first = rng.random(30) < 0.15
  trajectory = _trajectory(first)
  achieved = rng.random((30, 5)) < 0.3
  achieved[first] = False
  asked = outcomes.ask(trajectory, achieved, np.random.default_rng(seed))
  for t in range(29):
    goal = asked.goal[t]
    assert asked.outcome[t] == achieved[t + 1, goal]
    counts = not first[t + 1] and not achieved[t, goal]
    assert asked.mask[t] == counts


def test_nothing_is_asked_where_there_is_no_verdict():
  rng = np.random.default_rng(0)
  trajectory = _trajectory(np.zeros(40, bool))
  unknown = rng.random((40, 5)) < 0.3
  achieved = (rng.random((40, 5)) < 0.3) & ~unknown
  asked = outcomes.ask(trajectory, achieved, np.random.default_rng(1), unknown)
  steps = np.arange(39)
  before, after = unknown[steps, asked.goal], unknown[steps + 1, asked.goal]
  np.testing.assert_array_equal(
    asked.mask, ~(before | after) & ~achieved[steps, asked.goal]
  )
  assert before.any() and after.any() and asked.mask.any()


def test_rare_achievements_are_asked_about_every_other_time():
  rows, goals = 4001, 50
  trajectory = _trajectory(np.zeros(rows, bool))
  achieved = np.zeros((rows, goals), bool)
  achieved[1::2, 7] = True
  asked = outcomes.ask(trajectory, achieved, np.random.default_rng(0))
  led_to_it = asked.goal[::2]
  expected = 0.5 + 0.5 / goals
  deviation = np.sqrt(expected * (1 - expected) / len(led_to_it))
  assert abs(np.mean(led_to_it == 7) - expected) < 4 * deviation
  # Where nothing new was achieved, every goal is asked about alike.
  others = np.bincount(asked.goal[1::2], minlength=goals)
  assert others.min() > 0
  assert abs(others[7] - len(asked.goal[1::2]) / goals) < 30
