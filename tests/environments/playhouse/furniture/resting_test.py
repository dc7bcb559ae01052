import pytest

from acme_vlm.environments.playhouse import paints
from acme_vlm.environments.playhouse.furniture import resting
from tests.environments.playhouse import geometry
from tests.environments.playhouse.furniture import rules

KINDS = {kind.name: kind for kind in resting.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', ['bed', 'sofa', 'armchair', 'dining chair'])
def test_the_back_is_at_the_least_x(name):
  kind = KINDS[name]
  x, _ = kind.footprint
  mesh = geometry.drawn(kind)
  tall = mesh.vertices[mesh.vertices[:, 2] > 0.85 * mesh.vertices[:, 2].max()]
  assert tall[:, 0].max() < -0.25 * x


def test_pillows_lie_at_the_head_and_outside_of_the_free_part():
  bed = KINDS['bed']
  linen = next(part.mesh for part in bed.parts if part.paint == paints.WHITE)
  high = linen.vertices[linen.vertices[:, 2] > bed.surfaces[0].z + 0.005]
  assert high[:, 0].max() < bed.surfaces[0].x0


def test_the_sofa_seats_more_than_the_armchair():
  wide = {
    name: KINDS[name].surfaces[0].y1 - KINDS[name].surfaces[0].y0
    for name in ('sofa', 'armchair')
  }
  assert wide['sofa'] > 2 * wide['armchair']
