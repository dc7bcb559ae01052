import math
import random

import numpy as np
import pytest

from acme_vlm.environments.playhouse import floor_plan, walking
from acme_vlm.environments.playhouse.furniture import catalogue
from tests.environments.playhouse import geometry, homes

NONE = np.zeros((0, 3))


def boxes(home):
  """Everything that the agent's disc must not touch, in its own arithmetic."""
  for wall in home.plan.walls():
    if wall.z - wall.half_z < 0.1:
      yield floor_plan.Rectangle(
        wall.x - wall.half_x,
        wall.x + wall.half_x,
        wall.y - wall.half_y,
        wall.y + wall.half_y,
      )
  for piece in home.furniture:
    if catalogue.KINDS[piece.kind].solids:
      yield piece.footprint


def depth(home, x, y):
  """How far the disc sinks into something."""
  gaps = [
    math.hypot(x - min(max(x, b.x0), b.x1), y - min(max(y, b.y0), b.y1))
    for b in boxes(home)
  ]
  return walking.RADIUS - min(gaps)


def start(home, floor, rng):
  while True:
    room = rng.choice(home.plan.rooms)
    x, y = rng.uniform(room.x0, room.x1), rng.uniform(room.y0, room.y1)
    if floor.free(x, y, NONE):
      return x, y


@pytest.mark.parametrize('rooms', [1, 5])
def test_random_walks_touch_nothing_and_stay_inside(rooms):
  rng = random.Random(0)
  for seed in range(4):
    home = homes.home(seed, rooms)
    floor = walking.Walking(home)
    x, y = start(home, floor, rng)
    moved = 0.0
    for _ in range(400):
      yaw = rng.uniform(-math.pi, math.pi)
      forward, left = rng.choice([(0.5, 0), (0, 0.5), (-0.5, 0), (0.35, -0.35)])
      nx, ny = floor.walk((x, y), yaw, forward, left, NONE)
      assert math.hypot(nx - x, ny - y) <= 0.5 + 1e-9
      moved += math.hypot(nx - x, ny - y)
      x, y = nx, ny
      assert depth(home, x, y) < 1e-9
      assert any(room.holds(x, y) for room in home.plan.rooms)
    assert moved > 20


def test_free_agrees_with_the_distance_to_boxes():
  home = homes.home(2, 3)
  floor = walking.Walking(home)
  rng = random.Random(1)
  seen = set()
  for _ in range(2000):
    room = rng.choice(home.plan.rooms)
    x, y = rng.uniform(room.x0, room.x1), rng.uniform(room.y0, room.y1)
    free = depth(home, x, y) <= 0
    seen.add(free)
    assert floor.free(x, y, NONE) == free
  assert seen == {True, False}


def test_it_goes_straight_on_free_floor_and_slides_along_walls():
  floor = walking.Walking(homes.empty([]))
  assert floor.walk((0, 0), 0.0, 0.4, 0.0, NONE) == pytest.approx((0.4, 0))
  assert floor.walk((0, 0), math.pi / 2, 0.4, 0, NONE) == pytest.approx(
    (0, 0.4)
  )
  # Left of one who looks along x is y.
  assert floor.walk((0, 0), 0.0, 0.0, 0.4, NONE) == pytest.approx((0, 0.4))
  x, y = floor.walk((2.2, 0), math.pi / 4, 0.4, 0.0, NONE)
  assert x <= 2.5 - 0.06 - 0.2 + 1e-9 and y == pytest.approx(0.4 / math.sqrt(2))


def test_things_on_the_floor_stop_it_but_one_can_step_away():
  floor = walking.Walking(homes.empty([]))
  ball = np.array([[0.5, 0.0, 0.14]])
  x, y = floor.walk((0, 0), 0.0, 0.4, 0.0, ball)
  assert math.hypot(0.5 - x, y) >= 0.34 - 1e-9
  # It stands in the circle already: outwards it may go, inwards not.
  assert floor.walk((0.3, 0), 0.0, -0.4, 0.0, ball)[0] < 0.0
  assert floor.walk((0.3, 0), 0.0, 0.4, 0.0, ball)[0] == 0.3


def relaxed(grid, targets):
  """Shortest ways by repeated relaxation of the whole table."""
  steps = np.where(targets & grid.free, 0.0, np.inf)
  while True:
    padded = np.pad(steps, 1, constant_values=np.inf)
    around = np.min(
      [
        padded[2:, 1:-1],
        padded[:-2, 1:-1],
        padded[1:-1, 2:],
        padded[1:-1, :-2],
      ],
      axis=0,
    )
    after = np.where(grid.free, np.minimum(steps, around + 1), np.inf)
    if np.array_equal(after, steps):
      return steps
    steps = after


def test_ways_are_shortest_and_lead_through_doorways():
  for seed in range(5):
    home = homes.home(seed, 4)
    grid = walking.Walking(home).grid(NONE)
    targets = np.zeros_like(grid.free)
    targets[geometry.cell(grid, *home.plan.rooms[0].middle)] = True
    steps = grid.steps_to(targets)
    np.testing.assert_array_equal(steps, relaxed(grid, targets))
    for room in home.plan.rooms:
      inside = (
        (grid.xs > room.x0)[:, None]
        & (grid.xs < room.x1)[:, None]
        & (grid.ys > room.y0)
        & (grid.ys < room.y1)
      )
      assert np.isfinite(steps[inside & grid.free]).mean() > 0.9


@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (7, 8), (8, 7), (23, 31)])
def test_what_reaches_is_what_has_a_way(shape):
  rng = np.random.default_rng(sum(shape))
  for share in (0.1, 0.4, 0.6, 1.0):
    for _ in range(20):
      free = rng.random(shape) < share
      targets = rng.random(shape) < 3 / free.size
      grid = walking.Grid(np.arange(shape[0]), np.arange(shape[1]), free)
      np.testing.assert_array_equal(
        grid.reaching(targets), np.isfinite(relaxed(grid, targets))
      )


def test_cells_of_the_grid_are_free():
  home = homes.home(4, 3)
  floor = walking.Walking(home)
  loose = np.array([[*home.plan.rooms[0].middle, 0.15]])
  grid = floor.grid(loose)
  for i, j in np.argwhere(grid.free):
    assert floor.free(grid.xs[i], grid.ys[j], loose)
  i, j = geometry.cell(grid, 100, 100)
  assert grid.free[i, j]
