"""Teaches a fresh text tower that different words are different.

A small text tower begins with nearly the same embedding for each caption of one
form. Trained together with an image tower that sees colours long before it sees
shapes, it then settles on texts that differ by colour alone, and nothing asks
the images for more. So it first learns the sum of its words, each a random
direction: texts that differ by a word lie apart, and alike words do so alike.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from acme_vlm.networks import clip

_WORD = re.compile(r'\w+')
# They say nothing by themselves.
_SILENT = frozenset({'a', 'an', 'the', 'of', 'to', 'is'})

Tokenize = Callable[[list[str]], tuple[np.ndarray, np.ndarray]]


def targets(texts: Sequence[str], dimension: int, seed: int) -> np.ndarray:
  """Sums of one random direction a word, of unit length.

  Args:
    texts: M of them.
    dimension: D.
    seed: of the directions.

  Returns:
    float32 `[M, D]`.
  """
  rng = np.random.default_rng(seed)
  split = [
    [word for word in _WORD.findall(text.lower()) if word not in _SILENT]
    for text in texts
  ]
  words = sorted({word for row in split for word in row})
  # Directions at right angles while there is room, which keeps words apart.
  count = -(-max(len(words), 1) // dimension) * dimension
  blocks = [
    np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    for _ in range(count // dimension)
  ]
  table = dict(zip(words, np.concatenate(blocks), strict=False))
  zero = np.full(dimension, 1e-3)
  rows = np.array([sum((table[w] for w in row), zero) for row in split])
  rows /= np.linalg.norm(rows, axis=1, keepdims=True)
  return rows.astype(np.float32)


def pretrain(
  params: dict[str, Any],
  module: clip.Clip,
  tokenize: Tokenize,
  texts: Sequence[str],
  *,
  meant: Sequence[str] | None = None,
  seed: int,
  num_steps: int = 500,
  batch_size: int = 128,
  learning_rate: float = 3e-3,
) -> tuple[dict[str, Any], float]:
  """Trains the text tower alone towards `targets`.

  Args:
    params: of the CLIP.
    module: the CLIP.
    tokenize: texts to ids and mask, int32 [M, L].
    texts: M of them, at least one.
    meant: of each, the text whose words it is to mean, so that other ways to
      say a thing come to the same place; None: itself.
    seed: of directions and batches.
    num_steps: updates, at least 1.
    batch_size: texts of an update.
    learning_rate: Adam's, falling to 0.

  Returns:
    The parameters, those of the image tower untouched, and the mean cosine of
    the last updates.
  """
  ids, mask = (np.asarray(x) for x in tokenize(list(texts)))
  wanted = targets(meant or texts, module.config.projection_dim, seed)
  own = {k: params[k] for k in ('text_model', 'text_projection')}
  optimizer = optax.adam(optax.cosine_decay_schedule(learning_rate, num_steps))

  @jax.jit
  def update(own, opt_state, rest, ids, mask, wanted):
    def loss(own):
      embedded = clip.normalize(
        module.apply(
          {'params': {**rest, **own}}, ids, mask, method='encode_text'
        )
      )
      return 1.0 - jnp.mean(jnp.sum(embedded * wanted, axis=1))

    value, grads = jax.value_and_grad(loss)(own)
    updates, opt_state = optimizer.update(grads, opt_state, own)
    return optax.apply_updates(own, updates), opt_state, 1.0 - value

  opt_state = optimizer.init(own)
  rng = np.random.default_rng(seed)
  cosines = []
  for _ in range(num_steps):
    rows = rng.integers(len(texts), size=batch_size)
    own, opt_state, cosine = update(
      own, opt_state, params, ids[rows], mask[rows], wanted[rows]
    )
    cosines.append(float(cosine))
  return {**params, **own}, float(np.mean(cosines[-20:]))
