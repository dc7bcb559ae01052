import numpy as np
import pytest

from acme_vlm.environments.playhouse.objects import catalogue, clothes
from tests.environments.playhouse import geometry
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in clothes.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


def test_the_brim_of_the_hat_is_wider_than_its_crown():
  felt = KINDS['hat'].parts[0].mesh.vertices
  radius = np.hypot(felt[:, 0], felt[:, 1])
  high = felt[:, 2] > 0.05
  assert radius[~high].max() > 1.4 * radius[high].max()


def test_one_looks_through_the_crown_and_into_the_boot():
  middle = np.array([[0.003, 0.002]])
  assert geometry.heights(geometry.drawn(KINDS['crown']), middle) == -np.inf
  inside = KINDS['boot'].parts[1].mesh
  shaft = inside.vertices[:, :2].mean(axis=0)[None]
  whole = geometry.drawn(KINDS['boot'])
  assert geometry.heights(whole, shaft) < whole.vertices[:, 2].max() - 0.08


def test_the_toe_of_the_boot_points_ahead():
  upper = KINDS['boot'].parts[0].mesh.vertices
  low, high = upper[upper[:, 2] < 0.1], upper[upper[:, 2] > 0.2]
  assert low[:, 0].max() > high[:, 0].max() + 0.1


def test_the_umbrella_lies_on_its_rim_and_on_its_handle():
  cover, _, stick = (part.mesh.vertices for part in KINDS['umbrella'].parts)
  assert cover[:, 2].min() < 0.008
  assert stick[:, 2].min() < 0.008
  ends = [v[v[:, 2].argmin(), 0] for v in (cover, stick)]
  assert ends[0] - ends[1] > 0.2


def test_the_suitcase_has_a_grip_on_top():
  shell = KINDS['suitcase'].parts[0].mesh.vertices
  whole = geometry.drawn(KINDS['suitcase'])
  grip, beside = geometry.heights(whole, np.array([(0.0, 0.0), (0.0, 0.07)]))
  assert grip > shell[:, 2].max() + 0.03 > beside
