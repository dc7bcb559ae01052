"""Data parallelism over the local devices: the one file that names `jax.pmap`.

The order of use:

    devices = replicate.local_devices()
    step = replicate.pmap(sgd_step, devices=devices)
    state = replicate.replicate(state, devices)           # [...] -> [D, ...]
    batch = replicate.shard(batch, len(devices))          # [N, ...] -> [D, N/D]
    state, outputs = step(state, batch)                   # pmean inside
    state = replicate.unreplicate(state)                  # [D, ...] -> [...]

and, for a ragged batch, `pad_to` before `shard`, `unshard` and the mask after.
D is the number of devices and N the number of rows of a batch.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import jax
import numpy as np

AXIS = 'devices'

# A nest of arrays of the same structure going in and coming out.
Tree = TypeVar('Tree')


class Padded(NamedTuple):
  """A batch filled up to a fixed size.

  Attributes:
    values: [size, ...], the rows of the batch, then rows of zeros.
    mask: bool [size], True for the rows of the batch.
  """

  values: np.ndarray
  mask: np.ndarray


def local_devices(n: int | None = None) -> list[jax.Device]:
  """Returns the first devices of this process.

  Args:
    n: how many, at least 1; None for all.

  Returns:
    The devices, in the order of `jax.local_devices`.

  Raises:
    ValueError: if this process does not have `n` devices.
  """
  devices = jax.local_devices()
  if n is None:
    return devices
  if not 1 <= n <= len(devices):
    raise ValueError(
      f'Expected a number of devices between 1 and {len(devices)} '
      f'({devices[0].platform}), got {n}.'
    )
  return devices[:n]


def pmap(
  fn: Callable[..., Any],
  axis_name: str = AXIS,
  *,
  in_axes: Any = 0,
  devices: Sequence[jax.Device] | None = None,
) -> Callable[..., Any]:
  """Compiles a function that runs on every device, each on its own slice.

  Args:
    fn: function of trees without the device axis. `pmean` may be used in it.
    axis_name: name of the device axis, for collectives.
    in_axes: 0 for arguments with a leading device axis [D, ...], None for those
      that every device gets whole; one for all or one per argument.
    devices: where to run; None for all local devices.

  Returns:
    The function, its results with a leading device axis [D, ...].
  """
  return jax.pmap(
    fn,
    axis_name=axis_name,
    in_axes=in_axes,
    devices=devices,
  )


def pmean(tree: Tree, axis_name: str = AXIS) -> Tree:
  """Averages a tree over the devices; only inside of a `pmap`ped function.

  Args:
    tree: nest of arrays, of one shape on all devices.
    axis_name: the name that was given to `pmap`.

  Returns:
    The mean over all devices, of all processes, the same on each.
  """
  return jax.lax.pmean(tree, axis_name)


def replicate(tree: Tree, devices: Sequence[jax.Device] | None = None) -> Tree:
  """Puts a copy of a tree on every device.

  Args:
    tree: nest of arrays [...].
    devices: where to; None for all local devices.

  Returns:
    The nest of arrays [D, ...], one copy on each device.
  """
  if devices is None:
    devices = local_devices()
  # An identity, because it lays the copies out as `pmap` wants them on every
  # version of jax; `jax.device_put_replicated` is gone from the newer ones.
  identity = pmap(lambda _, x: x, in_axes=(0, None), devices=devices)
  return identity(np.zeros(len(devices), np.int32), tree)


def unreplicate(tree: Tree) -> Tree:
  """Takes the first device's copy of a replicated tree.

  Args:
    tree: nest of arrays [D, ...], equal along D.

  Returns:
    The nest of arrays [...], on the first device.
  """

  def first(x: Any) -> Any:
    if not isinstance(x, jax.Array):
      return x[0]
    # Not `x[0]`, whose result newer versions of jax spread over all devices.
    # The shard may come with its device axis of length 1 or without.
    return x.addressable_shards[0].data.reshape(x.shape[1:])

  return jax.tree.map(first, tree)


def shard(tree: Tree, num_devices: int) -> Tree:
  """Splits the leading axis among the devices, in order.

  Args:
    tree: nest of arrays [N, ...].
    num_devices: D, at least 1.

  Returns:
    The nest of arrays [D, N/D, ...]; row n goes to device n // (N/D).

  Raises:
    ValueError: if a leaf has no leading axis, or one that D does not divide.
  """
  if num_devices < 1:
    raise ValueError(f'Expected at least one device, got {num_devices}.')

  def split(path: Any, x: Any) -> Any:
    if not np.ndim(x) or x.shape[0] % num_devices:
      raise ValueError(
        f'Expected a leading axis that divides among {num_devices} devices, '
        f'got shape {np.shape(x)}{_at(path)}.'
      )
    return x.reshape((num_devices, x.shape[0] // num_devices, *x.shape[1:]))

  return jax.tree_util.tree_map_with_path(split, tree)


def unshard(tree: Tree) -> Tree:
  """Joins the device axis and the next one: the inverse of `shard`.

  Args:
    tree: nest of arrays [D, M, ...].

  Returns:
    The nest of arrays [D * M, ...].

  Raises:
    ValueError: if a leaf has fewer than two axes.
  """

  def join(path: Any, x: Any) -> Any:
    if np.ndim(x) < 2:
      raise ValueError(
        'Expected a device axis and a batch axis, '
        f'got shape {np.shape(x)}{_at(path)}.'
      )
    return x.reshape((x.shape[0] * x.shape[1], *x.shape[2:]))

  return jax.tree_util.tree_map_with_path(join, tree)


def pad_to(array: np.ndarray, size: int) -> Padded:
  """Fills a batch up to a fixed size, so that few shapes are ever compiled.

  Args:
    array: [N, ...], on the host.
    size: rows wanted, at least N.

  Returns:
    `Padded`: values [size, ...] of the same dtype, and the mask bool [size] of
    the N true rows, so that `result[mask]` drops the results of the others.

  Raises:
    ValueError: if the batch is larger than `size`, or has no leading axis.
  """
  if not array.ndim or array.shape[0] > size:
    raise ValueError(
      f'Expected a batch of at most {size} rows, got shape {array.shape}.'
    )
  num_rows = array.shape[0]
  mask = np.arange(size) < num_rows
  if num_rows == size:
    return Padded(array, mask)
  values = np.zeros((size, *array.shape[1:]), array.dtype)
  values[:num_rows] = array
  return Padded(values, mask)


def _at(path: Any) -> str:
  key = jax.tree_util.keystr(path)
  return f' at {key}' if key else ''
