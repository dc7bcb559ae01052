"""What holds for every kind of object."""

import numpy as np

from acme_vlm.environments.playhouse import kinds, paints
from tests.environments.playhouse import geometry

PAINTS = [value for name, value in vars(paints).items() if name.isupper()]
NEAR = 0.035


def check(kind):
  check_drawing(kind)
  check_colour(kind)
  check_solids(kind)
  check_rest(kind)


def check_drawing(kind):
  for part in kind.parts:
    geometry.check_mesh(part.mesh)
  mesh = geometry.drawn(kind)
  assert len(mesh.faces) <= 600
  low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
  _, second, largest = np.sort(high - low)
  assert 0.25 - 1e-9 <= largest <= 0.35
  assert second >= 0.15
  assert -0.001 <= low[2] <= 0.006, 'it neither sinks in nor hovers'


def own_share(kind):
  """Part of the drawn area that takes the object's colour."""
  own = sum(geometry.areas(p.mesh).sum() for p in kind.parts if p.paint is None)
  return own / geometry.areas(geometry.drawn(kind)).sum()


def check_colour(kind):
  assert own_share(kind) > 0.5
  for part in kind.parts:
    assert part.paint is None or part.paint in PAINTS
    assert 0.3 <= part.shade <= 1


def check_solids(kind):
  assert 1 <= len(kind.solids) <= kinds.MAX_OBJECT_SOLIDS
  bounds = np.stack([geometry.solid_bounds(solid) for solid in kind.solids])
  low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
  assert abs(low[2]) < 1e-6
  mesh = geometry.drawn(kind)
  assert (low >= mesh.vertices.min(axis=0) - 0.02).all()
  assert (high <= mesh.vertices.max(axis=0) + 0.02).all()
  middles = geometry.triangles(mesh).mean(axis=1)
  away = np.min([geometry.outside(s, middles) for s in kind.solids], axis=0)
  weights = geometry.areas(mesh)
  assert weights[away < NEAR].sum() > 0.9 * weights.sum()


def check_rest(kind):
  turn, place, speed = geometry.dropped(kind)
  assert turn[2, 2] > np.cos(np.radians(15))
  assert np.hypot(*place[:2]) < 0.03
  assert abs(place[2]) < 0.004
  assert speed < 0.02


def symmetric(mesh):
  """Whether the left is the image of the right."""
  points = np.unique(np.round(mesh.vertices, 5) + 0.0, axis=0)
  image = np.unique(np.round(mesh.vertices * (1, -1, 1), 5) + 0.0, axis=0)
  return points.shape == image.shape and np.allclose(points, image, atol=2e-5)
