import math
import random

import numpy as np
import pytest

from acme_vlm.environments.playhouse import floor_plan, view, walking
from acme_vlm.environments.playhouse import world as world_lib
from acme_vlm.environments.playhouse.objects import catalogue
from tests.environments.playhouse import geometry, homes

DOWN = 0.7


def before_a(kind, x=0.8, z=0.0, furniture=()):
  """One thing straight ahead of an agent that looks down at it."""
  made = homes.empty([homes.thing(kind, x, 0, z)], furniture)
  pitch = math.atan2(world_lib.EYE_HEIGHT - z - 0.12, x)
  return homes.built(made, view.Pose(0, 0, 0, pitch))


def test_the_magnet_takes_what_it_is_aimed_at_and_holds_it_before_the_eye():
  world = before_a('duck')
  assert world.aimed_at() == 0
  world.step(0, 0, 0, 0, True)
  assert world.held == 0
  for tilt in (-0.35, -0.35, -0.35, 0, 0):
    world.step(0, 0, 0, tilt, True)
  hand = world.eye.position + world_lib.HOLD * world.eye.forward
  assert world.centre(0) == pytest.approx(hand, abs=0.05)
  assert world.clearance(0) > 0.3
  world.step(0, 0, math.pi / 6, 0, True)
  world.step(0, 0, 0, 0, True)
  hand = world.eye.position + world_lib.HOLD * world.eye.forward
  assert world.centre(0) == pytest.approx(hand, abs=0.05)


def test_what_is_let_go_falls_and_comes_to_rest_upright():
  for kind in ('duck', 'car', 'mug', 'robot', 'roll'):
    world = before_a(kind)
    world.step(0, 0, 0, -0.15, True)
    assert world.held == 0
    for _ in range(8):
      world.step(0, 0, 0, 0, False)
    assert world.held is None
    assert world.position(0)[2] == pytest.approx(0, abs=0.02)
    assert world.speed(0) < 0.05
    assert world.clearance(0) < 0.03


@pytest.mark.parametrize(
  ('x', 'yaw', 'pitch'), [(1.6, 0, 0.4), (0.8, 0.6, DOWN), (0.8, 0, -0.3)]
)
def test_it_takes_nothing_far_or_off_the_axis(x, yaw, pitch):
  home = homes.empty([homes.thing('duck', x, 0)])
  world = homes.built(home, view.Pose(0, 0, yaw, pitch))
  assert world.aimed_at() is None
  world.step(0, 0, 0, 0, True)
  assert world.held is None


def test_it_takes_nothing_through_a_wall():
  room = floor_plan.Rectangle(-2, 0.5, -2, 2)
  other = floor_plan.Rectangle(0.5, 3, -2, 2)
  door = floor_plan.Doorway((0, 1), 0.5, 1.4, 'y')
  plain = homes.empty([homes.thing('duck', 0.9, 0)])
  plan = floor_plan.FloorPlan((room, other), ('study', 'study'), (door,))
  home = plain.__class__(plan, plain.looks * 2, (), plain.objects, plain.light)
  world = homes.built(home, view.Pose(0, 0, 0, DOWN))
  assert world.seen(0) == 0 and world.aimed_at() is None


def test_a_thing_that_cannot_follow_slips():
  room = floor_plan.Rectangle(-2, 0.8, -2, 2)
  other = floor_plan.Rectangle(0.8, 3, -2, 2)
  door = floor_plan.Doorway((0, 1), 0.8, 1.4, 'y')
  plain = homes.empty([homes.thing('duck', 0.4, 0)])
  plan = floor_plan.FloorPlan((room, other), ('study', 'study'), (door,))
  home = plain.__class__(plan, plain.looks * 2, (), plain.objects, plain.light)
  world = homes.built(home, view.Pose(-0.3, 0, 0, DOWN))
  world.step(0, 0, 0, 0, True)
  assert world.held == 0
  # The agent is put behind the wall, which the thing runs into.
  for _ in range(3):
    world.pose = view.Pose(2.0, 0, 0, 0.0)
    world.step(0, 0, 0, 0, True)
    # The gripper goes with it, in the same step.
    gripper = world.model.geom_rgba[list(world.blueprint.gripper), 3]
    assert np.all(gripper == (world.held is not None))
  assert world.held is None


