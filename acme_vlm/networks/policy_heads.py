"""Heads of the policy: logits of the actions, and the value."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int32

# A policy that starts near uniform explores; a value that starts near zero does
# not drown the first advantages.
SMALL = nn.initializers.variance_scaling(1e-2, 'fan_in', 'truncated_normal')


def outer_sum(
  logits: Float[Array, 'b t heads'], sizes: tuple[int, ...]
) -> Float[Array, 'b t a']:
  """Logits over the product of several heads, the last head fastest.

      l(a_1, ..., a_n) = l_1(a_1) + ... + l_n(a_n)

  Softmaxed, that is the product of the heads' own distributions.

  Args:
    logits: of the heads, one after the other, float32 `[B, T, Σ sizes]`.
    sizes: actions of each head.

  Returns:
    float32 `[B, T, Π sizes]`, in C order.
  """
  total, start = logits[..., : sizes[0]], sizes[0]
  for size in sizes[1:]:
    head = logits[..., start : start + size]
    start += size
    total = total[..., :, None] + head[..., None, :]
    total = total.reshape(*logits.shape[:2], -1)
  return total


def one_hots(
  action: Int32[Array, 'b t'], num_actions: int, heads: tuple[int, ...]
) -> Float[Array, 'b t heads']:
  """What each head chose, one-hot, one head after the other.

  Args:
    action: index in the product of the heads, int32 `[B, T]`; -1: none.
    num_actions: A.
    heads: sizes of the heads, or none for one head.

  Returns:
    float32 `[B, T, Σ sizes]`, zeros where there was no action.
  """
  sizes = heads or (num_actions,)
  chosen, rest = [], jnp.maximum(action, 0)
  for size in reversed(sizes):
    chosen.append(jax.nn.one_hot(rest % size, size))
    rest = rest // size
  found = jnp.concatenate(chosen[::-1], axis=-1)
  return jnp.where((action >= 0)[..., None], found, 0.0)


def action_logits(
  x: Float[Array, 'b t d'],
  num_actions: int,
  heads: tuple[int, ...],
  name: str,
  last: Float[Array, 'b t heads'] | None = None,
  bias: tuple[float, ...] = (),
) -> Float[Array, 'b t a']:
  """Logits of actions that are no taps; to be called in a compact method.

  Args:
    x: what is known at each row, float32 `[B, T, D]`.
    num_actions: A.
    heads: sizes of the heads whose product the actions are, or none for one
      head.
    name: of the layer.
    last: what is added to the logits of the choices taken before, float32
      `[B, T, Σ sizes]`; None: nothing.
    bias: logits that the choices begin with; empty: zeros.

  Returns:
    float32 `[B, T, A]`.
  """
  sizes = heads or (num_actions,)
  begin = jnp.array(bias or (0.0,) * sum(sizes))
  logits = nn.Dense(
    sum(sizes),
    kernel_init=SMALL,
    bias_init=lambda key, shape, dtype: begin.astype(dtype),
    name=name,
  )(x)
  return outer_sum(logits if last is None else logits + last, sizes)
