"""A CLIP whose image tower keeps position until late: family 'spatial_clip'.

A small convolutional tower for first-person frames, not square ones among
them. Its patch features are what the image embedding is pooled from (by their
maximum and by attention), so that they mean the same, and they are cheap: a CPU
core sees more than a thousand frames a second. The text tower is CLIP's.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from acme_vlm.networks import (
  clip,
  clip_config,
  dual_encoder,
  preprocessor_config,
  spatial_config,
  transformer,
)
from acme_vlm.ops import pixels as pixels_ops

_HALVES = (0.5, 0.5, 0.5)


class _SpatialTower(nn.Module):
  """Patches by convolutions; the image by what is highest and what is chosen.

  x = relu(conv 8x8 / 4 (pixels))
  x = relu(conv 3x3 / 2 (x))
  x = relu(x + conv 3x3 (norm(x)))              depth times
  z = relu(conv 3x3 / 2 (norm(x)))              whole objects
  z = relu(z + conv 3x3 (norm(z)))
  z = norm(z + dense(norm(blocks(z + where))))  the whole frame
  p = relu(dense(norm(x + up(dense(z)))))       patches
  b = dense(flatten(relu(dense(z))))
  a = Σ softmax(dense(p) + where) p             for each head
  y = relu(dense(norm([max p, b])) + dense(norm(a)))
  y = y + relu(dense(norm(y)))                  the image
  """

  config: spatial_config.SpatialConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  def __call__(self, pixels: Float[Array, 'N H W C']) -> clip.Pooled:
    return self.with_patches(pixels)[0]

  @nn.compact
  def with_patches(
    self, pixels: Float[Array, 'N H W C']
  ) -> tuple[clip.Pooled, clip.Patches]:
    c = self.config
    x = nn.relu(
      self._conv(
        c.stem_width, spatial_config.STEM, 'stem', 2 * spatial_config.STEM
      )(pixels)
    )
    x = nn.relu(self._conv(c.hidden_width, 2, 'downsample')(x))
    for i in range(c.depth):
      y = self._norm(f'norms_{i}')(x)
      x = nn.relu(x + self._conv(c.hidden_width, 1, f'convs_{i}')(y))
    # A coarser level sees whole objects, and tells the finer one.
    z = nn.relu(
      self._conv(c.coarse_width, 2, 'coarse')(self._norm('fine_norm')(x))
    )
    y = self._norm('coarse_norm')(z)
    z = nn.relu(z + self._conv(c.coarse_width, 1, 'coarse_conv')(y))
    z = self._norm('seen_norm')(self._in_context(z))
    up = self._dense(c.hidden_width, 'told')(z)
    up = jnp.repeat(jnp.repeat(up, 2, axis=1), 2, axis=2)
    x = self._norm('final_norm')(x + up[:, : x.shape[1], : x.shape[2]])
    patches = nn.relu(self._dense(c.feature_width, 'patches')(x))
    branch = nn.relu(self._dense(c.branch_width, 'branch')(z))
    branch = branch.reshape(branch.shape[0], -1)
    branch = self._dense(c.branch_features, 'branch_features')(branch)
    pooled = jnp.concatenate([_highest(patches), branch], axis=-1)
    pooled = self._norm('pooled_norm')(pooled)
    pooled = self._dense(c.feature_width, 'pooled')(pooled)
    if c.attention_heads:
      # Zero at first: a tower that had none goes on as it was.
      pooled += self._dense(c.feature_width, 'attended', nn.initializers.zeros)(
        self._norm('attended_norm')(self._attended(patches))
      )
    pooled = nn.relu(pooled)
    mixed = self._dense(c.feature_width, 'mixed')(
      self._norm('mixed_norm')(pooled)
    )
    return pooled + nn.relu(mixed), patches

  def _in_context(
    self, z: Float[Array, 'N rows columns D']
  ) -> Float[Array, 'N rows columns D']:
    layers, width = self.config.context_layers, z.shape[-1]
    if not layers:
      return z
    config = clip_config.TowerConfig(
      hidden_size=width,
      intermediate_size=2 * width,
      num_hidden_layers=layers,
      num_attention_heads=width // spatial_config.HEAD,
      layer_norm_eps=self.config.layer_norm_eps,
    )
    flat = z.reshape(z.shape[0], -1, width)
    places = self.param(
      'places',
      nn.initializers.normal(0.1),
      (1, flat.shape[1], width),
      self.param_dtype,
    )
    y = transformer.Encoder(
      config, self.dtype, self.param_dtype, name='context'
    )(flat + places.astype(self.dtype))
    # Zero at first: a tower that had none goes on as it was.
    y = self._dense(width, 'in_context', nn.initializers.zeros)(
      self._norm('context_norm')(y)
    )
    return z + y.reshape(z.shape)

  def _attended(
    self, patches: Float[Array, 'N rows columns D']
  ) -> Float[Array, 'N E']:
    heads = self.config.attention_heads
    flat = patches.reshape(patches.shape[0], -1, patches.shape[-1])
    where = self.param(
      'where',
      nn.initializers.zeros,
      (1, flat.shape[1], heads),
      self.param_dtype,
    )
    chosen = self._dense(heads, 'queries')(flat) + where.astype(self.dtype)
    weights = jax.nn.softmax(chosen, axis=1)
    # A product of matrices for each frame: [heads, places] by [places, D].
    attended = jnp.einsum('nph,npd->nhd', weights, flat)
    return attended.reshape(patches.shape[0], -1)

  def _dense(
    self,
    width: int,
    name: str,
    kernel_init: nn.initializers.Initializer | None = None,
  ) -> nn.Dense:
    return nn.Dense(
      width,
      dtype=self.dtype,
      param_dtype=self.param_dtype,
      kernel_init=kernel_init or nn.initializers.he_normal(),
      name=name,
    )

  def _conv(
    self, width: int, stride: int, name: str, kernel: int = 3
  ) -> nn.Conv:
    return nn.Conv(
      width,
      (kernel, kernel),
      (stride, stride),
      dtype=self.dtype,
      param_dtype=self.param_dtype,
      kernel_init=nn.initializers.he_normal(),
      name=name,
    )

  def _norm(self, name: str) -> nn.LayerNorm:
    return nn.LayerNorm(
      epsilon=self.config.layer_norm_eps,
      dtype=self.dtype,
      param_dtype=self.param_dtype,
      name=name,
    )


@jax.custom_vjp
def _highest(x: Float[Array, 'N rows columns D']) -> Float[Array, 'N D']:
  """Maximum over the places.

  By halves, and with a gradient of its own: XLA's reductions over middle axes
  take a CPU longer than the convolutions do.
  """
  x = x.reshape(x.shape[0], -1, x.shape[-1])
  while x.shape[1] > 1:
    half = x.shape[1] // 2
    odd = x[:, 2 * half :]
    x = jnp.maximum(x[:, :half], x[:, half : 2 * half])
    x = jnp.concatenate([x, odd], axis=1) if odd.shape[1] else x
  return x[:, 0]


def _highest_forward(x: Array) -> tuple[Array, tuple[Array, Array]]:
  highest = _highest(x)
  return highest, (x, highest)


def _highest_backward(kept: tuple[Array, Array], grad: Array) -> tuple[Array]:
  x, highest = kept
  return (jnp.where(x == highest[:, None, None], grad[:, None, None], 0),)


_highest.defvjp(_highest_forward, _highest_backward)


class SpatialClip(clip.Clip):
  """CLIP with the image tower that keeps position.

  Attributes:
    config: a `spatial_config.SpatialClipConfig`.
  """

  # Its own sizes in the place of CLIP's.
  config: spatial_config.SpatialClipConfig  # type: ignore[assignment]

  def image_tower(self) -> nn.Module:
    """The module from pixels [N, H, W, C] to features [N, feature_width]."""
    return _SpatialTower(self.config.vision, self.dtype, self.param_dtype)


def read_preprocessing(
  raw: Mapping[str, Any], config: spatial_config.SpatialClipConfig
) -> pixels_ops.Preprocessing:
  """Reads its steps: resize to the exact size, normalise to [-1, 1].

  Args:
    raw: content of `preprocessor_config.json`.
    config: the sizes.

  Returns:
    The steps.

  Raises:
    CheckpointError: fields that make no sense.
  """
  height, width, _ = config.image_shape
  default = pixels_ops.Preprocessing(
    resize=(height, width), crop=None, mean=_HALVES, std=_HALVES
  )
  return preprocessor_config.read(raw, default)


def _make_module(
  config: spatial_config.SpatialClipConfig,
  dtype: DTypeLike,
  param_dtype: DTypeLike,
) -> nn.Module:
  return SpatialClip(config, dtype=dtype, param_dtype=param_dtype)


FAMILY = dual_encoder.register(
  dual_encoder.Family(
    model_type=spatial_config.MODEL_TYPE,
    config_class=spatial_config.SpatialClipConfig,
    read_config=spatial_config.SpatialClipConfig.from_dict,
    make_module=_make_module,
    read_preprocessing=read_preprocessing,
  )
)
