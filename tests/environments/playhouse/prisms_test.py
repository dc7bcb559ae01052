import math

import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse import prisms
from tests.environments.playhouse import geometry

ARROW = [(0, 0), (2, 0), (2, 2), (1, 0.5), (0, 2)]
STAR = [
  (
    (2 - i % 2) * math.cos(i * math.pi / 5),
    (2 - i % 2) * math.sin(i * math.pi / 5),
  )
  for i in range(10)
]
BOAT = [[(x, -w, 1), (x, 0, 0), (x, w, 1)] for x, w in ((0, 1), (1, 1), (2, 0))]


@pytest.mark.parametrize(
  ('mesh', 'volume'),
  [
    (prisms.box((1, 2, 3)), 48),
    (prisms.block((1, 1), (0.5, 0.5), 3), 7),
    (prisms.block((1, 1), (1, 1), 2, shift=5), 8),
    (prisms.prism(ARROW, 0.5), 2.5),
    (prisms.prism(STAR, 1), 20 * math.sin(math.pi / 5)),
    (prisms.loft(BOAT), 1.5),
  ],
)
def test_meshes_are_closed_and_as_large_as_they_should_be(mesh, volume):
  geometry.check_mesh(mesh)
  assert geometry.open_edges(mesh) == 0
  assert geometry.volume(mesh) == pytest.approx(volume)


def test_a_box_has_its_own_corners_on_every_face():
  mesh = prisms.box((1, 2, 3), at=(10, 0, 0))
  assert (len(mesh.vertices), len(mesh.faces)) == (24, 12)
  assert set(np.abs(mesh.normals).max(axis=1)) == {1.0}
  np.testing.assert_allclose(mesh_lib.bounds(mesh), [(9, -2, -3), (11, 2, 3)])


def test_every_primitive_goes_where_it_is_told():
  for make in (
    lambda **kwargs: prisms.box((1, 2, 3), **kwargs),
    lambda **kwargs: prisms.block((1, 2), (1, 1), 3, **kwargs),
    lambda **kwargs: prisms.prism(ARROW, 0.5, **kwargs),
    lambda **kwargs: prisms.loft(BOAT, **kwargs),
  ):
    placed = make(at=(1, 2, 3), euler=(20, 30, 40))
    expected = mesh_lib.moved(make(), (1, 2, 3), (20, 30, 40))
    np.testing.assert_allclose(placed.vertices, expected.vertices)


def test_a_clockwise_polygon_is_refused():
  with pytest.raises(ValueError, match='counter-clockwise'):
    prisms.prism(ARROW[::-1], 0.5)
