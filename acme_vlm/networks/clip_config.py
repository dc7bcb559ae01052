"""Sizes of a CLIP, as `config.json` of the Hugging Face layout states them."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from acme_vlm import errors

# A tower may have no block, and the first id may be the end token's.
_MAY_BE_ZERO = ('num_hidden_layers', 'eos_token_id')
_ACTIVATIONS = ('quick_gelu', 'gelu', 'gelu_pytorch_tanh')


@dataclasses.dataclass(frozen=True)
class TowerConfig:
  """What the two transformers have in common.

  Attributes:
    hidden_size: width D of the residual stream.
    intermediate_size: width of the MLP's hidden layer.
    num_hidden_layers: number of blocks.
    num_attention_heads: heads; divides `hidden_size`.
    hidden_act: 'quick_gelu' (x * sigmoid(1.702 x)), 'gelu' (exact, erf) or
      'gelu_pytorch_tanh' (its approximation by tanh).
    layer_norm_eps: epsilon of every layer norm.
  """

  hidden_size: int
  intermediate_size: int
  num_hidden_layers: int
  num_attention_heads: int
  hidden_act: str = 'quick_gelu'
  layer_norm_eps: float = 1e-5

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value = getattr(self, field.name)
      least = 0 if field.name in _MAY_BE_ZERO else 1
      if field.type is int and (not isinstance(value, int) or value < least):
        raise errors.CheckpointError(
          f'{field.name} must be an integer of at least {least}, got {value!r}'
        )
    if self.hidden_size % self.num_attention_heads:
      raise errors.CheckpointError(
        f'hidden_size {self.hidden_size} is not a multiple of '
        f'num_attention_heads {self.num_attention_heads}'
      )
    if self.hidden_act not in _ACTIVATIONS:
      raise errors.CheckpointError(
        f'hidden_act must be one of {_ACTIVATIONS}, got {self.hidden_act!r}'
      )


@dataclasses.dataclass(frozen=True)
class VisionConfig(TowerConfig):
  """The image tower; the defaults are those of ViT-B/32.

  Attributes:
    image_size: side of the square input, in pixels.
    patch_size: side of a patch; a remainder at the right and bottom is unseen.
    num_channels: channels of the input.
  """

  hidden_size: int = 768
  intermediate_size: int = 3072
  num_hidden_layers: int = 12
  num_attention_heads: int = 12
  image_size: int = 224
  patch_size: int = 32
  num_channels: int = 3

  def __post_init__(self):
    super().__post_init__()
    if self.patch_size > self.image_size:
      raise errors.CheckpointError(
        f'patch_size must be in [1, image_size={self.image_size}], '
        f'got {self.patch_size}'
      )

  @property
  def num_patches(self) -> int:
    """Number of patches the image is cut into."""
    return (self.image_size // self.patch_size) ** 2


@dataclasses.dataclass(frozen=True)
class TextConfig(TowerConfig):
  """The text tower; the defaults are those of ViT-B/32.

  Attributes:
    vocab_size: number of token ids.
    max_position_embeddings: longest sequence, in tokens, with both ends.
    eos_token_id: id whose first place is pooled. The value 2 stands in the
      configs of the first CLIPs by mistake and means: pool at the largest id.
  """

  hidden_size: int = 512
  intermediate_size: int = 2048
  num_hidden_layers: int = 12
  num_attention_heads: int = 8
  vocab_size: int = 49408
  max_position_embeddings: int = 77
  eos_token_id: int = 49407


@dataclasses.dataclass(frozen=True)
class ClipConfig:
  """Sizes of both towers and of the space they meet in.

  Attributes:
    vision: the image tower.
    text: the text tower.
    projection_dim: dimension of the shared embedding space.
    logit_scale_init_value: logarithm of the inverse temperature at the start.
  """

  vision: VisionConfig = VisionConfig()
  text: TextConfig = TextConfig()
  projection_dim: int = 512
  logit_scale_init_value: float = 2.6592

  def __post_init__(self):
    if not isinstance(self.projection_dim, int) or self.projection_dim < 1:
      raise errors.CheckpointError(
        f'projection_dim must be a positive integer, got {self.projection_dim}'
      )

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of the image tower's input."""
    side = self.vision.image_size
    return side, side, self.vision.num_channels

  @property
  def patch_grid(self) -> tuple[int, int]:
    """Rows and columns of the patches."""
    side = self.vision.image_size // self.vision.patch_size
    return side, side

  @property
  def context_length(self) -> int:
    """Longest text, in tokens, with both ends."""
    return self.text.max_position_embeddings

  @classmethod
  def from_dict(cls, raw: Mapping[str, Any]) -> 'ClipConfig':
    """Reads the content of a `config.json`; fields we do not use are left.

    Args:
      raw: the parsed JSON, `model_type` 'clip'.

    Returns:
      The configuration, what is missing filled with ViT-B/32's values.

    Raises:
      CheckpointError: another architecture, or impossible sizes.
    """
    model_type = raw.get('model_type')
    if model_type != 'clip':
      raise errors.CheckpointError(
        f"expected model_type 'clip' in config.json, got {model_type!r}"
      )
    vision = stated(VisionConfig, section(raw, 'vision_config'))
    text = stated(TextConfig, section(raw, 'text_config'))
    return cls(
      vision=VisionConfig(**vision),
      text=TextConfig(**text),
      **stated(cls, raw),
    )

  def to_dict(self) -> dict[str, Any]:
    """Returns the content of a `config.json` that `from_dict` reads back."""
    return {
      'architectures': ['CLIPModel'],
      'model_type': 'clip',
      'projection_dim': self.projection_dim,
      'logit_scale_init_value': self.logit_scale_init_value,
      'vision_config': {
        'model_type': 'clip_vision_model',
        'projection_dim': self.projection_dim,
        **dataclasses.asdict(self.vision),
      },
      'text_config': {
        'model_type': 'clip_text_model',
        'projection_dim': self.projection_dim,
        # The defaults are ids of another vocabulary, which readers refuse.
        'bos_token_id': None,
        'pad_token_id': None,
        **dataclasses.asdict(self.text),
      },
    }


