import math
import random

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.environments.playhouse import (
  config,
  episode,
  goals,
  model,
  solver_places,
  truth,
)
from acme_vlm.environments.playhouse import world as world_lib
from tests.environments.playhouse import geometry, homes

HOME = config.HomeConfig(rooms=(1, 2))


@pytest.fixture(scope='module')
def world():
  return world_lib.World(model.Capacity(2, HOME.objects[1]))


def begun(world, seed, family, **options):
  rng = random.Random(seed)
  goal = rng.choice(goals.goals(family, 'common'))
  episode.begin(world, rng, goal, HOME, **options)
  return goal


@pytest.mark.parametrize('family', goals.FAMILIES)
def test_the_goal_is_there_and_not_achieved_yet(world, family):
  for seed in range(15):
    goal = begun(world, seed, family)
    first, *others = world.home.objects
    assert first.kind == goal.kind and goal.colour in (None, first.colour)
    if goal.colour:
      assert (goal.kind, goal.colour) not in [
        (o.kind, o.colour) for o in others
      ]
    if goal.neighbour:
      assert others[0].kind == goal.neighbour
    if goal.support:
      assert goal.support in [p.kind for p in world.home.furniture]
      assert world.beneath(0) != goal.support
    assert not truth.achieved(world, goal)


def test_there_is_a_way_from_where_it_begins_to_its_object(world):
  """Through open doorways, not through the wall behind which it stands."""
  for seed in range(20):
    begun(world, seed, 'find')
    grid = world.walking.grid(world.loose())
    start = geometry.cell(grid, world.pose.x, world.pose.y)
    thing = world.home.objects[0]
    room = world.home.plan.room_at(thing.x, thing.y)
    targets = grid.free.copy()
    for i, x in enumerate(grid.xs):
      for j, y in enumerate(grid.ys):
        targets[i, j] &= (
          math.hypot(x - thing.x, y - thing.y) < 0.9
          and world.home.plan.room_at(x, y) == room
        )
    assert math.isfinite(grid.steps_to(targets)[start])
    assert world.walking.free(world.pose.x, world.pose.y, world.loose())


def test_near_starts_face_the_object_from_nearby(world):
  for seed in range(10):
    begun(world, seed, 'lift', near=True)
    thing = world.home.objects[0]
    dx, dy = thing.x - world.pose.x, thing.y - world.pose.y
    assert math.hypot(dx, dy) < 1.6
    turn = math.atan2(dy, dx) - world.pose.yaw
    assert abs(math.remainder(turn, 2 * math.pi)) <= 0.6 + 1e-9


def test_held_starts_hold_the_object_within_sight_of_its_place(world):
  """So far that it has to be carried, or so near that it can be let go."""
  too_far, home = 0, config.HomeConfig(rooms=(1, 2), reach_starts=0.0)
  for seed in range(30):
    rng = random.Random(seed)
    goal = rng.choice(goals.goals('pick_and_place', 'common'))
    episode.begin(world, rng, goal, home, held=True)
    for _ in range(3):
      world.step(0, 0, 0, 0, False)
    too_far += not solver_places.in_place(world, goal, 0)
  assert too_far >= 28
  for seed in range(15):
    goal = begun(world, seed, 'pick_and_place', held=True)
    assert world.held == 0
    # In the open: no part of it is inside of something.
    touching = [
      contact
      for contact in world.data.contact
      if world.blueprint.objects[0].body
      in world.model.geom_bodyid[[contact.geom1, contact.geom2]]
    ]
    assert all(contact.dist > -0.03 for contact in touching)
    # It hangs before the eye.
    away = world.centre(0) - world.eye.position
    assert np.linalg.norm(away) < world_lib.HOLD + world_lib.SLIP
    assert away @ world.eye.forward > 0
    place = world.home.objects[1]
    if goal.support:
      place = next(p for p in world.home.furniture if p.kind == goal.support)
    # To the middle of a bed it is farther than to its edge.
    assert math.hypot(place.x - world.pose.x, place.y - world.pose.y) < 3.4


@pytest.mark.parametrize('reach', [0.0, 1.0])
def test_the_share_of_starts_within_reach_is_configured(world, reach):
  home = config.HomeConfig(rooms=(1, 2), reach_starts=reach)
  taken = 0
  for seed in range(20):
    rng = random.Random(seed)
    goal = rng.choice(goals.goals('lift', 'common'))
    episode.begin(world, rng, goal, home, near=True)
    taken += world.aimed_at() == 0
  # Of all within reach 19, of none 4.
  assert (taken > 12) == bool(reach)


def test_starts_within_reach_may_have_steps_behind_them(world):
  """From one step away to many, and nothing is achieved on the way."""
  away = {}
  for steps in (0, 12):
    home = config.HomeConfig(reach_starts=1.0, start_steps=steps)
    away[steps] = []
    for seed in range(20):
      rng = random.Random(seed)
      goal = rng.choice(goals.goals('pick_and_place', 'common'))
      episode.begin(world, rng, goal, home, held=True)
      assert not truth.achieved(world, goal)
      assert world.held == 0
      place = world.home.objects[1]
      if goal.support:
        place = next(p for p in world.home.furniture if p.kind == goal.support)
      away[steps].append(
        math.hypot(place.x - world.pose.x, place.y - world.pose.y)
      )
  assert np.mean(away[12]) > np.mean(away[0]) + 0.1


