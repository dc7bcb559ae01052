import numpy as np
import pytest

from acme_vlm.environments.playhouse.furniture import kitchen
from tests.environments.playhouse import geometry
from tests.environments.playhouse.furniture import rules

KINDS = {kind.name: kind for kind in kitchen.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


def test_the_row_is_of_one_height_and_depth():
  row = [KINDS[name] for name in ('kitchen counter', 'kitchen sink', 'stove')]
  assert len({kind.footprint[0] for kind in row}) == 1
  tops = [geometry.solid_bounds(kind.solids[0])[1][2] for kind in row]
  assert max(tops) - min(tops) < 0.01


def test_the_bowl_of_the_sink_lies_below_its_rim_and_the_tap_above():
  heights = geometry.heights(
    geometry.drawn(KINDS['kitchen sink']),
    np.array([(0.03, 0.1), (0.26, 0.1), (-0.16, 0.0)]),
  )
  assert heights[0] < heights[1] - 0.02
  assert heights[2] > heights[1] + 0.15


def test_the_stove_has_four_plates():
  mesh = geometry.drawn(KINDS['stove'])
  points = np.array([(a * 0.13, b * 0.14) for a in (-1, 1) for b in (-1, 1)])
  tops = geometry.heights(mesh, np.concatenate([points, [(0.0, 0.0)]]))
  assert (tops[:4] > tops[4] + 0.005).all()


def test_the_fridge_is_the_tallest_and_its_handles_are_in_front():
  tops = {n: geometry.drawn(k).vertices[:, 2].max() for n, k in KINDS.items()}
  assert max(tops, key=tops.get) == 'fridge'
  doors, _, handles = (part.mesh.vertices for part in KINDS['fridge'].parts)
  assert handles[:, 0].max() > doors[:, 0].max()
