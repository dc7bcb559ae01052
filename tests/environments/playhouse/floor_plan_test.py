import math

import pytest

from acme_vlm.environments.playhouse import floor_plan, model
from tests.environments.playhouse import homes

COUNTS = pytest.mark.parametrize('rooms', [1, 2, 3, 4, 5])
PLANS = 60


def area(r):
  return (r.x1 - r.x0) * (r.y1 - r.y0)


@COUNTS
def test_rooms_tile_a_rectangle_around_the_origin(rooms):
  for seed in range(PLANS):
    made = homes.plan(seed, rooms).rooms
    x0, x1 = min(r.x0 for r in made), max(r.x1 for r in made)
    y0, y1 = min(r.y0 for r in made), max(r.y1 for r in made)
    assert x0 == -x1 and y0 == -y1
    assert sum(map(area, made)) == pytest.approx((x1 - x0) * (y1 - y0))
    for n, room in enumerate(made):
      assert min(room.x1 - room.x0, room.y1 - room.y0) >= 2.8
      assert not any(room.overlaps(other) for other in made[:n])


@COUNTS
def test_every_room_is_reached_through_doorways_on_its_border(rooms):
  for seed in range(PLANS):
    plan = homes.plan(seed, rooms)
    group = list(range(rooms))
    for door in plan.doorways:
      a, b = (plan.rooms[n] for n in door.rooms)
      for room in (a, b):
        along, at = (
          ((room.x0, room.x1), (room.y0, room.y1))
          if door.along == 'x'
          else ((room.y0, room.y1), (room.x0, room.x1))
        )
        middle, border = (
          (door.x, door.y) if door.along == 'x' else (door.y, door.x)
        )
        assert border in at
        assert along[0] + 0.6 < middle < along[1] - 0.6
      old, new = group[door.rooms[0]], group[door.rooms[1]]
      group = [new if n == old else n for n in group]
    assert len(set(group)) == 1
    assert len(plan.doorways) == rooms - 1


def covered(boxes, x, y, z):
  return any(
    abs(x - b.x) <= b.half_x + 1e-9
    and abs(y - b.y) <= b.half_y + 1e-9
    and abs(z - b.z) <= b.half_z + 1e-9
    for b in boxes
  )


@COUNTS
def test_walls_are_whole_but_for_the_doorways(rooms):
  """Points along every border, at the height of the eye and of lintels."""
  for seed in range(10):
    plan = homes.plan(seed, rooms)
    boxes = list(plan.walls())
    assert len(boxes) <= model.Capacity(rooms, 2).walls
    for index, room in enumerate(plan.rooms):
      own = [box for box in boxes if box.room == index]
      for share in (0.003, 0.2, 0.35, 0.5, 0.64, 0.8, 0.997):
        x = room.x0 + share * (room.x1 - room.x0)
        y = room.y0 + share * (room.y1 - room.y0)
        for px, py in (
          (x, room.y0 + 0.03),
          (x, room.y1 - 0.03),
          (room.x0 + 0.03, y),
          (room.x1 - 0.03, y),
        ):
          in_door = any(
            math.hypot(0, py - d.y) < 0.1 and abs(px - d.x) < 0.5
            if d.along == 'x'
            else abs(px - d.x) < 0.1 and abs(py - d.y) < 0.5
            for d in plan.doorways
            if index in d.rooms
          )
          assert covered(own, px, py, 1.0) != in_door
          assert covered(own, px, py, 2.2)


@COUNTS
def test_many_plans_fit_the_slots_of_walls(rooms):
  most = max(len(list(homes.plan(s, rooms).walls())) for s in range(300))
  assert most <= model.Capacity(rooms, 2).walls


def test_each_kind_of_room_comes_once_before_one_comes_twice():
  for seed in range(20):
    assert len(set(homes.plan(seed, 4).kinds)) == 4
    names = homes.plan(seed, 5, ('kitchen', 'study')).kinds
    assert min(names.count('kitchen'), names.count('study')) == 2


def test_the_same_seed_draws_the_same_plan():
  assert homes.plan(3, 5) == homes.plan(3, 5)
  assert homes.plan(3, 5) != homes.plan(4, 5)


def test_room_at_takes_the_nearest_outside():
  plan = homes.plan(0, 5)
  for index, room in enumerate(plan.rooms):
    assert plan.room_at(*room.middle) == index
  right = max(range(5), key=lambda n: (plan.rooms[n].x1, plan.rooms[n].y1))
  room = plan.rooms[right]
  assert plan.room_at(room.x1 + 1, room.middle[1]) == right


def test_rectangles_hold_and_overlap():
  one = floor_plan.Rectangle(0, 1, 0, 2)
  assert one.holds(1, 2) and not one.holds(1.01, 1)
  assert one.holds(0.5, 1, 0.5) and not one.holds(0.4, 1, 0.5)
  other = floor_plan.Rectangle(1.2, 2, 0, 2)
  assert not one.overlaps(other) and one.overlaps(other, 0.3)
