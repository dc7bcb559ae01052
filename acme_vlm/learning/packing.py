"""Distinct rows of a batch: what did not change is computed once.

Much of what an agent sees, it has just seen: a touch that hits nothing leaves
the screen as it was. Where a frame and its instruction equal the row before,
the policy's network, all but its core, has nothing new to compute. Losses and
gradients are those of the whole batch; only the time differs.
"""

from typing import Any

import numpy as np
from jaxtyping import Int32, UInt8

from acme_vlm.networks.policy import DistinctRows
from acme_vlm.types import LabeledBatch

# Sizes that are ever compiled, as parts of all rows.
FRACTIONS = (0.5, 1.0)


def lighten(batch: LabeledBatch, *, pixels: bool) -> LabeledBatch:
  """Takes from a batch what travels in its distinct rows, or not at all.

  Args:
    batch: on the host.
    pixels: whether the policy looks at them. If it is fed with a sight, whose
      rows cost next to nothing to compute, no rows are packed and nothing but
      the pixels is left out.

  Returns:
    The batch; what was taken from it has size 0.
  """
  if not pixels:
    return batch._replace(pixels=batch.pixels[:, :, :0])
  return batch._replace(
    pixels=batch.pixels[:, :0],
    sight=batch.sight[:, :0],
    instruction=batch.instruction[:, :0],
  )


def share(rows: DistinctRows | None, batch: LabeledBatch) -> float:
  """Rows that are computed, as a part of the batch's."""
  if rows is None:
    return 1.0
  return rows.pixels[..., 0, 0, 0].size / batch.first.size


def pack(batch: LabeledBatch, num_devices: int) -> DistinctRows:
  """Gathers the distinct rows of each device's part of a batch.

  Args:
    batch: on the host, `B` streams of `T + 1` rows.
    num_devices: D; divides B.

  Returns:
    `DistinctRows` with a leading device axis: pixels `[D, U, H, W, 3]`, sight
    `[D, U, F]`, instruction `[D, U, L]` and position `[D, B / D, T + 1]`. Rows
    of the same pixels and words have the same sight. U is the smallest of
    `FRACTIONS` of a device's rows that holds those of every device; the rest
    repeats row 0.
  """
  pixels, instruction = np.asarray(batch.pixels), np.asarray(batch.instruction)
  streams, rows = pixels.shape[:2]
  new = ~_repeats(pixels, instruction).reshape(num_devices, -1)
  index = np.cumsum(new, axis=1, dtype=np.int32) - 1
  needed = int(index[:, -1].max()) + 1
  size = next(
    int(np.ceil(f * new.shape[1]))
    for f in FRACTIONS
    if needed <= np.ceil(f * new.shape[1])
  )
  chosen = np.zeros((num_devices, size), np.int64)
  for device in range(num_devices):
    found = np.flatnonzero(new[device])
    chosen[device, : len(found)] = found
  chosen += new.shape[1] * np.arange(num_devices)[:, None]
  # On the host still: pmap puts each device's part where it belongs.
  packed: dict[str, Any] = {
    'pixels': _take(pixels, chosen),
    'sight': _take(np.asarray(batch.sight), chosen),
    'instruction': _take(instruction, chosen),
    'position': index.reshape(num_devices, streams // num_devices, rows),
  }
  return DistinctRows(**packed)


def _take(x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
  return x.reshape(-1, *x.shape[2:])[chosen]


def _repeats(
  pixels: UInt8[np.ndarray, 'b t1 h w 3'],
  instruction: Int32[np.ndarray, 'b t1 l'],
) -> np.ndarray:
  """Whether a row equals the one before it in its stream, bool `[B, T1]`."""
  flat = np.ascontiguousarray(pixels).reshape(*pixels.shape[:2], -1)
  if flat.shape[-1] % 8 == 0:
    flat = flat.view(np.uint64)
  same = np.zeros(flat.shape[:2], bool)
  for t in range(1, flat.shape[1]):
    same[:, t] = np.all(flat[:, t] == flat[:, t - 1], axis=-1) & np.all(
      instruction[:, t] == instruction[:, t - 1], axis=-1
    )
  return same
