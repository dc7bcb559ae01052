import numpy as np
import pytest

from acme_vlm.environments.playhouse.objects import animals, catalogue
from tests.environments.playhouse import geometry
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in animals.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', KINDS)
def test_animals_have_two_equal_sides(name):
  assert all(rules.symmetric(part.mesh) for part in KINDS[name].parts)


@pytest.mark.parametrize('name', KINDS)
def test_animals_look_ahead(name):
  eyes = KINDS[name].parts[-1]
  assert max(eyes.paint) < 0.1
  assert geometry.triangles(eyes.mesh)[..., 0].max() > 0.05


def test_ears_rise_above_the_middle_of_the_head():
  for name in ('bear', 'rabbit'):
    mesh = geometry.drawn(KINDS[name])
    top = mesh.vertices[mesh.vertices[:, 2].argmax()]
    middle = geometry.heights(mesh, np.array([[top[0], 0.0]]))
    assert top[2] - middle > 0.01
    assert abs(top[1]) > 0.03
