"""V-trace: off-policy corrected value targets of one stream of experience."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


class VTraceOutput(NamedTuple):
  """What V-trace says about one stream.

  Attributes:
    errors: `v_s - V(x_s)`, float `[T]`; the baseline regresses on
      `V(x_s) + errors`.
    pg_advantage: `min(ρ̄_pg, ρ_s) (q_s - V(x_s))`, float `[T]`.
    q_estimate: `q_s = r_{s+1} + γ_{s+1} v_{s+1}`, float `[T]`.
  """

  errors: Float[Array, ' t']
  pg_advantage: Float[Array, ' t']
  q_estimate: Float[Array, ' t']


def vtrace(
  v_tm1: Float[Array, ' t'],
  v_t: Float[Array, ' t'],
  r_t: Float[Array, ' t'],
  discount_t: Float[Array, ' t'],
  rho_tm1: Float[Array, ' t'],
  *,
  lambda_: float = 1.0,
  clip_rho_threshold: float = 1.0,
  clip_pg_rho_threshold: float = 1.0,
) -> VTraceOutput:
  """Computes V-trace targets and advantages of one stream.

  With `ρ_s = min(ρ̄, π(a_s|x_s) / μ(a_s|x_s))` and
  `c_s = λ min(1, π(a_s|x_s) / μ(a_s|x_s))`:

      δ_s = ρ_s (r_{s+1} + γ_{s+1} V(x_{s+1}) - V(x_s))
      v_s - V(x_s) = δ_s + γ_{s+1} c_s (v_{s+1} - V(x_{s+1}))
      q_s = r_{s+1} + γ_{s+1} v_{s+1}

  and `v_T = V(x_T)` after the last transition. A discount of 0 ends an
  episode: nothing flows over it, so several episodes may share a stream. A
  `rho_tm1` of 0 switches a row off: its error is 0 and no trace passes.

  All outputs are targets: no gradient flows through them.

  Args:
    v_tm1: `V(x_s)`, float `[T]`.
    v_t: `V(x_{s+1})`, float `[T]`.
    r_t: reward of the transition, float `[T]`.
    discount_t: γ times the environment's discount, in [0, 1], float `[T]`.
    rho_tm1: `π / μ` of the action taken, not clipped, >= 0, float `[T]`.
    lambda_: mixing of the traces, in [0, 1]; 1 is the paper's sum, 0 one step.
    clip_rho_threshold: ρ̄, > 0; sets the policy whose value is learned.
    clip_pg_rho_threshold: clip of the weight in the policy gradient, > 0.

  Returns:
    `VTraceOutput`, each `[T]`.

  Raises:
    AssertionError: if the arguments are not of one shape `[T]`.

  Reference:
    Espeholt et al. 2018, IMPALA, section 4.1 and 4.2, arXiv 1802.01561.
  """
  chex.assert_rank([v_tm1, v_t, r_t, discount_t, rho_tm1], 1)
  chex.assert_equal_shape([v_tm1, v_t, r_t, discount_t, rho_tm1])
  v_tm1, v_t, r_t, discount_t, rho_tm1 = jax.lax.stop_gradient(
    (v_tm1, v_t, r_t, discount_t, rho_tm1)
  )
  c_tm1 = lambda_ * jnp.minimum(1.0, rho_tm1)
  td_errors = jnp.minimum(clip_rho_threshold, rho_tm1) * (
    r_t + discount_t * v_t - v_tm1
  )

  def backwards(
    error: Float[Array, ''], row: tuple[Array, Array, Array]
  ) -> tuple[Float[Array, ''], Float[Array, '']]:
    td_error, discount, c = row
    error = td_error + discount * c * error
    return error, error

  _, errors = jax.lax.scan(
    backwards,
    jnp.zeros_like(td_errors[0]),
    (td_errors, discount_t, c_tm1),
    reverse=True,
  )
  # v_{s+1} = V(x_{s+1}) + error of the next row; after the last row, none.
  next_errors = jnp.concatenate([errors[1:], jnp.zeros_like(errors[:1])])
  q_estimate = r_t + discount_t * (v_t + next_errors)
  pg_advantage = jnp.minimum(clip_pg_rho_threshold, rho_tm1) * (
    q_estimate - v_tm1
  )
  return VTraceOutput(errors, pg_advantage, q_estimate)
