"""Sizes of a SigLIP, as `config.json` of the Hugging Face layout states them.

The model type 'siglip' is an image tower for one square size: every SigLIP and
the SigLIP 2 of a fixed resolution. The model type 'siglip2' takes images of any
size and aspect ratio (NaFlex).
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from acme_vlm import errors
from acme_vlm.networks import clip_config


@dataclasses.dataclass(frozen=True)
class VisionConfig(clip_config.TowerConfig):
  """What the image towers have in common; the defaults are those of B/16.

  Attributes:
    patch_size: side of a patch, in pixels.
    num_channels: channels of the input.
  """

  hidden_size: int = 768
  intermediate_size: int = 3072
  num_hidden_layers: int = 12
  num_attention_heads: int = 12
  hidden_act: str = 'gelu_pytorch_tanh'
  layer_norm_eps: float = 1e-6
  patch_size: int = 16
  num_channels: int = 3

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of pixels that the tower takes."""
    raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class FixedVisionConfig(VisionConfig):
  """Image tower of the model type 'siglip'.

  Attributes:
    image_size: side of the square input, in pixels; a remainder behind the
      last whole patch is unseen.
  """

  image_size: int = 224

  def __post_init__(self):
    super().__post_init__()
    if self.image_size < self.patch_size:
      raise errors.CheckpointError(
        f'image_size must be at least patch_size {self.patch_size}, '
        f'got {self.image_size}'
      )

  @property
  def num_patches(self) -> int:
    """Number of patches the image is cut into."""
    return (self.image_size // self.patch_size) ** 2

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of the pixels."""
    return self.image_size, self.image_size, self.num_channels


@dataclasses.dataclass(frozen=True)
class NaflexVisionConfig(VisionConfig):
  """Image tower of the model type 'siglip2'.

  Attributes:
    num_patches: entries of the table of positions, a square number; it is
      resized to the rows and columns of patches that the image has.
  """

  num_patches: int = 256

  def __post_init__(self):
    super().__post_init__()
    if self.position_side**2 != self.num_patches:
      raise errors.CheckpointError(
        f'num_patches must be a square number, got {self.num_patches}'
      )

  @property
  def position_side(self) -> int:
    """Rows, and columns, of the table of positions."""
    return round(self.num_patches**0.5)

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Pixels whose patches are the table of positions; others do as well."""
    side = self.position_side * self.patch_size
    return side, side, self.num_channels


@dataclasses.dataclass(frozen=True)
class TextConfig(clip_config.TowerConfig):
  """The text tower; the defaults are those of B/16.

  Attributes:
    vocab_size: number of token ids.
    max_position_embeddings: length of every sequence, in tokens, padding
      included.
    projection_size: dimension of the text's embedding.
  """

  hidden_size: int = 768
  intermediate_size: int = 3072
  num_hidden_layers: int = 12
  num_attention_heads: int = 12
  hidden_act: str = 'gelu_pytorch_tanh'
  layer_norm_eps: float = 1e-6
  vocab_size: int = 32000
  max_position_embeddings: int = 64
  projection_size: int = 768


@dataclasses.dataclass(frozen=True)
class SiglipConfig:
  """Sizes of both towers of the model type 'siglip'.

  Attributes:
    vision: the image tower.
    text: the text tower.
  """

  vision: VisionConfig = FixedVisionConfig()
  text: TextConfig = TextConfig()

  model_type: ClassVar[str] = 'siglip'
  vision_class: ClassVar[type] = FixedVisionConfig

  def __post_init__(self):
    if self.text.projection_size != self.vision.hidden_size:
      raise errors.CheckpointError(
        'projection_size of text_config must be hidden_size '
        f'{self.vision.hidden_size} of vision_config, '
        f'got {self.text.projection_size}'
      )

  @property
  def projection_dim(self) -> int:
    """Dimension D of the shared embedding space."""
    return self.text.projection_size

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of pixels that the image tower takes."""
    return self.vision.image_shape

  @property
  def context_length(self) -> int:
    """Tokens of every text, padding included."""
    return self.text.max_position_embeddings

  @classmethod
  def from_dict(cls, raw: Mapping[str, Any]) -> 'SiglipConfig':
    """Reads the content of a `config.json`; fields we do not use are left.

    Args:
      raw: the parsed JSON.

    Returns:
      The configuration, what is missing filled with B/16's values.

    Raises:
      CheckpointError: another architecture, or impossible sizes.
    """
    model_type = raw.get('model_type')
    if model_type != cls.model_type:
      raise errors.CheckpointError(
        f'expected model_type {cls.model_type!r} in config.json, '
        f'got {model_type!r}'
      )
    vision = clip_config.section(raw, 'vision_config')
    text = clip_config.section(raw, 'text_config')
    if not vision.get('vision_use_head', True):
      raise errors.CheckpointError(
        'expected an image tower with its attention-pooling head, '
        'got vision_use_head false in config.json'
      )
    if text.get('projection_size') is None:
      text['projection_size'] = text.get('hidden_size', TextConfig.hidden_size)
    return cls(
      vision=cls.vision_class(**clip_config.stated(cls.vision_class, vision)),
      text=TextConfig(**clip_config.stated(TextConfig, text)),
    )

  def to_dict(self) -> dict[str, Any]:
    """Returns the content of a `config.json` that `from_dict` reads back."""
    return {
      'architectures': [f'{self.model_type.capitalize()}Model'],
      'model_type': self.model_type,
      'vision_config': {
        'model_type': f'{self.model_type}_vision_model',
        **dataclasses.asdict(self.vision),
      },
      'text_config': {
        'model_type': f'{self.model_type}_text_model',
        # The defaults are ids of another vocabulary, which readers refuse.
        'bos_token_id': None,
        'eos_token_id': None,
        'pad_token_id': None,
        **dataclasses.asdict(self.text),
      },
    }


@dataclasses.dataclass(frozen=True)
class NaflexConfig(SiglipConfig):
  """Sizes of both towers of the model type 'siglip2'.

  Attributes:
    vision: the image tower.
    text: the text tower.
  """

  vision: VisionConfig = NaflexVisionConfig()

  model_type: ClassVar[str] = 'siglip2'
  vision_class: ClassVar[type] = NaflexVisionConfig
