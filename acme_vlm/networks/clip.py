"""CLIP's two towers in Flax (Radford et al. 2021, arXiv 2103.00020).

The tree of parameters follows the names of the Hugging Face layout, so that
`clip_weights` maps one to the other by rule.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from acme_vlm.networks import clip_config

# NumPy's arrays are as good as JAX's where nothing has been traced yet.
Images = Float[Array, 'N H W C'] | Float[np.ndarray, 'N H W C']
Tokens = Int[Array, 'M L'] | Int[np.ndarray, 'M L']


class ClipOutput(NamedTuple):
  """What both towers say of a batch.

  Attributes:
    image_embeddings: float [N, D], L2-normalised.
    text_embeddings: float [M, D], L2-normalised.
    logits: float32 [N, M], cosine similarities times the logit scale.
  """

  image_embeddings: Float[Array, 'N D']
  text_embeddings: Float[Array, 'M D']
  logits: Float[Array, 'N M']


def normalize(features: Float[Array, 'N D']) -> Float[Array, 'N D']:
  """Scales each row to unit length, in float32.

  Args:
    features: float [N, D].

  Returns:
    float32 [N, D]. A row of zeros stays zeros instead of becoming NaN.
  """
  features = features.astype(jnp.float32)
  squared = jnp.sum(jnp.square(features), axis=-1, keepdims=True)
  return features * jax.lax.rsqrt(jnp.maximum(squared, 1e-24))


class _Attention(nn.Module):
  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, x: Float[Array, 'N T D'], mask: Array | None
  ) -> Float[Array, 'N T D']:
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


class _Mlp(nn.Module):
  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, x: Float[Array, 'N T D']) -> Float[Array, 'N T D']:
    types = {'dtype': self.dtype, 'param_dtype': self.param_dtype}
    x = nn.Dense(self.config.intermediate_size, name='fc1', **types)(x)
    if self.config.hidden_act == 'quick_gelu':
      x = x * jax.nn.sigmoid(1.702 * x)
    else:
      x = jax.nn.gelu(x, approximate=False)
    return nn.Dense(self.config.hidden_size, name='fc2', **types)(x)


class _Block(nn.Module):
  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, x: Float[Array, 'N T D'], mask: Array | None
  ) -> Float[Array, 'N T D']:
    parts = (self.config, self.dtype, self.param_dtype)
    y = _layer_norm(self, 'layer_norm1')(x)
    x = x + _Attention(*parts, name='self_attn')(y, mask)
    return x + _Mlp(*parts, name='mlp')(_layer_norm(self, 'layer_norm2')(x))


class _Encoder(nn.Module):
  config: clip_config.TowerConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, x: Float[Array, 'N T D'], mask: Array | None = None
  ) -> Float[Array, 'N T D']:
    for i in range(self.config.num_hidden_layers):
      x = _Block(self.config, self.dtype, self.param_dtype, name=f'layers_{i}')(
        x, mask
      )
    return x


class _PatchEmbedding(nn.Module):
  """A strided convolution, written as one matrix product per patch."""

  config: clip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N P D']:
    c, p = self.config, self.config.patch_size
    kernel = self.param(
      'kernel',
      nn.initializers.lecun_normal(in_axis=(0, 1, 2)),
      (p, p, c.num_channels, c.hidden_size),
      self.param_dtype,
    )
    n, side = pixels.shape[0], c.image_size // p
    x = pixels[:, : side * p, : side * p].astype(self.dtype)
    x = x.reshape(n, side, p, side, p, c.num_channels)
    x = x.transpose(0, 1, 3, 2, 4, 5).reshape(n, side * side, -1)
    return x @ kernel.reshape(-1, c.hidden_size).astype(self.dtype)


class _VisionEmbeddings(nn.Module):
  config: clip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N T D']:
    c = self.config
    patches = _PatchEmbedding(
      c, self.dtype, self.param_dtype, name='patch_embedding'
    )(pixels)
    token = self.param(
      'class_embedding',
      nn.initializers.normal(0.02),
      (c.hidden_size,),
      self.param_dtype,
    ).astype(self.dtype)
    token = jnp.broadcast_to(token, (pixels.shape[0], 1, c.hidden_size))
    positions = _embed(self, 'position_embedding', c.num_patches + 1)(
      jnp.arange(c.num_patches + 1)
    )
    return jnp.concatenate([token, patches], axis=1) + positions[None]


class _VisionTransformer(nn.Module):
  config: clip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N D']:
    parts = (self.config, self.dtype, self.param_dtype)
    x = _VisionEmbeddings(*parts, name='embeddings')(pixels)
    x = _layer_norm(self, 'pre_layrnorm')(x)
    x = _Encoder(*parts, name='encoder')(x)
    return _layer_norm(self, 'post_layernorm')(x[:, 0])


class _TextEmbeddings(nn.Module):
  config: clip_config.TextConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, ids: Int[Array, 'N L']) -> Float[Array, 'N L D']:
    c = self.config
    tokens = _embed(self, 'token_embedding', c.vocab_size)(ids)
    table = _embed(self, 'position_embedding', c.max_position_embeddings)
    return tokens + table(jnp.arange(ids.shape[1]))[None]


class _TextTransformer(nn.Module):
  config: clip_config.TextConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, ids: Int[Array, 'N L'], mask: Int[Array, 'N L']
  ) -> Float[Array, 'N D']:
    c = self.config
    parts = (c, self.dtype, self.param_dtype)
    x = _TextEmbeddings(*parts, name='embeddings')(ids)
    length = ids.shape[1]
    causal = jnp.tril(jnp.ones((length, length), bool))[None, None]
    # The diagonal stays open, so that a padded row attends to itself rather
    # than to nothing: a softmax over nothing is NaN.
    visible = (mask != 0)[:, None, None, :] | jnp.eye(length, dtype=bool)[
      None, None
    ]
    x = _Encoder(*parts, name='encoder')(x, causal & visible)
    x = _layer_norm(self, 'final_layer_norm')(x)
    legacy = c.eos_token_id == 2
    place = jnp.argmax(ids if legacy else ids == c.eos_token_id, axis=-1)
    return jnp.take_along_axis(x, place[:, None, None], axis=1)[:, 0]


class Clip(nn.Module):
  """An image tower and a text tower with one embedding space.

  Pure functions of the parameters, to be jitted by the caller:
    clip.apply({'params': p}, pixels, method='encode_image')
    clip.apply({'params': p}, ids, mask, method='encode_text')

  Attributes:
    config: the sizes.
    dtype: type of the computation, float32 or bfloat16.
    param_dtype: type of the parameters when initialised.
  """

  config: clip_config.ClipConfig
  dtype: DTypeLike = jnp.float32
  param_dtype: DTypeLike = jnp.float32

  def setup(self):
    """Declares the parts; Flax calls it."""
    types = (self.dtype, self.param_dtype)
    self.vision_model = _VisionTransformer(self.config.vision, *types)
    self.text_model = _TextTransformer(self.config.text, *types)
    self.visual_projection = self._projection()
    self.text_projection = self._projection()
    self.logit_scale = self.param(
      'logit_scale',
      nn.initializers.constant(self.config.logit_scale_init_value),
      (),
      jnp.float32,
    )

  def encode_image(self, pixels: Images) -> Float[Array, 'N D']:
    """Embeds preprocessed images.

    Args:
      pixels: float [N, image_size, image_size, channels], as `ops.pixels`
        leaves them.

    Returns:
      dtype [N, projection_dim], not normalised (see `normalize`).

    Raises:
      ValueError: images of another size.
    """
    c = self.config.vision
    expected = (c.image_size, c.image_size, c.num_channels)
    if pixels.ndim != 4 or pixels.shape[1:] != expected:
      raise ValueError(f'expected pixels [N, *{expected}], got {pixels.shape}')
    return self.visual_projection(self.vision_model(jnp.asarray(pixels)))

  def encode_text(
    self, ids: Tokens, mask: Tokens | None = None
  ) -> Float[Array, 'N D']:
    """Embeds tokenised texts.

    Args:
      ids: int32 [N, L], L at most `max_position_embeddings`, with both ends.
      mask: int32 [N, L], 1 at tokens and 0 at padding; all tokens if absent.

    Returns:
      dtype [N, projection_dim], not normalised (see `normalize`).

    Raises:
      ValueError: sequences longer than the model's context.
    """
    longest = self.config.text.max_position_embeddings
    if ids.shape[1] > longest:
      raise ValueError(f'expected at most {longest} tokens, got {ids.shape[1]}')
    ids = jnp.asarray(ids)
    mask = jnp.ones_like(ids) if mask is None else jnp.asarray(mask)
    return self.text_projection(self.text_model(ids, mask))

  def __call__(
    self,
    pixels: Images,
    ids: Tokens,
    mask: Tokens | None = None,
  ) -> ClipOutput:
    """Compares images with texts.

    Args:
      pixels: float [N, image_size, image_size, channels].
      ids: int32 [M, L].
      mask: int32 [M, L] or None.

    Returns:
      Normalised embeddings and scaled similarities, all float32.
    """
    images = normalize(self.encode_image(pixels))
    texts = normalize(self.encode_text(ids, mask))
    scale = jnp.exp(self.logit_scale)
    return ClipOutput(images, texts, scale * (images @ texts.T))

  def _projection(self) -> nn.Dense:
    return nn.Dense(
      self.config.projection_dim,
      use_bias=False,
      dtype=self.dtype,
      param_dtype=self.param_dtype,
    )


def _layer_norm(module: Any, name: str) -> nn.LayerNorm:
  return nn.LayerNorm(
    epsilon=module.config.layer_norm_eps,
    dtype=module.dtype,
    param_dtype=module.param_dtype,
    name=name,
  )


def _embed(module: Any, name: str, num: int) -> nn.Embed:
  return nn.Embed(
    num,
    module.config.hidden_size,
    embedding_init=nn.initializers.normal(0.02),
    dtype=module.dtype,
    param_dtype=module.param_dtype,
    name=name,
  )
