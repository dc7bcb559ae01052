"""A CLIP whose image tower keeps position until late: family 'spatial_clip'.

A small convolutional tower for first-person frames, not square ones among
them. Its patch features are what the image embedding is pooled from (by their
maximum and by attention), so that they mean the same, and they are cheap: a CPU
core sees more than a thousand frames a second. The text tower is CLIP's.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from acme_vlm import errors
from acme_vlm.networks import (
  clip,
  clip_config,
  dual_encoder,
  preprocessor_config,
)
from acme_vlm.ops import pixels as pixels_ops

MODEL_TYPE = 'spatial_clip'
# The stem's windows are 8x8 pixels, every 4; a place of the grid is 8x8.
_STEM, _CELL = 4, 8
_TEXT = clip_config.TextConfig()
_HALVES = (0.5, 0.5, 0.5)


@dataclasses.dataclass(frozen=True)
class SpatialConfig:
  """Sizes of the image tower; the defaults are those of the small one.

  Attributes:
    image_height: of the input, in pixels, a multiple of 8.
    image_width: of the input, in pixels, a multiple of 8.
    num_channels: channels of the input.
    stem_width: channels of the stem, one place every 4 pixels.
    hidden_width: channels behind it, one place every 8 pixels.
    depth: residual convolutions there, at least 0.
    coarse_width: channels of the coarser level, one place every 16 pixels.
    feature_width: of the features of a patch, and of those of the image.
    branch_width: channels of the branch that keeps position.
    branch_features: numbers that this branch adds to the pooled patches.
    attention_heads: ways to choose among the patches, each by one learned
      query (arXiv 2103.00020, section 2.4, pools by attention too); 0: none.
    layer_norm_eps: epsilon of every layer norm.
  """

  image_height: int = 72
  image_width: int = 96
  num_channels: int = 3
  stem_width: int = 32
  hidden_width: int = 80
  depth: int = 1
  coarse_width: int = 128
  feature_width: int = 192
  branch_width: int = 32
  branch_features: int = 64
  attention_heads: int = 0
  layer_norm_eps: float = 1e-6

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value = getattr(self, field.name)
      least = 0 if field.name in ('depth', 'attention_heads') else 1
      if field.type is int and (not isinstance(value, int) or value < least):
        raise errors.CheckpointError(
          f'expected {field.name} of at least {least}, got {value!r}'
        )
    if self.image_height % _CELL or self.image_width % _CELL:
      raise errors.CheckpointError(
        f'expected image_height and image_width to be multiples of {_CELL}, '
        f'got {self.image_height} and {self.image_width}'
      )


@dataclasses.dataclass(frozen=True)
class SpatialClipConfig:
  """Sizes of both towers and of the space they meet in.

  Attributes:
    vision: the image tower.
    text: the text tower.
    projection_dim: dimension of the shared embedding space.
    logit_scale_init_value: logarithm of the inverse temperature at the start.
  """

  vision: SpatialConfig = SpatialConfig()
  text: clip_config.TextConfig = _TEXT
  projection_dim: int = 128
  logit_scale_init_value: float = 2.6592

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of the image tower's input."""
    c = self.vision
    return c.image_height, c.image_width, c.num_channels

  @property
  def patch_grid(self) -> tuple[int, int]:
    """Rows and columns of the patches, 8x8 pixels each."""
    return self.vision.image_height // _CELL, self.vision.image_width // _CELL

  @property
  def context_length(self) -> int:
    """Longest text, in tokens, with both ends."""
    return self.text.max_position_embeddings

  @classmethod
  def from_dict(cls, raw: Mapping[str, Any]) -> 'SpatialClipConfig':
    """Reads the content of a `config.json`.

    Args:
      raw: the parsed JSON.

    Returns:
      The configuration.

    Raises:
      CheckpointError: impossible sizes.
    """
    vision = clip_config.section(raw, 'vision_config')
    text = clip_config.section(raw, 'text_config')
    return cls(
      vision=SpatialConfig(**clip_config.stated(SpatialConfig, vision)),
      text=clip_config.TextConfig(
        **clip_config.stated(clip_config.TextConfig, text)
      ),
      **clip_config.stated(cls, raw),
    )

  def to_dict(self) -> dict[str, Any]:
    """Returns the content of a `config.json` that `from_dict` reads back."""
    fields = dataclasses.asdict(self)
    towers = {f'{name}_config': fields.pop(name) for name in ('vision', 'text')}
    return {'model_type': MODEL_TYPE, **towers, **fields}


# Image towers of rising size. A CPU core embeds about 4,000, 2,400, 1,300
# and 600 frames of 72x96 a second with their patches, and trains on a quarter.
SIZES = {
  'tiny': SpatialConfig(
    stem_width=24,
    hidden_width=48,
    depth=0,
    coarse_width=64,
    feature_width=96,
    branch_width=16,
    attention_heads=2,
  ),
  'small': SpatialConfig(attention_heads=4),
  'base': SpatialConfig(
    stem_width=48,
    hidden_width=96,
    depth=2,
    coarse_width=160,
    feature_width=256,
    attention_heads=4,
  ),
  'large': SpatialConfig(
    stem_width=64,
    hidden_width=128,
    depth=3,
    coarse_width=224,
    feature_width=320,
    attention_heads=6,
  ),
}


class _SpatialTower(nn.Module):
  """Patches by convolutions; the image by what is highest and what is chosen.

  x = relu(conv 8x8 / 4 (pixels))
  x = relu(conv 3x3 / 2 (x))
  x = relu(x + conv 3x3 (norm(x)))              depth times
  z = relu(conv 3x3 / 2 (norm(x)))              whole objects
  z = norm(relu(z + conv 3x3 (norm(z))))
  p = relu(dense(norm(x + up(dense(z)))))       patches
  b = dense(flatten(relu(dense(z))))
  a = Σ softmax(dense(p) + where) p             for each head
  y = relu(dense(norm([max p, b])) + dense(norm(a)))
  y = y + relu(dense(norm(y)))                  the image
  """

  config: SpatialConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  def __call__(self, pixels: Float[Array, 'N H W C']) -> clip.Pooled:
    return self.with_patches(pixels)[0]

  @nn.compact
  def with_patches(
    self, pixels: Float[Array, 'N H W C']
  ) -> tuple[clip.Pooled, clip.Patches]:
    c = self.config
    x = nn.relu(self._conv(c.stem_width, _STEM, 'stem', 2 * _STEM)(pixels))
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
    z = self._norm('seen_norm')(z)
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
    config: a `SpatialClipConfig`.
  """

  # Its own sizes in the place of CLIP's.
  config: SpatialClipConfig  # type: ignore[assignment]

  def image_tower(self) -> nn.Module:
    """The module from pixels [N, H, W, C] to features [N, feature_width]."""
    return _SpatialTower(self.config.vision, self.dtype, self.param_dtype)


def read_preprocessing(
  raw: Mapping[str, Any], config: SpatialClipConfig
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
  config: SpatialClipConfig, dtype: DTypeLike, param_dtype: DTypeLike
) -> nn.Module:
  return SpatialClip(config, dtype=dtype, param_dtype=param_dtype)


FAMILY = dual_encoder.register(
  dual_encoder.Family(
    model_type=MODEL_TYPE,
    config_class=SpatialClipConfig,
    read_config=SpatialClipConfig.from_dict,
    make_module=_make_module,
    read_preprocessing=read_preprocessing,
  )
)
