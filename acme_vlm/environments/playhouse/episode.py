"""What an episode begins with: a home with its goal in it, and a pose."""

import dataclasses
import math
import random

import numpy as np

from acme_vlm import errors
from acme_vlm.environments.playhouse import (
  actions,
  floor_plan,
  layout,
  truth,
  view,
  walking,
)
from acme_vlm.environments.playhouse import config as config_lib
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import world as world_lib

_TRIES = 100
_NEAR_START = 1.6
# Within reach: what it begins with is aimed at, or the hand is where it can let
# go.
_IN_HAND_REACH = (0.55, 0.9)
# So far that what is let go at once is hardly ever in its place.
_TO_CARRY = (1.3, 2.4)
_BESIDE, _OVER, _MIDDLE = 0.38, 0.25, 0.13
# How far from its place the thing then is, metres.
_BY_PLACE = (0.8, 1.5)
# A way to the goal must lead to where it can be seen from close by.
_IN_REACH = 0.85


def begin(
  world: world_lib.World,
  rng: random.Random,
  goal: goals_lib.Goal,
  config: config_lib.HomeConfig,
  *,
  near: bool = False,
  held: bool = False,
) -> None:
  """Builds a home in which the goal can be achieved and is not yet.

  Args:
    world: of a fitting capacity; written to.
    rng: random numbers.
    goal: of the episode.
    config: rooms and objects.
    near: begin within sight of the goal's object, which of Pick and Place is
      near where it is to be put.
    held: begin with it in the hand, within sight of where it is to be put.

  Raises:
    EnvironmentFailure: no such home was found in many tries.
  """
  nearer = rng.random() < config.reach_starts
  for _ in range(_TRIES):
    plan = floor_plan.draw(rng, rng.randint(*config.rooms), config.room_kinds)
    home = layout.draw(
      rng,
      plan=plan,
      wanted=wanted(rng, goal, config),
      needed=(goal.support,) if goal.support else (),
    )
    if not _possible(home, goal):
      continue
    place = _place(home, goal)
    if near and not held and place != home.objects[0]:
      home = _by_its_place(rng, home, place)
    target = place if held else home.objects[0] if near else None
    pose = _start(rng, home, place, target, held, nearer)
    if pose is None:
      continue
    world.build(home, pose)
    if goal.support and truth.stands_on(world, 0, goal.support):
      continue
    if held and not _room_in_hand(world):
      continue
    if held:
      world.hand_over(0)
    if nearer and (held or near):
      _wander(world, rng, config, held)
    if held and world.held != 0:
      continue  # It slipped on the way.
    if not truth.achieved(world, goal):
      return
  raise errors.EnvironmentFailure(
    f'expected a home for the goal {goal.words!r}, found none in {_TRIES} tries'
  )


def _wander(
  world: world_lib.World,
  rng: random.Random,
  config: config_lib.HomeConfig,
  held: bool,
) -> None:
  """Some steps at random away from where the episode would have begun."""
  space = actions.ActionSpace(config)
  for _ in range(rng.randint(0, config.start_steps)):
    world.step(*space.wander(rng, grab=held))


def wanted(
  rng: random.Random, goal: goals_lib.Goal, config: config_lib.HomeConfig
) -> list[tuple[str, str]]:
  """Objects of a home: the goal's, its like, and any others.

  Args:
    rng: random numbers.
    goal: its object comes first, its neighbour second.
    config: how many there are.

  Returns:
    (kind, colour) of each.
  """
  kinds = goals_lib.kinds(config.goal_set)
  colours = goals_lib.colours(config.goal_set)
  kind, colour = goal.kind, goal.colour or rng.choice(colours)
  pairs = [(kind, colour)]
  if goal.neighbour:
    pairs.append((goal.neighbour, rng.choice(colours)))
  other_colours = [c for c in colours if c != colour]
  other_kinds = [k for k in kinds if k not in (kind, goal.neighbour)]
  pairs.append((rng.choice(other_kinds), colour))
  if goal.colour:
    pairs.append((kind, rng.choice(other_colours)))
  number = rng.randint(*config.objects)
  while len(pairs) < number:
    pair = rng.choice(kinds), rng.choice(colours)
    # The goal is unmistakable: another of its like would be right as well.
    if pair != (kind, colour):
      pairs.append(pair)
  return pairs[: max(number, 2)]


def _possible(home: layout.Layout, goal: goals_lib.Goal) -> bool:
  """Whether what the goal speaks of found its place in the home."""
  things = home.objects
  if not things or (things[0].kind != goal.kind):
    return False
  if goal.colour and things[0].colour != goal.colour:
    return False
  if goal.neighbour and (len(things) < 2 or things[1].kind != goal.neighbour):
    return False
  return goal.support is None or any(
    piece.kind == goal.support for piece in home.furniture
  )


