import numpy as np
import pytest

from tests.environments.playhouse import homes


def test_rays_meet_the_first_solid_or_nothing():
  table = homes.piece('table', 0, 0)
  world = homes.built(homes.empty([homes.thing('robot', 2, 2)], [table]))
  top = table.surfaces()[0].z
  start = np.array([0.0, 0.0, 2.0])
  hit = world.rays.down(start)
  assert hit.distance == pytest.approx(2 - top, abs=0.01)
  body = world.blueprint.furniture[0].body
  assert hit.body == body
  through = world.rays.down(start, body)
  assert (through.distance, through.body) == (2.0, 0)
  nothing = world.rays.cast(start, np.array([0.0, 0.0, 1.0]))
  assert (nothing.distance, nothing.body) == (-1, -1)
  # Distances are in lengths of the direction.
  double = world.rays.cast(start, np.array([0.0, 0.0, -2.0]))
  assert double.distance == pytest.approx(hit.distance / 2)
