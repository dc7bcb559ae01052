"""Losses of an actor-critic on one stream, with rows that do not count.

Each is a masked sum, not a mean: the caller divides by the number of rows that
count in the whole batch, so that a row weighs the same in every stream.
"""

import chex
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def log_prob(
  logits_t: Float[Array, 't a'], a_t: Int[Array, ' t']
) -> Float[Array, ' t']:
  """Log-probability of the actions taken.

  Args:
    logits_t: unnormalised log-probabilities, float `[T, A]`.
    a_t: actions in [0, A), int `[T]`.

  Returns:
    `log π(a_t)`, float `[T]`.
  """
  chex.assert_rank([logits_t, a_t], [2, 1])
  log_pi = jax.nn.log_softmax(logits_t)
  return jnp.take_along_axis(log_pi, a_t[:, None], axis=-1)[:, 0]


def policy_gradient_loss(
  logits_t: Float[Array, 't a'],
  a_t: Int[Array, ' t'],
  advantage_t: Float[Array, ' t'],
  mask_t: Float[Array, ' t'],
) -> Float[Array, '']:
  """Policy gradient: `-Σ_t m_t A_t log π(a_t|x_t)`.

  Args:
    logits_t: float `[T, A]`.
    a_t: int `[T]`.
    advantage_t: float `[T]`; a constant, no gradient flows through it.
    mask_t: 1 where the row counts, else 0, float `[T]`.

  Returns:
    The sum over rows, scalar.

  Reference:
    IMPALA, section 4.2, arXiv 1802.01561.
  """
  chex.assert_equal_shape([a_t, advantage_t, mask_t])
  advantage_t = jax.lax.stop_gradient(advantage_t)
  return -jnp.sum(mask_t * advantage_t * log_prob(logits_t, a_t))


def baseline_loss(
  v_t: Float[Array, ' t'],
  target_t: Float[Array, ' t'],
  mask_t: Float[Array, ' t'],
) -> Float[Array, '']:
  """Half squared error of the value: `½ Σ_t m_t (target_t - V(x_t))²`.

  Args:
    v_t: `V(x_t)`, float `[T]`.
    target_t: float `[T]`; a constant, no gradient flows through it.
    mask_t: 1 where the row counts, else 0, float `[T]`.

  Returns:
    The sum over rows, scalar.
  """
  chex.assert_equal_shape([v_t, target_t, mask_t])
  error_t = jax.lax.stop_gradient(target_t) - v_t
  return 0.5 * jnp.sum(mask_t * jnp.square(error_t))


def entropy_loss(
  logits_t: Float[Array, 't a'], mask_t: Float[Array, ' t']
) -> Float[Array, '']:
  """Negative entropy of the policy: `Σ_t m_t Σ_a π(a|x_t) log π(a|x_t)`.

  Args:
    logits_t: float `[T, A]`.
    mask_t: 1 where the row counts, else 0, float `[T]`.

  Returns:
    The sum over rows in nats, scalar, at least `-Σ_t m_t log A`.
  """
  chex.assert_rank([logits_t, mask_t], [2, 1])
  log_pi = jax.nn.log_softmax(logits_t)
  return jnp.sum(mask_t * jnp.sum(jnp.exp(log_pi) * log_pi, axis=-1))
