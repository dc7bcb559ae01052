"""SigLIP's two towers in Flax.

SigLIP: Zhai et al. 2023, arXiv 2303.15343. SigLIP 2: Tschannen et al. 2025,
arXiv 2502.14786. The tree of parameters follows the names of the Hugging Face
layout.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from acme_vlm.networks import clip, siglip_config, transformer
from acme_vlm.ops import pixels as pixels_ops


class SiglipOutput(NamedTuple):
  """What both towers say of a batch.

  Attributes:
    image_embeddings: float32 [N, D], L2-normalised.
    text_embeddings: float32 [M, D], L2-normalised.
    logits: float32 [N, M], cosine similarities times the logit scale plus the
      logit bias; their sigmoid is the probability that the text fits the
      image.
  """

  image_embeddings: Float[Array, 'N D']
  text_embeddings: Float[Array, 'M D']
  logits: Float[Array, 'N M']


class _FixedEmbeddings(nn.Module):
  config: siglip_config.FixedVisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N P D']:
    c = self.config
    patches = transformer.PatchEmbedding(
      c, self.dtype, self.param_dtype, True, name='patch_embedding'
    )(pixels)
    positions = transformer.embed(self, 'position_embedding', c.num_patches)
    return patches + positions(jnp.arange(c.num_patches))[None]


class _NaflexEmbeddings(nn.Module):
  config: siglip_config.NaflexVisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N P D']:
    c = self.config
    patches = nn.Dense(
      c.hidden_size,
      dtype=self.dtype,
      param_dtype=self.param_dtype,
      name='patch_embedding',
    )(pixels_ops.patchify(pixels, c.patch_size)).astype(jnp.float32)
    table = transformer.embed(self, 'position_embedding', c.num_patches)
    side = c.position_side
    # One size of the images is one program: the resize is two constants.
    vertical, horizontal = (
      jnp.asarray(
        pixels_ops.resize_weights(side, length // c.patch_size, 'bilinear')
      )
      for length in pixels.shape[1:3]
    )
    positions = jnp.einsum(
      'ui,vj,ijd->uvd',
      vertical,
      horizontal,
      table(jnp.arange(c.num_patches)).reshape(side, side, -1),
      precision=jax.lax.Precision.HIGHEST,
    )
    return patches + positions.reshape(1, -1, c.hidden_size)


class _PackedAttention(nn.Module):
  """One query's attention; the three projections are one stored matrix."""

  config: siglip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, query: Float[Array, 'N 1 D'], x: Float[Array, 'N T D']
  ) -> Float[Array, 'N 1 D']:
    heads, d = self.config.num_attention_heads, self.config.hidden_size
    weight = self.param(
      'in_proj_weight',
      nn.initializers.lecun_normal(in_axis=1, out_axis=0),
      (3 * d, d),
      self.param_dtype,
    )
    bias = self.param(
      'in_proj_bias', nn.initializers.zeros, (3 * d,), self.param_dtype
    )
    parts = zip(
      (query, x, x),
      jnp.split(weight.astype(self.dtype), 3),
      jnp.split(bias.astype(self.dtype), 3),
      strict=True,
    )
    projected = (
      (y.astype(self.dtype) @ w.T + b[None, None]).reshape(
        *y.shape[:2], heads, d // heads
      )
      for y, w, b in parts
    )
    mixed = jax.nn.dot_product_attention(*projected)
    return nn.Dense(
      d, dtype=self.dtype, param_dtype=self.param_dtype, name='out_proj'
    )(mixed.reshape(query.shape))


class _PoolingHead(nn.Module):
  """A learnt query that looks at all patches, and an MLP."""

  config: siglip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, x: Float[Array, 'N T D']) -> Float[Array, 'N D']:
    parts = (self.config, self.dtype, self.param_dtype)
    width = self.config.hidden_size
    probe = self.param(
      'probe', nn.initializers.normal(0.02), (1, 1, width), self.param_dtype
    ).astype(jnp.float32)
    probe = jnp.broadcast_to(probe, (x.shape[0], 1, width))
    pooled = _PackedAttention(*parts, name='attention')(probe, x)
    pooled = pooled.astype(jnp.float32)
    normed = transformer.layer_norm(self, 'layernorm')(pooled)
    mlp = transformer.Mlp(*parts, name='mlp')(normed)
    return (pooled + mlp.astype(jnp.float32))[:, 0]


class _VisionTransformer(nn.Module):
  config: siglip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N D']:
    parts = (self.config, self.dtype, self.param_dtype)
    fixed = isinstance(self.config, siglip_config.FixedVisionConfig)
    embeddings = _FixedEmbeddings if fixed else _NaflexEmbeddings
    x = embeddings(*parts, name='embeddings')(pixels)
    x = transformer.Encoder(*parts, name='encoder')(x)
    x = transformer.layer_norm(self, 'post_layernorm')(x)
    return _PoolingHead(*parts, name='head')(x)


