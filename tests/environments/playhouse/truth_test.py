import math
import random

import numpy as np
import pytest

from acme_vlm.environments.playhouse import (
  config,
  frames,
  goals,
  model,
  truth,
  view,
)
from acme_vlm.environments.playhouse import world as world_lib
from tests.environments.playhouse import homes, segmentation

HOME = config.HomeConfig(objects=(5, 8))
GOALS = {g.words: g for f in goals.FAMILIES for g in goals.goals(f, 'common')}


@pytest.fixture(scope='module')
def views():
  """Views of random homes, one after the other, as training data has them."""

  def draw(number, seed):
    world = world_lib.World(model.Capacity(1, 8))
    rng = random.Random(seed)
    while True:
      for _ in frames._views(world, rng, HOME):
        yield world
        number -= 1
        if not number:
          return

  return draw


def test_what_is_seen_agrees_with_the_pixels(views):
  """Against MuJoCo's segmentation: an object's pixels, hidden or drawn alone.

  The share of nine points in the solids and that of pixels differ by chance,
  and where a thing sticks out of the frame; what is clear must be the same.
  """
  shares, seen = [], []
  for world in views(100, 0):
    for n in range(len(world.home.objects)):
      body = world.blueprint.objects[n].body
      share = world.seen(n)
      mine = (segmentation.bodies(world) == body).sum() if share or n < 2 else 0
      if not share and not mine:
        continue
      alone = (segmentation.bodies(world, only=body) == body).sum()
      if alone < 40:
        continue
      x, y, depth = view.project(
        world.eye, world.centre(n)[None], world_lib.ASPECT
      )
      if depth[0] < 0.2 or max(abs(x[0]), abs(y[0])) > 0.7:
        continue
      shares.append(share)
      seen.append(mine / alone)
  shares, seen = np.array(shares), np.array(seen)
  assert len(shares) > 40
  assert np.corrcoef(shares, seen)[0, 1] > 0.6
  assert np.mean(np.abs(shares - seen) < 0.35) > 0.9
  assert np.mean((shares >= 0.5) == (seen >= 0.5)) > 0.93


def test_near_things_fill_the_middle_of_the_frame(views):
  """What is near has its pixels about the middle; what has none is not."""
  near = other = 0
  for world in views(150, 1):
    bodies = segmentation.bodies(world)
    for n in range(len(world.home.objects)):
      mine = bodies == world.blueprint.objects[n].body
      if truth.near(world, n):
        near += 1
        rows, columns = np.nonzero(mine)
        assert len(rows) >= 0.003 * mine.size
        off = math.hypot(rows.mean() - 47.5, columns.mean() - 63.5)
        # Of 96 pixels over 60 degrees; and some for the shape.
        centred = math.tan(math.radians(truth.LIMITS.centred))
        assert off < 48 * centred / math.tan(math.radians(30)) + 14
        away = world.centre(n) - world.eye.position
        assert math.hypot(away[0], away[1]) <= truth.LIMITS.near
      elif not mine.any():
        other += 1
        assert world.seen(n) <= 0.35
  assert near > 20 and other > 20


@pytest.mark.parametrize('family', goals.FAMILIES)
def test_looser_limits_are_true_of_more(views, family):
  strict = loose = 0
  for world in views(200, 2):
    first = set(truth.facts(world, family))
    second = set(truth.facts(world, family, truth.LOOSE))
    assert first <= second
    strict, loose = strict + len(first), loose + len(second)
  assert 0 < strict < loose


def looking(home, x=0.0, pitch=0.6):
  return homes.built(home, view.Pose(x, 0.0, 0.0, pitch))


def test_near_begins_at_a_metre_and_in_the_middle():
  goal = GOALS['a red duck up close']
  for distance, yaw, true in (
    (0.8, 0.0, True),
    (0.97, 0.0, True),
    (1.05, 0.0, False),
    (0.8, 0.35, False),
    (0.8, 3.1, False),
  ):
    home = homes.empty([homes.thing('duck', distance, 0)])
    pose = view.Pose(0, 0, yaw, math.atan2(0.62, distance))
    assert truth.achieved(homes.built(home, pose), goal) == true


def test_colour_and_kind_decide_whose_goal_it_is():
  home = homes.empty([homes.thing('duck', 0.8, 0)])
  world = looking(home)
  assert truth.achieved(world, GOALS['a red duck up close'])
  for words in ('a blue duck up close', 'a red ball up close'):
    assert not truth.achieved(world, GOALS[words])


