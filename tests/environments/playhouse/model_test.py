import mujoco
import numpy as np

from acme_vlm.environments.playhouse import model
from acme_vlm.environments.playhouse.furniture import catalogue as furniture
from acme_vlm.environments.playhouse.objects import catalogue as objects
from tests.environments.playhouse import homes


def test_one_model_is_compiled_for_all_homes_of_a_capacity():
  assert model.blueprint(model.Capacity(1, 8)) is model.blueprint(
    model.Capacity(1, 8)
  )


def test_slots_are_as_many_as_the_capacity_and_share_no_geom():
  made = model.blueprint(model.Capacity(2, 8))
  assert len(made.objects) == len(made.joined) == 8
  assert len(made.furniture) == model.Capacity(2, 8).furniture == 12
  assert len(made.floors) == len(made.ceilings) == 2
  ids = [
    geom
    for slot in (*made.objects, *made.furniture)
    for geom in (slot.tint, slot.paint, *slot.solids)
  ]
  ids += [g for pair in made.walls for g in pair]
  ids += [*made.floors, *made.ceilings, *made.gripper]
  # And the ground.
  assert len(set(ids)) == len(ids) == made.model.ngeom - 1


def test_every_kind_has_a_mesh_for_each_of_its_layers():
  made = model.blueprint(model.Capacity(1, 8))
  for prefix, catalogue in (
    ('object', objects.KINDS),
    ('furniture', furniture.KINDS),
  ):
    for name, kind in catalogue.items():
      tint, paint = made.meshes[f'{prefix}/{name}']
      parts = [part.paint is None for part in kind.parts]
      assert (tint >= 0) == any(parts)
      assert (paint >= 0) == (not all(parts))
      for mesh, layer in ((tint, True), (paint, False)):
        if mesh >= 0:
          assert made.model.mesh_vertnum[mesh] == sum(
            len(p.mesh.vertices)
            for p in kind.parts
            if (p.paint is None) == layer
          )


def test_worlds_leave_the_blueprint_and_one_another_alone():
  made = model.blueprint(model.Capacity(1, 8))
  before = {
    name: getattr(made.model, name).copy()
    for name in ('geom_pos', 'geom_size', 'geom_group', 'body_pos', 'geom_rgba')
  }
  one = homes.built(homes.home(0))
  kept = one.model.geom_pos.copy(), one.frame(72, 96)
  other = homes.built(homes.home(1))
  other.step(0.4, 0, 0, 0, True)
  for name, values in before.items():
    np.testing.assert_array_equal(getattr(made.model, name), values)
  np.testing.assert_array_equal(one.model.geom_pos, kept[0])
  np.testing.assert_array_equal(one.frame(72, 96), kept[1])


def test_only_solids_collide():
  made = model.blueprint(model.Capacity(1, 8)).model
  solid = made.geom_group == model.SOLID_GROUP
  gripper = [made.geom(f'gripper_{n}').id for n in ('left', 'right', 'bar')]
  assert np.all(made.geom_contype[~solid] == 0)
  assert np.all(made.geom_contype[gripper] == 0)
  assert made.opt.enableflags & mujoco.mjtEnableBit.mjENBL_SLEEP