def section(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
  """One tower's fields in the content of a `config.json`.

  Args:
    raw: the parsed JSON.
    name: 'vision_config' or 'text_config'; the older spelling with `_dict`
      wins, as transformers has it.

  Returns:
    The fields, none if there is no such section.

  Raises:
    CheckpointError: the section is no object.
  """
  found = raw.get(f'{name}_dict')
  fields = raw.get(name) if found is None else found
  fields = {} if fields is None else fields
  if not isinstance(fields, Mapping):
    raise errors.CheckpointError(
      f'expected an object as {name} in config.json, got {fields!r}'
    )
  end = fields.get('eos_token_id')
  # A list of ids at which generation may end; towers pool at the first.
  if isinstance(end, list) and end:
    fields = {**fields, 'eos_token_id': end[0]}
  return dict(fields)


def stated(cls: type, raw: Mapping[str, Any]) -> dict[str, Any]:
  """The fields of a dataclass that a JSON object states.

  Args:
    cls: the dataclass.
    raw: the object; null is as good as nothing, lists become tuples, fields
      that the class has not are left.

  Returns:
    Arguments for its constructor.

  Raises:
    CheckpointError: a value of another type than the field's.
  """
  found = {}
  for field in dataclasses.fields(cls):
    value = raw.get(field.name)
    kind: Any = typing.get_origin(field.type) or field.type
    if value is None or dataclasses.is_dataclass(kind):
      continue
    if kind is float and type(value) is int:
      value = float(value)
    if kind is tuple and isinstance(value, list):
      value = tuple(value)
    if type(value) is not kind:
      raise errors.CheckpointError(
        f'{field.name} must be of type {kind.__name__} in config.json, '
        f'got {value!r}'
      )
    found[field.name] = value
  return found
