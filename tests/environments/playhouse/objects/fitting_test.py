import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh, paints, prisms
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid
from acme_vlm.environments.playhouse.objects import fitting


def make(scale):
  half = (0.1 * scale, 0.05 * scale, 0.2 * scale)
  at = (0.3, 0.1, half[2])
  return ObjectKind(
    'thing',
    parts=(
      Part(prisms.box(half, at=at), shade=0.5),
      Part(prisms.box(half, at=at), paint=paints.WHITE),
    ),
    solids=(Solid('box', half, at), Solid('capsule', (0.02, 0.03), at)),
    mass=0.7,
  )


@pytest.mark.parametrize('scale', (0.5, 2.0))
def test_the_middle_comes_over_the_origin_and_the_base_stays(scale):
  low, high = fitting.extent(fitting.fitted(make(scale)))
  np.testing.assert_allclose((low + high)[:2], 0, atol=1e-12)
  assert low[2] == pytest.approx(0)


def test_what_is_small_keeps_its_size_and_what_is_big_its_shape():
  small, big = fitting.fitted(make(0.5)), fitting.fitted(make(2.0))
  np.testing.assert_allclose(
    np.ptp(fitting.extent(small), axis=0), (0.1, 0.05, 0.2)
  )
  expected = np.array((0.5, 0.25, 1)) * fitting.LARGEST
  np.testing.assert_allclose(np.ptp(fitting.extent(big), axis=0), expected)


def test_solids_go_with_the_parts():
  kind = fitting.fitted(make(2.0))
  low, high = fitting.extent(kind)
  box, capsule = kind.solids
  np.testing.assert_allclose(np.array(box.at) - box.size, low, atol=1e-12)
  np.testing.assert_allclose(np.array(box.at) + box.size, high, atol=1e-12)
  factor = fitting.LARGEST / 0.8
  np.testing.assert_allclose(capsule.size, (0.02 * factor, 0.03 * factor))


def test_the_rest_stays():
  before = make(2.0)
  after = fitting.fitted(before)
  assert (after.name, after.mass) == (before.name, before.mass)
  for old, new in zip(before.parts, after.parts, strict=True):
    assert (old.paint, old.shade) == (new.paint, new.shade)
    assert isinstance(new.mesh, mesh.Mesh)
