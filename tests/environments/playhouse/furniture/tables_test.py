import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh
from acme_vlm.environments.playhouse.furniture import tables
from tests.environments.playhouse import geometry
from tests.environments.playhouse.furniture import rules

KINDS = {kind.name: kind for kind in tables.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', KINDS)
def test_the_whole_top_is_free(name):
  kind = KINDS[name]
  (surface,) = kind.surfaces
  x, y = kind.footprint
  assert (surface.x1 - surface.x0) * (surface.y1 - surface.y0) > 0.9 * 4 * x * y


def test_one_sees_the_floor_between_the_legs_of_the_table_only():
  for name, free in (('table', True), ('nightstand', False)):
    # From the side: the height of the mesh turned so that y points up.
    side = mesh.moved(geometry.drawn(KINDS[name]), euler=(90, 0, 0))
    middle = geometry.heights(side, np.array([[0.0, -0.3]]))
    assert (middle == -np.inf) == free


def test_heights_tell_tables_apart():
  heights = {name: kind.surfaces[0].z for name, kind in KINDS.items()}
  assert heights['coffee table'] < heights['nightstand'] < heights['table']