@pytest.mark.parametrize('kind', ['ball', 'mug', 'plane'])
def test_what_is_held_never_comes_into_the_eye(kind):
  """Carried straight into a wall it keeps its distance, or is let go."""
  world = before_a(kind)
  world.step(0, 0, 0, 0, True)
  for tilt in (-0.35, -0.3):
    world.step(0, 0, 0, tilt, True)
  assert world.held == 0
  for _ in range(12):
    world.step(0.4, 0, 0, 0, True)
    if world.held == 0:
      away = np.linalg.norm(world.centre(0) - world.eye.position)
      assert away > world.radius(0)
  assert world.pose.x > 2.0


def test_what_reaches_behind_the_eye_fills_the_frame():
  world = before_a('ball')
  middle = world.centre(0)
  shares = []
  for back in (0.6, 0.4, 0.3, 0.25):
    # Straight above it, looking down as far as can be, nearer and nearer.
    world.pose = view.Pose(float(middle[0]) - back, 0, 0, 0.9)
    shares.append(world.share_of_frame(0))
  assert 0 < shares[0] < shares[1]
  # It falls for 0.2 s from there.
  world.put(0, 0.0, 0.0, world_lib.EYE_HEIGHT - world.height(0) / 2 + 0.19)
  world.pose = view.Pose(-0.1, 0, 0, 0.0)
  assert world.share_of_frame(0) == pytest.approx(1.0)
  world.pose = view.Pose(0.4, 0, 0, 0.0)
  assert world.share_of_frame(0) == 0


def test_a_step_is_what_moved_says_and_tilt_ends_at_its_limits():
  world = homes.built(homes.home(1))
  rng = random.Random(0)
  for _ in range(100):
    motion = (
      rng.choice((0, 0.4, -0.4)),
      rng.choice((0, 0.4)),
      rng.uniform(-1, 1),
      rng.uniform(-1, 1),
    )
    after = world.moved(world.pose, *motion)
    world.step(*motion, False)
    assert world.pose == after
    assert world_lib.PITCHES[0] <= after.pitch <= world_lib.PITCHES[1]
    assert -math.pi <= after.yaw <= math.pi


def test_nothing_moves_where_nothing_is_touched():
  """All objects sleep; walking and looking about costs no physics."""
  world = homes.built(homes.home(2))
  for _ in range(5):
    world.step(0, 0, 0, 0, False)
  before, time = world.data.qpos.copy(), world.data.time
  for _ in range(20):
    world.step(0.4, 0, 0.5, 0, False)
  np.testing.assert_array_equal(world.data.qpos, before)
  assert world.data.time == time


@pytest.mark.parametrize('rooms', [1, 5])
def test_random_actions_never_break_the_physics(rooms):
  """Finite, above the floor, inside the home, and no faster than a throw."""
  rng = random.Random(rooms)
  world = homes.built(homes.home(0, rooms))
  warnings = world.data.warning.number.copy()
  held = 0
  for seed in range(8):
    home = homes.home(seed, rooms)
    floor = walking.Walking(home)
    room = home.plan.rooms[0]
    while True:
      x, y = rng.uniform(room.x0, room.x1), rng.uniform(room.y0, room.y1)
      if floor.free(x, y, np.zeros((0, 3))):
        break
    world.build(home, view.Pose(x, y, 0, 0.4))
    grab = False
    for _ in range(200):
      grab = not grab if rng.random() < 0.1 else grab
      world.step(
        rng.choice((0, 0.4, 0.4, -0.4)),
        rng.choice((0, 0, 0.4, -0.4)),
        rng.choice((0, 0.52, -0.52)),
        rng.choice((0, 0.35, -0.35)),
        grab,
      )
      held += world.held is not None
      check(world)
  assert held > 3
  np.testing.assert_array_equal(world.data.warning.number, warnings)


def check(world):
  assert np.all(np.isfinite(world.data.qpos))
  rooms = world.home.plan.rooms
  for n in range(len(world.home.objects)):
    x, y, z = world.position(n)
    assert -0.1 < z < 2.5, (n, z)
    assert any(r.holds(x, y, -0.1) for r in rooms), (n, x, y)
    assert world.speed(n) < 15, n


