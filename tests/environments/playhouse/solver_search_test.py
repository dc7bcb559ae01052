import math

import pytest

from acme_vlm.environments.playhouse import (
  actions,
  config,
  solver_search,
  view,
)
from tests.environments.playhouse import homes

STEP, TURN = 0.4, math.radians(30)
SPACE = actions.ActionSpace(
  config.HomeConfig(step_metres=STEP, step_degrees=30.0)
)
START = view.Pose(-1.0, 0.0, 0.0, 0.0)
GOAL = -0.1, 0.0


@pytest.fixture(scope='module')
def world():
  """A small room; a thing stands between the agent and where it is to go."""
  things = [homes.thing('robot', -0.55, 0.0), homes.thing('ball', -1.0, 1.2)]
  return homes.built(homes.empty(things, half=1.6), START, objects=2)


def there(pose, yaw=None):
  return math.hypot(pose.x - GOAL[0], pose.y - GOAL[1]) < 0.25 and (
    yaw is None or abs(math.remainder(pose.yaw - yaw, 2 * math.pi)) < 0.1
  )


def fewest(world, arrived, most=6):
  """Steps of the shortest way: breadth first, nothing left out but pitch."""
  layer, known = [world.pose], set()
  for count in range(1, most + 1):
    after = []
    for pose in layer:
      for forward, left in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        for turn in (-1, 0, 1):
          there = world.moved(
            pose, STEP * forward, STEP * left, TURN * turn, 0.0
          )
          key = tuple(round(value, 3) for value in there)
          if key in known:
            continue
          known.add(key)
          if arrived(there):
            return count
          after.append(there)
    layer = after
  raise AssertionError(f'no way of {most} steps')


def walked(world, way):
  """The poses that steps of the world itself lead to."""
  poses = []
  for move, look in way.acts:
    motion = SPACE.decode(SPACE.encode(move, look, 0))
    pose = poses[-1] if poses else START
    poses.append(
      world.moved(pose, motion.forward, motion.left, motion.turn, motion.tilt)
    )
  return poses


@pytest.mark.parametrize(
  ('same', 'longer'), [(1e-3, 0), (solver_search._SAME, 1)]
)
@pytest.mark.parametrize('yaw', [None, math.radians(-90)])
def test_without_an_estimate_the_way_is_the_shortest(
  world, monkeypatch, yaw, same, longer
):
  """At most a step longer where poses close to each other are one."""
  monkeypatch.setattr(solver_search, '_SAME', same)
  before = world.data.qpos.copy()
  way = solver_search.search(
    world,
    SPACE,
    arrived=lambda before, pose: there(pose, yaw),
    estimate=lambda pose: 0.0,
    most=4000,
  )
  assert way.found and there(way.poses[-1], yaw)
  assert len(way.acts) == len(way.poses)
  count = fewest(world, lambda pose: there(pose, yaw))
  # Straight through the thing it would be two.
  assert 2 < count <= len(way.acts) <= count + longer
  assert walked(world, way) == way.poses
  assert world.pose == START
  assert (world.data.qpos == before).all()


def test_with_an_estimate_it_is_little_longer_and_found_sooner(world):
  tried = []

  def arrived(before, pose):
    tried.append(pose)
    return there(pose)

  lengths, counts = [], []
  for weight in (0.0, 1.0):
    tried.clear()
    way = solver_search.search(
      world,
      SPACE,
      arrived=arrived,
      estimate=lambda pose, weight=weight: (
        weight
        * max(math.hypot(pose.x - GOAL[0], pose.y - GOAL[1]) - 0.25, 0)
        / STEP
      ),
      most=4000,
    )
    assert way.found
    lengths.append(len(way.acts))
    counts.append(len(tried))
  assert lengths[0] <= lengths[1] <= 1.6 * lengths[0]
  assert counts[1] < counts[0] / 2


@pytest.mark.parametrize('side', [-1, 1])
def test_what_costs_is_gone_around(world, side):
  way = solver_search.search(
    world,
    SPACE,
    arrived=lambda before, pose: there(pose),
    estimate=lambda pose: 0.0,
    penalty=lambda before, pose: 20.0 if side * pose.y < -0.05 else 0.0,
    most=4000,
  )
  assert way.found
  assert all(side * pose.y >= -0.05 for pose in way.poses)
  assert max(side * pose.y for pose in way.poses) > 0.2


def test_a_way_that_is_too_long_ends_nearest(world):
  tried = []

  def arrived(before, pose):
    tried.append(pose)
    return False

  def estimate(pose):
    return math.hypot(pose.x - GOAL[0], pose.y - GOAL[1]) / STEP

  way = solver_search.search(
    world,
    SPACE,
    arrived=arrived,
    estimate=estimate,
    most=25,
  )
  assert not way.found and walked(world, way) == way.poses
  assert estimate(way.poses[-1]) == min(map(estimate, tried))
  assert estimate(way.poses[-1]) < estimate(START) - 1


def test_a_long_way_is_begun_and_seen_anew():
  """From six steps nearer on, whatever lies behind."""
  room = homes.empty([], half=3.0)
  world = homes.built(room, view.Pose(-2.6, 0, 0, 0), objects=2)

  def estimate(pose):
    return (2.4 - pose.x) / STEP

  way = solver_search.search(
    world,
    SPACE,
    arrived=lambda before, pose: pose.x > 2.4,
    estimate=estimate,
  )
  assert not way.found
  assert 6 < estimate(world.pose) - estimate(way.poses[-1]) <= 7
  assert len(way.acts) == 7


def test_where_nothing_can_be_reached_the_way_is_empty(world):
  way = solver_search.search(
    world,
    SPACE,
    arrived=lambda before, pose: False,
    estimate=lambda pose: abs(pose.x - START.x),
    most=5,
  )
  assert way == solver_search.Way([], [], False)
