"""Meshes of flat faces: boxes, tapered blocks, lofts and prisms."""

from collections.abc import Sequence

import numpy as np

from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse.mesh import Mesh, Vector


def box(
  half: Vector, *, at: Vector = mesh_lib.ZERO, euler: Vector = mesh_lib.ZERO
) -> Mesh:
  """A box of these half sizes: 24 vertices, flat faces."""
  vertices: list[np.ndarray] = []
  normals: list[np.ndarray] = []
  faces: list[tuple[int, int, int]] = []
  for axis in range(3):
    for sign in (-1.0, 1.0):
      u, v, n = np.roll(np.eye(3), -axis, axis=0)[[1, 2, 0]]
      n = n * sign
      corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)][:: int(sign)]
      start = 4 * len(normals)
      vertices += [n + a * u + b * v for a, b in corners]
      normals.append(n)
      faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
  unit = Mesh(
    np.array(vertices), np.repeat(normals, 4, axis=0), np.array(faces)
  )
  return mesh_lib.moved(unit, at, euler, half)


def block(
  bottom: Vector,
  top: Vector,
  height: float,
  *,
  shift: float = 0.0,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """A tapered box that stands on its origin.

  Args:
    bottom: half sizes of its base along x and y.
    top: half sizes of its top.
    height: of the top above the base.
    shift: of the top's middle along x.
    at: where the middle of its base goes.
    euler: degrees about x, then y, then z.

  Returns:
    The mesh, with flat faces.
  """
  corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
  return loft(
    [
      [(a * bottom[0], b * bottom[1], 0.0) for a, b in corners],
      [(a * top[0] + shift, b * top[1], height) for a, b in corners],
    ],
    at=at,
    euler=euler,
  )


def prism(
  polygon: Sequence[Vector],
  half: float,
  *,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """Extrudes a counter-clockwise polygon of the x-y plane by ±half along z.

  `euler=(90, 0, 0)` makes the polygon one of x and z.
  """
  points = np.asarray(polygon, np.float64)
  lower = np.insert(points, 2, -half, axis=1)
  upper = np.insert(points, 2, half, axis=1)
  ears = np.array(_ears(points))
  after, above = np.roll(lower, -1, axis=0), np.roll(upper, -1, axis=0)
  triangles = np.concatenate(
    [
      upper[ears],
      lower[ears[:, ::-1]],
      np.stack([lower, after, above], axis=1),
      np.stack([lower, above, upper], axis=1),
    ]
  )
  return mesh_lib.moved(mesh_lib.flat(triangles), at, euler)


def loft(
  sections: Sequence[Sequence[Vector]],
  *,
  at: Vector = mesh_lib.ZERO,
  euler: Vector = mesh_lib.ZERO,
) -> Mesh:
  """Joins polygons of equally many corners by flat faces and closes the ends.

  Args:
    sections: corners `[S, P, 3]`, counter-clockwise seen from the last section;
      corners of one section may coincide, so that it is an edge or a point.
    at: where the origin goes.
    euler: degrees about x, then y, then z.

  Returns:
    The mesh; its ends are closed by fans from the mean corner, so they have to
    be seen from there entirely.
  """
  rings = np.asarray(sections, np.float64)
  after = np.roll(rings, -1, axis=1)
  quads = np.stack([rings[:-1], after[:-1], after[1:], rings[1:]], axis=2)
  triangles = quads.reshape(-1, 4, 3)[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3, 3)
  first, last = (
    np.broadcast_to(rings[end].mean(axis=0), rings[end].shape)
    for end in (0, -1)
  )
  return mesh_lib.moved(
    mesh_lib.flat(
      np.concatenate(
        [
          triangles,
          np.stack([first, after[0], rings[0]], axis=1),
          np.stack([last, rings[-1], after[-1]], axis=1),
        ]
      )
    ),
    at,
    euler,
  )


def _ears(points: np.ndarray) -> list[tuple[int, int, int]]:
  """Triangles of a counter-clockwise polygon, cut off ear by ear."""

  def turn(a: int, b: int, c: int) -> float:
    (px, py), (qx, qy) = points[b] - points[a], points[c] - points[a]
    return float(px * qy - py * qx)

  left, ears = list(range(len(points))), []
  while len(left) > 3:
    for i in range(len(left)):
      a, b, c = left[i - 1], left[i], left[(i + 1) % len(left)]
      inside = any(
        min(turn(a, b, p), turn(b, c, p), turn(c, a, p)) > 0
        for p in left
        if p not in (a, b, c)
      )
      if turn(a, b, c) > 0 and not inside:
        ears.append((a, b, c))
        left.pop(i)
        break
    else:
      raise ValueError('The polygon is not simple and counter-clockwise.')
  return [*ears, (left[0], left[1], left[2])]
