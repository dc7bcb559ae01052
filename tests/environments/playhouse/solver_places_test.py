import math
import random

import numpy as np
import pytest

from acme_vlm.environments.playhouse import (
  floor_plan,
  goals,
  solver_places,
  truth,
  view,
)
from acme_vlm.environments.playhouse import world as world_lib
from tests.environments.playhouse import homes

GOALS = {g.words: g for g in goals.goals('pick_and_place', 'common')}
ON, BESIDE = GOALS['a red duck on a table'], GOALS['a duck next to a ball']


def over(world, index, x, y, ground, above=0.03):
  """A pose that holds a thing so much above a place."""
  middle = world.centre(index)[2] - world.position(index)[2]
  down = world_lib.EYE_HEIGHT - (ground + middle + above)
  pitch = math.asin(down / world_lib.HOLD)
  away = world_lib.HOLD * math.cos(pitch)
  return view.Pose(x - away, y, 0.0, pitch)


def standing(kind='ball', x=1.0, y=0.0):
  """A duck and another thing on the floor of a large room."""
  things = [homes.thing('duck', -1.0, -1.0), homes.thing(kind, x, y)]
  return homes.built(homes.empty(things), objects=3)


def before_a_table():
  table = homes.piece('table', 1.2, 0.0)
  things = [homes.thing('duck', -1.0, -1.0), homes.thing('ball', -1.0, 1.0)]
  return homes.built(homes.empty(things, [table]), objects=3), table


@pytest.mark.parametrize('support', goals.SUPPORTS['common'])
def test_places_on_furniture_lie_over_it(support):
  goal = ON._replace(support=support)
  rng = random.Random(0)
  for seed in range(6):
    home = homes.home(seed, needed=(support,))
    world = homes.built(home)
    pieces = [p for p in home.furniture if p.kind == support]
    found = solver_places.places(world, goal, 0)
    assert pieces and len(found) == sum(len(p.surfaces()) for p in pieces)
    for place in found:
      assert place.holds(*place.middle) and place.away(*place.middle) == 0
      for _ in range(20):
        x = rng.uniform(place.top.x0 - 0.5, place.top.x1 + 0.5)
        y = rng.uniform(place.top.y0 - 0.5, place.top.y1 + 0.5)
        assert place.holds(x, y) == (place.away(x, y) == 0)
        # Over the furniture, and not at its very edge.
        if place.holds(x, y):
          assert any(
            p.footprint.x0 + 0.02 < x < p.footprint.x1 - 0.02
            and p.footprint.y0 + 0.02 < y < p.footprint.y1 - 0.02
            for p in pieces
          )
      world.put(0, *place.middle, place.top.z)
      assert world.clearance(0) < 0.05
      assert truth.stands_on(world, 0, support)
      assert solver_places.in_place(world, goal, 0)


def test_places_beside_lie_in_the_neighbours_ring():
  world = standing()
  (place,) = solver_places.places(world, BESIDE, 0)
  rims = world.radius(0) + world.radius(1)
  inside = 0
  for angle in np.linspace(-3, 3, 13):
    for gap in np.linspace(-0.1, 0.4, 26):
      x = 1.0 + (rims + gap) * math.cos(angle)
      y = (rims + gap) * math.sin(angle)
      if place.holds(x, y):
        inside += 1
        assert 0 < gap < truth.LIMITS.gap
  assert inside > 13 * 4
  for angle in (0.3, 2.0, -2.5):
    away = rims + 0.1
    world.put(0, 1 + away * math.cos(angle), away * math.sin(angle), 0.0)
    assert place.holds(*world.position(0)[:2])
    assert truth.beside(world, 0, 1)
    assert solver_places.in_place(world, BESIDE, 0)
  world.put(0, 1 + rims + 0.35, 0.0, 0.0)
  assert not solver_places.in_place(world, BESIDE, 0)


def test_places_beside_are_on_what_the_neighbour_stands_on():
  world, table = before_a_table()
  (top,) = table.surfaces()
  world.put(1, (top.x0 + top.x1) / 2, 0.0, top.z)
  (place,) = solver_places.places(world, BESIDE, 0)
  assert place.top.z == top.z
  for x in np.linspace(top.x0 - 0.3, top.x1 + 0.3, 30):
    for y in np.linspace(top.y0 - 0.3, top.y1 + 0.3, 30):
      if place.holds(x, y):
        assert top.x0 < x < top.x1 and top.y0 < y < top.y1


