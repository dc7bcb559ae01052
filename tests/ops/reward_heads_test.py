import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

from acme_vlm.ops import reward_heads


def _units(rng, *shape):
  x = rng.normal(size=shape)
  x = x / np.linalg.norm(x, axis=-1, keepdims=True)
  return jnp.asarray(x, jnp.float32)


def _probability(image, goal, negatives, temperature, mask):
  """Eq. 1 as it is printed, in float64, one term after the other."""

  image, goal = np.asarray(image), np.asarray(goal)
  negatives = np.asarray(negatives)

  def similarity(text):
    return sum(float(a) * float(b) for a, b in zip(image, text, strict=True))

  own = np.exp(np.float64(similarity(goal) / temperature))
  total = own
  for negative, kept in zip(negatives, mask, strict=True):
    if kept:
      total += np.exp(np.float64(similarity(negative) / temperature))
  return own / total


@hypothesis.given(
  seed=st.integers(0, 10_000),
  num=st.integers(1, 6),
  temperature=st.floats(0.02, 5.0),
  data=st.data(),
)
@hypothesis.settings(max_examples=40)
def test_probability_is_equation_1(seed, num, temperature, data):
  rng = np.random.default_rng(seed)
  image, goal = _units(rng, 8), _units(rng, 8)
  negatives = _units(rng, num, 8)
  mask = jnp.array(
    data.draw(st.lists(st.booleans(), min_size=num, max_size=num))
  )
  p = reward_heads.softmax_probability(
    image, goal, negatives, temperature, mask
  )
  expected = _probability(image, goal, negatives, temperature, mask)
  # An exponent of up to 50 keeps about five digits in float32.
  np.testing.assert_allclose(p, expected, rtol=1e-4, atol=1e-7)


def test_a_masked_negative_is_a_dropped_one():
  rng = np.random.default_rng(0)
  image, goal, negatives = _units(rng, 8), _units(rng, 8), _units(rng, 4, 8)
  mask = jnp.array([True, False, True, True])
  masked = reward_heads.softmax_probability(image, goal, negatives, 0.1, mask)
  dropped = reward_heads.softmax_probability(
    image, goal, negatives[mask], 0.1, jnp.ones(3, bool)
  )
  np.testing.assert_allclose(masked, dropped, rtol=1e-6)


def test_the_goal_among_the_negatives_halves_its_probability_at_best():
  goal = _units(np.random.default_rng(0), 8)
  negatives = jnp.stack([goal, -goal])
  kept = reward_heads.softmax_probability(
    goal, goal, negatives, 0.05, jnp.array([True, True])
  )
  dropped = reward_heads.softmax_probability(
    goal, goal, negatives, 0.05, jnp.array([False, True])
  )
  np.testing.assert_allclose([kept, dropped], [0.5, 1.0], rtol=1e-6)


def test_small_temperature_stays_finite():
  goal = _units(np.random.default_rng(0), 8)
  p = reward_heads.softmax_probability(
    goal, -goal, goal[None], 1e-4, jnp.ones(1, bool)
  )
  np.testing.assert_array_equal(p, 0.0)


def test_no_negative_left_is_certainty_not_nan():
  goal = _units(np.random.default_rng(0), 8)
  p = reward_heads.softmax_probability(
    goal, -goal, goal[None], 0.1, jnp.zeros(1, bool)
  )
  np.testing.assert_array_equal(p, 1.0)


def test_window_is_the_renormalised_mean_of_its_frames():
  rows = _units(np.random.default_rng(0), 4, 8)
  mask = jnp.array([False, True, True, False])
  mean = (rows[1] + rows[2]) / 2
  np.testing.assert_allclose(
    reward_heads.window_embedding(rows, mask),
    mean / np.linalg.norm(mean),
    rtol=1e-5,
  )
  only = jnp.array([False, False, False, True])
  np.testing.assert_allclose(
    reward_heads.window_embedding(rows, only), rows[3], rtol=1e-6
  )
  nothing = reward_heads.window_embedding(rows, jnp.zeros(4, bool))
  np.testing.assert_array_equal(nothing, np.zeros(8))


def test_vmap_equals_one_after_the_other():
  rng = np.random.default_rng(0)
  images, goals = _units(rng, 5, 8), _units(rng, 5, 8)
  negatives = _units(rng, 3, 8)
  masks = jnp.asarray(rng.random((5, 3)) < 0.5)
  together = jax.vmap(
    reward_heads.softmax_probability, in_axes=(0, 0, None, None, 0)
  )(images, goals, negatives, 0.1, masks)
  alone = [
    reward_heads.softmax_probability(i, g, negatives, 0.1, m)
    for i, g, m in zip(images, goals, masks, strict=True)
  ]
  np.testing.assert_allclose(together, alone, rtol=1e-5)
