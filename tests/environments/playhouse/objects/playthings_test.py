import numpy as np
import pytest

from acme_vlm.environments.playhouse.objects import catalogue, playthings
from tests.environments.playhouse import geometry
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in playthings.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('yaw', range(0, 180, 45))
def test_the_outline_of_the_ball_is_a_disc(yaw):
  outline = geometry.outline(geometry.drawn(KINDS['ball']), yaw)
  grid = (np.arange(len(outline)) + 0.5) / len(outline) - 0.5
  disc = np.hypot(*np.meshgrid(grid, grid)) < 0.49
  assert geometry.overlap(outline, disc) > 0.93


def test_a_pushed_ball_does_not_roll_away():
  turn, place, speed = geometry.dropped(KINDS['ball'], velocity=0.3)
  assert np.hypot(*place[:2]) < 0.3
  assert speed < 0.05
  assert turn[2, 2] > 0.9


def test_the_ring_has_a_hole():
  mesh = geometry.drawn(KINDS['ring'])
  around = [(0.115 * a, 0.0) for a in (-1, 1)]
  middle, *rim = geometry.heights(mesh, np.array([(0.0, 0.0), *around]))
  assert middle < 0.02
  assert min(rim) > 0.08


def test_the_robot_reaches_out_of_its_body():
  robot = KINDS['robot']
  body, arms = (robot.parts[i].mesh.vertices for i in (0, 2))
  assert arms[:, 0].max() - body[:, 0].max() > 0.04
  assert arms[:, 1].max() - body[:, 1].max() > 0.03
