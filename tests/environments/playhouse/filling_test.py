import itertools

import numpy as np
import pytest

from acme_vlm.environments.playhouse import floor_plan
from acme_vlm.environments.playhouse.furniture import catalogue as furniture
from acme_vlm.environments.playhouse.objects import catalogue as objects
from tests.environments.playhouse import homes

BOX = 'robot'


@pytest.fixture(scope='module')
def world():
  return homes.built(homes.home(0, 2))


def test_things_rest_on_the_surfaces_of_homes_written_one_after_another(world):
  """Dropped from 3 cm on every surface of thirty homes in one model."""
  kinds, tried, rested = set(), 0, 0
  for seed in range(30):
    home = homes.home(seed, 2, [(BOX, 'red')])
    world.build(home, world.pose)
    for piece in home.furniture:
      for top in piece.surfaces():
        x, y = (top.x0 + top.x1) / 2, (top.y0 + top.y1) / 2
        world.put(0, x, y, top.z + 0.03)
        for _ in range(3):
          world.step(0, 0, 0, 0, False)
        tried += 1
        kinds.add(piece.kind)
        if world.beneath(0) == piece.kind:
          rested += 1
          assert world.position(0)[2] == pytest.approx(top.z, abs=0.02), piece
          assert world.position(0)[:2] == pytest.approx([x, y], abs=0.05)
  assert len(kinds) >= 8
  assert rested == tried


def test_rays_meet_walls_where_they_are_drawn(world):
  """From the middle of rooms at the height of the eye, and over doors."""
  for seed in range(20):
    home = homes.home(seed, 2)
    world.build(home, world.pose)
    solid = {
      s: world.model.geom_bodyid[s] for _, s in world.blueprint.walls
    }.values()
    for room in home.plan.rooms:
      x, y = room.middle
      for towards, distance in (
        ((1, 0), room.x1 - x),
        ((-1, 0), x - room.x0),
        ((0, 1), room.y1 - y),
        ((0, -1), y - room.y0),
      ):
        start = np.array([x, y, 2.3])
        hit = world.rays.cast(start, np.array([*towards, 0.0]))
        assert hit.body in solid
        assert hit.distance == pytest.approx(distance - floor_plan.WALL)
    pieces = list(home.plan.walls())
    for piece, (drawn, wall) in zip(
      pieces, world.blueprint.walls, strict=False
    ):
      half = piece.half_x, piece.half_y, piece.half_z
      for geom in (drawn, wall):
        assert world.model.geom_size[geom] == pytest.approx(half)
        assert world.data.geom_xpos[geom] == pytest.approx(piece[1:4])


def test_things_thrown_at_a_wall_stay_in_the_room():
  for direction in itertools.product((-1, 0, 1), repeat=2):
    world = homes.built(homes.empty([homes.thing('ball', 0, 0)]))
    joined = world.blueprint.joined[0]
    world.data.qvel[joined.dof : joined.dof + 3] = (*direction, 0.5)
    world.data.qvel[joined.dof : joined.dof + 2] *= 8
    for _ in range(10):
      world.step(0, 0, 0, 0, False)
    x, y, z = world.position(0)
    assert max(abs(x), abs(y)) < 2.5 and -0.05 < z < 1


def test_furniture_stops_rays_where_its_kind_says():
  """Rays from above: a surface is as high as the catalogue has it."""
  for name, kind in furniture.KINDS.items():
    for quarter in range(4):
      piece = homes.piece(name, 0.3, -0.2, quarter)
      world = homes.built(homes.empty([homes.thing(BOX, 2, 2)], [piece]))
      for top in piece.surfaces():
        start = np.array(
          [(top.x0 + top.x1) / 2, (top.y0 + top.y1) / 2, top.z + 0.2]
        )
        hit = world.rays.down(start)
        assert hit.distance == pytest.approx(0.2, abs=0.011), name
        assert world.model.body(hit.body).name == 'furniture_0'
    assert kind.name == name


def test_what_a_new_home_has_not_is_gone():
  world = homes.built(
    homes.empty(
      [homes.thing('car', n - 2, 1) for n in range(4)],
      [homes.piece('table', 0, -1)],
    )
  )
  world.build(homes.empty([homes.thing('ball', 0, 1)]), world.pose)
  for x, y in itertools.product(np.linspace(-2.2, 2.2, 15), repeat=2):
    hit = world.rays.down(np.array([x, y, 1.5]))
    body = world.model.body(hit.body).name
    assert body in ('world', 'object_0')
  slot = world.blueprint.objects[0]
  assert world.model.body_mass[slot.body] == objects.KINDS['ball'].mass


def test_colours_and_meshes_are_those_of_the_home():
  home = homes.home(3)
  world = homes.built(home)
  for thing, slot in zip(home.objects, world.blueprint.objects, strict=False):
    tint, paint = world.blueprint.meshes[f'object/{thing.kind}']
    assert world.model.geom_rgba[slot.tint, :3] == pytest.approx(thing.rgb)
    assert world.model.geom_dataid[slot.tint] == tint
    if paint >= 0:
      assert world.model.geom_dataid[slot.paint] == paint
      assert np.all(world.model.geom_rgba[slot.paint] == 1)
  assert world.model.light_diffuse[0] == pytest.approx(home.light.lamp)
