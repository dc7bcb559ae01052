"""A dual encoder: an image tower and a text tower with one space.

What the rest of the system knows of a vision-language model. CLIP, SigLIP and
whatever else is registered differ behind it: a `Family` says what one
`model_type` of `config.json` needs, and `clip_checkpoint.load` and `save`
follow it.
"""

import contextlib
import dataclasses
import importlib
import math
import pathlib
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax.typing import DTypeLike

from acme_vlm import errors
from acme_vlm.networks import clip_tokenizer, preprocessor_config
from acme_vlm.ops import pixels

# Keys from the root of a tree of parameters to one of them.
Path = tuple[str, ...]

# Entry points of installed packages that register families of their own.
ENTRY_POINTS = 'acme_vlm.dual_encoders'

# Modules that register a family when imported, by model_type.
_SHIPPED = {
  'clip': 'acme_vlm.networks.clip_family',
  'conv_clip': 'acme_vlm.networks.conv_clip',
  'siglip': 'acme_vlm.networks.siglip',
  'siglip2': 'acme_vlm.networks.siglip',
  'spatial_clip': 'acme_vlm.networks.spatial_clip',
}


@runtime_checkable
class Config(Protocol):
  """Sizes of a dual encoder: a frozen, hashable dataclass of the family's."""

  @property
  def projection_dim(self) -> int:
    """Length D of an embedding."""

  @property
  def image_shape(self) -> tuple[int, int, int]:
    """Height, width and channels of the module's pixels."""

  @property
  def context_length(self) -> int:
    """Tokens of a text, all ends included."""

  def to_dict(self) -> dict[str, Any]:
    """Content of the `config.json` that gives this again."""


@runtime_checkable
class PatchConfig(Config, Protocol):
  """Sizes of a dual encoder whose patches have embeddings too.

  A family may offer that: its module then has two methods more,
  `encode_patches(pixels)`, giving [N, rows, columns, projection_dim], and
  `encode_image_and_patches(pixels)`, giving [N, projection_dim] and the
  patches in one pass. None of them is normalised; a patch may be compared
  with a text as an image may.
  """

  @property
  def patch_grid(self) -> tuple[int, int]:
    """Rows and columns of the patches, from the top left."""


