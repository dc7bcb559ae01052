"""The pre-norm transformer that the towers of dual encoders are made of.

Parameters carry the names of the Hugging Face layout (`layers_0` stands for
its `layers.0`). Products are of the type asked for; what they add up to, the
residual stream, is float32, as are embeddings and norms, so that rounding does
not pile up from block to block. Vaswani et al. 2017, arXiv 1706.03762; pre-norm
as in Radford et al. 2021, arXiv 2103.00020.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int

from acme_vlm.networks import clip_config
from acme_vlm.ops import pixels as pixels_ops

Mask = Bool[Array, '#N 1 #T T']


class Attention(nn.Module):
  """Multi-head self-attention.

  Attributes:
    config: the sizes.
    dtype: type of the products; the softmax is float32.
    param_dtype: type of the parameters when initialised.
  """

  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, x: Float[Array, 'N T D'], mask: Mask | None
  ) -> Float[Array, 'N T D']:
    """Mixes each row's sequence.

    Args:
      x: float [N, T, D].
      mask: bool [N or 1, 1, T or 1, T], True where a query (third axis) may
        look at a key (last axis); None: everywhere.

    Returns:
      dtype [N, T, D].
    """
    heads = self.config.num_attention_heads
    n, t, d = x.shape

    def project(name: str, y: Array) -> Array:
      return nn.Dense(
        d, dtype=self.dtype, param_dtype=self.param_dtype, name=name
      )(y)

    query, key, value = (
      project(name, x).reshape(n, t, heads, d // heads)
      for name in ('q_proj', 'k_proj', 'v_proj')
    )
    mixed = jax.nn.dot_product_attention(query, key, value, mask=mask)
    return project('out_proj', mixed.reshape(n, t, d))


class Mlp(nn.Module):
  """Two dense layers with the config's activation between them.

  Attributes:
    config: the sizes.
    dtype: type of the products.
    param_dtype: type of the parameters when initialised.
  """

  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, x: Float[Array, 'N T D']) -> Float[Array, 'N T D']:
    """Applies it at every place of the sequence.

    Args:
      x: float [N, T, D].

    Returns:
      dtype [N, T, D].
    """
    types = {'dtype': self.dtype, 'param_dtype': self.param_dtype}
    x = nn.Dense(self.config.intermediate_size, name='fc1', **types)(x)
    x = x.astype(jnp.float32)
    match self.config.hidden_act:
      case 'quick_gelu':
        x = x * jax.nn.sigmoid(1.702 * x)
      case 'gelu_pytorch_tanh':
        x = jax.nn.gelu(x, approximate=True)
      case _:
        x = jax.nn.gelu(x, approximate=False)
    return nn.Dense(self.config.hidden_size, name='fc2', **types)(x)


class Block(nn.Module):
  """Attention and MLP, each with its norm before and its residual after.

  Attributes:
    config: the sizes.
    dtype: type of the products.
    param_dtype: type of the parameters when initialised.
  """

  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, x: Float[Array, 'N T D'], mask: Mask | None
  ) -> Float[Array, 'N T D']:
    """Applies the block; see `Attention` for the arguments.

    Args:
      x: float32 [N, T, D].
      mask: bool, or None.

    Returns:
      float32 [N, T, D].
    """
    parts = (self.config, self.dtype, self.param_dtype)
    y = layer_norm(self, 'layer_norm1')(x)
    x = x + Attention(*parts, name='self_attn')(y, mask).astype(jnp.float32)
    y = layer_norm(self, 'layer_norm2')(x)
    return x + Mlp(*parts, name='mlp')(y).astype(jnp.float32)


class Encoder(nn.Module):
  """The blocks, one after another; the norm at the end is the tower's.

  Attributes:
    config: the sizes.
    dtype: type of the products.
    param_dtype: type of the parameters when initialised.
  """

  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, x: Float[Array, 'N T D'], mask: Mask | None = None
  ) -> Float[Array, 'N T D']:
    """Applies all blocks; see `Attention` for the arguments.

    Args:
      x: float32 [N, T, D].
      mask: bool, or None.

    Returns:
      float32 [N, T, D].
    """
    for i in range(self.config.num_hidden_layers):
      x = Block(self.config, self.dtype, self.param_dtype, name=f'layers_{i}')(
        x, mask
      )
    return x


class PatchEmbedding(nn.Module):
  """A strided convolution, written as one matrix product per patch.

  Attributes:
    config: has `patch_size`, `num_channels` and `hidden_size`.
    dtype: type of the products.
    param_dtype: type of the parameters when initialised.
    use_bias: whether a vector is added to each patch.
  """

  config: Any
  dtype: DTypeLike
  param_dtype: DTypeLike
  use_bias: bool

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N P D']:
    """Embeds the whole patches of images, row by row.

    Args:
      pixels: float [N, H, W, C].

    Returns:
      float32 [N, P, D].
    """
    c = self.config
    kernel = self.param(
      'kernel',
      nn.initializers.lecun_normal(in_axis=(0, 1, 2)),
      (c.patch_size, c.patch_size, c.num_channels, c.hidden_size),
      self.param_dtype,
    )
    patches = pixels_ops.patchify(pixels, c.patch_size).astype(self.dtype)
    x = patches @ kernel.reshape(-1, c.hidden_size).astype(self.dtype)
    x = x.astype(jnp.float32)
    if not self.use_bias:
      return x
    bias = self.param(
      'bias', nn.initializers.zeros, (c.hidden_size,), self.param_dtype
    )
    return x + bias.astype(jnp.float32)[None, None]


class TextEmbeddings(nn.Module):
  """A vector for each token plus one for its place.

  Attributes:
    config: has `vocab_size`, `max_position_embeddings` and `hidden_size`.
    param_dtype: type of the parameters when initialised.
  """

  config: Any
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, ids: Int[Array, 'N L']) -> Float[Array, 'N L D']:
    """Embeds sequences.

    Args:
      ids: int32 [N, L].

    Returns:
      float32 [N, L, D].
    """
    c = self.config
    tokens = embed(self, 'token_embedding', c.vocab_size)(ids)
    table = embed(self, 'position_embedding', c.max_position_embeddings)
    return tokens + table(jnp.arange(ids.shape[1]))[None]


def layer_norm(module: Any, name: str) -> nn.LayerNorm:
  """A float32 layer norm with the epsilon of the module around it.

  Args:
    module: has `config` and `param_dtype`.
    name: of the parameters.

  Returns:
    The norm.
  """
  return nn.LayerNorm(
    epsilon=module.config.layer_norm_eps,
    dtype=jnp.float32,
    param_dtype=module.param_dtype,
    name=name,
  )


def embed(module: Any, name: str, num: int) -> nn.Embed:
  """A table of float32 vectors with the width of the module around it.

  Args:
    module: has `config` and `param_dtype`.
    name: of the parameters.
    num: number of vectors.

  Returns:
    The table.
  """
  return nn.Embed(
    num,
    module.config.hidden_size,
    embedding_init=nn.initializers.normal(0.02),
    dtype=jnp.float32,
    param_dtype=module.param_dtype,
    name=name,
  )
