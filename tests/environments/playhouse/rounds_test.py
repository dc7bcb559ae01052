import math

import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse import rounds
from tests.environments.playhouse import geometry

FINE = 48
PIPE = [(1, -1), (2, -1), (2, 1), (1, 1), (1, -1)]


@pytest.mark.parametrize(
  ('mesh', 'volume'),
  [
    (rounds.sphere(2, segments=FINE, rings=FINE), 4 / 3 * math.pi * 8),
    (rounds.ellipsoid((1, 2, 3), segments=FINE, rings=FINE), 8 * math.pi),
    (rounds.cylinder(1, 2, segments=FINE), 4 * math.pi),
    (rounds.cone(1, 0, 1.5, segments=FINE), math.pi),
    (rounds.cone(0, 1, 1.5, segments=FINE), math.pi),
    (rounds.cone(2, 1, 1.5, segments=FINE), 7 * math.pi),
    (
      rounds.capsule(1, 2, segments=FINE, rings=FINE),
      (4 + 4 / 3) * math.pi,
    ),
    (rounds.torus(3, 1, segments=FINE, sides=FINE), 6 * math.pi**2),
    (
      rounds.torus(3, 1, arc=(0, 90), segments=FINE, sides=FINE),
      1.5 * math.pi**2,
    ),
    (rounds.lathe(PIPE, segments=FINE), 6 * math.pi),
    (
      rounds.tube([(0, 0, 0), (1, 1, 1), (2, 2, 2)], 0.3, sides=FINE),
      0.09 * math.pi * math.sqrt(12),
    ),
  ],
)
def test_meshes_are_closed_and_as_large_as_they_should_be(mesh, volume):
  geometry.check_mesh(mesh)
  assert geometry.open_edges(mesh) == 0
  # The corners lie on the curve, so the mesh is a little smaller.
  assert 0.98 * volume < geometry.volume(mesh) < volume + 1e-9


def test_normals_of_a_sphere_point_away_from_its_middle():
  mesh = rounds.sphere(2, segments=FINE, rings=FINE, at=(1, 2, 3))
  away = (mesh.vertices - (1, 2, 3)) / 2
  assert (mesh.normals * away).sum(axis=1).min() > 0.99


def test_an_edge_of_a_profile_is_sharp_and_a_bend_is_smooth():
  edge = rounds.cylinder(1, 1)
  assert np.isin(np.abs(edge.normals[:, 2]).round(9), (0, 1)).all()
  bend = rounds.lathe([(1, 0), (1, 1), (0.9, 2)])
  middle = bend.normals[np.isclose(bend.vertices[:, 2], 1)]
  assert len(set(middle[:, 2].round(9))) == 1


def test_a_torus_stands_and_its_arc_begins_at_x():
  low, high = mesh_lib.bounds(rounds.torus(3, 1, segments=FINE, sides=8))
  np.testing.assert_allclose((low, high), [(-4, -1, -4), (4, 1, 4)], rtol=0.01)
  low, high = mesh_lib.bounds(rounds.torus(3, 1, arc=(0, 90), sides=8))
  assert low[0] > -0.2
  assert low[2] > -0.2
  assert high[0] == pytest.approx(4, rel=0.01)


def test_a_tube_is_as_thick_as_told_at_each_point():
  path = [(0, 0, 0), (0, 0, 1), (0, 0, 2)]
  mesh = rounds.tube(path, (1, 2, 3), sides=FINE)
  for z, radius in ((0, 1), (1, 2), (2, 3)):
    ring = mesh.vertices[np.isclose(mesh.vertices[:, 2], z)]
    assert np.hypot(ring[:, 0], ring[:, 1]).max() == pytest.approx(radius)