def test_near_starts_may_have_steps_behind_them_too(world):
  """Those within reach, with an empty hand; others have none."""
  aimed, poses = {}, {}
  for reach, steps in ((1.0, 0), (1.0, 12), (0.0, 0), (0.0, 12)):
    home = config.HomeConfig(reach_starts=reach, start_steps=steps)
    aimed[reach, steps], poses[reach, steps] = 0, []
    for seed in range(20):
      goal = random.Random(seed).choice(goals.goals('lift', 'common'))
      episode.begin(world, random.Random(seed), goal, home, near=True)
      assert world.held is None
      aimed[reach, steps] += world.aimed_at() == 0
      poses[reach, steps].append(world.pose)
  assert aimed[1.0, 12] < aimed[1.0, 0] - 5
  assert poses[0.0, 12] == poses[0.0, 0]


def test_what_is_to_be_put_begins_near_its_place_then(world):
  """Of near starts; of others it is anywhere."""
  away = {True: [], False: []}
  for near in away:
    for seed in range(20):
      goal = begun(world, seed, 'pick_and_place', near=near)
      first, other = world.home.objects[:2]
      place = other
      if goal.support:
        place = next(p for p in world.home.furniture if p.kind == goal.support)
      x, y, z = world.position(0)
      away[near].append(math.hypot(place.x - x, place.y - y))
      assert not near or (
        z < 0.1 and (first.x, first.y) == pytest.approx((x, y), abs=0.05)
      )
  assert np.mean(np.array(away[True]) < 1.55) > 0.9
  assert np.mean(np.array(away[False]) < 1.55) < 0.6


def test_half_of_the_near_starts_are_within_reach(world):
  """Taken, or let go, at once, what begins so is often where it should be."""
  taken = placed = 0
  for seed in range(60):
    begun(world, seed, 'lift', near=True)
    taken += world.aimed_at() == 0
    goal = begun(world, seed, 'pick_and_place', held=True)
    for tilt in (0, 0, 0.3, 0.3):
      world.step(0, 0, 0, tilt, False)
      if truth.achieved(world, goal):
        placed += 1
        break
  # Of 60; where all begin farther away, 6 and 13.
  assert taken > 20 and placed > 25


def test_the_same_random_numbers_begin_the_same_episode(world):
  begun(world, 5, 'lift')
  first = world.home, world.pose
  begun(world, 6, 'lift')
  assert (world.home, world.pose) != first
  begun(world, 5, 'lift')
  assert (world.home, world.pose) == first


def test_distractors_share_the_kind_or_the_colour():
  for seed in range(20):
    goal = random.Random(seed).choice(goals.goals('find', 'common'))
    pairs = episode.wanted(random.Random(seed), goal, config.HomeConfig())
    assert pairs[0] == (goal.kind, goal.colour)
    assert pairs.count(pairs[0]) == 1
    assert any(c == goal.colour and k != goal.kind for k, c in pairs[1:])
    assert any(k == goal.kind and c != goal.colour for k, c in pairs[1:])
    assert 6 <= len(pairs) <= 9


def test_distractors_stand_in_the_home(world):
  """All but a few find a place; none is right as well."""
  both = 0
  for seed in range(20):
    goal = begun(world, seed, 'find')
    pairs = [(o.kind, o.colour) for o in world.home.objects]
    assert pairs[0] == (goal.kind, goal.colour)
    assert pairs.count(pairs[0]) == 1
    assert len(pairs) >= 4
    alike = any(k == goal.kind and c != goal.colour for k, c in pairs)
    both += alike and any(k != goal.kind and c == goal.colour for k, c in pairs)
  assert both >= 18


def test_a_world_that_was_used_before_is_as_a_new_one():
  """What an episode shows is its own, whatever the homes before it."""
  used = world_lib.World(model.Capacity(2, HOME.objects[1]))
  for seed in range(4):
    for _ in range(3):
      begun(used, 100 + seed, 'pick_and_place', held=True)
      for _ in range(3):
        used.step(0.4, 0, 0.5, -0.3, True)
      assert min(used.seen(n) for n in range(len(used.home.objects))) >= 0
    fresh = world_lib.World(model.Capacity(2, HOME.objects[1]))
    for world in (used, fresh):
      begun(world, seed, 'lift', near=True)
    numbers = range(len(fresh.home.objects))
    assert fresh.seen(0) > 0
    for name in ('seen', 'beneath', 'clearance', 'share_of_frame'):
      got, wanted = (
        [getattr(world, name)(n) for n in numbers] for world in (used, fresh)
      )
      assert got == wanted, name


def test_an_impossible_home_is_told(world, monkeypatch):
  monkeypatch.setattr(
    episode.layout, 'draw', lambda *args, **options: homes.empty([])
  )
  with pytest.raises(errors.EnvironmentFailure, match='found none in 100'):
    begun(world, 0, 'find')
