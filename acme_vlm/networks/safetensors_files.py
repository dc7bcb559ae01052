"""Weights in files: one `model.safetensors`, or shards with their index.

Pickled weights are never read: unpickling runs whatever code they name.
"""

import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

import ml_dtypes  # noqa: F401, from it NumPy learns the name bfloat16
import numpy as np
import safetensors
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import json_files

WEIGHTS = 'model.safetensors'
INDEX = 'model.safetensors.index.json'
PICKLES = ('.bin', '.pt', '.pth', '.ckpt', '.pkl')
REFUSAL = (
  'pickle weights are refused, since reading them can run code; '
  'convert to safetensors'
)
# Kinds of numbers that a weight may be stored in, in the format's own words.
FLOATS = ('F16', 'BF16', 'F32', 'F64')


class Tensors:
  """The tensors of a folder: their shapes at once, their values one by one.

  Attributes:
    shapes: shape by name.
    kinds: kind of numbers by name, such as 'F16'.
  """

  def __init__(self, folder: pathlib.Path):
    """Opens the files and reads their headers.

    Args:
      folder: of the checkpoint.

    Raises:
      CheckpointError: no safetensors, files that the index names and that are
        not there, truncated files, or an index that does not fit them.
    """
    self._files: dict[str, Any] = {}
    self._file_of: dict[str, str] = {}
    self.shapes: dict[str, tuple[int, ...]] = {}
    self.kinds: dict[str, str] = {}
    index: dict[str, str] = {}
    names = [WEIGHTS]
    if not (folder / WEIGHTS).is_file() and (folder / INDEX).is_file():
      index = read_index(folder / INDEX)
      names = sorted(set(index.values()))
    for name in names:
      self._open(folder, name)
    for tensor, file in index.items():
      if self._file_of.get(tensor) != file:
        raise errors.CheckpointError(
          f'expected tensor {tensor} in {file}, as {INDEX} says, got '
          f'{self._file_of.get(tensor, "no such tensor")}'
        )

  def read(self, name: str) -> np.ndarray:
    """Reads one tensor.

    Args:
      name: of the tensor.

    Returns:
      The array, in the type it is stored in.

    Raises:
      CheckpointError: the file cannot be read any more.
    """
    file = self._file_of[name]
    try:
      return self._files[file].get_tensor(name)
    except (safetensors.SafetensorError, OSError) as error:
      raise errors.CheckpointError(
        f'expected tensor {name} in {file}, got: {error}'
      ) from None

  def _open(self, folder: pathlib.Path, name: str) -> None:
    path = folder / name
    if not path.is_file():
      raise errors.CheckpointError(_missing(folder, name))
    try:
      file = safetensors.safe_open(path, 'numpy')
      for tensor in file.keys():  # noqa: SIM118, the file is no mapping
        if tensor in self._file_of:
          raise errors.CheckpointError(
            f'expected tensor {tensor} in one file, got it in '
            f'{self._file_of[tensor]} and in {name}'
          )
        header = file.get_slice(tensor)
        self._file_of[tensor] = name
        self.shapes[tensor] = tuple(header.get_shape())
        self.kinds[tensor] = str(header.get_dtype())
    except (safetensors.SafetensorError, OSError, KeyError) as error:
      raise errors.CheckpointError(
        f'expected whole safetensors in {name} '
        f'({path.stat().st_size} bytes), got: {error}'
      ) from None
    self._files[name] = file


def read_index(path: pathlib.Path) -> dict[str, str]:
  """Reads which shard holds which tensor.

  Args:
    path: of the index.

  Returns:
    Name of the file, in the index's own folder, by name of the tensor.

  Raises:
    CheckpointError: not such an index, or a file outside of the folder.
  """
  index = json_files.read(path).get('weight_map')
  if not isinstance(index, dict) or not index:
    raise errors.CheckpointError(
      f'expected a weight_map with tensors in {path.name}, got {index!r}'
    )
  for file in index.values():
    if not isinstance(file, str) or not _is_plain(file):
      raise errors.CheckpointError(
        f'expected names of .safetensors files beside it in {path.name}, '
        f'got {file!r}'
      )
  return index


def write(
  folder: pathlib.Path,
  tensors: Iterable[tuple[str, np.ndarray]],
  shard_bytes: int | None = None,
) -> None:
  """Writes weights so that a reader never meets half of them.

  Args:
    folder: of the checkpoint, which exists.
    tensors: names and arrays.
    shard_bytes: a shard ends with the tensor that fills it up to so many
      bytes, and one shard is held in memory at a time; None for one file.
  """
  shards: list[tuple[pathlib.Path, list[str]]] = []
  total = 0
  for number, shard in enumerate(_split(tensors, shard_bytes)):
    # Their number is part of their names, and known at the end only.
    partial = folder / f'.model-{number}.partial'
    safetensors_numpy.save_file(shard, partial, metadata={'format': 'pt'})
    partial.chmod(0o644)  # the writer leaves it readable by its owner only
    shards.append((partial, list(shard)))
    total += sum(value.nbytes for value in shard.values())
  if len(shards) == 1:
    shards[0][0].replace(folder / WEIGHTS)
    (folder / INDEX).unlink(missing_ok=True)
    return
  index = {}
  for number, (partial, names) in enumerate(shards, start=1):
    file = f'model-{number:05}-of-{len(shards):05}.safetensors'
    partial.replace(folder / file)
    index.update(dict.fromkeys(names, file))
  json_files.write(
    folder / INDEX, {'metadata': {'total_size': total}, 'weight_map': index}
  )
  (folder / WEIGHTS).unlink(missing_ok=True)


def _split(
  tensors: Iterable[tuple[str, np.ndarray]], shard_bytes: int | None
) -> Iterator[dict[str, np.ndarray]]:
  shard: dict[str, np.ndarray] = {}
  size = 0
  for name, value in tensors:
    shard[name] = value
    size += value.nbytes
    if shard_bytes is not None and size >= shard_bytes:
      yield shard
      shard, size = {}, 0
  if shard:
    yield shard


def _is_plain(name: str) -> bool:
  """Whether a file of this name lies in the folder itself."""
  return (
    name.endswith('.safetensors')
    and not name.startswith('.')
    and not any(mark in name for mark in '/\\:\0')
  )


def _missing(folder: pathlib.Path, name: str) -> str:
  pickles = sorted(f.name for f in folder.iterdir() if f.suffix in PICKLES)
  if pickles:
    return f'expected {name}, found {", ".join(pickles)}: {REFUSAL}'
  return f'expected {name}, found no such file'
