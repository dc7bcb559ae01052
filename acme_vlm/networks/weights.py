"""Tensors of the files <-> Flax parameters, by the rule of a family."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import traverse_util
from jax.typing import DTypeLike

from acme_vlm import errors
from acme_vlm.networks import dual_encoder, safetensors_files

Shape = tuple[int, ...]
# More names than this on one line help nobody.
_LISTED = 16


class Stored(NamedTuple):
  """What a tensor of the files must be.

  Attributes:
    shape: of the tensor.
    parts: the parameters in it, by their slice along its first axis.
  """

  shape: Shape
  parts: dict[int, tuple[dual_encoder.Path, dual_encoder.Place]]


def parameter_shapes(
  module: nn.Module, config: dual_encoder.Config
) -> dict[dual_encoder.Path, Shape]:
  """Shapes of a module's parameters, without allocating them.

  Args:
    module: of the family's `make_module`.
    config: the sizes.

  Returns:
    Shape by path in the tree.
  """
  pixels = jnp.zeros((1, *config.image_shape))
  ids = jnp.zeros((1, config.context_length), jnp.int32)
  variables = jax.eval_shape(module.init, jax.random.key(0), pixels, ids, ids)
  flat = traverse_util.flatten_dict(variables['params'])
  return {path: leaf.shape for path, leaf in flat.items()}


def layout(
  shapes: Mapping[dual_encoder.Path, Shape],
  place: Callable[[dual_encoder.Path, int], dual_encoder.Place],
) -> dict[str, Stored]:
  """The tensors that the files of these parameters hold.

  Args:
    shapes: shape by path.
    place: the family's rule.

  Returns:
    What each tensor must be, by its name.
  """
  found: dict[str, Stored] = {}
  for path, shape in shapes.items():
    where = place(path, len(shape))
    if where.axes is not None:
      shape = tuple(shape[axis] for axis in where.axes)
    if where.parts > 1:
      shape = (shape[0] * where.parts, *shape[1:])
    stored = found.setdefault(where.name, Stored(shape, {}))
    # Both are mistakes in a family's rule, not in anybody's files.
    if stored.shape != shape or where.part in stored.parts:
      raise ValueError(f'two parameters claim the tensor {where.name}')
    stored.parts[where.part] = (path, where)
  return found


def to_tensors(
  parameters: Mapping[str, Any],
  place: Callable[[dual_encoder.Path, int], dual_encoder.Place],
  dtype: DTypeLike = np.float32,
) -> Iterator[tuple[str, np.ndarray]]:
  """Parameters as tensors of the files, one at a time.

  Args:
    parameters: the tree.
    place: the family's rule.
    dtype: type to store them in.

  Yields:
    Name and array, in the order of the names.
  """
  flat = traverse_util.flatten_dict(parameters)
  shapes = {path: np.shape(value) for path, value in flat.items()}
  for name, stored in sorted(layout(shapes, place).items()):
    slices = []
    for _, (path, where) in sorted(stored.parts.items()):
      value = np.asarray(flat[path])
      slices.append(
        value if where.axes is None else value.transpose(where.axes)
      )
    whole = slices[0] if len(slices) == 1 else np.concatenate(slices)
    # `np.ascontiguousarray` would give a scalar an axis.
    yield name, np.array(whole, dtype, order='C')


def from_tensors(
  tensors: safetensors_files.Tensors,
  shapes: Mapping[dual_encoder.Path, Shape],
  family: dual_encoder.Family,
  dtype: DTypeLike = jnp.float32,
) -> dict[str, Any]:
  """Tensors of the files as a tree of parameters.

  All is checked before the first tensor is read, and one tensor is held at a
  time beside the parameters.

  Args:
    tensors: of the checkpoint.
    shapes: of the module's parameters, by path.
    family: says where each parameter stands.
    dtype: type of the parameters; single numbers are float32.

  Returns:
    The tree of parameters.

  Raises:
    CheckpointError: names the tensors that are missing, unknown, or of
      another shape or kind than the config asks for.
  """
  wanted = layout(shapes, family.place)
  _compare(tensors, wanted, family.constants)
  flat = {}
  for name, stored in wanted.items():
    whole = tensors.read(name)
    for part, (path, where) in stored.parts.items():
      value = whole
      if where.parts > 1:
        length = whole.shape[0] // where.parts
        value = whole[part * length : (part + 1) * length]
      if where.axes is not None:
        value = value.transpose(np.argsort(where.axes))
      # A rounded temperature would scale every logit; it costs four bytes.
      flat[path] = jnp.asarray(value, jnp.float32 if value.size == 1 else dtype)
  return traverse_util.unflatten_dict(flat)


def _compare(
  tensors: safetensors_files.Tensors,
  wanted: Mapping[str, Stored],
  constants: str,
) -> None:
  names = {n for n in tensors.shapes if not re.fullmatch(constants, n)}
  found = tensors.shapes
  both = sorted(names & set(wanted))
  problems = {
    'missing': sorted(set(wanted) - names),
    'surplus': sorted(names - set(wanted)),
    'expected shape': [
      f'{name} {wanted[name].shape} but got {found[name]}'
      for name in both
      if found[name] != wanted[name].shape
    ],
    'expected floating-point numbers': [
      f'{name} but got {tensors.kinds[name]}'
      for name in both
      if tensors.kinds[name] not in safetensors_files.FLOATS
    ],
  }
  listed = [f'{k} {_listing(v)}' for k, v in problems.items() if v]
  if listed:
    raise errors.CheckpointError(
      f'weights disagree with config.json: {"; ".join(listed)}'
    )


def _listing(names: list[str]) -> str:
  rest = len(names) - _LISTED
  return ', '.join(names[:_LISTED]) + (f' and {rest} more' if rest > 0 else '')
