"""CLIP checkpoints in the Hugging Face layout: a folder of files.

`config.json`, `model.safetensors` (or shards with their index),
`preprocessor_config.json` and the tokenizer's files.
"""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import safetensors
from jax.typing import DTypeLike
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import (
  clip,
  clip_config,
  clip_source,
  clip_tokenizer,
  clip_weights,
  dual_encoder,
)
from acme_vlm.ops import pixels

_WEIGHTS = 'model.safetensors'
_PREPROCESSOR = 'preprocessor_config.json'
# PIL's numbers of its filters, as preprocessor_config.json states them.
_FILTERS = {0: 'nearest', 2: 'bilinear', 3: 'bicubic'}


def load(
  name_or_path: str, *, dtype: DTypeLike = jnp.float32
) -> dual_encoder.Checkpoint:
  """Reads a checkpoint.

  Args:
    name_or_path: a shipped name ('in_domain/phone_small'), a folder, or a
      name on the Hugging Face hub ('openai/clip-vit-base-patch32').
    dtype: type of the computation, float32 or bfloat16.

  Returns:
    Module, parameters, preprocessing, tokenizer and sizes.

  Raises:
    CheckpointError: in one line, what was expected and what came.
  """
  folder = clip_source.resolve(str(name_or_path))
  try:
    raw = clip_config.read_json(folder / 'config.json')
    config = clip_config.ClipConfig.from_dict(raw)
    preprocessing = _read_preprocessing(folder / _PREPROCESSOR)
    tensors = _read_tensors(folder)
    parameters = clip_weights.from_tensors(tensors, config)
    tokenizer = clip_tokenizer.Tokenizer.load(
      folder, config.text.max_position_embeddings
    )
    _check_tokenizer(tokenizer, config.text)
  except errors.CheckpointError as error:
    raise errors.CheckpointError(f'checkpoint {folder}: {error}') from None
  side = config.vision.image_size
  if (preprocessing.crop or preprocessing.resize) != (side, side):
    raise errors.CheckpointError(
      f'checkpoint {folder}: expected preprocessing to end at {side}x{side} '
      f'pixels, got resize {preprocessing.resize}, crop {preprocessing.crop}'
    )
  return dual_encoder.Checkpoint(
    module=clip.Clip(config, dtype=dtype),
    parameters=parameters,
    preprocessing=preprocessing,
    tokenizer=tokenizer,
    config=config,
    path=folder,
  )


def save(
  path: str | pathlib.Path,
  *,
  config: clip_config.ClipConfig,
  parameters: Mapping[str, Any],
  preprocessing: pixels.Preprocessing,
  tokenizer: clip_tokenizer.Tokenizer,
  dtype: DTypeLike = np.float16,
) -> None:
  """Writes a checkpoint that `load` and transformers read.

  Args:
    path: the folder; made if absent.
    config: the sizes.
    parameters: tree of `Clip`'s parameters.
    preprocessing: steps from frames to pixels.
    tokenizer: words to ids.
    dtype: type the weights are stored in, float32 or float16.
  """
  folder = pathlib.Path(path)
  folder.mkdir(parents=True, exist_ok=True)
  _write_json(folder / 'config.json', config.to_dict())
  _write_json(folder / _PREPROCESSOR, _preprocessing_dict(preprocessing))
  tokenizer.save(folder)
  tensors = clip_weights.to_tensors(parameters, dtype)
  # Renamed into place, so that a reader never meets half a file.
  partial = folder / f'.{_WEIGHTS}.partial'
  safetensors_numpy.save_file(tensors, partial, metadata={'format': 'pt'})
  partial.chmod(0o644)  # the writer leaves it readable by its owner only
  partial.replace(folder / _WEIGHTS)


def _check_tokenizer(
  tokenizer: clip_tokenizer.Tokenizer, config: clip_config.TextConfig
) -> None:
  """Refuses a tokenizer whose ids mean something else to the text tower."""
  if tokenizer.pad_token_id is None:
    raise errors.CheckpointError(
      'expected a tokenizer with a pad token, got one without'
    )
  if tokenizer.largest_id >= config.vocab_size:
    raise errors.CheckpointError(
      f'expected token ids below vocab_size {config.vocab_size}, got a '
      f'tokenizer with ids up to {tokenizer.largest_id}'
    )
  ids, mask = (rows[0] for rows in tokenizer(['clock']))
  end = np.flatnonzero(mask)[-1]
  # Where the tower pools: see `TextConfig.eos_token_id`.
  legacy = config.eos_token_id == 2
  if np.argmax(ids if legacy else ids == config.eos_token_id) != end or not (
    legacy or ids[end] == config.eos_token_id
  ):
    wanted = 'the largest id' if legacy else f'id {config.eos_token_id}'
    raise errors.CheckpointError(
      f'expected a tokenizer whose texts end with {wanted}, as eos_token_id '
      f'{config.eos_token_id} in config.json says, got ids {ids.tolist()} '
      "for 'clock'"
    )


