"""The score of one frame: arXiv 2312.09187 and its neighbours.

Pure functions of one item; the caller vmaps over frames. Embeddings come
L2-normalised out of both towers. `detection` holds a score against β.
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


def cosine(
  image_embedding: Float[Array, ' d'], goal_embedding: Float[Array, ' d']
) -> Float[Array, '']:
  """Cosine similarity of a frame and a goal.

      s(o, l) = f(o)·g(l)

  Args:
    image_embedding: float [D], f(o), unit length.
    goal_embedding: float [D], g(l), unit length.

  Returns:
    float scalar in [-1, 1].

  Reference: arXiv 2310.12921, section 3 (the CLIP reward).
  """
  # Rounding may step over the bounds by a bit.
  return jnp.clip(image_embedding @ goal_embedding, -1.0, 1.0)


def goal_baseline(
  image_embedding: Float[Array, ' d'],
  goal_embedding: Float[Array, ' d'],
  baseline_embedding: Float[Array, ' d'],
  alpha: Float[Array, ''] | float,
) -> Float[Array, '']:
  """Similarity along the line from a baseline to the goal.

      R(s) = 1 − ½ ‖α proj_L s + (1 − α) s − g‖²

  L is the line through b and g, which need not meet the origin, and proj_L s
  the point of L nearest to s:

      proj_L s = g + u u·(s − g),   u = (g − b) / ‖g − b‖

  So with d = s − g and its parts d_L along u and d_⊥ across it,
  R = 1 − ½ (‖d_L‖² + (1 − α)² ‖d_⊥‖²): α takes out what has nothing to do with
  the difference between baseline and goal.

  Args:
    image_embedding: float [D], s, unit length.
    goal_embedding: float [D], g, unit length.
    baseline_embedding: float [D], b, unit length: the default state in words.
    alpha: α in [0, 1]; at 0 the cosine similarity of s and g, at 1 only what
      lies along the line counts.

  Returns:
    float scalar in [-1, 1], not falling in α, 1 at s = g. Where b = g there is
    no line: the part along it counts as nothing.

  Reference: arXiv 2310.12921, section 3.2 (goal-baseline regularisation).
  """
  line = goal_embedding - baseline_embedding
  # Not a division by ‖g − b‖², which is 0 for equal prompts.
  u = line * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(line)), 1e-24))
  d = image_embedding - goal_embedding
  along = u * (u @ d)
  rest = (1.0 - alpha) * (d - along)
  squared = jnp.sum(jnp.square(along)) + jnp.sum(jnp.square(rest))
  return jnp.clip(1.0 - 0.5 * squared, -1.0, 1.0)


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


def sigmoid_probability(
  image_embedding: Float[Array, ' d'],
  goal_embedding: Float[Array, ' d'],
  temperature: Float[Array, ''] | float,
  bias: Float[Array, ''] | float,
) -> Float[Array, '']:
  """Probability that a frame and a goal belong together, each pair alone.

      p(o, l) = σ(f(o)·g(l)/τ + b),   σ(x) = 1 / (1 + exp(−x))

  Args:
    image_embedding: float [D], f(o), unit length.
    goal_embedding: float [D], g(l), unit length.
    temperature: τ, above 0, in units of cosine similarity: exp(−t') of the
      paper's learnt t'.
    bias: b, any; the paper's learnt b starts at -10.

  Returns:
    float scalar in [0, 1].

  Reference: arXiv 2303.15343, section 3.2 (algorithm 1).
  """
  return jax.nn.sigmoid(goal_embedding @ image_embedding / temperature + bias)


def ensemble_mean(scores: Float[Array, ' m']) -> Float[Array, '']:
  """Mean of the members' scores.

  Args:
    scores: float [M].

  Returns:
    float scalar between the lowest and the highest; NaN if a member's is.
  """
  # Rounding must not carry the mean of equal scores over any of them: where
  # all members say success the mean says so too, and where none does as well.
  return jnp.clip(jnp.mean(scores), jnp.min(scores), jnp.max(scores))


def ensemble_min(scores: Float[Array, ' m']) -> Float[Array, '']:
  """The most doubtful member's score: success only if all say so.

  Args:
    scores: float [M].

  Returns:
    float scalar; NaN if a member's is.
  """
  return jnp.min(scores)


def ensemble_agree(
  scores: Float[Array, ' m'], threshold: Float[Array, ''] | float
) -> Float[Array, '']:
  """Mean of the members' scores if they agree on success, else no verdict.

  Args:
    scores: float [M].
    threshold: β; a member's verdict is score > β, as float32.

  Returns:
    float scalar: NaN where some members say success and others do not; else
    the mean, on the same side of β as every member. inf where a member's
    score is no number, so that a broken member does not pass for a doubt.
  """
  verdicts = scores > jnp.asarray(threshold, scores.dtype)
  agreed = jnp.all(verdicts) | ~jnp.any(verdicts)
  value = jnp.where(agreed, ensemble_mean(scores), jnp.nan)
  return jnp.where(jnp.all(jnp.isfinite(scores)), value, jnp.inf)
