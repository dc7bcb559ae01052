"""Sizes of the CLIP whose image tower keeps position."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from acme_vlm import errors
from acme_vlm.networks import clip_config

MODEL_TYPE = 'spatial_clip'
_MAYBE = ('depth', 'context_layers', 'attention_heads')
# The stem's windows are 8x8 pixels, every 4; a place of the grid is 8x8.
STEM, _CELL = 4, 8
# Width of a head of the blocks.
HEAD = 32
_TEXT = clip_config.TextConfig()


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
    context_layers: transformer blocks over the coarser level, which see the
      whole frame and know where each place is; 0: none.
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
  context_layers: int = 0
  attention_heads: int = 0
  layer_norm_eps: float = 1e-6

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value = getattr(self, field.name)
      least = 0 if field.name in _MAYBE else 1
      if field.type is int and (not isinstance(value, int) or value < least):
        raise errors.CheckpointError(
          f'expected {field.name} of at least {least}, got {value!r}'
        )
    if self.context_layers and self.coarse_width % HEAD:
      raise errors.CheckpointError(
        f'expected coarse_width to be a multiple of {HEAD} with context_layers,'
        f' got {self.coarse_width}'
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


# Image towers of rising size. A CPU core embeds about 4,000, 2,400, 1,300 and
# 600 frames of 72x96 a second with their patches, without blocks and attention;
# with them the small one trains on 290 frames a second and core.
SIZES = {
  'tiny': SpatialConfig(
    stem_width=24,
    hidden_width=48,
    depth=0,
    coarse_width=64,
    feature_width=96,
    branch_width=16,
    context_layers=1,
    attention_heads=2,
  ),
  'small': SpatialConfig(context_layers=2, attention_heads=4),
  'base': SpatialConfig(
    stem_width=48,
    hidden_width=96,
    depth=2,
    coarse_width=160,
    feature_width=256,
    context_layers=2,
    attention_heads=4,
  ),
  'large': SpatialConfig(
    stem_width=64,
    hidden_width=128,
    depth=3,
    coarse_width=224,
    feature_width=320,
    context_layers=3,
    attention_heads=6,
  ),
}


def beginnings(vision: SpatialConfig) -> tuple[SpatialConfig, ...]:
  """Towers with whose parameters one of these sizes can begin as they were.

  Args:
    vision: its sizes.

  Returns:
    Those, and the same without blocks, or attention, or both.
  """
  return tuple(
    dataclasses.replace(vision, context_layers=layers, attention_heads=heads)
    for layers in (vision.context_layers, 0)
    for heads in (vision.attention_heads, 0)
  )