def test_put_beneath_and_clearance():
  table = homes.piece('table', 1.2, 0)
  top = table.surfaces()[0]
  world = before_a('robot', furniture=[table], x=-1)
  x, y = (top.x0 + top.x1) / 2, (top.y0 + top.y1) / 2
  world.put(0, x, y, top.z)
  world.step(0, 0, 0, 0, False)
  assert world.beneath(0) == 'table'
  assert world.clearance(0) == pytest.approx(0, abs=0.02)
  world.put(0, -1, -1, 0.5)
  assert world.beneath(0) is None
  assert 0.2 < world.clearance(0) <= 0.5


def test_objects_are_drawn_with_the_room_they_are_in():
  """A thing that is carried into another room does not vanish."""
  home = homes.home(5, 3)
  world = homes.built(home)
  slot = world.blueprint.objects[0]
  for index, room in enumerate(home.plan.rooms):
    world.put(0, *room.middle, 1.0)
    world.step(0, 0, 0, 0, False)
    assert world.model.geom_group[slot.tint] == index


def test_what_is_put_into_another_room_is_drawn_at_once():
  home = homes.home(5, 3)
  world = homes.built(home)
  own = home.plan.room_at(home.objects[0].x, home.objects[0].y)
  world.pose = next(
    pose
    for room in home.plan.rooms
    for yaw in (0.0, 1.6, 3.1, -1.6)
    if own
    not in view.visible_rooms(
      home.plan, pose := view.Pose(*room.middle, yaw, 0.3), 4 / 3
    )
  )
  without = world.frame(72, 96)
  x, y, yaw, _ = world.pose
  world.put(0, x + 0.8 * math.cos(yaw), y + 0.8 * math.sin(yaw), 0.6)
  got = world.frame(72, 96)
  everything = view.renderer(world.blueprint, 72, 96).draw(
    world.model, world.data, world.eye, list(range(3))
  )
  np.testing.assert_array_equal(got, everything)
  assert (got != without).any(-1).mean() > 0.01


@pytest.mark.parametrize('kind', ['robot', 'mug', 'duck'])
def test_the_middle_of_a_toppled_thing_is_that_of_its_turned_box(kind):
  world = before_a(kind)
  boxes = [
    geometry.solid_bounds(solid) for solid in catalogue.KINDS[kind].solids
  ]
  middle = (np.min(boxes, 0)[0] + np.max(boxes, 0)[1]) / 2
  world.put(0, 1.0, 0.0, 0.3)
  first = world.blueprint.joined[0].qpos
  # On its side, and a little further.
  world.data.qpos[first + 3 : first + 7] = (0.6, 0.48, 0.64, 0.0)
  for _ in range(6):
    world.step(0, 0, 0, 0, False)
    place, (w, *v) = np.split(world.data.qpos[first : first + 7], [3])
    turned = middle + 2 * np.cross(v, np.cross(v, middle) + w * middle)
    # The middle of the box is over that of the base but for a centimetre.
    np.testing.assert_allclose(world.centre(0), place + turned, atol=0.01)
  assert np.linalg.norm(turned - middle) > 0.05


def _gripper_pixels(world):
  """Share of the frame that is nearly black, as only the gripper is here."""
  return np.mean(world.frame(72, 96).max(axis=-1) < 48)


def test_the_gripper_is_drawn_only_while_something_is_held():
  nothing = homes.built(homes.empty([]), view.Pose(0, 0, 0, 0))
  away = nothing.frame(72, 96)
  nothing.step(0, 0, 0, 0, True)
  np.testing.assert_array_equal(nothing.frame(72, 96), away)
  world = homes.built(
    homes.empty([homes.thing('ball', 0.7, 0)]), view.Pose(0, 0, 0, 0.7)
  )
  assert _gripper_pixels(world) == 0
  world.step(0, 0, 0, 0, True)
  assert world.held == 0 and _gripper_pixels(world) > 0.005
  world.step(0, 0, 0, 0, False)
  assert _gripper_pixels(world) == 0
