"""A CLIP whose image tower is convolutional: family 'conv_clip', in one file.

The image tower is a small ConvNeXt (Liu et al. 2022, arXiv 2201.03545) with
global average pooling; the text tower is CLIP's. Convolutions look at every
pixel of small screens, where a transformer of this size has few patches.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flax import linen as nn
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from acme_vlm import errors
from acme_vlm.networks import clip, clip_config, dual_encoder

MODEL_TYPE = 'conv_clip'
# Each level halves the sides; the first one is behind a stem of stride 4.
_STEM, _DOWN = 4, 2
_TEXT = clip_config.TextConfig()


@dataclasses.dataclass(frozen=True)
class ConvConfig:
  """Sizes of the image tower.

  Attributes:
    image_size: side of the square input, in pixels.
    num_channels: channels of the input.
    widths: channels of each level.
    depths: blocks of each level.
    kernel_size: side of the depthwise convolutions.
    layer_norm_eps: epsilon of every layer norm.
  """

  image_size: int = 64
  num_channels: int = 3
  widths: tuple[int, ...] = (32, 64, 128)
  depths: tuple[int, ...] = (1, 1, 2)
  kernel_size: int = 7
  layer_norm_eps: float = 1e-6

  def __post_init__(self):
    sizes = (*self.widths, *self.depths, self.num_channels, self.kernel_size)
    if len(self.widths) != len(self.depths) or not self.widths:
      raise errors.CheckpointError(
        f'expected as many widths as depths, got {self.widths}, {self.depths}'
      )
    if not all(isinstance(size, int) and size >= 1 for size in sizes):
      raise errors.CheckpointError(f'expected sizes of at least 1, got {self}')
    least = _STEM * _DOWN ** (len(self.widths) - 1)
    if self.image_size < least:
      raise errors.CheckpointError(
        f'expected image_size >= {least} for {len(self.widths)} levels, '
        f'got {self.image_size}'
      )


@dataclasses.dataclass(frozen=True)
class ConvClipConfig:
  """Sizes of both towers and of the space they meet in.

  Attributes:
    vision: the image tower.
    text: the text tower.
    projection_dim: dimension of the shared embedding space.
    logit_scale_init_value: logarithm of the inverse temperature at the start.
  """

  vision: ConvConfig = ConvConfig()
  text: clip_config.TextConfig = _TEXT
  projection_dim: int = 512
  logit_scale_init_value: float = 2.6592

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of the image tower's input."""
    side = self.vision.image_size
    return side, side, self.vision.num_channels

  @property
  def patch_grid(self) -> tuple[int, int]:
    """Rows and columns of the last level."""
    side = self.vision.image_size // _STEM
    for _ in self.vision.widths[1:]:
      side //= _DOWN
    return side, side

  @property
  def context_length(self) -> int:
    """Longest text, in tokens, with both ends."""
    return self.text.max_position_embeddings

  @classmethod
  def from_dict(cls, raw: Mapping[str, Any]) -> 'ConvClipConfig':
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
      vision=ConvConfig(**clip_config.stated(ConvConfig, vision)),
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


class _Block(nn.Module):
  """Depthwise convolution, then an MLP at every place, and the residual."""

  config: ConvConfig
  width: int
  types: dict[str, DTypeLike]

  @nn.compact
  def __call__(self, x: Float[Array, 'N H W C']) -> Float[Array, 'N H W C']:
    side = (self.config.kernel_size,) * 2
    y = nn.Conv(
      self.width,
      side,
      feature_group_count=self.width,
      name='dwconv',
      **self.types,
    )(x)
    y = _norm(self.config, 'norm', self.types)(y)
    y = nn.Dense(4 * self.width, name='fc1', **self.types)(y)
    y = nn.Dense(self.width, name='fc2', **self.types)(nn.gelu(y))
    return x + y


class _ConvNet(nn.Module):
  config: ConvConfig
  dtype: DTypeLike
  param_dtype: DTypeLike

  def __call__(self, pixels: Float[Array, 'N H W C']) -> clip.Pooled:
    return self.with_patches(pixels)[0]

  @nn.compact
  def with_patches(
    self, pixels: Float[Array, 'N H W C']
  ) -> tuple[clip.Pooled, clip.Patches]:
    c = self.config
    types = {'dtype': self.dtype, 'param_dtype': self.param_dtype}
    x = pixels
    for level, (width, depth) in enumerate(
      zip(c.widths, c.depths, strict=True)
    ):
      stride = (_DOWN if level else _STEM,) * 2
      x = nn.Conv(
        width, stride, stride, 'VALID', name=f'downsample_{level}', **types
      )(x)
      x = _norm(c, f'norms_{level}', types)(x)
      for i in range(depth):
        x = _Block(c, width, types, name=f'stages_{level}_{i}')(x)
    norm = _norm(c, 'final_norm', types)
    return norm(x.mean(axis=(1, 2))), norm(x)


def _norm(
  config: ConvConfig, name: str, types: Mapping[str, DTypeLike]
) -> nn.LayerNorm:
  return nn.LayerNorm(epsilon=config.layer_norm_eps, name=name, **types)


class ConvClip(clip.Clip):
  """CLIP with the convolutional image tower.

  Attributes:
    config: a `ConvClipConfig`.
  """

  # Its own sizes in the place of CLIP's.
  config: ConvClipConfig  # type: ignore[assignment]

  def image_tower(self) -> nn.Module:
    """The module from pixels [N, H, W, C] to features [N, widths[-1]]."""
    return _ConvNet(self.config.vision, self.dtype, self.param_dtype)


def _make_module(
  config: ConvClipConfig, dtype: DTypeLike, param_dtype: DTypeLike
) -> nn.Module:
  return ConvClip(config, dtype=dtype, param_dtype=param_dtype)


FAMILY = dual_encoder.register(
  dual_encoder.Family(
    model_type=MODEL_TYPE,
    config_class=ConvClipConfig,
    read_config=ConvClipConfig.from_dict,
    make_module=_make_module,
  )
)
