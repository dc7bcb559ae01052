"""What the policy's own eyes learn from: scores of whole frames."""

from collections.abc import Callable

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

# However rare a goal is in sight, a frame that shows it weighs no more than so
# many that do not: a single label may be wrong.
MOST = 30.0


def eyes_loss(
  logits: Float[Array, 'b t1 g'],
  scores: Float[Array, 'b t1 g'],
  mean: Callable[[Array], Array] = lambda x: x,
) -> Float[Array, '']:
  """Cross-entropy with soft labels, both kinds of label weighing the same.

      L = -Σ [w s log σ(x) + (1 - s) log(1 - σ(x))] / n,   w = Σ (1 - s) / Σ s

  w is between 1 and `MOST`.

  Args:
    logits: x, that a frame shows a goal, float32 `[B, T+1, G]`.
    scores: s, the reward model's, float32 `[B, T+1, G]`; NaN where there is
      none. What lies outside of [0, 1] counts as its end.
    mean: over devices.

  Returns:
    The mean over the scores that there are, scalar; 0 if there are none.
  """
  known = ~jnp.isnan(scores)
  # Selected before anything is computed: the gradient of a NaN is NaN.
  label = jnp.clip(jnp.where(known, scores, 0.0), 0.0, 1.0)
  count = jnp.maximum(mean(jnp.sum(known.astype(jnp.float32))), 1.0)
  positive = mean(jnp.sum(label))
  weight = jnp.clip((count - positive) / (positive + 1e-6), 1.0, MOST)
  each = weight * label * optax.sigmoid_binary_cross_entropy(
    logits, jnp.ones_like(logits)
  ) + (1.0 - label) * optax.sigmoid_binary_cross_entropy(
    logits, jnp.zeros_like(logits)
  )
  return jnp.sum(jnp.where(known, each, 0.0)) / count
