"""The contrastive loss and its schedule against their definitions."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from acme_vlm import errors
from acme_vlm.rewards import contrastive


def _reference(logits, caption_of):
  """The definition, in loops."""
  n, m = logits.shape
  by_image = 0.0
  for i in range(n):
    total = sum(np.exp(logits[i, c]) for c in range(m))
    by_image -= np.log(np.exp(logits[i, caption_of[i]]) / total) / n
  by_text = 0.0
  for c in range(m):
    total = sum(np.exp(logits[i, c]) for i in range(n))
    own = [i for i in range(n) if caption_of[i] == c]
    by_text -= np.mean([np.log(np.exp(logits[i, c]) / total) for i in own]) / m
  return 0.5 * (by_image + by_text)


def _logits(n, m, seed=0):
  return np.random.default_rng(seed).normal(size=(n, m)).astype(np.float32) * 3


def test_loss_with_shared_captions_is_the_definition():
  caption_of = np.array([0, 1, 1, 2, 1, 0])
  logits = _logits(6, 3)
  np.testing.assert_allclose(
    contrastive.contrastive_loss(
      jnp.asarray(logits), jnp.asarray(caption_of), jnp.asarray(3)
    ),
    _reference(logits, caption_of),
    rtol=1e-5,
  )


def test_loss_with_distinct_captions_is_clips():
  logits = jnp.asarray(_logits(5, 5))
  labels = jnp.arange(5)
  clips = 0.5 * (
    optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
    + optax.softmax_cross_entropy_with_integer_labels(logits.T, labels).mean()
  )
  ours = contrastive.contrastive_loss(logits, labels, jnp.asarray(5))
  np.testing.assert_allclose(ours, clips, rtol=1e-6)


def test_padding_changes_neither_loss_nor_gradient():
  caption_of, num = jnp.array([0, 1, 1, 2]), jnp.asarray(3)
  logits = jnp.asarray(_logits(4, 3))
  padded = jnp.concatenate([logits, jnp.full((4, 2), 50.0)], axis=1)
  run = jax.value_and_grad(contrastive.contrastive_loss)
  loss, grads = run(logits, caption_of, num)
  padded_loss, padded_grads = run(padded, caption_of, num)
  np.testing.assert_allclose(padded_loss, loss, rtol=1e-6)
  np.testing.assert_allclose(padded_grads[:, :3], grads, atol=1e-7)
  np.testing.assert_array_equal(padded_grads[:, 3:], 0)


def test_a_perfect_match_costs_only_what_sharing_costs():
  # Two of four images share caption 0: its best target is one half each.
  logits = jnp.array([[1.0, 0], [1, 0], [0, 1]]) * 200
  loss = contrastive.contrastive_loss(
    logits, jnp.array([0, 0, 1]), jnp.asarray(2)
  )
  np.testing.assert_allclose(loss, 0.5 * np.log(2) / 2, atol=1e-6)


def test_learning_rate_rises_then_falls_to_nothing():
  config = contrastive.TrainingConfig(learning_rate=2.0, warmup=0.1)
  rate = lambda progress: contrastive.learning_rate(config, progress)  # noqa: E731
  assert 0 < rate(0.0) < rate(0.05) < rate(0.0999) <= 2.0
  np.testing.assert_allclose(rate(0.05), 1.0)
  np.testing.assert_allclose(rate(0.1), 2.0)
  np.testing.assert_allclose(rate(0.55), 1.0)
  np.testing.assert_allclose(rate(1.0), 0.0, atol=1e-12)


def test_weights_decay_and_nothing_else_does():
  params = {'w': jnp.ones((2, 2)), 'b': jnp.ones(2), 's': jnp.asarray(1.0)}
  optimizer = contrastive.make_optimizer(0.5)
  still = jax.tree.map(jnp.zeros_like, params)
  updates, _ = optimizer.update(still, optimizer.init(params), params)
  np.testing.assert_allclose(updates['w'], -0.5)
  np.testing.assert_array_equal(updates['b'], 0)
  np.testing.assert_array_equal(updates['s'], 0)


@pytest.mark.parametrize(
  'fields',
  [
    {'num_steps': 0},
    {'minutes': 0},
    {'learning_rate': -1.0},
    {'warmup': 1.0},
    {'max_captions': 1},
    {'weight_decay': -0.1},
  ],
)
def test_refuses_values_out_of_range(fields):
  with pytest.raises(errors.ConfigError, match='expected'):
    contrastive.TrainingConfig(**fields)
