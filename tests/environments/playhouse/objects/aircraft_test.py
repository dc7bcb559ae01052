import numpy as np
import pytest

from acme_vlm.environments.playhouse.objects import aircraft, catalogue
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in aircraft.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


def width(vertices):
  return np.ptp(vertices[:, 1])


def test_the_wings_are_wider_than_the_plane_is_high():
  body, wings = (part.mesh.vertices for part in KINDS['plane'].parts[:2])
  assert width(wings) > 3 * width(body)
  assert width(wings) > 1.5 * np.ptp(body[:, 2])


def test_the_rotor_is_the_top_of_the_helicopter_and_spreads_over_it():
  body, rotor = (part.mesh.vertices for part in KINDS['helicopter'].parts)
  blades = rotor[rotor[:, 2] > body[:, 2].max()]
  assert width(blades) > 1.3 * width(body)


def test_the_rocket_points_up_and_stands_on_four_fins():
  _, fins, nose, _ = (part.mesh.vertices for part in KINDS['rocket'].parts)
  top = nose[nose[:, 2] > nose[:, 2].max() - 1e-6]
  assert np.hypot(top[:, 0], top[:, 1]).max() < 0.001
  low = fins[fins[:, 2] < 0.001]
  assert {(x > 0, y > 0) for x, y in low[:, :2]} == {
    (False, False),
    (False, True),
    (True, False),
    (True, True),
  }
