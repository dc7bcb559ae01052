"""What must be undone before another reward labels the same steps."""

import numpy as np
import pytest

from acme_vlm.rewards import relabel, swapping
from acme_vlm.types import Trajectory


def _unroll(seed, num=12):
  """Random episodes, one of which the environment ended itself."""
  rng = np.random.default_rng(seed)
  first = rng.random(num + 1) < 0.25
  placeholder = np.append(first[1:], False)
  episode = 1 + np.cumsum(first)
  discount = np.where(rng.random(num + 1) < 0.1, 0, 1)
  return Trajectory(
    pixels=rng.integers(0, 256, (num + 1, 2, 2, 3), np.uint8),
    sight=rng.random((num + 1, 4), np.float32),
    instruction=rng.integers(0, 9, (num + 1, 3)).astype(np.int32),
    goal=rng.integers(0, 5, num + 1).astype(np.int32),
    first=first,
    action=rng.integers(0, 9, num + 1).astype(np.int32),
    log_prob=-rng.random(num + 1).astype(np.float32),
    discount=np.where(placeholder, 0, discount).astype(np.float32),
    core_state=rng.random(4).astype(np.float32),
    policy_version=rng.integers(0, 9, num + 1).astype(np.int32),
    episode=np.where(placeholder, 0, episode).astype(np.int64),
  )


def _label(trajectory, scores, threshold, finished=(), version=1):
  return relabel.relabel(
    trajectory,
    scores,
    threshold,
    set(finished),
    reward_version=version,
    labeled_at=7.0,
  )


@pytest.mark.parametrize('seed', range(20))
def test_a_label_leaves_no_trace(seed):
  """Labeled twice is labeled once, by the second reward."""
  trajectory = _unroll(seed)
  rng = np.random.default_rng(seed + 100)
  one, two = rng.random((2, 12)).astype(np.float32)
  old = _label(trajectory, one, 0.4)
  again = _label(swapping.unlabeled(old.trajectory), two, 0.7, version=2)
  fresh = _label(trajectory, two, 0.7, version=2)
  assert again.finished == fresh.finished
  for name, column in again.trajectory._asdict().items():
    expected = getattr(fresh.trajectory, name)
    assert column.dtype == expected.dtype, name
    np.testing.assert_array_equal(column, expected, err_msg=name)


@pytest.mark.parametrize('seed', range(20))
def test_the_episodes_that_a_label_ended_are_found(seed):
  scores = np.random.default_rng(seed).random(12).astype(np.float32)
  old = _label(_unroll(seed), scores, 0.4, finished=(2,))
  assert swapping.finished(old.trajectory) == old.finished


def test_a_score_as_reward_has_ended_no_episode():
  labeled = _label(_unroll(0), np.full(12, 0.9, np.float32), 0.4).trajectory
  assert swapping.finished(labeled)
  on = labeled._replace(discount=np.ones_like(labeled.discount))
  assert swapping.finished(on) == ()


def test_a_step_that_an_actor_ended_goes_on_unless_its_label_agrees():
  trajectory = _unroll(0, num=4)._replace(
    first=np.array([1, 0, 0, 1, 0], bool),
    episode=np.array([5, 5, 0, 6, 6]),
    # The actor ended episode 5; the environment itself ended episode 6.
    discount=np.array([1, 0, 0, 0, 1], np.float32),
  )
  mended = swapping.own_discount(trajectory, {5})
  np.testing.assert_array_equal(mended.discount, [1, 1, 0, 0, 1])
  scores = np.array([0.1, 0.6, 0.9, 0.1], np.float32)
  agreeing = _label(mended, scores, 0.5).trajectory
  np.testing.assert_array_equal(agreeing.discount, [1, 0, 0, 0])
  other = _label(mended, scores, 0.7).trajectory
  np.testing.assert_array_equal(other.discount, [1, 1, 0, 0])
  np.testing.assert_array_equal(other.mask, [1, 1, 0, 1])
  # What came is left as it was.
  np.testing.assert_array_equal(trajectory.discount, [1, 0, 0, 0, 1])
  assert swapping.own_discount(trajectory, {7}) is trajectory
