"""What holds for every kind of furniture."""

import numpy as np

from acme_vlm.environments.playhouse import config, kinds, paints
from tests.environments.playhouse import geometry

PAINTS = [value for name, value in vars(paints).items() if name.isupper()]
EYE = 0.75


def check(kind):
  check_drawing(kind)
  check_solids(kind)
  for surface in kind.surfaces:
    check_surface(kind, surface)


def check_drawing(kind):
  for part in kind.parts:
    geometry.check_mesh(part.mesh)
    assert part.paint is None or part.paint in PAINTS
    assert 0.3 <= part.shade <= 1
  mesh = geometry.drawn(kind)
  assert len(mesh.faces) <= 500
  low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
  assert -0.001 <= low[2] <= 0.01
  half = np.array(kind.footprint)
  assert (low[:2] >= -half - 1e-6).all()
  assert (high[:2] <= half + 1e-6).all()
  assert ((high - low)[:2] > 1.7 * half).all(), 'the footprint is too large'
  assert set(kind.rooms) <= set(config.ROOMS)
  assert kind.rooms


def check_solids(kind):
  assert len(kind.solids) <= kinds.MAX_FURNITURE_SOLIDS
  if not kind.solids:
    assert geometry.drawn(kind).vertices[:, 2].max() < 0.01
    return
  bounds = np.stack([geometry.solid_bounds(solid) for solid in kind.solids])
  low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
  assert abs(low[2]) < 1e-6
  half = np.array(kind.footprint)
  assert (low[:2] >= -half - 1e-6).all()
  assert (high[:2] <= half + 1e-6).all()
  mesh = geometry.drawn(kind)
  assert high[2] <= mesh.vertices[:, 2].max() + 0.02
  middles = geometry.triangles(mesh).mean(axis=1)
  away = np.min([geometry.outside(s, middles) for s in kind.solids], axis=0)
  weights = geometry.areas(mesh)
  assert weights[away < 0.06].sum() > 0.9 * weights.sum()


def check_surface(kind, surface):
  """It is level, in reach, drawn, carried by one box, and free above."""
  assert 0.3 <= surface.z <= 0.6 < EYE
  assert surface.x1 - surface.x0 >= 0.3
  assert surface.y1 - surface.y0 >= 0.3
  carriers = 0
  for solid in kind.solids:
    low, high = geometry.solid_bounds(solid)
    apart = (
      high[0] <= surface.x0
      or low[0] >= surface.x1
      or high[1] <= surface.y0
      or low[1] >= surface.y1
    )
    assert apart or high[2] <= surface.z + 1e-6, 'something stands on it'
    carries = (
      solid.shape == 'box'
      and abs(high[2] - surface.z) < 1e-6
      and low[0] <= surface.x0 + 1e-6
      and high[0] >= surface.x1 - 1e-6
      and low[1] <= surface.y0 + 1e-6
      and high[1] >= surface.y1 - 1e-6
    )
    carriers += int(carries)
  assert carriers == 1
  xs = np.linspace(surface.x0 + 0.013, surface.x1 - 0.013, 6)
  ys = np.linspace(surface.y0 + 0.013, surface.y1 - 0.017, 6)
  points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
  tops = geometry.heights(geometry.drawn(kind), points)
  # A gap between cushions or boards is fine, a thing in the way is not.
  assert tops.max() < surface.z + 0.012
  assert np.median(abs(tops - surface.z)) < 0.006
