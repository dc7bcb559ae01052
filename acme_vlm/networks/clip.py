"""CLIP's two towers in Flax (Radford et al. 2021, arXiv 2103.00020).

The tree of parameters follows the names of the Hugging Face layout, so that
`weights` maps one to the other by rule.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from acme_vlm import errors
from acme_vlm.networks import clip_config, transformer

# NumPy's arrays are as good as JAX's where nothing has been traced yet.
Images = Float[Array, 'N H W C'] | Float[np.ndarray, 'N H W C']
Tokens = Int[Array, 'M L'] | Int[np.ndarray, 'M L']
# An image as a whole, and place by place.
Pooled = Float[Array, 'N D']
Patches = Float[Array, 'N rows columns D']


class ClipOutput(NamedTuple):
  """What both towers say of a batch.

  Attributes:
    image_embeddings: float32 [N, D], L2-normalised.
    text_embeddings: float32 [M, D], L2-normalised.
    logits: float32 [N, M], cosine similarities times the logit scale.
  """

  image_embeddings: Float[Array, 'N D']
  text_embeddings: Float[Array, 'M D']
  logits: Float[Array, 'N M']


def normalize(features: Float[Array, '*N D']) -> Float[Array, '*N D']:
  """Scales each row to unit length, in float32.

  Args:
    features: float [..., D].

  Returns:
    float32 [..., D]. A row of zeros stays zeros instead of becoming NaN.
  """
  features = features.astype(jnp.float32)
  squared = jnp.sum(jnp.square(features), axis=-1, keepdims=True)
  return features * jax.lax.rsqrt(jnp.maximum(squared, 1e-24))


class _VisionEmbeddings(nn.Module):
  config: clip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  @nn.compact
  def __call__(self, pixels: Float[Array, 'N H W C']) -> Float[Array, 'N T D']:
    c = self.config
    patches = transformer.PatchEmbedding(
      c, self.dtype, self.param_dtype, False, name='patch_embedding'
    )(pixels)
    token = self.param(
      'class_embedding',
      nn.initializers.normal(0.02),
      (c.hidden_size,),
      self.param_dtype,
    ).astype(jnp.float32)
    token = jnp.broadcast_to(token, (pixels.shape[0], 1, c.hidden_size))
    positions = transformer.embed(
      self, 'position_embedding', c.num_patches + 1
    )(jnp.arange(c.num_patches + 1))
    return jnp.concatenate([token, patches], axis=1) + positions[None]


class _VisionTransformer(nn.Module):
  config: clip_config.VisionConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  def __call__(self, pixels: Float[Array, 'N H W C']) -> Pooled:
    return self.with_patches(pixels)[0]

  @nn.compact
  def with_patches(
    self, pixels: Float[Array, 'N H W C']
  ) -> tuple[Pooled, Patches]:
    parts = (self.config, self.dtype, self.param_dtype)
    x = _VisionEmbeddings(*parts, name='embeddings')(pixels)
    x = transformer.layer_norm(self, 'pre_layrnorm')(x)
    x = transformer.Encoder(*parts, name='encoder')(x)
    norm = transformer.layer_norm(self, 'post_layernorm')
    side = self.config.image_size // self.config.patch_size
    patches = x[:, 1:].reshape(x.shape[0], side, side, x.shape[2])
    return norm(x[:, 0]), norm(patches)


class _TextTransformer(nn.Module):
  config: clip_config.TextConfig
  param_dtype: DTypeLike

  @nn.compact
  def __call__(
    self, ids: Int[Array, 'N L'], mask: Int[Array, 'N L']
  ) -> Float[Array, 'N D']:
    c = self.config
    x = transformer.TextEmbeddings(c, self.param_dtype, name='embeddings')(ids)
    length = ids.shape[1]
    causal = jnp.tril(jnp.ones((length, length), bool))[None, None]
    # The diagonal stays open, so that a padded row attends to itself rather
    # than to nothing: a softmax over nothing is NaN.
    visible = (mask != 0)[:, None, None, :] | jnp.eye(length, dtype=bool)[
      None, None
    ]
    parts = (c, jnp.float32, self.param_dtype)
    x = transformer.Encoder(*parts, name='encoder')(x, causal & visible)
    x = transformer.layer_norm(self, 'final_layer_norm')(x)
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
    dtype: type of the image tower's products, float32 or bfloat16. What they
      add up to, the projection to the shared space and the text tower, which
      sees a goal once where the other sees every frame, are float32: logits
      at a scale of 100 are near those of float32 then.
    param_dtype: type of the parameters when initialised.
  """

  config: clip_config.ClipConfig
  dtype: DTypeLike = jnp.float32
  param_dtype: DTypeLike = jnp.float32

  def setup(self):
    """Declares the parts; Flax calls it."""
    self.vision_model = self.image_tower()
    self.text_model = _TextTransformer(self.config.text, self.param_dtype)
    self.visual_projection = self._projection()
    self.text_projection = self._projection()
    self.logit_scale = self.param(
      'logit_scale',
      nn.initializers.constant(self.config.logit_scale_init_value),
      (),
      jnp.float32,
    )

  def image_tower(self) -> nn.Module:
    """The module `vision_model`; a subclass may put another in its place.

    Returns:
      A module from pixels [N, H, W, C] to features [N, width], which
      `visual_projection` then brings to the shared space. If it also has a
      method `with_patches` to those and features [N, rows, columns, width],
      and the config says how many as `patch_grid`, patches can be encoded.
    """
    return _VisionTransformer(self.config.vision, self.dtype, self.param_dtype)

  def encode_image(self, pixels: Images) -> Float[Array, 'N D']:
    """Embeds preprocessed images.

    Args:
      pixels: float [N, *config.image_shape], as `ops.pixels` leaves them.

    Returns:
      float32 [N, projection_dim], not normalised (see `normalize`).

    Raises:
      ValueError: images of another size.
    """
    return self.visual_projection(self.vision_model(self._checked(pixels)))

  def encode_patches(self, pixels: Images) -> Patches:
    """Embeds every place of preprocessed images; see the next method.

    Args:
      pixels: float [N, *config.image_shape].

    Returns:
      float32 [N, rows, columns, projection_dim], not normalised.

    Raises:
      ValueError: images of another size.
      CheckpointError: an image tower without patch features.
    """
    return self.encode_image_and_patches(pixels)[1]

  def encode_image_and_patches(self, pixels: Images) -> tuple[Pooled, Patches]:
    """Embeds preprocessed images, as a whole and place by place, in one pass.

    A patch goes where the image goes: what the tower has at that place, after
    its last norm, through the visual projection. So a text is near the patches
    that show it, as far as training made it so: contrastive training of whole
    images promises nothing about patches.

    Args:
      pixels: float [N, *config.image_shape].

    Returns:
      float32 [N, projection_dim], as `encode_image` gives it, and float32
      [N, rows, columns, projection_dim] with `config.patch_grid` rows and
      columns, from the top left; neither is normalised.

    Raises:
      ValueError: images of another size.
      CheckpointError: an image tower without patch features.
    """
    if not hasattr(self.vision_model, 'with_patches'):
      raise errors.CheckpointError(
        'expected an image tower with patch features, got '
        f'{type(self.vision_model).__name__}'
      )
    pooled, patches = self.vision_model.with_patches(self._checked(pixels))
    return self.visual_projection(pooled), self.visual_projection(patches)

  def encode_text(
    self, ids: Tokens, mask: Tokens | None = None
  ) -> Float[Array, 'N D']:
    """Embeds tokenised texts.

    Args:
      ids: int32 [N, L], L at most `max_position_embeddings`, with both ends.
      mask: int32 [N, L], 1 at tokens and 0 at padding; all tokens if absent.

    Returns:
      float32 [N, projection_dim], not normalised (see `normalize`).

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
      pixels: float [N, *config.image_shape].
      ids: int32 [M, L].
      mask: int32 [M, L] or None.

    Returns:
      Normalised embeddings and scaled similarities, all float32.
    """
    images = normalize(self.encode_image(pixels))
    texts = normalize(self.encode_text(ids, mask))
    scale = jnp.exp(self.logit_scale)
    return ClipOutput(images, texts, scale * (images @ texts.T))

  def _checked(self, pixels: Images) -> Float[Array, 'N H W C']:
    expected = self.config.image_shape
    if pixels.ndim != 4 or pixels.shape[1:] != expected:
      raise ValueError(f'expected pixels [N, *{expected}], got {pixels.shape}')
    return jnp.asarray(pixels)

  def _projection(self) -> nn.Dense:
    return nn.Dense(
      self.config.projection_dim,
      use_bias=False,
      dtype=jnp.float32,
      param_dtype=self.param_dtype,
      # Accelerators would round its factors; it is one row an image.
      precision=jax.lax.Precision.HIGHEST,
    )
