"""Ragged batches into a few fixed sizes, so that nothing compiles twice."""

from collections.abc import Sequence
from typing import NamedTuple


class Slice(NamedTuple):
  """One padded batch.

  Attributes:
    start: first row, of the ragged batch.
    stop: behind the last row.
    size: rows after padding, one of the fixed sizes.
  """

  start: int
  stop: int
  size: int


def device_sizes(sizes: Sequence[int], num_devices: int) -> tuple[int, ...]:
  """Rounds sizes up to multiples of the number of devices.

  Args:
    sizes: rising, each at least 1.
    num_devices: at least 1.

  Returns:
    The rounded sizes, rising, none twice.
  """
  rounded = (-(-size // num_devices) * num_devices for size in sizes)
  return tuple(sorted(set(rounded)))


def split(num: int, sizes: Sequence[int]) -> list[Slice]:
  """Splits rows greedily, so that less than half of a batch is padding.

  The smallest size that holds all rows left is taken if they fill at least
  half of it, else the largest size that they fill. Only a last batch of the
  smallest size may be emptier.

  Args:
    num: rows, at least 0.
    sizes: fixed sizes, rising.

  Returns:
    Slices in order, which cover the rows once; none for no rows.
  """
  slices = []
  start = 0
  while start < num:
    left = num - start
    holding = next((size for size in sizes if size >= left), None)
    filled = [size for size in sizes if size <= left]
    if holding is not None and (holding <= 2 * left or not filled):
      size = holding
    else:
      size = filled[-1]
    stop = min(num, start + size)
    slices.append(Slice(start, stop, size))
    start = stop
  return slices
