"""What a policy is told of its own past: the last action, and how often each.

It stands in the state that is carried from step to step, behind the core's own:
the last action as its index plus one, 0 for none, and of each choice of each
head how often it was taken in the episode.
"""

import dataclasses

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float32, Int32

from acme_vlm.networks import policy_heads

# Of the order of one, as all else that the core is told.
_COUNTED = 0.1


@dataclasses.dataclass(frozen=True)
class PastActions:
  """Pure functions of the carried state of B streams.

  Attributes:
    num_actions: A.
    action_heads: see `PolicyConfig`.
  """

  num_actions: int
  action_heads: tuple[int, ...]

  @property
  def size(self) -> int:
    """K, numbers that are carried."""
    return 1 + self._choices

  @property
  def told_size(self) -> int:
    """D, numbers that the core is told."""
    return 2 * self._choices

  def remember(
    self, carried: Float32[Array, 'b k'], action: Int32[Array, ' b']
  ) -> Float32[Array, 'b k']:
    """What is carried once an action is chosen.

    Args:
      carried: that `told` gave, float32 `[B, K]`.
      action: int32 `[B]`.

    Returns:
      float32 `[B, K]`.
    """
    last = action.astype(jnp.float32)[:, None] + 1.0
    counts = carried[:, 1:] + self._one_hots(action[:, None])[:, 0]
    return jnp.concatenate([last, counts], axis=1)

  def told(
    self,
    first: Bool[Array, 'b t1'],
    carried: Float32[Array, 'b k'],
    action: Int32[Array, 'b t'] | None,
  ) -> tuple[Float32[Array, 'b t1 d'], Float32[Array, 'b k']]:
    """What the core is told at each row.

    Args:
      first: whether an episode begins there, bool `[B, T+1]`.
      carried: before row 0, float32 `[B, K]`.
      action: taken at rows 0 to T - 1, int32 `[B, T]`; None is T = 0.

    Returns:
      That, float32 `[B, T+1, D]`, and what is carried behind the last row,
      until `remember` is told, float32 `[B, K]`.

    Raises:
      ValueError: not one action between two rows.
    """
    known = [carried[:, :1].astype(jnp.int32) - 1]
    if action is not None:
      known.append(action)
    previous = jnp.concatenate(known, axis=1)
    if previous.shape != first.shape:
      raise ValueError(
        'expected the actions between the rows, for a policy that is told them,'
        f' got {previous.shape[1] - 1} of {first.shape[1] - 1}'
      )
    last = self._one_hots(jnp.where(first, -1, previous))
    # Row 0's action is in the counts that came with it.
    counts = jnp.where(first[:, :1], 0.0, carried[:, 1:])
    rows = [counts]
    for t in range(1, first.shape[1]):
      counts = jnp.where(first[:, t, None], 0.0, counts + last[:, t])
      rows.append(counts)
    told = jnp.concatenate([last, _COUNTED * jnp.stack(rows, axis=1)], axis=-1)
    return told, jnp.pad(counts, ((0, 0), (1, 0)))

  @property
  def _choices(self) -> int:
    return sum(self.action_heads or (self.num_actions,))

  def _one_hots(
    self, action: Int32[Array, 'b t']
  ) -> Float32[Array, 'b t choices']:
    return policy_heads.one_hots(action, self.num_actions, self.action_heads)
