"""A policy fed with a sight: maps of where its goal may be.

A policy that must find out from a rare reward both what its goal looks like and
how to get there finds out neither. What the goal looks like, whoever gives the
reward knows already (`interfaces.Eyes`).
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Bool, Float, Int32

from acme_vlm.networks import policy_core, policy_heads, policy_words

# Numbers that summarise a map: maximum, x, y, score of the whole image.
SUMMARY = 4


def size(grid: tuple[int, int, int]) -> int:
  """F, numbers in a sight of so many maps, rows and columns."""
  maps, rows, columns = grid
  return maps * (rows * columns + SUMMARY)


def summarised(
  maps: Float[Array, 'u k rows columns'], score: Float[Array, 'u k']
) -> Float[Array, 'u f']:
  """K maps of each row to a sight (`interfaces.Eyes`).

  Args:
    maps: m in [0, 1], float32 `[U, K, rows, columns]`.
    score: of the whole image, float32 `[U, K]`.

  Returns:
    float32 `[U, F]`: the maps, row by row of the frame, then four numbers of
    each: max m, x and y = max m · Σ m_p (x_p, y_p) / (Σ m_p + 0.001), and the
    score; x to the right and y upwards in [-1, 1], 0 where nothing is.
  """
  num, _, rows, columns = maps.shape
  most = jnp.max(maps, axis=(2, 3))
  x = (jnp.arange(columns) + 0.5) / columns * 2 - 1
  y = 1 - (jnp.arange(rows) + 0.5) / rows * 2
  weight = most / (jnp.sum(maps, axis=(2, 3)) + 1e-3)
  exactly = jax.lax.Precision.HIGHEST
  right = jnp.einsum('ukrc,c->uk', maps, x, precision=exactly) * weight
  up = jnp.einsum('ukrc,r->uk', maps, y, precision=exactly) * weight
  summary = jnp.stack([most, right, up, score], axis=2)
  return jnp.concatenate(
    [maps.reshape(num, -1), summary.reshape(num, -1)], axis=1
  )


class SightNetwork(nn.Module):
  """Sight and words to action logits and value, over `[B, T1]`.

  Attributes:
    num_actions: A.
    action_heads: see `policy_heads.action_logits`.
    num_words: size of the vocabulary, padding included.
    num_maps: K.
    instruction_size: width of the instruction's encoding.
    hidden_size: width of the layer that reads the sight.
    core_size: units of the core; 0 for none.
    map_weight: standard deviation of the first weights of a map's entries.
    summary_weight: that of the numbers that summarise the maps.
    persistence: see `PolicyConfig`, as is the next.
    action_bias: see there.
    switch: see there.
  """

  num_actions: int
  action_heads: tuple[int, ...]
  num_words: int
  num_maps: int
  instruction_size: int
  hidden_size: int
  core_size: int
  map_weight: float
  summary_weight: float
  persistence: tuple[float, ...] = ()
  action_bias: tuple[float, ...] = ()
  switch: float | None = None

  @nn.compact
  def __call__(
    self,
    sight: Float[Array, 'u f'],
    instruction: Int32[Array, 'u l'],
    index: Int32[Array, 'b t1'] | None,
    first: Bool[Array, 'b t1'],
    core_state: Float[Array, 'b s'],
    done: Float[Array, 'b t1 k'] | None = None,
  ) -> tuple[Float[Array, 'b t1 a'], Float[Array, 'b t1'], Float[Array, 'b s']]:
    """Computes logits, value and the state after the last row.

    Args:
      sight: of U rows, float32 `[U, F]`.
      instruction: their word ids, int32 `[U, L]`.
      index: which of the U rows stands at `[b, t]`; None if U is `B * T1` and
        they stand in order.
      first: bool `[B, T1]`.
      core_state: before the first row, float32 `[B, S]`.
      done: what is told of the actions before each row, float32 `[B, T1, K]`;
        None for a policy that is not told.

    Returns:
      Logits `[B, T1, A]`, values `[B, T1]` and the state `[B, S]`.
    """
    goal = policy_words.InstructionEncoder(
      self.num_words, self.instruction_size, name='instruction'
    )(instruction)
    x = jnp.concatenate([self._read(sight), goal], axis=-1)
    most = sight[:, -SUMMARY]
    # From here on, one row per step: repeated rows differ in what was before.
    if index is not None:
      x, most = x[index], most[index]
    x = x.reshape(*first.shape, -1)
    if done is not None:
      x = jnp.concatenate([x, done], axis=-1)
    if self.core_size:
      remembered, core_state = policy_core.ResetGRU(
        self.core_size, name='core'
      )(x, first, core_state)
      x = jnp.concatenate([x, remembered], axis=-1)
    last = self._last(done)
    logits, value = self._decide(x, last, '')
    if self.switch is not None:
      switched = most.reshape(first.shape) >= self.switch
      others, other = self._decide(x, last, '_switched')
      logits = jnp.where(switched[..., None], others, logits)
      value = jnp.where(switched, other, value)
    return logits, value, core_state

  def _decide(
    self,
    x: Float[Array, 'b t1 d'],
    last: Float[Array, 'b t1 heads'] | None,
    name: str,
  ) -> tuple[Float[Array, 'b t1 a'], Float[Array, 'b t1']]:
    """Logits and value of the heads of a name."""
    value = nn.Dense(1, kernel_init=policy_heads.SMALL, name=f'value{name}')(x)
    logits = policy_heads.action_logits(
      x,
      self.num_actions,
      self.action_heads,
      f'actions{name}',
      last,
      self.action_bias,
    )
    return logits, value[..., 0]

  def _last(
    self, done: Float[Array, 'b t1 k'] | None
  ) -> Float[Array, 'b t1 heads'] | None:
    """How much likelier than others the choices taken before begin."""
    if done is None or not self.persistence:
      return None
    sizes = self.action_heads
    start = jnp.repeat(
      jnp.array(self.persistence),
      jnp.array(sizes),
      total_repeat_length=sum(sizes),
    )
    likelier = self.param('persistence', lambda _: start)
    # What is told begins with the last choices (`policy_past`).
    return likelier[None, None] * done[..., : sum(sizes)]

  def _read(self, sight: Float[Array, 'u f']) -> Float[Array, 'u d']:
    """One layer; the few numbers of the summary weigh more than the many."""
    border = sight.shape[-1] - SUMMARY * self.num_maps
    maps = nn.Dense(
      self.hidden_size,
      kernel_init=nn.initializers.normal(self.map_weight),
      name='maps',
    )(sight[:, :border])
    summary = nn.Dense(
      self.hidden_size,
      use_bias=False,
      kernel_init=nn.initializers.normal(self.summary_weight),
      name='summary',
    )(sight[:, border:])
    return nn.relu(maps + summary)
