import numpy as np
import pytest

from acme_vlm.environments.playhouse.objects import catalogue, tableware
from tests.environments.playhouse import geometry
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in tableware.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', ['mug', 'bowl', 'goblet', 'pan'])
def test_one_can_look_into_vessels(name):
  kind = KINDS[name]
  inside = kind.parts[1]
  assert inside.shade < 1
  middle = inside.mesh.vertices[:, :2].mean(axis=0)
  whole = geometry.drawn(kind)
  rim = inside.mesh.vertices[:, 2].max()
  assert geometry.heights(whole, middle[None]) < rim - 0.03


@pytest.mark.parametrize(('name', 'sides'), [('mug', 1), ('teapot', 2)])
def test_handles_and_spouts_stick_out_at_their_side_only(name, sides):
  vertices = geometry.drawn(KINDS[name]).vertices
  length, width = np.ptp(vertices[:, 0]), np.ptp(vertices[:, 1])
  assert length > (1 + 0.3 * sides) * width


def test_the_bottle_has_a_neck():
  vertices = KINDS['bottle'].parts[0].mesh.vertices
  radius = np.hypot(vertices[:, 0], vertices[:, 1])
  high = vertices[:, 2] > 0.24
  assert radius[high].max() < 0.5 * radius[~high].max()
