"""Brings kinds of objects to a common size and origin."""

import dataclasses

import numpy as np

from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Point, Solid

LARGEST = 0.348


def extent(kind: ObjectKind) -> tuple[np.ndarray, np.ndarray]:
  """Least and greatest coordinates of what is drawn, `[3]` each."""
  return mesh_lib.bounds(mesh_lib.merged(part.mesh for part in kind.parts))


def fitted(kind: ObjectKind) -> ObjectKind:
  """Puts the middle of the drawn box over the origin; shrinks what is too big.

  Args:
    kind: an object that stands on z = 0, of any size.

  Returns:
    The kind, whose largest dimension is `LARGEST` at most.
  """
  low, high = extent(kind)
  factor = min(1.0, LARGEST / float((high - low).max()))
  x, y = (float(value) for value in -factor * (low + high)[:2] / 2)
  return dataclasses.replace(
    kind,
    parts=tuple(_part(part, factor, (x, y, 0.0)) for part in kind.parts),
    solids=tuple(_solid(solid, factor, (x, y, 0.0)) for solid in kind.solids),
  )


def _part(part: Part, factor: float, shift: Point) -> Part:
  moved = mesh_lib.moved(part.mesh, at=shift, scale=factor)
  return dataclasses.replace(part, mesh=moved)


def _solid(solid: Solid, factor: float, shift: Point) -> Solid:
  x, y, z = (factor * a + b for a, b in zip(solid.at, shift, strict=True))
  size = tuple(factor * value for value in solid.size)
  return dataclasses.replace(solid, size=size, at=(x, y, z))
