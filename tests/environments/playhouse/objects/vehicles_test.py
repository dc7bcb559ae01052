import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh, paints
from acme_vlm.environments.playhouse.objects import catalogue, vehicles
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in vehicles.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', ['car', 'train', 'truck'])
def test_land_vehicles_stand_on_black_wheels_on_both_sides(name):
  kind = KINDS[name]
  assert all(rules.symmetric(part.mesh) for part in kind.parts)
  black = next(part for part in kind.parts if part.paint == paints.BLACK)
  low = black.mesh.vertices[black.mesh.vertices[:, 2] < 0.004]
  assert np.ptp(low[:, 0]) > 0.15
  assert np.ptp(low[:, 1]) > 0.1
  painted = [part for part in kind.parts if part.paint is None]
  assert min(part.mesh.vertices[:, 2].min() for part in painted) > 0.03


@pytest.mark.parametrize('yaw', range(0, 360, 30))
def test_a_sail_is_seen_from_everywhere(yaw):
  sails = mesh.merged(part.mesh for part in KINDS['boat'].parts[1:4:2])
  turned = mesh.moved(sails, euler=(0, 0, yaw)).vertices
  assert np.ptp(turned[:, 1]) > 0.05


def test_the_bow_is_sharp_and_the_stern_is_not():
  hull = KINDS['boat'].parts[0].mesh.vertices
  bow, stern = (
    hull[np.isclose(hull[:, 0], x)]
    for x in (hull[:, 0].max(), hull[:, 0].min())
  )
  assert np.ptp(bow[:, 1]) < 0.01
  assert np.ptp(stern[:, 1]) > 0.1