def _place(
  home: layout.Layout, goal: goals_lib.Goal
) -> layout.Furniture | layout.Object:
  """Where the goal's object is to be put, or is where it is not to be put."""
  if goal.support is None:
    return home.objects[1 if goal.neighbour else 0]
  return next(p for p in home.furniture if p.kind == goal.support)


def _by_its_place(
  rng: random.Random,
  home: layout.Layout,
  place: layout.Furniture | layout.Object,
) -> layout.Layout:
  """The goal's object on the floor near where it is to be put, if it fits."""
  first, *others = home.objects
  loose = np.array([(o.x, o.y, 0.15) for o in others if o.z < 0.1])
  grid = walking.Walking(home).grid(loose.reshape(-1, 3))
  away = np.hypot(grid.xs[:, None] - place.x, grid.ys[None, :] - place.y)
  least, most = _BY_PLACE
  cells = np.argwhere(grid.free & (away >= least) & (away <= most))
  if not len(cells):
    return home
  i, j = cells[rng.randrange(len(cells))]
  x, y = float(grid.xs[i]), float(grid.ys[j])
  moved = first._replace(x=x, y=y, z=0.0)
  return dataclasses.replace(home, objects=(moved, *others))


def _room_in_hand(world: world_lib.World) -> bool:
  """Whether nothing is where the first object would be held."""
  eye, radius = world.eye, world.radius(0)
  body = world.blueprint.objects[0].body
  for right, up in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
    start = eye.position + radius * (right * eye.right + up * eye.up)
    distance = world.rays.cast(start, eye.forward, body).distance
    if 0 <= distance <= world_lib.HOLD + radius:
      return False
  return True


def _start(
  rng: random.Random,
  home: layout.Layout,
  place: layout.Furniture | layout.Object,
  target: layout.Furniture | layout.Object | None,
  held: bool,
  nearer: bool,
) -> view.Pose | None:
  """A place from which all can be reached; None if there is none.

  Args:
    rng: random numbers.
    home: the layout; the goal's object is its first.
    place: where the goal's object is to be put.
    target: begin within sight of it; None begins anywhere.
    held: whether the goal's object is in the hand.
    nearer: begin within reach of the target.
  """
  loose = np.array([(o.x, o.y, 0.15) for o in home.objects if o.z < 0.1])
  grid = walking.Walking(home).grid(loose.reshape(-1, 3))

  def away(x: float, y: float) -> np.ndarray:
    return np.hypot(grid.xs[:, None] - x, grid.ys[None, :] - y)

  goal = home.objects[0]
  reachable = grid.reaching(away(goal.x, goal.y) < _IN_REACH)
  if not (reachable & (away(place.x, place.y) < _NEAR_START)).any():
    return None
  x, y, z, spread = 0.0, 0.0, 0.0, 0.6
  if target is not None:
    x, y = target.x, target.y
    least, most = 0.0, _NEAR_START
    if nearer or held:
      x, y, z = _spot(rng, target, held)
      least, most = _IN_HAND_REACH if nearer else _TO_CARRY
    if nearer:
      spread = 0.15
    reachable &= (away(x, y) >= least) & (away(x, y) <= most)
  cells: np.ndarray = np.argwhere(reachable)
  if not len(cells):
    return None
  i, j = cells[rng.randrange(len(cells))]
  px, py = float(grid.xs[i]), float(grid.ys[j])
  yaw, pitch = rng.uniform(-np.pi, np.pi), rng.uniform(0.0, 0.5)
  if target is not None:
    yaw = math.atan2(y - py, x - px) + rng.uniform(-spread, spread)
    if nearer:
      pitch = _tilt(rng, math.hypot(x - px, y - py), z, held)
  return view.Pose(px, py, yaw, pitch)


def _tilt(rng: random.Random, away: float, z: float, held: bool) -> float:
  """Pitch from which a thing is taken, or let go, at a distance and height."""
  low, high = world_lib.PITCHES
  if held:
    # What is held is not in what it is to be put on.
    over = (world_lib.EYE_HEIGHT - z - _OVER) / world_lib.HOLD
    pitch = math.asin(min(max(over, -0.4), 0.7)) - rng.uniform(0.0, 0.3)
  else:
    down = math.atan2(world_lib.EYE_HEIGHT - z - _MIDDLE, away)
    pitch = down + rng.uniform(-0.3, 0.3)
  return min(max(pitch, low), high)


def _spot(
  rng: random.Random, target: layout.Furniture | layout.Object, held: bool
) -> tuple[float, float, float]:
  """Where a thing may be put on or beside a target, or is to be taken."""
  if isinstance(target, layout.Furniture):
    top = rng.choice(target.surfaces())
    x = top.x0 + rng.uniform(0.2, 0.8) * (top.x1 - top.x0)
    return x, top.y0 + rng.uniform(0.2, 0.8) * (top.y1 - top.y0), top.z
  angle = rng.uniform(-math.pi, math.pi)
  away = _BESIDE if held else 0.0
  x, y = away * math.cos(angle), away * math.sin(angle)
  return target.x + x, target.y + y, target.z
