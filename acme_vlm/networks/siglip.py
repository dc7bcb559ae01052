"""SigLIP checkpoints: the families 'siglip' and 'siglip2'.

'siglip': every SigLIP and the SigLIP 2 of one fixed resolution; 'siglip2': the
NaFlex variants, which keep an image's aspect ratio.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flax import linen as nn
from jax.typing import DTypeLike

from acme_vlm import errors
from acme_vlm.networks import (
  dual_encoder,
  preprocessor_config,
  siglip_config,
  siglip_tokenizer,
  siglip_towers,
)
from acme_vlm.ops import pixels

_HALVES = (0.5, 0.5, 0.5)


def read_preprocessing(
  raw: Mapping[str, Any], config: siglip_config.SiglipConfig
) -> pixels.Preprocessing:
  """Reads SigLIP's: resize to the exact size, normalise to [-1, 1].

  Args:
    raw: content of `preprocessor_config.json`.
    config: the sizes.

  Returns:
    The steps.

  Raises:
    CheckpointError: fields that make no sense.
  """
  height, width, _ = config.image_shape
  default = pixels.Preprocessing(
    resize=(height, width), crop=None, mean=_HALVES, std=_HALVES
  )
  return preprocessor_config.read(raw, default)


def read_naflex_preprocessing(
  raw: Mapping[str, Any], config: siglip_config.SiglipConfig
) -> pixels.Preprocessing:
  """Reads NaFlex's: resize to as many whole patches as the budget allows.

  Args:
    raw: content of `preprocessor_config.json`.
    config: the sizes.

  Returns:
    The steps.

  Raises:
    CheckpointError: fields that make no sense, or patches of another size
      than the image tower's.
  """
  raw = preprocessor_config.image_processor(raw)
  patch_size = raw.get('patch_size') or config.vision.patch_size
  if patch_size != config.vision.patch_size:
    raise errors.CheckpointError(
      f'expected patch_size {config.vision.patch_size} in '
      f'preprocessor_config.json, as in config.json, got {patch_size!r}'
    )
  most = raw.get('max_num_patches') or 256
  if not isinstance(most, int) or most < 1:
    raise errors.CheckpointError(
      'expected a positive integer max_num_patches in '
      f'preprocessor_config.json, got {most!r}'
    )
  default = pixels.Preprocessing(
    resize=pixels.PatchBudget(patch_size, most),
    crop=None,
    filter='bilinear',
    mean=_HALVES,
    std=_HALVES,
  )
  # The size follows from the budget; a size in the file means nothing.
  sizeless = {name: value for name, value in raw.items() if name != 'size'}
  return preprocessor_config.read(sizeless, default)


def write_preprocessing(p: pixels.Preprocessing) -> dict[str, Any]:
  """Content of `preprocessor_config.json` that the readers read back.

  Args:
    p: the steps.

  Returns:
    The JSON object.
  """
  budget = p.resize
  if not isinstance(budget, pixels.PatchBudget):
    return preprocessor_config.write(p, 'SiglipImageProcessor')
  content = preprocessor_config.write(
    dataclasses.replace(p, resize=None), 'Siglip2ImageProcessor'
  )
  return content | {'do_resize': True} | dataclasses.asdict(budget)


def _make_module(
  config: siglip_config.SiglipConfig, dtype: DTypeLike, param_dtype: DTypeLike
) -> nn.Module:
  return siglip_towers.Siglip(config, dtype=dtype, param_dtype=param_dtype)


SIGLIP = dual_encoder.register(
  dual_encoder.Family(
    model_type='siglip',
    config_class=siglip_config.SiglipConfig,
    read_config=siglip_config.SiglipConfig.from_dict,
    make_module=_make_module,
    constants=r'(text|vision)_model\.embeddings\.position_ids',
    read_preprocessing=read_preprocessing,
    write_preprocessing=write_preprocessing,
    read_tokenizer=siglip_tokenizer.read,
  )
)
NAFLEX = dual_encoder.register(
  dataclasses.replace(
    SIGLIP,
    model_type='siglip2',
    config_class=siglip_config.NaflexConfig,
    read_config=siglip_config.NaflexConfig.from_dict,
    read_preprocessing=read_naflex_preprocessing,
  )
)
