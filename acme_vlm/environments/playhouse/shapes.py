"""Primitives in a model: written, bounded, and sampled."""

import functools
import itertools
from collections.abc import Sequence

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import kinds, model
from acme_vlm.environments.playhouse import mesh as mesh_lib

_POINTS, _CANDIDATES = 9, 4000


def half_sizes(solid: kinds.Solid) -> np.ndarray:
  """Half sizes of a solid's box in its own frame, `[3]`."""
  size = solid.size
  match solid.shape:
    case 'box' | 'ellipsoid':
      return np.array(size)
    case 'sphere':
      return np.full(3, size[0])
    case 'cylinder':
      return np.array([size[0], size[0], size[1]])
    case 'capsule':
      return np.array([size[0], size[0], size[0] + size[1]])


def bounds(solids: Sequence[kinds.Solid]) -> np.ndarray:
  """Box around solids in the kind's frame: least and most, `[2, 3]`."""
  low, high = np.full(3, np.inf), np.full(3, -np.inf)
  for solid in solids:
    turn = mesh_lib.rotation(solid.euler)
    half = half_sizes(solid)
    if solid.shape in ('sphere', 'ellipsoid'):
      reach = np.sqrt(((turn * half) ** 2).sum(axis=1))
    else:
      reach = np.abs(turn) @ half
    low = np.minimum(low, np.array(solid.at) - reach)
    high = np.maximum(high, np.array(solid.at) + reach)
  return np.stack([low, high])


def corners(box: np.ndarray) -> np.ndarray:
  """The eight corners of a box of least and most points, `[8, 3]`."""
  return np.array(list(itertools.product(*box.T)))


def write(target: mujoco.MjModel, geom: int, solid: kinds.Solid) -> None:
  """Makes a geom that solid.

  Args:
    target: the model; written to.
    geom: id.
    solid: in the frame of the geom's body.
  """
  half = half_sizes(solid)
  target.geom_type[geom] = model.PRIMITIVES[solid.shape]
  target.geom_size[geom] = (*solid.size, 0, 0)[:3]
  target.geom_pos[geom] = solid.at
  quaternion = np.empty(4)
  mujoco.mju_mat2Quat(quaternion, mesh_lib.rotation(solid.euler).ravel())
  target.geom_quat[geom] = quaternion
  # What bounds it is compiled; rays and collisions go by it.
  target.geom_aabb[geom] = (0, 0, 0, *half)
  target.geom_rbound[geom] = np.linalg.norm(half)
  target.geom_contype[geom] = target.geom_conaffinity[geom] = 1


def remove(target: mujoco.MjModel, geom: int) -> None:
  """Makes a geom that meets nothing."""
  target.geom_contype[geom] = target.geom_conaffinity[geom] = 0
  target.geom_pos[geom] = model.NOWHERE


def bound(target: mujoco.MjModel, body: int, geoms: Sequence[int]) -> None:
  """Writes the box around a body's solids, which the broad phase goes by."""
  reach = 0.0
  for geom in geoms:
    away = np.linalg.norm(target.geom_pos[geom] - target.body_ipos[body])
    reach = max(reach, float(away + target.geom_rbound[geom]))
  # A cube holds them however the frame of the inertia is turned.
  node = target.body_bvhadr[body]
  target.bvh_aabb[node] = (0, 0, 0, reach, reach, reach)


@functools.lru_cache(maxsize=256)
def sample(solids: tuple[kinds.Solid, ...]) -> np.ndarray:
  """Points spread inside solids: whether they are seen says how much is.

  Args:
    solids: of one kind.

  Returns:
    float64 `[9, 3]`, in the kind's frame.
  """
  rng = np.random.default_rng(0)
  low, high = bounds(solids)
  points = rng.uniform(low, high, (_CANDIDATES, 3))
  inside = np.zeros(_CANDIDATES, bool)
  for solid in solids:
    local = (points - solid.at) @ mesh_lib.rotation(solid.euler)
    inside |= _holds(solid, local)
  points = points[inside]
  # Farthest points first, from the one nearest to the middle on.
  chosen = [int(np.argmin(np.linalg.norm(points - points.mean(0), axis=1)))]
  away = np.full(len(points), np.inf)
  while len(chosen) < _POINTS:
    step = np.linalg.norm(points - points[chosen[-1]], axis=1)
    away = np.minimum(away, step)
    chosen.append(int(np.argmax(away)))
  return points[chosen]


def _holds(solid: kinds.Solid, local: np.ndarray) -> np.ndarray:
  half = half_sizes(solid)
  match solid.shape:
    case 'box':
      return np.all(np.abs(local) <= half, axis=1)
    case 'sphere' | 'ellipsoid':
      return ((local / half) ** 2).sum(axis=1) <= 1
    case 'cylinder':
      round_ = np.hypot(local[:, 0], local[:, 1]) <= solid.size[0]
      return round_ & (np.abs(local[:, 2]) <= solid.size[1])
    case 'capsule':
      z = np.clip(local[:, 2], -solid.size[1], solid.size[1])
      axis = np.stack([np.zeros_like(z), np.zeros_like(z), z], axis=1)
      return np.linalg.norm(local - axis, axis=1) <= solid.size[0]
