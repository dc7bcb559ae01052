"""Measures of meshes and solids that the tests of the catalogues share."""

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import mesh as mesh_lib


def triangles(mesh):
  return mesh.vertices[mesh.faces]


def areas(mesh):
  a, b, c = np.moveaxis(triangles(mesh), 1, 0)
  return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def drawn(kind):
  return mesh_lib.merged(part.mesh for part in kind.parts)


def check_mesh(mesh):
  """Unit normals on the side from which each face is counter-clockwise."""
  assert mesh.faces.min() == 0
  assert mesh.faces.max() == len(mesh.vertices) - 1
  np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1)
  a, b, c = np.moveaxis(triangles(mesh), 1, 0)
  facing = np.cross(b - a, c - a)
  sizes = np.linalg.norm(facing, axis=1, keepdims=True)
  assert sizes.min() > 0, 'a face without area'
  cosines = np.einsum('nki,ni->nk', mesh.normals[mesh.faces], facing / sizes)
  assert cosines.min() > 0


def open_edges(mesh):
  """Number of edges that do not meet exactly one opposite edge."""
  _, same = np.unique(np.round(mesh.vertices, 6), axis=0, return_inverse=True)
  faces = same.reshape(-1)[mesh.faces]
  edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
  count = {}
  for a, b in edges.tolist():
    count[a, b] = count.get((a, b), 0) + 1
  return sum(
    abs(n - count.get((b, a), 0)) for (a, b), n in count.items() if a != b
  )


def outside(solid, points):
  """Distance of points `[N, 3]` from a solid, 0 within it (about, if round)."""
  local = (points - np.array(solid.at)) @ mesh_lib.rotation(solid.euler)
  size = np.array(solid.size)
  match solid.shape:
    case 'box':
      return np.linalg.norm(np.maximum(np.abs(local) - size, 0), axis=1)
    case 'sphere' | 'ellipsoid':
      scaled = np.linalg.norm(local / size, axis=1)
      return np.maximum(scaled - 1, 0) * size.min()
    case 'capsule':
      local[:, 2] -= np.clip(local[:, 2], -size[1], size[1])
      return np.maximum(np.linalg.norm(local, axis=1) - size[0], 0)
    case 'cylinder':
      beside = np.maximum(np.hypot(local[:, 0], local[:, 1]) - size[0], 0)
      return np.hypot(beside, np.maximum(np.abs(local[:, 2]) - size[1], 0))


def solid_bounds(solid):
  """Box around a solid, computed by MuJoCo's own sizes, `[2, 3]`."""
  size = {'sphere': lambda r: (r, r, r), 'capsule': lambda r, h: (r, r, r + h)}
  size['cylinder'] = lambda r, h: (r, r, h)
  half = np.array(size.get(solid.shape, lambda *s: s)(*solid.size))
  turn = mesh_lib.rotation(solid.euler)
  if solid.shape == 'box':
    reach = np.abs(turn) @ half
  elif solid.shape == 'cylinder':
    flat = np.sqrt(np.maximum(1 - turn[:, 2] ** 2, 0))
    reach = flat * half[0] + np.abs(turn[:, 2]) * half[2]
  else:
    reach = np.sqrt(((turn * half) ** 2).sum(axis=1))
  if solid.shape == 'capsule':
    reach = np.abs(turn[:, 2]) * solid.size[1] + solid.size[0]
  return np.array([solid.at - reach, solid.at + reach])


def heights(mesh, points):
  """Height of the uppermost face over points `[N, 2]`; -inf where is none."""
  a, b, c = np.moveaxis(triangles(mesh), 1, 0)
  u, v = b - a, c - a
  area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
  level = np.abs(area) > 1e-12
  a, u, v, area = a[level], u[level], v[level], area[level]
  d = points[:, None] - a[None, :, :2]
  s = (d[..., 0] * v[:, 1] - d[..., 1] * v[:, 0]) / area
  t = (d[..., 1] * u[:, 0] - d[..., 0] * u[:, 1]) / area
  hit = (s >= -1e-9) & (t >= -1e-9) & (s + t <= 1 + 1e-9)
  z = a[:, 2] + s * u[:, 2] + t * v[:, 2]
  return np.where(hit, z, -np.inf).max(axis=1)


def outline(mesh, yaw, elevation=25.0, size=32):
  """Mask `[size, size]` seen from far, cut to what is seen, sides kept."""
  turned = mesh_lib.moved(
    mesh_lib.moved(mesh, euler=(0, 0, yaw)), euler=(0, elevation, 0)
  )
  flat = turned.vertices[:, [1, 2, 0]]
  low, high = flat.min(axis=0), flat.max(axis=0)
  middle, span = (low + high) / 2, (high - low)[:2].max()
  grid = (np.arange(size) + 0.5) / size - 0.5
  x, y = np.meshgrid(grid * span + middle[0], grid * span + middle[1])
  points = np.stack([x.ravel(), y.ravel()], axis=1)
  seen = heights(turned._replace(vertices=flat), points) > -np.inf
  return seen.reshape(size, size)


def overlap(one, other):
  return (one & other).sum() / (one | other).sum()


def dropped(kind, velocity=0.0, yaw=30.0):
  """Turn `[3, 3]`, place `[3]` and speed 2 s after a fall of 1 cm."""
  geoms = ''
  for solid in kind.solids:
    axes = mesh_lib.rotation(solid.euler)[:, :2].T.ravel()
    geoms += (
      f'<geom type="{solid.shape}" size="{_text(solid.size)}"'
      f' pos="{_text(solid.at)}" xyaxes="{_text(axes)}"/>'
    )
  model = mujoco.MjModel.from_xml_string(
    '<mujoco><option timestep="0.005"/>'
    '<default><geom friction="1 0.005 0.0001"/></default><worldbody>'
    '<geom type="plane" size="3 3 1"/><body name="thing" pos="0 0 0.01"'
    f' euler="0 0 {yaw}"><freejoint/>{geoms}</body></worldbody></mujoco>'
  )
  data = mujoco.MjData(model)
  data.qvel[0] = velocity
  mujoco.mj_step(model, data, nstep=400)
  body = data.body('thing')
  return body.xmat.reshape(3, 3), body.xpos, np.abs(data.qvel).max()


def _text(values):
  return ' '.join(f'{value:.6f}' for value in values)


def volume(mesh):
  """Volume within a closed mesh, in cubic metres."""
  a, b, c = np.moveaxis(triangles(mesh), 1, 0)
  return float(np.einsum('ni,ni->', a, np.cross(b, c)) / 6)


def cell(grid, x, y):
  """The free cell nearest to a point; the nearest of all if none is."""
  away = (grid.xs[:, None] - x) ** 2 + (grid.ys[None, :] - y) ** 2
  if grid.free.any():
    away = np.where(grid.free, away, np.inf)
  i, j = np.unravel_index(int(np.argmin(away)), away.shape)
  return int(i), int(j)
