import numpy as np
import pytest

from acme_vlm.environments.playhouse.furniture import decoration
from tests.environments.playhouse.furniture import rules

KINDS = {kind.name: kind for kind in decoration.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


def test_the_rug_hinders_nobody():
  assert not KINDS['rug'].solids
  assert not KINDS['rug'].surfaces


def test_the_shade_hangs_high_over_the_foot():
  shade, stand = (part.mesh.vertices for part in KINDS['floor lamp'].parts)
  assert shade[:, 2].min() > rules.EYE
  foot = stand[stand[:, 2] < 0.05]
  stem = stand[(stand[:, 2] > 0.05)]
  assert np.ptp(foot[:, 0]) > 5 * np.ptp(stem[:, 0])


def test_leaves_spread_over_the_pot_and_are_hardly_green():
  pot, _, leaves = KINDS['plant pot'].parts
  assert np.ptp(leaves.mesh.vertices[:, 0]) > np.ptp(pot.mesh.vertices[:, 0])
  assert leaves.mesh.vertices[:, 2].min() > pot.mesh.vertices[:, 2].max()
  assert max(leaves.paint) - min(leaves.paint) < 0.1
