"""Checkpoints of dual encoders in the Hugging Face layout: folders of files.

`config.json`, `model.safetensors` (or shards with their index),
`preprocessor_config.json` and the tokenizer's files. Which model it is says
`model_type` of `config.json`: see `dual_encoder.Family`.
"""

import math
import pathlib
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

from acme_vlm import errors
from acme_vlm.networks import (
  clip_source,
  dual_encoder,
  json_files,
  safetensors_files,
  weights,
)
from acme_vlm.ops import pixels

_CONFIG = 'config.json'
_PREPROCESSOR = 'preprocessor_config.json'
# Newer files hold the image processor in here, beside the tokenizer's name.
_PROCESSOR = 'processor_config.json'


def load(
  name_or_path: str,
  *,
  dtype: DTypeLike = jnp.float32,
  param_dtype: DTypeLike = jnp.float32,
  revision: str | None = None,
  cache_dir: str | None = None,
  offline: bool = False,
) -> dual_encoder.Checkpoint:
  """Reads a checkpoint of any registered family.

  Args:
    name_or_path: a shipped name ('in_domain/phone_small'), a folder, or a
      name on the Hugging Face hub ('openai/clip-vit-large-patch14', with
      '@revision' if wanted).
    dtype: type of the image tower's products, float32 or bfloat16.
    param_dtype: type the parameters are held in; bfloat16 halves the memory
      of a big model, and rounds its weights.
    revision: branch, tag or commit of a hub name; None for its main branch.
    cache_dir: folder that downloads are kept in; None for the hub client's.
    offline: take what the cache has and ask nobody (as HF_HUB_OFFLINE=1).

  Returns:
    Module, parameters, preprocessing, tokenizer and sizes.

  Raises:
    CheckpointError: in one line, what was expected and what came.
  """
  folder = clip_source.resolve(
    str(name_or_path),
    revision=revision,
    cache_dir=cache_dir,
    offline=offline,
    check=_read_config,
  )
  try:
    family, config = _read_config(folder)
    preprocessing = family.read_preprocessing(_preprocessor(folder), config)
    _check_size(preprocessing, config)
    # The cheap files first: a mistake in them shows before gigabytes are read.
    tokenizer = family.read_tokenizer(folder, config)
    module = family.make_module(config, dtype, jnp.float32)
    parameters = weights.from_tensors(
      safetensors_files.Tensors(folder),
      weights.parameter_shapes(module, config),
      family,
      param_dtype,
    )
  except errors.CheckpointError as error:
    raise errors.CheckpointError(f'checkpoint {folder}: {error}') from None
  return dual_encoder.Checkpoint(
    module=module,
    parameters=parameters,
    preprocessing=preprocessing,
    tokenizer=tokenizer,
    config=config,
    path=folder,
  )


def save(
  path: str | pathlib.Path,
  *,
  config: dual_encoder.Config,
  parameters: Mapping[str, Any],
  preprocessing: pixels.Preprocessing,
  tokenizer: dual_encoder.Tokenizer,
  dtype: DTypeLike = np.float16,
  num_shards: int = 1,
) -> None:
  """Writes a checkpoint that `load` and transformers read.

  Args:
    path: the folder; made if absent.
    config: the sizes; its class says which family it is.
    parameters: tree of the module's parameters.
    preprocessing: steps from frames to pixels.
    tokenizer: words to ids.
    dtype: type the weights are stored in: float32, float16 or bfloat16.
    num_shards: number of weight files; fewer where a single tensor is larger
      than its share.

  Raises:
    CheckpointError: no family of dual encoders has this configuration.
  """
  family = dual_encoder.family_of(config)
  folder = pathlib.Path(path)
  folder.mkdir(parents=True, exist_ok=True)
  json_files.write(folder / _CONFIG, config.to_dict())
  json_files.write(
    folder / _PREPROCESSOR, family.write_preprocessing(preprocessing)
  )
  tokenizer.save(folder)
  numbers = sum(np.size(leaf) for leaf in jax.tree.leaves(parameters))
  total = numbers * jnp.dtype(dtype).itemsize
  safetensors_files.write(
    folder,
    weights.to_tensors(parameters, family.place, dtype),
    math.ceil(total / num_shards) if num_shards > 1 else None,
  )


def _read_config(folder: pathlib.Path) -> tuple[dual_encoder.Family, Any]:
  raw = json_files.read(folder / _CONFIG)
  family = dual_encoder.find(raw.get('model_type'))
  return family, family.read_config(raw)


def _preprocessor(folder: pathlib.Path) -> dict[str, Any]:
  names = (_PREPROCESSOR, _PROCESSOR)
  found = [name for name in names if (folder / name).is_file()]
  return json_files.read(folder / (found or names)[0])


def _check_size(
  preprocessing: pixels.Preprocessing, config: dual_encoder.Config
) -> None:
  height, width, channels = config.image_shape
  end = preprocessing.crop or preprocessing.resize
  # A budget of patches is for towers that take images of any size.
  if not isinstance(end, pixels.PatchBudget) and end != (height, width):
    raise errors.CheckpointError(
      f'expected preprocessing to end at {height}x{width} pixels, got '
      f'resize {preprocessing.resize}, crop {preprocessing.crop}'
    )
  if len(preprocessing.mean) != channels:
    raise errors.CheckpointError(
      f'expected image_mean of {channels} channels, got {preprocessing.mean}'
    )
