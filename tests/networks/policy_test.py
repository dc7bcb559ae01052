import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks import policy_network
from acme_vlm.networks.policy_config import PolicyConfig

_SMALL = PolicyConfig(
  grid=(4, 2), channels=(4, 6, 8), strides=(3, 1), core_size=5, film_size=7
)
_SHAPE = (48, 24, 3)
_SIGHTED = PolicyConfig(
  eyes='reward_model', grid=None, core_size=5, hidden_size=7
)
_SIGHT_GRID = (1, 3, 4)


def _make(config=_SMALL, num_actions=12, shape=_SHAPE):
  policy = policy_lib.make_policy(
    config, num_actions=num_actions, frame_shape=shape, num_words=9
  )
  params = policy.init(jax.random.key(0))
  # Larger parameters: logits that differ make differences visible.
  return policy, jax.tree.map(lambda x: 2.0 * x, params)


def _make_sighted(**changes):
  policy = policy_lib.make_policy(
    dataclasses.replace(_SIGHTED, **changes),
    num_actions=12,
    frame_shape=_SHAPE,
    num_words=9,
    sight_grid=_SIGHT_GRID,
  )
  return policy, policy.init(jax.random.key(0))


@functools.cache
def _step(policy):
  return jax.jit(policy.step)


@functools.cache
def _unroll(policy):
  return jax.jit(policy.unroll)


def _stream(batch=3, rows=6, shape=_SHAPE, seed=0):
  rng = np.random.default_rng(seed)
  return (
    jnp.asarray(rng.integers(0, 256, (batch, rows, *shape), dtype=np.uint8)),
    jnp.asarray(rng.integers(0, 9, (batch, rows, 4)), jnp.int32),
    jnp.asarray(rng.random((batch, rows)) < 0.3),
  )


@pytest.mark.parametrize(
  'config',
  [
    _SMALL,
    dataclasses.replace(_SMALL, core_size=0),
    dataclasses.replace(_SMALL, grid=None),
  ],
  ids=['grid', 'no core', 'no grid'],
)
def test_unroll_equals_step_after_step(config):
  policy, params = _make(config)
  pixels, words, first = _stream()
  state = jax.random.normal(jax.random.key(1), (3, policy.state_size))
  logits, values = _unroll(policy)(params, pixels, words, first, state)
  assert float(jnp.std(logits)) > 1e-2
  for t in range(first.shape[1]):
    out = _step(policy)(params, pixels[:, t], words[:, t], first[:, t], state)
    np.testing.assert_allclose(out.logits, logits[:, t], atol=1e-5)
    np.testing.assert_allclose(out.value, values[:, t], atol=1e-5)
    state = out.core_state


@pytest.mark.parametrize('action_heads', [(), (3, 2, 2)])
def test_a_sight_is_looked_at_in_place_of_pixels(action_heads):
  policy, params = _make_sighted(action_heads=action_heads)
  assert policy.sight_size == 16
  _, words, first = _stream()
  sight = jax.random.uniform(jax.random.key(2), (3, 6, 16))
  # Nobody looks at them: they have no rows.
  pixels = jnp.zeros((3, 6, 0, 24, 3), jnp.uint8)
  state = jax.random.normal(jax.random.key(1), (3, 5))
  logits, values = policy.unroll(params, pixels, words, first, state, sight)
  assert float(jnp.std(logits)) > 1e-3
  for t in range(6):
    out = policy.step(
      params, pixels[:, t], words[:, t], first[:, t], state, sight[:, t]
    )
    np.testing.assert_allclose(out.logits, logits[:, t], atol=1e-5)
    np.testing.assert_allclose(out.value, values[:, t], atol=1e-5)
    state = out.core_state
  other, _ = policy.unroll(params, pixels, words, first, state, 1 - sight)
  assert not np.allclose(other, logits, atol=1e-4)
  with pytest.raises(ValueError, match='expected the sight'):
    policy.step(params, pixels[:, 0], words[:, 0], first[:, 0], state)


