"""The words of an instruction to one vector."""

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int32


class InstructionEncoder(nn.Module):
  """Mean of the word embeddings, then one layer.

  Attributes:
    num_words: ids are in [0, num_words); 0 is padding.
    size: width of the embeddings and of the result.
  """

  num_words: int
  size: int

  @nn.compact
  def __call__(self, words: Int32[Array, 'n l']) -> Float[Array, 'n e']:
    """Encodes instructions; one without words gives the same as no words."""
    embedded = nn.Embed(
      self.num_words,
      self.size,
      embedding_init=nn.initializers.normal(1.0),
      name='words',
    )(words)
    present = (words != 0).astype(jnp.float32)[..., None]
    count = jnp.maximum(jnp.sum(present, axis=1), 1.0)
    mean = jnp.sum(embedded * present, axis=1) / count
    return nn.relu(nn.Dense(self.size, name='output')(mean))
