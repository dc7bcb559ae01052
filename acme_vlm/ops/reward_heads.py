"""The score of one frame, arXiv 2312.09187, section 3; `detection` has eq. 2.

Pure functions of one item; the caller vmaps over frames. Embeddings come
L2-normalised out of both towers.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def window_embedding(
  embeddings: Float[Array, 'k d'], mask: Bool[Array, ' k']
) -> Float[Array, ' d']:
  """Embeds a window of frames as one: the mean, renormalised.

      f(o) = m / ‖m‖,   m = Σ_i mask_i f(o_i) / Σ_i mask_i

  Args:
    embeddings: float [k, D], of the window's frames, unit length each.
    mask: bool [k], false where the episode was shorter than the window.

  Returns:
    float [D], unit length; zeros if no frame is there, so never NaN. A window
    of one frame gives that frame's embedding.

  Reference: arXiv 2312.09187, section 3 (single- and multi-frame
    observations).
  """
  # Renormalising makes the division by the number of frames unnecessary.
  total = jnp.sum(jnp.where(mask[:, None], embeddings, 0.0), axis=0)
  squared = jnp.sum(jnp.square(total))
  return total * jax.lax.rsqrt(jnp.maximum(squared, 1e-24))


def softmax_probability(
  image_embedding: Float[Array, ' d'],
  goal_embedding: Float[Array, ' d'],
  negative_embeddings: Float[Array, 'k d'],
  temperature: Float[Array, ''] | float,
  negative_mask: Bool[Array, ' k'],
) -> Float[Array, '']:
  """Probability that a frame shows the goal rather than a negative, eq. 1.

      p(o, l) = exp(f(o)·g(l)/τ) / Σ_{l' ∈ {l} ∪ N} exp(f(o)·g(l')/τ)

  Args:
    image_embedding: float [D], f(o), unit length.
    goal_embedding: float [D], g(l), unit length.
    negative_embeddings: float [K, D], g(l') of the negatives N, unit length.
    temperature: τ, above 0, in units of cosine similarity.
    negative_mask: bool [K], false drops a negative: one that is the goal
      itself must not compete with it.

  Returns:
    float scalar in [0, 1]; 1 if every negative is dropped.

  Reference: arXiv 2312.09187, eq. 1.
  """
  goal = goal_embedding @ image_embedding / temperature
  negatives = negative_embeddings @ image_embedding / temperature
  negatives = jnp.where(negative_mask, negatives, -jnp.inf)
  # logsumexp subtracts the maximum: small temperatures do not overflow.
  total = jax.nn.logsumexp(jnp.concatenate([goal[None], negatives]))
  return jnp.exp(goal - total)
