"""Names and axes of CLIP's tensors: Hugging Face layout <-> Flax parameters."""

import re
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import traverse_util
from jax.typing import DTypeLike

from acme_vlm import errors
from acme_vlm.networks import clip, clip_config

Path = tuple[str, ...]
# A constant that old files carry beside the weights.
_BUFFER = re.compile(r'(text|vision)_model\.embeddings\.position_ids')
# More names than this on one line help nobody.
_LISTED = 16


def parameter_shapes(
  config: clip_config.ClipConfig,
) -> dict[Path, tuple[int, ...]]:
  """Shapes of the Flax parameters, without allocating them.

  Args:
    config: the sizes.

  Returns:
    Shape by path in the tree.
  """
  side = config.vision.image_size
  pixels = jnp.zeros((1, side, side, config.vision.num_channels))
  ids = jnp.zeros((1, 1), jnp.int32)
  variables = jax.eval_shape(
    clip.Clip(config).init, jax.random.key(0), pixels, ids
  )
  flat = traverse_util.flatten_dict(variables['params'])
  return {path: leaf.shape for path, leaf in flat.items()}


def tensor_name(path: Path) -> str:
  """Name in the Hugging Face layout of the parameter at `path`.

  >>> tensor_name(('text_model', 'encoder', 'layers_0', 'mlp', 'fc1', 'kernel'))
  'text_model.encoder.layers.0.mlp.fc1.weight'

  Args:
    path: keys from the root of the tree to the parameter.

  Returns:
    The dotted name.
  """
  *parents, leaf = path
  if leaf in ('kernel', 'embedding', 'scale'):
    leaf = 'weight'
  parents = [re.sub(r'^layers_(\d+)$', r'layers.\1', key) for key in parents]
  return '.'.join([*parents, leaf])


def to_tensors(
  params: Mapping[str, Any], dtype: DTypeLike = np.float32
) -> dict:
  """Parameters as tensors of the Hugging Face layout.

  Args:
    params: the tree of `Clip`'s parameters.
    dtype: type to store them in.

  Returns:
    Array by name.
  """
  flat = traverse_util.flatten_dict(params)
  return {
    # `np.ascontiguousarray` would give the scalar an axis.
    tensor_name(path): np.array(
      _axes(path, np.asarray(value, np.float32), inverse=True),
      dtype,
      order='C',
    )
    for path, value in flat.items()
  }


def from_tensors(
  tensors: Mapping[str, np.ndarray],
  config: clip_config.ClipConfig,
  dtype: DTypeLike = jnp.float32,
) -> dict[str, Any]:
  """Tensors of the Hugging Face layout as parameters of `Clip`.

  Args:
    tensors: array by name.
    config: the sizes the tensors must have.
    dtype: type of the parameters.

  Returns:
    The tree of parameters.

  Raises:
    CheckpointError: names the tensors that are missing, unknown, or of
      another shape than the config asks for.
  """
  shapes = parameter_shapes(config)
  paths = {tensor_name(path): path for path in shapes}
  tensors = {k: v for k, v in tensors.items() if not _BUFFER.fullmatch(k)}
  wrong = []
  params = {}
  for name, path in paths.items():
    if name not in tensors:
      continue
    value = _axes(path, tensors[name], inverse=False)
    if value is None or value.shape != shapes[path]:
      expected = _stored_shape(path, shapes[path])
      wrong.append(f'{name} {expected} but got {tensors[name].shape}')
    else:
      params[path] = jnp.asarray(value, dtype)
  problems = [
    f'{what} {_listing(names)}'
    for what, names in (
      ('missing', sorted(set(paths) - set(tensors))),
      ('surplus', sorted(set(tensors) - set(paths))),
      ('expected shape', wrong),
    )
    if names
  ]
  if problems:
    raise errors.CheckpointError(
      f'weights disagree with config.json: {"; ".join(problems)}'
    )
  return traverse_util.unflatten_dict(params)


def _axes(path: Path, value: np.ndarray, *, inverse: bool) -> np.ndarray | None:
  """Turns a kernel's axes; None where the rank is not the expected one."""
  if path[-1] != 'kernel':
    return value
  order: tuple[int, ...]
  if path[-2] == 'patch_embedding':  # [D, C, P, P] <-> [P, P, C, D]
    order = (3, 2, 0, 1) if inverse else (2, 3, 1, 0)
  else:
    order = (1, 0)
  return value.transpose(order) if value.ndim == len(order) else None


def _stored_shape(path: Path, shape: tuple[int, ...]) -> tuple[int, ...]:
  # A broadcast scalar: the shape of a big tensor without its memory.
  stored = _axes(path, np.broadcast_to(np.float32(0), shape), inverse=True)
  assert stored is not None  # the shape is the module's own
  return stored.shape


def _listing(names: list[str]) -> str:
  rest = len(names) - _LISTED
  return ', '.join(names[:_LISTED]) + (f' and {rest} more' if rest > 0 else '')
