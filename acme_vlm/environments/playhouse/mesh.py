"""Triangle meshes made of code: the type and what is done with it.

`prisms` makes those of flat faces, `rounds` those of curved ones. Every
primitive looks outward and is centred on its own origin unless it says
otherwise; its `at` and `euler` place it at once.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

Vector = Sequence[float]
ZERO = (0.0, 0.0, 0.0)


class Mesh(NamedTuple):
  """A triangle mesh, in metres.

  Attributes:
    vertices: float64 `[V, 3]`.
    normals: unit vectors, float64 `[V, 3]`.
    faces: indices of vertices, counter-clockwise from outside, int `[F, 3]`.
  """

  vertices: np.ndarray
  normals: np.ndarray
  faces: np.ndarray


def rotation(euler: Vector) -> np.ndarray:
  """Rotation matrix `[3, 3]` of angles in degrees about x, then y, then z."""
  x, y, z = (math.radians(angle) for angle in euler)
  rx = [
    [1, 0, 0],
    [0, math.cos(x), -math.sin(x)],
    [0, math.sin(x), math.cos(x)],
  ]
  ry = [
    [math.cos(y), 0, math.sin(y)],
    [0, 1, 0],
    [-math.sin(y), 0, math.cos(y)],
  ]
  rz = [
    [math.cos(z), -math.sin(z), 0],
    [math.sin(z), math.cos(z), 0],
    [0, 0, 1],
  ]
  return np.array(rz) @ np.array(ry) @ np.array(rx)


def moved(
  mesh: Mesh,
  at: Vector = ZERO,
  euler: Vector = ZERO,
  scale: float | Vector = 1.0,
) -> Mesh:
  """The mesh scaled, then rotated, then shifted.

  Args:
    mesh: what to move.
    at: where its origin goes.
    euler: degrees about x, then y, then z.
    scale: one factor, or one per axis; an odd number of negative ones mirrors.

  Returns:
    A new mesh whose normals still look outward.
  """
  factors = np.broadcast_to(np.asarray(scale, np.float64), (3,))
  turn = rotation(euler)
  normals = mesh.normals / factors
  normals /= np.linalg.norm(normals, axis=1, keepdims=True)
  faces = mesh.faces if factors.prod() > 0 else mesh.faces[:, ::-1]
  return Mesh(
    mesh.vertices * factors @ turn.T + np.asarray(at), normals @ turn.T, faces
  )


def merged(meshes: Iterable[Mesh]) -> Mesh:
  """One mesh of many, in order."""
  meshes = tuple(meshes)
  starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
  return Mesh(
    np.concatenate([mesh.vertices for mesh in meshes]),
    np.concatenate([mesh.normals for mesh in meshes]),
    np.concatenate(
      [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    ),
  )


def mirrored(mesh: Mesh) -> Mesh:
  """The mesh and its image on the other side of the x-z plane."""
  return merged((mesh, moved(mesh, scale=(1.0, -1.0, 1.0))))


def flat(triangles: np.ndarray) -> Mesh:
  """Triangles `[F, 3, 3]` that share no vertex; those without area go."""
  a, b, c = np.moveaxis(triangles, 1, 0)
  normals = np.cross(b - a, c - a)
  sizes = np.linalg.norm(normals, axis=1)
  kept = sizes > 1e-9
  triangles, normals = triangles[kept], normals[kept] / sizes[kept, None]
  return Mesh(
    triangles.reshape(-1, 3),
    np.repeat(normals, 3, axis=0),
    np.arange(3 * len(triangles)).reshape(-1, 3),
  )


def bounds(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
  """Least and greatest coordinates, `[3]` each."""
  return mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
