import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm.networks import policy_eyes, policy_sight


def _eyes(**changes):
  options = {
    'num_words': 6,
    'size': 8,
    'shrink': 1,
    'patch': 4,
    'channels': (6, 8),
    'strides': (2,),
  }
  return policy_eyes.OwnEyes(**(options | changes))


def _rows(num=5, seed=0):
  rng = np.random.default_rng(seed)
  pixels = rng.integers(0, 256, (num, 16, 24, 3), np.uint8)
  words = rng.integers(1, 6, (num, 2)).astype(np.int32)
  return jnp.asarray(pixels), jnp.asarray(words)


def _larger(params):
  return jax.tree.map(lambda x: 3.0 * x, params)


def test_a_frame_shows_a_goal_as_much_as_its_places_together():
  eyes, (pixels, words) = _eyes(), _rows()
  params = _larger(eyes.init(jax.random.key(0), pixels, words, words))
  maps, score, asked = eyes.apply(params, pixels, words, words)
  assert maps.shape == (5, 2, 3)
  assert float(jnp.std(maps)) > 1e-3
  expected = np.log(np.exp(np.asarray(maps)).sum((1, 2)))
  np.testing.assert_allclose(score, expected, rtol=1e-5)
  # Asked about its own goal, a row says what it says of its own goal.
  np.testing.assert_allclose(jnp.diagonal(asked), score, rtol=1e-5)


def test_words_are_added_and_padding_is_none():
  eyes, (pixels, _) = _eyes(), _rows(1)
  one, two, both, padded, none = (
    jnp.asarray([words], jnp.int32)
    for words in ([3, 0], [5, 0], [3, 5], [0, 5], [0, 0])
  )
  params = _larger(eyes.init(jax.random.key(0), pixels, both, both))

  def maps(words):
    return np.asarray(eyes.apply(params, pixels, words, both)[0])

  np.testing.assert_array_equal(maps(two), maps(padded))
  assert np.ptp(maps(none)) == 0
  np.testing.assert_allclose(
    maps(one) + maps(two), maps(both) + maps(none), atol=1e-5
  )


def test_before_anything_is_known_hardly_a_frame_shows_a_goal():
  eyes, (pixels, words) = _eyes(size=64), _rows(20)
  params = eyes.init(jax.random.key(0), pixels, words, words)
  _, score, _ = eyes.apply(params, pixels, words, words)
  np.testing.assert_allclose(jax.nn.sigmoid(score), 0.047, atol=0.03)


@pytest.mark.parametrize('part', ['logits', 'value', 'asked'])
def test_the_policys_gradient_does_not_reach_the_eyes(part):
  policy = policy_sight.SightNetwork(
    num_actions=4,
    action_heads=(),
    num_words=6,
    num_maps=1,
    instruction_size=4,
    hidden_size=8,
    core_size=4,
    map_weight=0.3,
    summary_weight=0.6,
  )
  network = policy_eyes.SeeingNetwork(_eyes(), policy)
  pixels, words = _rows(4)
  rest = (words, None, jnp.ones((2, 2), bool), jnp.zeros((2, 4)), words[:3])
  params = _larger(network.init(jax.random.key(0), pixels, *rest))
  assert set(params['params']) == {policy_eyes.EYES, 'policy'}

  def total(params):
    logits, value, _, asked = network.apply(params, pixels, *rest)
    chosen = {'logits': logits[..., :2], 'value': value, 'asked': asked}
    return jnp.sum(chosen[part])

  norms = {
    name: float(sum(jnp.sum(jnp.abs(x)) for x in jax.tree.leaves(tree)))
    for name, tree in jax.grad(total)(params)['params'].items()
  }
  assert (norms[policy_eyes.EYES] > 0) == (part == 'asked')
  assert (norms['policy'] > 0) == (part != 'asked')