@pytest.mark.parametrize('eyes', ['reward_model', 'own', 'random'])
def test_past_actions_are_told_until_an_episode_begins(eyes):
  if eyes == 'reward_model':
    policy, params = _make_sighted(past_actions=True)
  elif eyes == 'own':
    policy, params = _make_seeing(past_actions=True)
  else:
    policy, params = _make(dataclasses.replace(_SMALL, past_actions=True))
  pixels, words, first = _stream()
  first = first.at[:, 2].set(True).at[:, 3:].set(False)
  sight = jax.random.uniform(jax.random.key(2), (3, 6, policy.sight_size))
  action = jax.random.randint(jax.random.key(3), (3, 5), 0, 12)
  # In the middle of an episode: action 7 was taken before row 0.
  first = first.at[:, 0].set(False)
  state = jnp.full((3, policy.state_size), 0.1)
  state = policy.remember(state, jnp.full((3,), 7))
  # The core's own state, the last action, and the counts of twelve.
  assert state.shape == (3, 5 + 1 + 12) and state[0, 5] == 8
  assert state[0, 6 + 7] == pytest.approx(1.1)
  unroll = functools.partial(_unroll(policy), params, pixels, words, first)
  logits, values = unroll(state, sight, action)
  step = state
  for t in range(6):
    row = pixels[:, t], words[:, t], first[:, t], step, sight[:, t]
    out = _step(policy)(params, *row)
    np.testing.assert_allclose(out.logits, logits[:, t], atol=1e-5)
    np.testing.assert_allclose(out.value, values[:, t], atol=1e-5)
    if t < 5:
      step = policy.remember(out.core_state, action[:, t])
  # What was done before row 0 counts until an episode begins at row 2.
  other, _ = unroll(policy.remember(state, jnp.full((3,), 4)), sight, action)
  assert not np.allclose(other[:, 0], logits[:, 0], atol=1e-5)
  np.testing.assert_array_equal(other[:, 2:], logits[:, 2:])
  # And what is done at row 1 counts nowhere: it led to the end.
  other, _ = unroll(state, sight, action.at[:, 1].set((action[:, 1] + 1) % 12))
  np.testing.assert_array_equal(other, logits)
  # How often each was taken counts however long ago.
  other, _ = unroll(state, sight, action.at[:, 2].set((action[:, 2] + 1) % 12))
  assert not np.allclose(other[:, 5], logits[:, 5], atol=1e-5)
  other, _ = unroll(state, sight, action.at[:, 3].set((action[:, 3] + 1) % 12))
  assert not np.allclose(other[:, 4], logits[:, 4], atol=1e-5)
  np.testing.assert_array_equal(other[:, :4], logits[:, :4])
  with pytest.raises(ValueError, match='expected the actions between the rows'):
    policy.unroll(params, pixels, words, first, state, sight)


def _make_seeing(**changes):
  policy = policy_lib.make_policy(
    dataclasses.replace(_SMALL, grid=None, eyes='own', eyes_size=4, **changes),
    num_actions=12,
    frame_shape=_SHAPE,
    num_words=9,
    goal_words=np.array([[1, 2], [3, 0], [4, 5]], np.int32),
  )
  params = policy.init(jax.random.key(0))
  return policy, jax.tree.map(lambda x: 3.0 * x, params)


def test_eyes_of_its_own_see_row_by_row_as_at_once_and_tell_what():
  policy, params = _make_seeing()
  assert policy.sight_size == 1 and hash(policy) == hash(_make_seeing()[0])
  pixels, words, first = _stream()
  state = jax.random.normal(jax.random.key(1), (3, 5))
  logits, values = _unroll(policy)(params, pixels, words, first, state)
  assert float(jnp.std(logits)) > 1e-3
  # Row [b, t] stands at another place, and one row twice.
  order = np.random.default_rng(1).permutation(18)
  rows = policy_lib.DistinctRows(
    pixels=pixels.reshape(18, *_SHAPE)[order],
    sight=jnp.zeros((18, 1)),
    instruction=words.reshape(18, -1)[order],
    position=jnp.asarray(np.argsort(order).reshape(3, 6), jnp.int32),
  )
  *same, seen = policy.unroll_seeing(params, rows, first, state)
  np.testing.assert_allclose(same[0], logits, atol=1e-5)
  np.testing.assert_allclose(same[1], values, atol=1e-5)
  assert seen.shape == (3, 6, 3)
  for t in range(6):
    out = _step(policy)(params, pixels[:, t], words[:, t], first[:, t], state)
    np.testing.assert_allclose(out.logits, logits[:, t], atol=1e-5)
    state = out.core_state
    goal = jnp.asarray([[3, 0]] * 3)
    (_, score, _) = policy.network.eyes.apply(
      {'params': params['params']['eyes']}, pixels[:, t], goal, goal
    )
    np.testing.assert_allclose(seen[:, t, 1], score, atol=1e-4)


