import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm.networks import policy_past

HEADS = (3, 2)


def _one_hot(action):
  row = np.zeros(5)
  if action >= 0:
    row[action // 2], row[3 + action % 2] = 1, 1
  return row


def _expected(first, before, action):
  """What is told, counted by hand, of one stream."""
  done = list(before)
  told = []
  for t, begins in enumerate(first):
    if t:
      done.append(action[t - 1])
    if begins:
      done = []
    counts = sum((_one_hot(a) for a in done), np.zeros(5))
    told.append(
      np.concatenate([_one_hot(done[-1] if done else -1), counts / 10])
    )
  return np.stack(told), done


@pytest.mark.parametrize('seed', range(4))
def test_the_last_action_and_how_often_each_was_taken_are_told(seed):
  rng = np.random.default_rng(seed)
  past = policy_past.PastActions(6, HEADS)
  first = rng.random((2, 9)) < 0.2
  action = rng.integers(6, size=(2, 8))
  before = rng.integers(6, size=(2, 4))
  carried = jnp.zeros((2, past.size))
  for column in before.T:
    carried = past.remember(carried, jnp.asarray(column, jnp.int32))
  told, carried = past.told(
    jnp.asarray(first), carried, jnp.asarray(action, jnp.int32)
  )
  assert told.shape == (2, 9, past.told_size)
  carried = past.remember(carried, jnp.asarray([1, 5], jnp.int32))
  for n, last in enumerate((1, 5)):
    expected, done = _expected(first[n], before[n], action[n])
    np.testing.assert_allclose(told[n], expected, atol=1e-6)
    counts = sum((_one_hot(a) for a in (*done, last)), np.zeros(5))
    np.testing.assert_allclose(carried[n], [last + 1, *counts])


def test_one_head_is_all_actions():
  past = policy_past.PastActions(4, ())
  assert (past.size, past.told_size) == (5, 8)
  carried = past.remember(jnp.zeros((1, 5)), jnp.asarray([2], jnp.int32))
  np.testing.assert_array_equal(carried, [[3, 0, 0, 1, 0]])


def test_actions_that_are_missing_are_a_mistake():
  past = policy_past.PastActions(6, HEADS)
  with pytest.raises(ValueError, match='got 0 of 2'):
    past.told(jnp.zeros((1, 3), bool), jnp.zeros((1, past.size)), None)
