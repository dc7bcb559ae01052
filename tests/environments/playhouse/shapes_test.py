import mujoco
import numpy as np
import pytest

from acme_vlm.environments.playhouse import kinds, model, shapes
from acme_vlm.environments.playhouse.objects import catalogue
from tests.environments.playhouse import geometry

SOLIDS = [
  kinds.Solid('box', (0.1, 0.2, 0.05), (0.1, 0, 0.2), (20, 30, 40)),
  kinds.Solid('ellipsoid', (0.1, 0.2, 0.05), (0, 0.1, 0.2), (0, 50, 10)),
  kinds.Solid('sphere', (0.15,), (0.1, 0.1, 0.15)),
  kinds.Solid('cylinder', (0.1, 0.2), (0, 0, 0.2), (90, 0, 25)),
  kinds.Solid('capsule', (0.05, 0.1), (0, 0.1, 0.1), (0, 70, 0)),
]
IDS = [solid.shape for solid in SOLIDS]


@pytest.mark.parametrize('solid', SOLIDS, ids=IDS)
def test_bounds_enclose_a_solid_tightly(solid):
  """Against points of its surface, found by sampling."""
  low, high = shapes.bounds([solid])
  rng = np.random.default_rng(0)
  points = rng.uniform(low - 0.1, high + 0.1, (200_000, 3))
  inside = points[geometry.outside(solid, points) == 0]
  assert np.all(inside >= low - 1e-9) and np.all(inside <= high + 1e-9)
  np.testing.assert_allclose(inside.min(axis=0), low, atol=0.035)
  np.testing.assert_allclose(inside.max(axis=0), high, atol=0.035)


@pytest.mark.parametrize('name', catalogue.KINDS)
def test_samples_lie_inside_and_apart(name):
  solids = catalogue.KINDS[name].solids
  points = shapes.sample(solids)
  assert points.shape == (9, 3)
  away = np.min([geometry.outside(s, points) for s in solids], axis=0)
  assert away.max() < 1e-6
  gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
  assert gaps[np.triu_indices(9, 1)].min() > 0.02


def compiled(solid):
  axes = geometry.mesh_lib.rotation(solid.euler)[:, :2].T.ravel()
  text = ' '.join
  return mujoco.MjModel.from_xml_string(
    '<mujoco><worldbody><body><geom group="5" type="{}" size="{}" pos="{}"'
    ' xyaxes="{}"/></body></worldbody></mujoco>'.format(
      solid.shape, *(text(map(str, v)) for v in (solid.size, solid.at, axes))
    )
  )


@pytest.mark.parametrize('solid', SOLIDS, ids=IDS)
def test_a_written_slot_stops_rays_as_a_compiled_geom_does(solid):
  """Rays from all around; the slot was another primitive before."""
  made = model.blueprint(model.Capacity(1, 8))
  slot = made.objects[0]
  target = made.model.__copy__()
  data = mujoco.MjData(target)
  other = mujoco.MjData(reference := compiled(solid))
  mujoco.mj_forward(reference, other)
  for first in SOLIDS[::-1]:
    shapes.write(target, slot.solids[0], first)
  shapes.write(target, slot.solids[0], solid)
  for geom in slot.solids[1:]:
    shapes.remove(target, geom)
  shapes.bound(target, slot.body, slot.solids[:1])
  data.qpos[made.joined[0].qpos : made.joined[0].qpos + 7] = 0, 0, 0, 1, 0, 0, 0
  mujoco.mj_forward(target, data)
  groups = np.array([0, 0, 0, 0, 0, 1], np.uint8)
  rng = np.random.default_rng(0)
  hits = 0
  for _ in range(300):
    start = rng.uniform((-1, -1, 0.5), (1, 1, 2.5))
    towards = np.array(solid.at) + rng.uniform(-0.3, 0.3, 3) - start
    expected = mujoco.mj_ray(
      reference, other, start, towards, groups, 1, -1, np.zeros(1, np.int32)
    )
    geom = np.zeros(1, np.int32)
    got = mujoco.mj_ray(target, data, start, towards, groups, 1, -1, geom)
    if expected >= 0:
      hits += 1
      assert got == pytest.approx(expected, abs=1e-6)
      assert geom[0] == slot.solids[0]
    else:
      assert geom[0] != slot.solids[0]
  assert 10 < hits < 300