def _read_tensors(folder: pathlib.Path) -> dict[str, np.ndarray]:
  files = [folder / _WEIGHTS]
  index = folder / f'{_WEIGHTS}.index.json'
  if not files[0].is_file() and index.is_file():
    names = clip_config.read_json(index).get('weight_map', {}).values()
    files = [folder / name for name in sorted(set(names))]
  tensors: dict[str, np.ndarray] = {}
  for file in files:
    if not file.is_file():
      raise errors.CheckpointError(_missing_weights(folder, file.name))
    try:
      tensors.update(safetensors_numpy.load_file(file))
    except (safetensors.SafetensorError, OSError, KeyError) as error:
      raise errors.CheckpointError(
        f'expected whole safetensors in {file.name} '
        f'({file.stat().st_size} bytes), got: {error}'
      ) from None
  return tensors


def _missing_weights(folder: pathlib.Path, name: str) -> str:
  pickles = sorted(
    file.name
    for pattern in ('*.bin', '*.pt', '*.pth', '*.ckpt')
    for file in folder.glob(pattern)
  )
  if pickles:
    return (
      f'expected {name}, found {", ".join(pickles)}: pickle weights are '
      'refused, since reading them can run code; convert to safetensors'
    )
  return f'expected {name}, found no such file'


def _read_preprocessing(path: pathlib.Path) -> pixels.Preprocessing:
  raw = clip_config.read_json(path)
  default = pixels.Preprocessing()
  try:
    resize, crop = _size(raw.get('size', 224)), raw.get('crop_size', 224)
    return pixels.Preprocessing(
      resize=resize if raw.get('do_resize', True) else None,
      crop=_box(crop) if raw.get('do_center_crop', True) else None,
      filter=_FILTERS[raw.get('resample', 3)],
      rescale=raw.get('rescale_factor', default.rescale)
      if raw.get('do_rescale', True)
      else None,
      mean=tuple(raw.get('image_mean', default.mean))
      if raw.get('do_normalize', True)
      else (0.0, 0.0, 0.0),
      std=tuple(raw.get('image_std', default.std))
      if raw.get('do_normalize', True)
      else (1.0, 1.0, 1.0),
    )
  except (KeyError, TypeError, ValueError) as error:
    raise errors.CheckpointError(
      f'expected a CLIP image processor in {path.name}, got {error!r}'
    ) from None


def _size(raw: Any) -> tuple[int, int] | int:
  if isinstance(raw, int):  # the oldest files: one number, the shorter edge
    return raw
  return raw['shortest_edge'] if 'shortest_edge' in raw else _box(raw)


def _box(raw: Any) -> tuple[int, int]:
  return (raw, raw) if isinstance(raw, int) else (raw['height'], raw['width'])


def _preprocessing_dict(p: pixels.Preprocessing) -> dict[str, Any]:
  content: dict[str, Any] = {
    'image_processor_type': 'CLIPImageProcessor',
    'do_convert_rgb': True,
    'do_resize': p.resize is not None,
    'do_center_crop': p.crop is not None,
    'do_rescale': p.rescale is not None,
    'do_normalize': True,
    'resample': {name: number for number, name in _FILTERS.items()}[p.filter],
    'image_mean': list(p.mean),
    'image_std': list(p.std),
  }
  if isinstance(p.resize, int):
    content['size'] = {'shortest_edge': p.resize}
  elif p.resize is not None:
    content['size'] = dict(zip(('height', 'width'), p.resize, strict=True))
  if p.crop is not None:
    content['crop_size'] = dict(zip(('height', 'width'), p.crop, strict=True))
  if p.rescale is not None:
    content['rescale_factor'] = p.rescale
  return content


def _write_json(path: pathlib.Path, content: Mapping[str, Any]) -> None:
  path.write_text(json.dumps(content, indent=2, sort_keys=True) + '\n')