def test_without_eyes_one_zero_is_carried_and_not_looked_at():
  policy, params = _make()
  assert policy.sight_size == 1
  pixels, words, first = _stream(batch=2, rows=1)
  row = (pixels[:, 0], words[:, 0], first[:, 0], policy.initial_state(2))
  plain = policy.step(params, *row)
  carried = policy.step(params, *row, jnp.ones((2, 1)))
  np.testing.assert_array_equal(plain.logits, carried.logits)


def test_heads_without_a_grid_factorise():
  policy, params = _make(
    dataclasses.replace(_SMALL, grid=None, action_heads=(3, 2, 2))
  )
  pixels, words, first = _stream(batch=2, rows=1)
  state = policy.initial_state(2)
  logits, _ = _unroll(policy)(params, pixels, words, first, state)
  cube = np.asarray(logits).reshape(2, 3, 2, 2)
  # A sum of heads: no two of them interact.
  mixed = cube - cube.mean(1, keepdims=True)
  mixed -= mixed.mean((2, 3), keepdims=True)
  assert np.std(cube) > 1e-3
  np.testing.assert_allclose(mixed, 0, atol=1e-5)


def test_nothing_is_remembered_over_the_start_of_an_episode():
  policy, params = _make()
  pixels, words, first = _stream()
  first = first.at[:, 3].set(True).at[:, 4:].set(False)
  state = policy.initial_state(3)
  logits, _ = _unroll(policy)(params, pixels, words, first, state)
  other = pixels.at[:, :3].set(255 - pixels[:, :3])
  changed, _ = _unroll(policy)(params, other, words, first, state)
  assert not np.allclose(logits[:, :3], changed[:, :3])
  np.testing.assert_array_equal(logits[:, 3:], changed[:, 3:])
  # And it is remembered where no episode starts.
  carried = first.at[:, 3].set(False)
  before, _ = _unroll(policy)(params, pixels, words, carried, state)
  after, _ = _unroll(policy)(params, other, words, carried, state)
  assert not np.allclose(before[:, 4:], after[:, 4:])


def test_padding_of_the_instruction_changes_nothing():
  policy, params = _make()
  pixels, words, first = _stream(batch=2, rows=1)
  words = jnp.asarray([[[3, 5, 0, 0]], [[3, 5, 2, 0]]], jnp.int32)
  state = policy.initial_state(2)
  logits, _ = _unroll(policy)(params, pixels, words, first, state)
  padded = jnp.pad(words, ((0, 0), (0, 0), (0, 3)))
  same, _ = _unroll(policy)(params, pixels, padded, first, state)
  np.testing.assert_allclose(logits, same, atol=1e-6)
  other = words.at[0, 0, 2].set(2)
  different, _ = _unroll(policy)(params, pixels, other, first, state)
  assert not np.allclose(logits[0], different[0], atol=1e-4)


