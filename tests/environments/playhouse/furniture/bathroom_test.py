import numpy as np
import pytest

from acme_vlm.environments.playhouse.furniture import bathroom
from tests.environments.playhouse import geometry
from tests.environments.playhouse.furniture import rules

KINDS = {kind.name: kind for kind in bathroom.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


def test_basin_and_bathtub_are_hollow():
  for name, middle in (('basin', (0.02, 0.01)), ('bathtub', (0.01, 0.02))):
    mesh = geometry.drawn(KINDS[name])
    inside = geometry.heights(mesh, np.array([middle]))
    rim = KINDS[name].solids[-2].at[2] + KINDS[name].solids[-2].size[-1]
    assert inside < rim - 0.015


def test_the_seat_of_the_toilet_is_a_ring_before_the_tank():
  kind = KINDS['toilet']
  front = KINDS['toilet'].footprint[0]
  mesh = geometry.drawn(kind)
  tank, rim, middle = geometry.heights(
    mesh, np.array([(-0.22, 0.01), (0.09 + 0.165, 0.003), (0.09, 0.01)])
  )
  assert tank > rim + 0.25
  assert rim > middle + 0.01
  assert mesh.vertices[:, 0].max() < front


def test_the_door_of_the_washing_machine_is_round_and_in_front():
  body, ring, _ = (
    part.mesh.vertices for part in KINDS['washing machine'].parts
  )
  round_part = ring[ring[:, 2] < 0.46]
  assert np.ptp(round_part[:, 1]) == pytest.approx(
    np.ptp(round_part[:, 2]), rel=0.05
  )
  assert ring[:, 0].max() > body[:, 0].max()