@runtime_checkable
class Tokenizer(Protocol):
  """Texts to ids of one length (`clip_tokenizer.Tokenizer` is one)."""

  context_length: int

  def __call__(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Ids int32 [N, L] and mask int32 [N, L], 1 at tokens, 0 at padding."""

  def count(self, texts: Sequence[str]) -> np.ndarray:
    """Tokens that each text has, uncut and with its ends: int32 [N]."""

  def check(self, texts: Sequence[str]) -> None:
    """Raises `ConfigError` for a text longer than the context."""

  def save(self, folder: pathlib.Path) -> None:
    """Writes the tokenizer's files."""


@dataclasses.dataclass(frozen=True)
class Place:
  """Where a parameter stands in the files.

  Attributes:
    name: of the tensor.
    axes: the parameter's axes in the order in which they are stored; None
      for the same order.
    part: which of `parts` equal slices of the stored tensor, along its first
      axis, the parameter is: torch packs the three projections of an
      attention into one.
    parts: number of these slices.
  """

  name: str
  axes: tuple[int, ...] | None = None
  part: int = 0
  parts: int = 1


def hugging_face_place(path: Path, rank: int) -> Place:
  """Name and axes in the Hugging Face layout, by torch's conventions.

  Dense kernels [in, out] are stored [out, in] and kernels of convolutions
  [H, W, in, out] as [out, in, H, W]; 'kernel', 'scale' and 'embedding' are
  called 'weight', and modules `layers_3` and `stages_0_1` are `layers.3` and
  `stages.0.1`.

  >>> path = ('text_model', 'encoder', 'layers_0', 'mlp', 'fc1', 'kernel')
  >>> hugging_face_place(path, 2).name
  'text_model.encoder.layers.0.mlp.fc1.weight'

  Args:
    path: of the parameter.
    rank: its number of axes.

  Returns:
    Its place, a tensor of its own.
  """
  *parents, leaf = path
  parents = [re.sub(r'_(\d+)(?=_|$)', r'.\1', key) for key in parents]
  weight = leaf in ('kernel', 'embedding', 'scale')
  name = '.'.join([*parents, 'weight' if weight else leaf])
  axes = {2: (1, 0), 4: (3, 2, 0, 1)}.get(rank) if leaf == 'kernel' else None
  return Place(name, axes)


@dataclasses.dataclass(frozen=True)
class Family:
  """What the checkpoints of one `model_type` need to be read and written.

  Attributes:
    model_type: the value in `config.json`.
    config_class: a frozen dataclass that is a `Config`, by which `save`
      knows the family; no other family has it.
    read_config: content of `config.json` to a configuration; raises
      `CheckpointError` where that makes no sense.
    make_module: (config, dtype of the products, dtype of the parameters)
      to a Flax module with the methods `encode_image(pixels [N, H, W, C])`
      and `encode_text(ids [N, L], mask [N, L])`, each giving [N,
      projection_dim], and `__call__(pixels, ids, mask)`, which makes all the
      parameters, a `logit_scale` among them; see `PatchConfig` for what it
      may have besides.
    place: (path, rank) of a parameter to its place in the files.
    constants: regular expression for the whole names of tensors that old
      files carry beside the weights; they are not read.
    read_preprocessing: (content of `preprocessor_config.json`, config) to
      the steps from frames to pixels.
    write_preprocessing: those steps to such content.
    read_tokenizer: (folder, config) to a tokenizer; raises
      `CheckpointError` where its ids mean something else to the text tower.
  """

  model_type: str
  config_class: type
  read_config: Callable[[Mapping[str, Any]], Any]
  make_module: Callable[[Any, DTypeLike, DTypeLike], nn.Module]
  place: Callable[[Path, int], Place] = hugging_face_place
  constants: str = ''
  read_preprocessing: Callable[
    [Mapping[str, Any], Any], pixels.Preprocessing
  ] = preprocessor_config.read_clip
  write_preprocessing: Callable[[pixels.Preprocessing], dict[str, Any]] = (
    preprocessor_config.write_clip
  )
  read_tokenizer: Callable[[pathlib.Path, Any], Tokenizer] = clip_tokenizer.read


_registered: dict[str, Family] = {}


def register(family: Family) -> Family:
  """Makes a family known to `clip_checkpoint.load` and `save`.

  Args:
    family: of a `model_type` that is new, or that it takes over: the same file
      may run twice.

  Returns:
    The family.

  Raises:
    ValueError: another family has its `config_class`.
  """
  for other in _registered.values():
    if other.model_type != family.model_type and (
      other.config_class is family.config_class
    ):
      raise ValueError(
        f'expected a config_class of its own for {family.model_type!r}, got '
        f'{family.config_class.__name__}, which {other.model_type!r} has'
      )
  _registered[family.model_type] = family
  return family


def families() -> tuple[str, ...]:
  """The `model_type`s that can be loaded, in alphabetical order."""
  installed = {point.name for point in _entry_points()}
  return tuple(sorted({*_registered, *_SHIPPED, *installed}))


def find(model_type: Any) -> Family:
  """The family of a `model_type`.

  Args:
    model_type: as `config.json` states it.

  Returns:
    The family; its module is imported when it is first asked for.

  Raises:
    CheckpointError: no such family, or its module does not register it.
  """
  if not isinstance(model_type, str):
    raise _unknown(model_type)
  if model_type not in _registered and model_type in _SHIPPED:
    importlib.import_module(_SHIPPED[model_type])
  if model_type not in _registered:
    _load_installed(model_type)
  if model_type not in _registered:
    raise _unknown(model_type)
  return _registered[model_type]


def family_of(config: Any) -> Family:
  """The family of a configuration, by its class.

  Args:
    config: the sizes.

  Returns:
    The family.

  Raises:
    CheckpointError: no family that is registered or shipped has this class.
  """
  # A family of another package's has been registered by whoever has its class.
  for model_type in (*_registered, *_SHIPPED):
    family = find(model_type)
    if type(config) is family.config_class:
      return family
  raise errors.CheckpointError(
    f'no family of dual encoders has the configuration {type(config).__name__}'
    f'; expected one of: {", ".join(families())}'
  )


def patch_grid(config: Any) -> tuple[int, int]:
  """How many patches a dual encoder embeds.

  Args:
    config: the sizes.

  Returns:
    Rows and columns of `encode_patches`.

  Raises:
    CheckpointError: a dual encoder that embeds no patches.
  """
  if not isinstance(config, PatchConfig):
    raise errors.CheckpointError(
      'expected a dual encoder that embeds patches, as clip, conv_clip and '
      f'spatial_clip do, got a {type(config).__name__}'
    )
  return config.patch_grid


def _unknown(model_type: Any) -> errors.CheckpointError:
  return errors.CheckpointError(
    f'unknown model_type {model_type!r} in config.json; expected one of: '
    f'{", ".join(families())}'
  )


def _load_installed(model_type: str) -> None:
  for point in _entry_points():
    if point.name == model_type:
      try:
        point.load()
      # Somebody else's module may fail in any way.
      except Exception as error:
        line = ' '.join(str(error).split())
        raise errors.CheckpointError(
          f'expected {point.value} to register model_type {model_type!r}, got '
          f'{type(error).__name__}: {line}'
        ) from error


def _entry_points() -> metadata.EntryPoints:
  return metadata.entry_points(group=ENTRY_POINTS)


@dataclasses.dataclass(frozen=True)
class Checkpoint:
  """A dual encoder ready to run.

  Attributes:
    module: the Flax module, computing in the dtype asked for; its methods
      `encode_image(pixels)` and `encode_text(ids, mask)` give embeddings
      `[N, dimension]`, not normalised.
    parameters: its tree of parameters, float32 unless asked for otherwise;
      `logit_scale` (the logarithm of the inverse temperature) among them,
      `logit_bias` if it has one.
    preprocessing: steps from frames to the module's pixels.
    tokenizer: words to ids.
    config: the sizes.
    path: the folder it was read from.
  """

  module: nn.Module
  parameters: Mapping[str, Any]
  preprocessing: pixels.Preprocessing
  tokenizer: Tokenizer
  config: Any
  path: pathlib.Path

  @property
  def dimension(self) -> int:
    """Length D of an embedding."""
    return self.config.projection_dim

  @property
  def temperature(self) -> float:
    """The temperature it was trained to, in units of cosine similarity."""
    return math.exp(-float(np.reshape(self.parameters['logit_scale'], ())))

  @property
  def logit_bias(self) -> float:
    """What a sigmoid loss adds to a scaled similarity; 0 without one."""
    bias = self.parameters.get('logit_bias')
    return 0.0 if bias is None else float(np.reshape(bias, ()))

  def tokenize(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokenises texts to the length of the model's context.

    Args:
      texts: N strings.

    Returns:
      ids int32 [N, L] and mask int32 [N, L].
    """
    return self.tokenizer(texts)


def matmul_precision(dtype: DTypeLike) -> contextlib.AbstractContextManager:
  """The context in which products of a type are computed to that type.

  TPUs, and newer GPUs, round the factors of a float32 product to fewer bits
  unless they are told not to: 1e-3 in a cosine, which a temperature of 0.01
  makes a tenth of a logit.

  Args:
    dtype: of the computation.

  Returns:
    A context manager to trace the computation in.
  """
  if jnp.dtype(dtype) == jnp.float32:
    return jax.default_matmul_precision('highest')
  return contextlib.nullcontext()