def test_a_tap_looks_at_its_own_cell():
  """The cell whose logit moves most is the one whose pixels changed."""
  policy, params = _make(dataclasses.replace(_SMALL, core_size=0))
  pixels, words, first = _stream(batch=1, rows=1)
  state = policy.initial_state(1)
  logits, _ = _unroll(policy)(params, pixels, words, first, state)
  for row in range(4):
    for column in range(2):
      cell = (
        slice(12 * row, 12 * row + 12),
        slice(12 * column, 12 * column + 12),
      )
      block = (0, 0, *cell)
      changed, _ = _unroll(policy)(
        params, pixels.at[block].set(255), words, first, state
      )
      moved = np.abs(np.asarray(changed - logits))[0, 0, :8].reshape(4, 2)
      # Two 3x3 convolutions reach two cells, not three.
      near = np.abs(np.arange(4) - row) <= 2
      assert np.all(moved[~near] == 0.0)
      assert moved[row, column] > 0.0


def test_one_seed_gives_one_set_of_parameters():
  policy, params = _make()
  _, again = _make()
  jax.tree.map(np.testing.assert_array_equal, params, again)
  assert hash(policy) == hash(_make()[0])


@pytest.mark.parametrize(
  ('config', 'options', 'message'),
  [
    (_SMALL, {'shape': (50, 24, 3)}, 'height: expected a multiple of .*12'),
    (_SMALL, {'shape': (48, 26, 3)}, 'width: expected a multiple of .*12'),
    (_SMALL, {'shape': (60, 24, 3)}, 'rows: .*divides .*of 5.*got 4'),
    (_SIGHTED, {}, 'eyes: expected a reward model that offers maps'),
    (
      dataclasses.replace(_SMALL, grid=None, eyes='own'),
      {},
      "goal_words: expected .*with eyes 'own', got 0",
    ),
    (
      dataclasses.replace(_SMALL, grid=None, action_heads=(5, 2)),
      {},
      r"action_heads: .*environment's 12 actions, got \(5, 2\)",
    ),
    (_SMALL, {'num_actions': 7}, 'num_actions: expected at least 8, got 7'),
    (_SMALL, {'shape': (48, 24, 4)}, 'frame_shape: expected .*3 channels'),
  ],
)
def test_parts_that_do_not_fit_are_refused(config, options, message):
  with pytest.raises(errors.ConfigError, match=message) as caught:
    _make(config, **options)
  assert '\n' not in str(caught.value)


def _ask(policy, params, words, tap, goal):
  pixels, _, first = _stream(rows=3)
  rows = policy_lib.DistinctRows(
    pixels=pixels.reshape(-1, *_SHAPE),
    sight=jnp.zeros((9, 1)),
    instruction=words.reshape(-1, words.shape[-1]),
    position=jnp.arange(9, dtype=jnp.int32).reshape(3, 3),
  )
  return policy.unroll_answering(
    params,
    rows,
    first,
    policy.initial_state(3),
    policy_network.Question(tap, goal),
  )


def test_asked_about_a_goal_it_answers_as_if_that_were_the_instruction():
  policy, params = _make()
  _, words, _ = _stream(rows=3)
  other = (words + 3) % 9
  tap = jnp.asarray([[0, 7], [3, 4], [6, 1]], jnp.int32)
  *_, answer = _ask(policy, params, words, tap, other[:, :2])
  *_, swapped = _ask(policy, params, other, tap, words[:, :2])
  assert float(jnp.std(answer.own)) > 1e-3
  np.testing.assert_allclose(answer.asked, swapped.own, atol=1e-5)
  np.testing.assert_allclose(answer.own, swapped.asked, atol=1e-5)
  assert not np.allclose(answer.own, answer.asked, atol=1e-3)


def test_the_policys_gradient_does_not_reach_the_outcome_head():
  policy, params = _make()
  _, words, _ = _stream(rows=3)
  tap = jnp.zeros((3, 2), jnp.int32)

  def gradient(total):
    grads = jax.grad(
      lambda p: total(*_ask(policy, p, words, tap, words[:, :2]))
    )
    return grads(params)['params']['outcome']['kernel']

  by_policy = gradient(lambda logits, value, _: jnp.sum(logits[..., :3]))
  by_labels = gradient(lambda logits, value, answer: jnp.sum(answer.own))
  np.testing.assert_array_equal(by_policy, 0.0)
  assert float(jnp.max(jnp.abs(by_labels))) > 0.0