def test_a_thing_behind_another_is_not_near():
  table = homes.piece('table', 1.0, 0)
  things = [homes.thing('ball', -1, -1), homes.thing('robot', -1, 1)]
  world = looking(homes.empty(things, [table]), pitch=-0.1)
  height = table.surfaces()[0].z
  world.put(0, 0.95, 0.0, height)
  assert truth.near(world, 0)
  world.put(1, 0.65, 0.0, height)
  assert not truth.near(world, 0) and truth.near(world, 1)
  world.put(1, 0.75, 0.6, height)
  assert truth.near(world, 0)


def test_lifted_means_held_and_off_the_ground():
  goal = GOALS['a red duck held up']
  world = looking(homes.empty([homes.thing('duck', 0.8, 0)]), pitch=0.67)
  assert not truth.achieved(world, goal)
  world.step(0, 0, 0, 0, True)
  for _ in range(2):
    world.step(0, 0, 0, -0.35, True)
  assert truth.achieved(world, goal)
  for _ in range(4):
    world.step(0, 0, 0, 0, False)
  assert not truth.achieved(world, goal)


def test_on_means_let_go_at_rest_there_and_in_view():
  goal = GOALS['a red duck on a table']
  table = homes.piece('table', 1.4, 0)
  top = table.surfaces()[0]
  world = looking(
    homes.empty([homes.thing('duck', 0.2, 1.5)], [table]), pitch=0.1
  )
  assert not truth.achieved(world, goal)
  world.put(0, top.x0 + 0.2, 0, top.z)
  for _ in range(3):
    world.step(0, 0, 0, 0, False)
  assert truth.achieved(world, goal)
  assert not truth.achieved(world, GOALS['a red duck on a bed'])
  world.pose = world.pose._replace(yaw=3.0)
  assert not truth.achieved(world, goal)
  assert truth.stands_on(world, 0, 'table')
  world.pose = world.pose._replace(yaw=0.0)
  world.grab(0)
  assert not truth.achieved(world, goal)


@pytest.mark.parametrize(
  ('furniture', 'true'),
  [('table', True), ('coffee table', True), ('desk', False)],
)
def test_a_coffee_table_is_a_table(furniture, true):
  piece = homes.piece(furniture, 1.2, 0)
  top = piece.surfaces()[0]
  world = looking(homes.empty([homes.thing('duck', 0.2, 1.5)], [piece]))
  world.put(0, (top.x0 + top.x1) / 2, 0, top.z)
  world.pose = world.pose._replace(pitch=math.atan2(0.65 - top.z, 1.1))
  assert world.beneath(0) == furniture
  assert truth.stands_on(world, 0, 'table') == true
  assert truth.achieved(world, GOALS['a red duck on a table']) == true
  (fact,) = truth.facts(world, 'pick_and_place')
  assert (fact.thing, fact.support) == (0, 'table' if true else furniture)


@pytest.mark.parametrize(('gap', 'true'), [(0.1, True), (0.3, False)])
def test_next_to_is_measured_between_the_rims(gap, true):
  first = homes.thing('duck', 0.9, 0)
  world = looking(homes.empty([first, homes.thing('ball', 0.9, 0.6)]))
  away = world.radius(0) + world.radius(1) + gap
  world.put(1, 0.9, away, 0)
  for _ in range(3):
    world.step(0, 0, 0, 0, False)
  assert truth.beside(world, 0, 1) == true
  goal = GOALS['a duck next to a ball']
  assert truth.achieved(world, goal) == true
  # With the ball in the middle of the view, the duck at its edge, and round.
  for index in (0, 1):
    x, y, _ = world.position(index)
    world.pose = world.pose._replace(yaw=math.atan2(y, x))
    assert truth.achieved(world, goal) == true


def test_what_was_put_is_judged_where_the_eye_looks():
  table = homes.piece('table', 1.4, 0)
  top = table.surfaces()[0]
  world = looking(
    homes.empty([homes.thing('duck', 0.2, 1.5)], [table]), pitch=0.3
  )
  world.put(0, top.x0 + 0.15, 0, top.z)
  away = world.centre(0) - world.eye.position
  down = math.atan2(-away[2], away[0])
  for degrees, true in ((0, True), (15, True), (24, False), (-24, False)):
    world.pose = world.pose._replace(pitch=down + math.radians(degrees))
    assert truth.achieved(world, GOALS['a red duck on a table']) == true
    world.pose = world.pose._replace(pitch=down, yaw=math.radians(degrees))
    assert truth.achieved(world, GOALS['a red duck on a table']) == true
    world.pose = world.pose._replace(yaw=0.0)
