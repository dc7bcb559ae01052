"""`preprocessor_config.json`: the steps from an image to the towers' pixels."""

import math
from collections.abc import Mapping
from typing import Any

from acme_vlm import errors
from acme_vlm.ops import pixels

# PIL's numbers of its filters, as the files state them.
_FILTERS = {0: 'nearest', 2: 'bilinear', 3: 'bicubic'}


def read(
  raw: Mapping[str, Any], default: pixels.Preprocessing
) -> pixels.Preprocessing:
  """Reads the content of the file.

  Args:
    raw: the parsed JSON, of an image processor or of a processor that holds
      one.
    default: what the family's processor does where the file is silent.

  Returns:
    The steps.

  Raises:
    CheckpointError: fields that make no sense.
  """
  raw = image_processor(raw)
  try:
    _check(raw)
    resize = _size(raw['size']) if raw.get('size') else default.resize
    crop = _box(raw['crop_size']) if raw.get('crop_size') else default.crop
    if not raw.get('do_resize', default.resize is not None):
      resize = None
    if not raw.get('do_center_crop', default.crop is not None):
      crop = None
    normalize = raw.get('do_normalize', True)
    return pixels.Preprocessing(
      resize=resize,
      crop=crop,
      filter=_filter(raw, default),
      rescale=float(raw.get('rescale_factor') or 1 / 255)
      if raw.get('do_rescale', True)
      else None,
      mean=_channels(raw, 'image_mean', default.mean) if normalize else _ZEROS,
      std=_channels(raw, 'image_std', default.std) if normalize else _ONES,
    )
  except (KeyError, TypeError, ValueError) as error:
    raise errors.CheckpointError(
      f'expected an image processor in preprocessor_config.json, got {error!r}'
    ) from None


def image_processor(raw: Mapping[str, Any]) -> Mapping[str, Any]:
  """The image processor in the content of a file.

  Args:
    raw: the parsed JSON, of one or of a processor that holds one.

  Returns:
    Its fields.

  Raises:
    CheckpointError: what the processor holds is no object.
  """
  found = raw.get('image_processor') or raw
  if not isinstance(found, Mapping):
    raise errors.CheckpointError(
      f'expected an object as image_processor, got {found!r}'
    )
  return found


_ZEROS, _ONES = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


def write(p: pixels.Preprocessing, processor: str) -> dict[str, Any]:
  """Content of the file that `read` and transformers read back.

  Args:
    p: the steps.
    processor: name of the class in transformers.

  Returns:
    The JSON object.
  """
  content: dict[str, Any] = {
    'image_processor_type': processor,
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
  elif isinstance(p.resize, tuple):
    content['size'] = dict(zip(('height', 'width'), p.resize, strict=True))
  if p.crop is not None:
    content['crop_size'] = dict(zip(('height', 'width'), p.crop, strict=True))
  if p.rescale is not None:
    content['rescale_factor'] = p.rescale
  return content


def read_clip(raw: Mapping[str, Any], config: Any) -> pixels.Preprocessing:
  """Reads CLIP's: resize the shorter edge, cut the centre, normalise.

  Args:
    raw: the parsed JSON.
    config: the sizes; where the file is silent, its images are meant.

  Returns:
    The steps.

  Raises:
    CheckpointError: fields that make no sense.
  """
  height, width, _ = config.image_shape
  default = pixels.Preprocessing(resize=height, crop=(height, width))
  return read(raw, default)


def write_clip(p: pixels.Preprocessing) -> dict[str, Any]:
  """Content of the file of a CLIP.

  Args:
    p: the steps.

  Returns:
    The JSON object.
  """
  return write(p, 'CLIPImageProcessor')


def _check(raw: Mapping[str, Any]) -> None:
  if raw.get('do_pad'):
    raise ValueError('do_pad is not supported')


def _filter(raw: Mapping[str, Any], default: pixels.Preprocessing) -> str:
  number = raw.get('resample')
  if number is None:
    return default.filter
  if number not in _FILTERS:
    raise ValueError(f'resample {number!r}, not one of {_FILTERS}')
  return _FILTERS[number]


def _channels(
  raw: Mapping[str, Any], name: str, default: tuple[float, ...]
) -> tuple[float, ...]:
  values = raw.get(name)
  numbers = default if values is None else tuple(map(float, values))
  if not all(map(math.isfinite, numbers)):
    raise ValueError(f'{name} {values}')
  return numbers


def _size(raw: Any) -> tuple[int, int] | int:
  if isinstance(raw, int):  # the oldest files: one number, the shorter edge
    return _side(raw)
  if isinstance(raw, list | tuple) or 'shortest_edge' not in raw:
    return _box(raw)
  return _side(raw['shortest_edge'])


def _box(raw: Any) -> tuple[int, int]:
  if isinstance(raw, int):
    return _side(raw), _side(raw)
  height, width = (
    raw if isinstance(raw, list | tuple) else (raw['height'], raw['width'])
  )
  return _side(height), _side(width)


def _side(value: Any) -> int:
  if int(value) != value or value < 1:
    raise ValueError(f'a side of {value!r} pixels')
  return int(value)