class _TextTransformer(nn.Module):
  config: siglip_config.TextConfig
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, ids: Int[Array, 'N L']) -> Float[Array, 'N D']:
    c = self.config
    x = transformer.TextEmbeddings(c, self.param_dtype, name='embeddings')(ids)
    parts = (c, jnp.float32, self.param_dtype)
    x = transformer.Encoder(*parts, name='encoder')(x)
    x = transformer.layer_norm(self, 'final_layer_norm')(x)
    # The last place, whatever token stands there: in training it was padding
    # for every text that is shorter than the context.
    return nn.Dense(
      c.projection_size,
      dtype=jnp.float32,
      param_dtype=self.param_dtype,
      name='head',
    )(x[:, -1])


class Siglip(nn.Module):
  """An image tower and a text tower with one embedding space.

  Pure functions of the parameters, to be jitted by the caller:
    siglip.apply({'params': p}, pixels, method='encode_image')
    siglip.apply({'params': p}, ids, method='encode_text')

  Attributes:
    config: the sizes.
    dtype: type of the image tower's products, float32 or bfloat16. What they
      add up to is float32, and so is the text tower; see `clip.Clip`.
    param_dtype: type of the parameters when initialised.
  """

  config: siglip_config.SiglipConfig
  dtype: DTypeLike = jnp.float32
  param_dtype: DTypeLike = jnp.float32

  def setup(self):
    """Declares the parts; Flax calls it."""
    self.vision_model = _VisionTransformer(
      self.config.vision, self.dtype, self.param_dtype
    )
    self.text_model = _TextTransformer(self.config.text, self.param_dtype)
    # Where the loss starts in training: arXiv 2303.15343, algorithm 1.
    self.logit_scale = self.param(
      'logit_scale', nn.initializers.constant(math.log(10)), (1,), jnp.float32
    )
    self.logit_bias = self.param(
      'logit_bias', nn.initializers.constant(-10.0), (1,), jnp.float32
    )

  def encode_image(self, pixels: clip.Images) -> Float[Array, 'N D']:
    """Embeds preprocessed images.

    Args:
      pixels: float [N, H, W, channels], as `ops.pixels` leaves them: squares
        of image_size for the model type 'siglip', whole patches of any number
        for 'siglip2'.

    Returns:
      float32 [N, projection_dim], not normalised.

    Raises:
      ValueError: images of another size.
    """
    c = self.config.vision
    if isinstance(c, siglip_config.FixedVisionConfig):
      expected = (c.image_size, c.image_size, c.num_channels)
      fits = pixels.shape[1:] == expected
      wanted = f'[N, *{expected}]'
    else:
      wanted = f'[N, H, W, {c.num_channels}] of whole {c.patch_size}-px patches'
      fits = pixels.shape[3] == c.num_channels and all(
        side and side % c.patch_size == 0 for side in pixels.shape[1:3]
      )
    if not fits:
      raise ValueError(f'expected pixels {wanted}, got {pixels.shape}')
    return self.vision_model(jnp.asarray(pixels))

  def encode_text(
    self, ids: clip.Tokens, mask: clip.Tokens | None = None
  ) -> Float[Array, 'N D']:
    """Embeds tokenised texts.

    Args:
      ids: int32 [N, L], padded to max_position_embeddings as in training.
      mask: not looked at, since padding is attended to in training; taken so
        that every dual encoder is called alike.

    Returns:
      float32 [N, projection_dim], not normalised.

    Raises:
      ValueError: sequences longer than the model's context.
    """
    del mask
    longest = self.config.text.max_position_embeddings
    if ids.shape[1] > longest:
      raise ValueError(f'expected at most {longest} tokens, got {ids.shape[1]}')
    return self.text_model(jnp.asarray(ids))

  def __call__(
    self,
    pixels: clip.Images,
    ids: clip.Tokens,
    mask: clip.Tokens | None = None,
  ) -> SiglipOutput:
    """Compares images with texts.

    Args:
      pixels: float [N, H, W, channels].
      ids: int32 [M, L].
      mask: not looked at.

    Returns:
      Normalised embeddings, and logits.
    """
    images = clip.normalize(self.encode_image(pixels))
    texts = clip.normalize(self.encode_text(ids, mask))
    scale = jnp.exp(self.logit_scale)[None]
    logits = scale * (images @ texts.T) + self.logit_bias[None]
    return SiglipOutput(images, texts, logits)
