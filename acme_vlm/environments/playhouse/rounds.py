"""Meshes of curved faces: turned on a lathe, or tubes along a path."""

import math
from collections.abc import Sequence

import numpy as np

from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse.mesh import Mesh, Vector

_CREASE = math.cos(math.radians(50))  # a sharper bend of a profile is an edge.


def lathe(
  profile: Sequence[Vector],
  *,
  segments: int = 12,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A surface of revolution about z.

  Args:
    profile: radius and height of its points, the outside to the right of the
      way: from the axis at the bottom, up, to the axis at the top. It is closed
      if it begins and ends on the axis or where it began. Bends below 50
      degrees are smooth.
    segments: number of faces around.
    at: where the origin goes.
    euler: degrees about x, then y, then z.

  Returns:
    The mesh.
  """
  points = np.asarray(profile, np.float64)
  steps = np.diff(points, axis=0)
  flat = np.stack([steps[:, 1], -steps[:, 0]], axis=1)
  flat /= np.linalg.norm(flat, axis=1, keepdims=True)
  ends = np.stack([flat, flat], axis=1)  # normals at both ends of each step.
  for i in range(1, len(flat)):
    if flat[i - 1] @ flat[i] > _CREASE:
      mean = flat[i - 1] + flat[i]
      ends[i - 1, 1] = ends[i, 0] = mean / np.linalg.norm(mean)
  for i, j in ((0, 0), (-1, 1)):
    if points[i, 0] == 0 and abs(flat[i, 1]) > _CREASE:
      ends[i, j] = (0.0, math.copysign(1.0, flat[i, 1]))
  angles = np.arange(segments) * 2 * np.pi / segments
  pairs = np.stack([points[:-1], points[1:]], axis=1).reshape(-1, 2)
  faces = np.concatenate(
    [
      _strip(2 * i * segments, segments, pairs[2 * i : 2 * i + 2, 0])
      for i in range(len(steps))
    ]
  )
  made = Mesh(_spun(pairs, angles), _spun(ends.reshape(-1, 2), angles), faces)
  return mesh_lib.moved(made, at, euler)


def ellipsoid(
  half: Vector,
  *,
  segments: int = 10,
  rings: int = 6,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """An ellipsoid of these half axes, of `rings` rows from pole to pole."""
  angles = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
  profile = np.stack([np.cos(angles), np.sin(angles)], axis=1)
  profile[[0, -1], 0] = 0.0
  return mesh_lib.moved(
    lathe(profile.tolist(), segments=segments), at, euler, half
  )


def sphere(
  radius: float,
  *,
  segments: int = 10,
  rings: int = 6,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A sphere of `rings` rows from pole to pole."""
  half = (radius, radius, radius)
  return ellipsoid(half, segments=segments, rings=rings, at=at, euler=euler)


def cone(
  bottom: float,
  top: float,
  half: float,
  *,
  segments: int = 12,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A (cut) cone along z of these radii at -half and +half."""
  profile = [(0, -half), (bottom, -half), (top, half), (0, half)]
  profile = [p for i, p in enumerate(profile) if i in (0, 3) or p[0] > 0]
  return lathe(profile, segments=segments, at=at, euler=euler)


def cylinder(
  radius: float,
  half: float,
  *,
  segments: int = 12,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A cylinder along z, of this half length."""
  return cone(radius, radius, half, segments=segments, at=at, euler=euler)


def capsule(
  radius: float,
  half: float,
  *,
  segments: int = 8,
  rings: int = 2,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A capsule along z; `half` is of its straight part, `rings` of a cap."""
  angles = np.linspace(0, np.pi / 2, rings + 1)
  cap = np.stack([radius * np.cos(angles), half + radius * np.sin(angles)], 1)
  cap[-1, 0] = 0.0
  profile = np.concatenate([cap[::-1] * (1, -1), cap])
  return lathe(profile.tolist(), segments=segments, at=at, euler=euler)


def tube(
  path: Sequence[Vector],
  radius: float | Vector,
  *,
  sides: int = 6,
  closed: bool = False,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A round tube along a path.

  Args:
    path: points `[N, 3]` of its middle line.
    radius: one, or one per point.
    sides: number of faces around.
    closed: whether the last point leads to the first (then on a plane);
      otherwise both ends are capped.
    at: where the origin goes.
    euler: degrees about x, then y, then z.

  Returns:
    The mesh.
  """
  points = np.asarray(path, np.float64)
  if closed:
    along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
  else:
    along = np.gradient(points, axis=0)
  along /= np.linalg.norm(along, axis=1, keepdims=True)
  aside = np.eye(3)[np.argmin(np.abs(along[0]))]
  angles = np.arange(sides) * 2 * np.pi / sides
  rays = []
  for direction in along:  # the frame is carried along, so it does not twist.
    aside = aside - (aside @ direction) * direction
    aside /= np.linalg.norm(aside)
    other = np.cross(direction, aside)
    rays.append(
      np.outer(np.cos(angles), aside) + np.outer(np.sin(angles), other)
    )
  radii = np.broadcast_to(np.asarray(radius, np.float64), len(points))
  rings = points[:, None] + radii[:, None, None] * np.stack(rays)
  count, ones = len(points), np.ones(2)
  strips = [_strip(i * sides, sides, ones) for i in range(count - 1 + closed)]
  side = Mesh(
    rings.reshape(-1, 3),
    np.concatenate(rays),
    np.concatenate(strips) % (count * sides),
  )
  if closed:
    return mesh_lib.moved(side, at, euler)
  fan = np.array([(0, i, i + 1) for i in range(1, sides - 1)])
  caps = [mesh_lib.flat(rings[0][fan[:, ::-1]]), mesh_lib.flat(rings[-1][fan])]
  return mesh_lib.moved(mesh_lib.merged((side, *caps)), at, euler)


def torus(
  radius: float,
  thickness: float,
  *,
  arc: Vector = (0.0, 360.0),
  segments: int = 14,
  sides: int = 6,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A ring that stands in the x-z plane, or an arc of it.

  Args:
    radius: of its middle line.
    thickness: radius of the tube.
    arc: where it begins and ends, in degrees from x towards z.
    segments: number of pieces along.
    sides: number of faces around the tube.
    at: where the origin goes.
    euler: degrees about x, then y, then z.

  Returns:
    The mesh.
  """
  closed = abs(arc[1] - arc[0]) >= 360
  angles = np.radians(
    np.linspace(arc[0], arc[1], segments + 1 - closed, endpoint=not closed)
  )
  path = np.stack([np.cos(angles), 0 * angles, np.sin(angles)], axis=1)
  return tube(
    (radius * path).tolist(),
    thickness,
    sides=sides,
    closed=closed,
    at=at,
    euler=euler,
  )


def _spun(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
  """Radius and height `[N, 2]` at every angle, `[N * A, 3]`."""
  around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
  flat = points[:, None, :1] * around
  up = np.broadcast_to(points[:, None, 1:], (*flat.shape[:2], 1))
  return np.concatenate([flat, up], axis=2).reshape(-1, 3)


def _strip(start: int, columns: int, radii: np.ndarray) -> np.ndarray:
  """Faces between a ring and the next; none where a ring is one point."""
  j = np.arange(columns)
  k = (j + 1) % columns
  lower = np.stack([j, k, k + columns], axis=1)
  upper = np.stack([j, k + columns, j + columns], axis=1)
  kept = [lower] * bool(radii[0] > 0) + [upper] * bool(radii[1] > 0)
  return start + np.concatenate(kept)
