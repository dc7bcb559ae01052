import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
import pytest
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


def _goal_baseline(s, g, b, alpha):
  """arXiv 2310.12921 as it is printed: the nearest point of the line, found
  along it, one coordinate after the other, in float64."""
  s, g, b = (np.asarray(x, np.float64) for x in (s, g, b))
  along = sum((x - y) * (z - y) for x, y, z in zip(s, b, g, strict=True))
  length = sum((z - y) ** 2 for y, z in zip(b, g, strict=True))
  projected = [y + along / length * (z - y) for y, z in zip(b, g, strict=True)]
  squared = 0.0
  for p, x, z in zip(projected, s, g, strict=True):
    squared += (alpha * p + (1 - alpha) * x - z) ** 2
  return 1 - squared / 2


@hypothesis.given(seed=st.integers(0, 10_000), alpha=st.floats(0, 1))
@hypothesis.settings(max_examples=40)
def test_goal_baseline_is_the_papers_formula(seed, alpha):
  s, g, b = _units(np.random.default_rng(seed), 3, 6)
  reward = reward_heads.goal_baseline(s, g, b, alpha)
  assert -1 <= reward <= 1
  np.testing.assert_allclose(reward, _goal_baseline(s, g, b, alpha), atol=1e-5)


def test_goal_baseline_in_closed_form():
  # In the plane, s at 90, g at 0 and b at 180 degrees: the line is the first
  # axis, s projects onto the origin, and s - g = (-1, 1).
  s, g, b = jnp.array([0.0, 1.0]), jnp.array([1.0, 0.0]), jnp.array([-1.0, 0.0])
  for alpha in (0.0, 0.25, 1.0):
    expected = 1 - (1 + (1 - alpha) ** 2) / 2
    np.testing.assert_allclose(
      reward_heads.goal_baseline(s, g, b, alpha), expected, atol=1e-6
    )


@hypothesis.given(seed=st.integers(0, 10_000))
@hypothesis.settings(max_examples=20)
def test_goal_baseline_lies_between_cosine_and_the_line(seed):
  s, g, b = _units(np.random.default_rng(seed), 3, 6)
  alphas = np.linspace(0, 1, 7)
  rewards = [float(reward_heads.goal_baseline(s, g, b, a)) for a in alphas]
  np.testing.assert_allclose(rewards[0], reward_heads.cosine(s, g), atol=1e-5)
  # What is across the line counts less and less.
  assert (np.diff(rewards) >= -1e-6).all()
  # At the goal nothing is missing, whatever the baseline.
  at_goal = reward_heads.goal_baseline(g, g, b, alphas[3])
  np.testing.assert_allclose(at_goal, 1.0, atol=1e-6)
  # All of s that changes along the line is seen by alpha 1; a step across it
  # is not.
  u = np.asarray(g - b) / np.linalg.norm(g - b)
  across = np.asarray(s) - u * (u @ np.asarray(s))
  moved = s + jnp.asarray(across, jnp.float32)
  np.testing.assert_allclose(
    reward_heads.goal_baseline(moved, g, b, 1.0), rewards[-1], atol=1e-5
  )


def test_a_baseline_that_is_the_goal_gives_no_nan():
  s, g = _units(np.random.default_rng(0), 2, 6)
  reward = reward_heads.goal_baseline(s, g, g, 0.5)
  expected = 1 - 0.5 * 0.25 * float(jnp.sum(jnp.square(s - g)))
  np.testing.assert_allclose(reward, expected, atol=1e-6)


@hypothesis.given(seed=st.integers(0, 10_000))
@hypothesis.settings(max_examples=20)
def test_cosine_is_symmetric_bounded_and_one_for_itself(seed):
  rng = np.random.default_rng(seed)
  a, b = _units(rng, 2, 6)
  value = reward_heads.cosine(a, b)
  expected = sum(float(x) * float(y) for x, y in zip(a, b, strict=True))
  np.testing.assert_allclose(value, expected, atol=1e-6)
  np.testing.assert_allclose(value, reward_heads.cosine(b, a), atol=1e-6)
  np.testing.assert_allclose(reward_heads.cosine(a, -b), -value, atol=1e-6)
  rotation = jnp.asarray(np.linalg.qr(rng.normal(size=(6, 6)))[0], jnp.float32)
  np.testing.assert_allclose(
    reward_heads.cosine(rotation @ a, rotation @ b), value, atol=1e-5
  )
  for x in (a, b):
    assert reward_heads.cosine(x, -x) >= -1
    assert reward_heads.cosine(x, x) <= 1
    np.testing.assert_allclose(reward_heads.cosine(x, x), 1.0, atol=1e-6)


