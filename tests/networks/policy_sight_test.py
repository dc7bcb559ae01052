import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm.networks import policy_sight

_GRID = (2, 3, 4)


def _network(**changes):
  options = {
    'num_actions': 6,
    'action_heads': (3, 2),
    'num_words': 7,
    'num_maps': 2,
    'instruction_size': 5,
    'hidden_size': 8,
    'core_size': 4,
    'map_weight': 0.3,
    'summary_weight': 0.6,
  }
  return policy_sight.SightNetwork(**(options | changes))


def _rows(num=6):
  rng = np.random.default_rng(0)
  sight = rng.random((num, policy_sight.size(_GRID)), np.float32)
  words = rng.integers(0, 7, (num, 3)).astype(np.int32)
  return jnp.asarray(sight), jnp.asarray(words)


def test_size_is_maps_and_their_summaries():
  assert policy_sight.size(_GRID) == 2 * (12 + 4)
  assert policy_sight.size((1, 1, 1)) == 5


@pytest.mark.parametrize(
  ('core_size', 'switch'), [(4, None), (0, None), (4, 0.6)]
)
def test_rows_that_repeat_may_be_left_out(core_size, switch):
  network = _network(core_size=core_size, switch=switch)
  sight, words = _rows(3)
  if switch is not None:
    sight = sight.at[:, -policy_sight.SUMMARY].set(jnp.array([0.5, 0.7, 0.6]))
  index = jnp.asarray([[0, 2, 2], [1, 1, 0]])
  first = jnp.asarray([[True, False, False], [False, True, False]])
  state = jax.random.normal(jax.random.key(1), (2, max(core_size, 1)))
  params = network.init(jax.random.key(0), sight, words, index, first, state)
  few = network.apply(params, sight, words, index, first, state)
  flat = index.reshape(-1)
  all_rows = network.apply(params, sight[flat], words[flat], None, first, state)
  assert few[0].shape == (2, 3, 6)
  assert float(jnp.std(few[0])) > 1e-3
  for one, other in zip(few, all_rows, strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_every_number_of_the_sight_and_every_word_counts():
  network = _network()
  sight, words = _rows(1)
  first, state = jnp.ones((1, 1), bool), jnp.zeros((1, 4))
  params = network.init(jax.random.key(0), sight, words, None, first, state)

  def value(sight):
    return network.apply(params, sight, words, None, first, state)[1][0, 0]

  assert np.all(np.asarray(jax.grad(value)(sight)) != 0)
  other = network.apply(params, sight, words + 1, None, first, state)
  assert float(other[1][0, 0]) != float(value(sight))


def test_the_summary_weighs_more_than_the_maps():
  network = _network(hidden_size=512)
  sight, words = _rows(1)
  first, state = jnp.ones((1, 1), bool), jnp.zeros((1, 4))
  params = network.init(jax.random.key(0), sight, words, None, first, state)
  maps, summary = (
    params['params'][name]['kernel'] for name in ('maps', 'summary')
  )
  assert (maps.shape, summary.shape) == ((24, 512), (8, 512))
  np.testing.assert_allclose(np.std(maps), 0.3, rtol=0.05)
  np.testing.assert_allclose(np.std(summary), 0.6, rtol=0.05)


def test_maps_are_summarised_by_their_maximum_and_where_it_is():
  rng = np.random.default_rng(0)
  maps = rng.random((4, 2, 3, 5)).astype(np.float32)
  maps[1], maps[2, 1] = 0, 0
  maps[2, 1, 2, 0] = 0.8
  score = np.arange(8, dtype=np.float32).reshape(4, 2)
  came = np.asarray(
    policy_sight.summarised(jnp.asarray(maps), jnp.asarray(score))
  )
  assert came.shape == (4, policy_sight.size((2, 3, 5)))
  for n, k in np.ndindex(4, 2):
    own = maps[n, k]
    np.testing.assert_array_equal(
      came[n, 15 * k : 15 * k + 15], own.reshape(-1)
    )
    most, x, y = own.max(), 0.0, 0.0
    for (row, column), value in np.ndenumerate(own):
      share = value * most / (own.sum() + 1e-3)
      x += share * ((column + 0.5) / 5 * 2 - 1)
      y += share * (1 - (row + 0.5) / 3 * 2)
    np.testing.assert_allclose(
      came[n, 30 + 4 * k : 34 + 4 * k], [most, x, y, score[n, k]], atol=1e-5
    )
  # Of one bright place, almost its place times its brightness.
  np.testing.assert_allclose(came[2, 35:37], [-0.64, -0.5333], atol=2e-3)


def test_persistence_favours_the_last_choice_of_each_head():
  """By so much at first, and no more than the rest of the head's choices."""
  network = _network(persistence=(0.5, 2.0))
  sight, words = _rows(1)
  first, state = jnp.zeros((1, 1), bool), jnp.zeros((1, 4))
  done = jnp.zeros((1, 1, 10)).at[0, 0, jnp.array([1, 3])].set(1.0)
  params = network.init(
    jax.random.key(0), sight, words, None, first, state, done
  )
  plain = {k: v for k, v in params['params'].items() if k != 'persistence'}
  with_it, without = (
    module.apply({'params': p}, sight, words, None, first, state, done)[0][0, 0]
    for module, p in ((network, params['params']), (_network(), plain))
  )
  expected = np.zeros((3, 2))
  expected[1] += 0.5
  expected[:, 0] += 2.0
  np.testing.assert_allclose(with_it - without, expected.ravel(), atol=1e-5)


def test_choices_begin_with_their_bias():
  network = _network(action_bias=(0.0, 1.0, 0.0, 0.5, -0.5))
  sight, words = _rows(1)
  first, state = jnp.ones((1, 1), bool), jnp.zeros((1, 4))
  params = network.init(jax.random.key(0), sight, words, None, first, state)
  plain = _network().init(jax.random.key(0), sight, words, None, first, state)
  with_it, without = (
    network.apply(p, sight, words, None, first, state)[0][0, 0]
    for p in (params, plain)
  )
  expected = np.add.outer([0.0, 1.0, 0.0], [0.5, -0.5]).ravel()
  np.testing.assert_allclose(with_it - without, expected, atol=1e-5)


def test_a_full_hand_has_heads_of_its_own():
  network = _network(switch=0.5)
  sight, words = _rows(2)
  # The maximum of the last map, behind those of the maps before it.
  sight = sight.at[:, -policy_sight.SUMMARY].set(jnp.array([0.49, 0.5]))
  first, state = jnp.ones((2, 1), bool), jnp.zeros((2, 4))
  args = (sight, words, None, first, state)
  params = network.init(jax.random.key(0), *args)
  logits, value, _ = network.apply(params, *args)
  for row, own in ((0, ''), (1, '_switched')):
    other = jax.tree.map(jnp.copy, params)
    for head in (f'actions{own}', f'value{own}'):
      kernel = other['params'][head]['kernel']
      # Not the same for all choices, which would change no difference.
      other['params'][head]['kernel'] = 2.0 * kernel
    changed = network.apply(other, *args)
    for before, now in ((logits, changed[0]), (value, changed[1])):
      assert not np.allclose(before[row], now[row])
      np.testing.assert_array_equal(before[1 - row], now[1 - row])
