import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse import prisms
from tests.environments.playhouse import geometry

UNIT = prisms.block((1, 2), (0.5, 1), 3)


def test_rotation_turns_about_x_then_y_then_z():
  x, y = mesh_lib.rotation((90, 0, 0)), mesh_lib.rotation((0, 90, 0))
  z = mesh_lib.rotation((0, 0, 90))
  np.testing.assert_allclose(x @ (0, 1, 0), (0, 0, 1), atol=1e-12)
  np.testing.assert_allclose(y @ (0, 0, 1), (1, 0, 0), atol=1e-12)
  np.testing.assert_allclose(z @ (1, 0, 0), (0, 1, 0), atol=1e-12)
  np.testing.assert_allclose(
    mesh_lib.rotation((90, 90, 90)), z @ y @ x, atol=1e-12
  )


@pytest.mark.parametrize('scale', (2.0, (1, 2, 3), (1, -1, 1), (-1, -2, -3)))
def test_a_moved_mesh_still_looks_outward(scale):
  moved = mesh_lib.moved(UNIT, (1, 2, 3), (10, 20, 30), scale)
  geometry.check_mesh(moved)
  factor = np.abs(np.broadcast_to(scale, 3)).prod()
  assert geometry.volume(moved) == pytest.approx(factor * geometry.volume(UNIT))


def test_moving_scales_then_turns_then_shifts():
  moved = mesh_lib.moved(UNIT, at=(10, 0, 0), euler=(0, 0, 90), scale=(2, 1, 1))
  low, high = mesh_lib.bounds(moved)
  np.testing.assert_allclose(low, (8, -2, 0), atol=1e-12)
  np.testing.assert_allclose(high, (12, 2, 3), atol=1e-12)


def test_merging_keeps_every_mesh_where_it_was():
  parts = [mesh_lib.moved(UNIT, at=(5 * i, 0, 0)) for i in range(3)]
  merged = mesh_lib.merged(iter(parts))
  for i, part in enumerate(parts):
    count = len(part.faces)
    faces = merged.faces[i * count : (i + 1) * count]
    np.testing.assert_array_equal(
      merged.vertices[faces], geometry.triangles(part)
    )
  assert geometry.volume(merged) == pytest.approx(3 * geometry.volume(UNIT))


def test_mirroring_makes_both_sides():
  side = mesh_lib.moved(UNIT, at=(0, 4, 0))
  both = mesh_lib.mirrored(side)
  geometry.check_mesh(both)
  low, high = mesh_lib.bounds(both)
  np.testing.assert_allclose((low[1], high[1]), (-6, 6))
  assert geometry.volume(both) == pytest.approx(2 * geometry.volume(side))


def test_flat_faces_share_no_normals_and_have_area():
  points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)
  mesh = mesh_lib.flat(np.stack([points, points[[0, 1, 1]]]))
  assert len(mesh.faces) == 1
  np.testing.assert_allclose(mesh.normals, [(0, 0, 1)] * 3)
