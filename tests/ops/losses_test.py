import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.ops import losses

_LOGITS = np.array([[0.0, 1.0, -1.0], [2.0, 0.0, 0.5], [3.0, 3.0, 3.0]])
_ACTIONS = np.array([1, 2, 0])
_MASK = np.array([1.0, 0.0, 1.0])


def _probabilities():
  exp = np.exp(_LOGITS)
  return exp / exp.sum(-1, keepdims=True)


def _f32(x):
  return jnp.asarray(x, jnp.float32)


def _actions():
  return jnp.asarray(_ACTIONS, jnp.int32)


def test_policy_gradient_loss_and_its_gradient():
  advantage = np.array([2.0, -3.0, 0.5])
  loss, gradient = jax.value_and_grad(losses.policy_gradient_loss)(
    _f32(_LOGITS), _actions(), _f32(advantage), _f32(_MASK)
  )
  pi = _probabilities()
  taken = pi[np.arange(3), _ACTIONS]
  np.testing.assert_allclose(
    loss, -np.sum(_MASK * advantage * np.log(taken)), rtol=1e-5
  )
  # d/dlogits of -A log softmax is A (pi - one_hot).
  expected = (_MASK * advantage)[:, None] * (pi - np.eye(3)[_ACTIONS])
  np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_no_gradient_reaches_advantages_and_targets():
  advantage = jnp.ones(3)
  np.testing.assert_array_equal(
    jax.grad(losses.policy_gradient_loss, argnums=2)(
      _f32(_LOGITS), _actions(), advantage, _f32(_MASK)
    ),
    0.0,
  )
  np.testing.assert_array_equal(
    jax.grad(losses.baseline_loss, argnums=1)(
      jnp.zeros(3), advantage, _f32(_MASK)
    ),
    0.0,
  )


def test_baseline_loss_and_its_gradient():
  value, target = np.array([1.0, 5.0, -1.0]), np.array([3.0, 0.0, 0.0])
  loss, gradient = jax.value_and_grad(losses.baseline_loss)(
    _f32(value), _f32(target), _f32(_MASK)
  )
  np.testing.assert_allclose(loss, 0.5 * (4.0 + 1.0))
  np.testing.assert_allclose(gradient, [-2.0, 0.0, -1.0])


def test_entropy_loss_is_minus_the_masked_entropy():
  loss = losses.entropy_loss(_f32(_LOGITS), _f32(_MASK))
  pi = _probabilities()
  entropy = -(pi * np.log(pi)).sum(-1)
  np.testing.assert_allclose(loss, -np.sum(_MASK * entropy), rtol=1e-5)
  uniform = losses.entropy_loss(jnp.zeros((1, 8)), jnp.ones(1))
  np.testing.assert_allclose(uniform, -np.log(8.0), rtol=1e-6)