def test_there_is_no_place_beside_what_is_not_there():
  world = standing(kind='robot')
  assert solver_places.places(world, BESIDE, 0) == []
  assert not solver_places.in_place(world, BESIDE, 0)
  assert solver_places.places(world, ON, 0) == []


def test_the_hand_is_before_the_eye():
  rng = random.Random(0)
  world = standing()
  for _ in range(20):
    world.pose = view.Pose(
      rng.uniform(-1, 1),
      rng.uniform(-1, 1),
      rng.uniform(-3, 3),
      rng.uniform(*world_lib.PITCHES),
    )
    hand = world.eye.position + world_lib.HOLD * world.eye.forward
    assert solver_places.hold(world.pose) == pytest.approx(hand)


def test_what_fits_comes_to_stand_there_and_what_is_taken_does_not_fit():
  world, _ = before_a_table()
  (place,) = solver_places.places(world, ON, 0)
  x, y, z = place.top.x0 + 0.1, 0.0, place.top.z
  pose = over(world, 0, x, y, z)
  assert solver_places.Carried(world, 0).fits(pose, pose, place)
  high = over(world, 0, x, y, z, above=0.2)
  assert not solver_places.Carried(world, 0).fits(high, high, place)
  aside = pose._replace(x=pose.x - 0.5)
  assert not solver_places.Carried(world, 0).fits(aside, aside, place)
  world.put(1, x + 0.05, y, z)
  assert not solver_places.Carried(world, 0).fits(pose, pose, place)
  # As it does, without anything in its way.
  world.put(1, -1.0, 1.0, 0.0)
  world.pose = pose
  world.hand_over(0)
  for grab in (True, True, False, False, False):
    world.step(0, 0, 0, 0, grab)
  assert truth.stands_on(world, 0, 'table')
  assert world.position(0)[:2] == pytest.approx((x, y), abs=0.08)


def test_room_beneath_ends_at_furniture_and_walls():
  world, table = before_a_table()
  carried = solver_places.Carried(world, 0)
  (top,) = table.surfaces()
  x = (top.x0 + top.x1) / 2
  for above in (0.05, 0.15):
    pose = over(world, 0, x, 0.0, top.z, above)
    assert carried.clearance(pose, pose) == pytest.approx(above, abs=0.02)
  low = over(world, 0, x, 0.0, top.z - 0.2)
  assert carried.clearance(low, low) < 0
  free = over(world, 0, -0.5, 0.0, 0.0, 0.3)
  assert carried.clearance(free, free) == pytest.approx(0.3, abs=0.01)
  # On the way through the table's top as well as at its end.
  beyond = low._replace(x=low.x - 1.4)
  assert carried.clearance(low, beyond) <= carried.clearance(beyond, beyond)
  wall = view.Pose(2.3, 1.5, 0.0, 0.0)
  assert carried.clearance(wall, wall) == -1


def test_what_is_behind_a_table_does_not_come_to_the_hand():
  world, table = before_a_table()
  pose = view.Pose(-1.8, -1.0, 0.0, 0.3)
  assert solver_places.Carried(world, 0).comes(pose)
  # From beneath the table's top.
  world.put(0, 1.2, 0.0, 0.02)
  pose = over(world, 0, 1.2, 0.0, table.surfaces()[0].z, 0.1)
  assert not solver_places.Carried(world, 0).comes(pose)


def test_what_cannot_follow_lags():
  world = standing()
  carried = solver_places.Carried(world, 0)
  world.hand_over(0)
  assert not carried.lags()
  world.pose = world.pose._replace(yaw=1.0)
  assert carried.lags()


def test_a_doorway_lets_things_through_and_the_wall_beside_it_does_not():
  left = floor_plan.Rectangle(-2, 0.5, -2, 2)
  right = floor_plan.Rectangle(0.5, 3, -2, 2)
  door = floor_plan.Doorway((0, 1), 0.5, 1.0, 'y')
  plain = homes.empty([homes.thing('duck', -1.0, -1.0)])
  plan = floor_plan.FloorPlan((left, right), ('study', 'study'), (door,))
  home = plain.__class__(plan, plain.looks * 2, (), plain.objects, plain.light)
  carried = solver_places.Carried(homes.built(home), 0)
  for y, free in ((1.0, True), (-0.5, False)):
    pose = view.Pose(-0.25, y, 0.0, 0.0)
    assert (carried.clearance(pose, pose) > 0) == free