@hypothesis.given(
  seed=st.integers(0, 10_000),
  temperature=st.floats(0.02, 5.0),
  bias=st.floats(-20, 20),
)
@hypothesis.settings(max_examples=40)
def test_sigmoid_is_the_logistic_function(seed, temperature, bias):
  image, goal = _units(np.random.default_rng(seed), 2, 8)
  p = reward_heads.sigmoid_probability(image, goal, temperature, bias)
  assert 0 <= p <= 1
  dot = sum(float(x) * float(y) for x, y in zip(image, goal, strict=True))
  expected = 1 / (1 + np.exp(-(dot / temperature + bias)))
  np.testing.assert_allclose(p, expected, rtol=1e-4, atol=1e-7)


def test_sigmoid_is_a_softmax_with_one_negative_of_logit_zero():
  image, goal = _units(np.random.default_rng(3), 2, 8)
  p = reward_heads.sigmoid_probability(image, goal, 0.2, 0.0)
  # A negative across the image has the logit 0.
  across = np.asarray(goal) - np.asarray(image) * float(goal @ image)
  negative = jnp.asarray(across[None], jnp.float32)
  np.testing.assert_allclose(
    p,
    reward_heads.softmax_probability(
      image, goal, negative, 0.2, jnp.ones(1, bool)
    ),
    rtol=1e-4,
  )


@pytest.mark.parametrize('head', ['cosine', 'softmax', 'sigmoid', 'baseline'])
def test_a_frame_nearer_to_the_goal_scores_higher(head):
  goal, other, negative = _units(np.random.default_rng(1), 3, 8)
  score = {
    'cosine': lambda x: reward_heads.cosine(x, goal),
    'sigmoid': lambda x: reward_heads.sigmoid_probability(x, goal, 0.3, -1.0),
    'baseline': lambda x: reward_heads.goal_baseline(x, goal, other, 0.5),
    'softmax': lambda x: reward_heads.softmax_probability(
      x, goal, jnp.stack([other, negative]), 0.3, jnp.ones(2, bool)
    ),
  }[head]
  path = [other * (1 - t) + goal * t for t in np.linspace(0, 1, 9)]
  scores = [float(score(x / jnp.linalg.norm(x))) for x in path]
  assert (np.diff(scores) > 0).all()


SCORES = st.lists(
  st.floats(-1, 1, width=32) | st.sampled_from([0.3, 0.30000001, 0.7]),
  min_size=1,
  max_size=5,
)


@hypothesis.given(SCORES, st.sampled_from([0.3, 0.7, -0.2]))
@hypothesis.settings(max_examples=150)
def test_ensembles_keep_the_verdict_of_members_that_agree(scores, threshold):
  members = np.array(scores, np.float32)
  verdicts = members > np.float32(threshold)
  rows = jnp.asarray(members)
  mean = reward_heads.ensemble_mean(rows)
  least = reward_heads.ensemble_min(rows)
  agreed = reward_heads.ensemble_agree(rows, threshold)
  np.testing.assert_allclose(mean, np.mean(np.float64(members)), atol=1e-6)
  assert members.min() <= mean <= members.max()
  assert least == min(members)
  assert (least > np.float32(threshold)) == verdicts.all()
  if verdicts.all() or not verdicts.any():
    assert agreed == mean
    assert (agreed > np.float32(threshold)) == verdicts[0]
  else:
    assert np.isnan(agreed)
  for combine in (reward_heads.ensemble_mean, reward_heads.ensemble_min):
    np.testing.assert_allclose(combine(rows[::-1]), combine(rows), atol=1e-6)


@pytest.mark.parametrize('broken', [np.nan, np.inf, -np.inf])
def test_a_broken_member_does_not_pass_for_a_doubt(broken):
  rows = jnp.array([0.2, broken], jnp.float32)
  assert np.isinf(reward_heads.ensemble_agree(rows, 0.5))
  for combine in (reward_heads.ensemble_mean, reward_heads.ensemble_min):
    with_nan = combine(jnp.array([0.2, np.nan], jnp.float32))
    assert np.isnan(with_nan)


@pytest.mark.parametrize('scores', [[0.7, 0.7, 0.7], [0.1, 0.1, 0.1], [1 / 3]])
def test_the_mean_of_equal_scores_is_that_score(scores):
  rows = jnp.array(scores, jnp.float32)
  assert reward_heads.ensemble_mean(rows) == rows[0]
