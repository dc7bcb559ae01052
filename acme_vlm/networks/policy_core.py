"""Recurrent core of the policy: a GRU that forgets where an episode begins."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Bool, Float


class ResetGRU(nn.Module):
  """Gated recurrent unit over `[B, T]`, reset where `first`.

      r = σ(W_r x + U_r h)    z = σ(W_z x + U_z h)
      n = tanh(W_n x + r (U_n h + b_n))
      h' = (1 - z) n + z h

  The input's products are taken for all steps at once; only `U h` is in the
  scan.

  Attributes:
    size: S, units.

  Reference:
    Cho et al. 2014, arXiv 1406.1078 (gates as in cuDNN).
  """

  size: int

  @nn.compact
  def __call__(
    self,
    inputs: Float[Array, 'b t d'],
    first: Bool[Array, 'b t'],
    state: Float[Array, 'b s'],
  ) -> tuple[Float[Array, 'b t s'], Float[Array, 'b s']]:
    """Runs the core.

    Args:
      inputs: float32 `[B, T, D]`.
      first: bool `[B, T]`; the state before such a row is set to 0.
      state: float32 `[B, S]`, before row 0.

    Returns:
      The state after every row `[B, T, S]` and after the last one `[B, S]`.
    """
    gates = nn.Dense(3 * self.size, name='input')(inputs)
    kernel = self.param(
      'recurrent', nn.initializers.orthogonal(), (self.size, 3 * self.size)
    )
    bias = self.param('bias', nn.initializers.zeros_init(), (1, self.size))

    def step(
      h: Float[Array, 'b s'], row: tuple[Array, Array]
    ) -> tuple[Float[Array, 'b s'], Float[Array, 'b s']]:
      x, is_first = row
      h = jnp.where(is_first[:, None], jnp.zeros_like(h), h)
      x_r, x_z, x_n = jnp.split(x, 3, axis=-1)
      u_r, u_z, u_n = jnp.split(h @ kernel, 3, axis=-1)
      reset = nn.sigmoid(x_r + u_r)
      update = nn.sigmoid(x_z + u_z)
      new = jnp.tanh(x_n + reset * (u_n + bias))
      h = (1.0 - update) * new + update * h
      return h, h

    rows = (jnp.swapaxes(gates, 0, 1), jnp.swapaxes(first, 0, 1))
    state, states = jax.lax.scan(step, state, rows)
    return jnp.swapaxes(states, 0, 1), state
