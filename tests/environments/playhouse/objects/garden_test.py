import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh
from acme_vlm.environments.playhouse.objects import catalogue, garden
from tests.environments.playhouse import geometry
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in garden.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', ['vase', 'bucket'])
def test_one_can_look_into_vessels(name):
  kind = KINDS[name]
  top = kind.parts[1].mesh.vertices[:, 2].max()
  inside = geometry.heights(kind.parts[1].mesh, np.array([[0.004, 0.003]]))
  assert inside < top - 0.05
  assert kind.parts[1].shade < 0.5


def test_leaves_grow_to_all_sides_beyond_the_pot():
  *leaves, pot = (part.mesh for part in KINDS['plant'].parts)
  tips = mesh.merged(leaves).vertices
  tips = tips[np.hypot(tips[:, 0], tips[:, 1]) > np.ptp(pot.vertices[:, 0]) / 2]
  sectors = np.floor(np.arctan2(tips[:, 1], tips[:, 0]) / (np.pi / 3))
  assert len(set(sectors)) == 6


def test_the_watering_can_pours_ahead_and_is_held_behind():
  can = KINDS['watering can']
  vertices = geometry.drawn(can).vertices
  body = can.solids[0]
  assert vertices[:, 0].max() > body.at[0] + body.size[0] + 0.08
  assert vertices[:, 0].min() < body.at[0] - body.size[0] - 0.02
