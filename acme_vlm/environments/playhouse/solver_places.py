"""Where the solver can carry a thing, and where it can put it down."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from acme_vlm.environments.playhouse import (
  floor_plan,
  kinds,
  truth,
  view,
)
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import world as world_lib

# Above all furniture that things are carried over, below the lintels.
_OVERHEAD = 1.95
# What is let go hangs this much over its place at most; it may be pressed onto
# it by more, as the hand gives way.
_DROP, _PRESS = 0.09, 0.28
# How far a thing's middle keeps from the edge of what it is put on.
_MARGIN = 0.1
_GAP = (0.03, 0.18)
# Pressed down within this of its end, metres.
_PRESS_PATH = 0.12
_LAG, _CELL = 0.15, 0.04


class Place(NamedTuple):
  """Where the middle of a thing's base may come to stand.

  Attributes:
    top: the level rectangle.
    beside: x, y, and least and greatest distance of what it is to stand next
      to; None: anywhere on the rectangle.
  """

  top: kinds.Surface
  beside: tuple[float, float, float, float] | None = None

  @property
  def middle(self) -> tuple[float, float]:
    """Where to turn to."""
    if self.beside is not None:
      return self.beside[0], self.beside[1]
    return (self.top.x0 + self.top.x1) / 2, (self.top.y0 + self.top.y1) / 2

  def holds(self, x: float, y: float) -> bool:
    """Whether a thing there is in its place."""
    top = self.top
    if not (top.x0 <= x <= top.x1 and top.y0 <= y <= top.y1):
      return False
    if self.beside is None:
      return True
    cx, cy, least, most = self.beside
    return least <= math.hypot(x - cx, y - cy) <= most

  def away(self, x: float, y: float) -> float:
    """Distance of a point from the place, about."""
    top = self.top
    if self.beside is not None:
      cx, cy, least, most = self.beside
      return abs(math.hypot(x - cx, y - cy) - (least + most) / 2)
    return math.hypot(
      max(top.x0 - x, x - top.x1, 0.0), max(top.y0 - y, y - top.y1, 0.0)
    )


def places(
  world: world_lib.World, goal: goals_lib.Goal, index: int
) -> list[Place]:
  """Places that make a goal of Pick and Place true of an object."""
  if goal.support:
    return [
      Place(_shrunk(top))
      for piece in world.home.furniture
      if piece.kind == goal.support
      for top in piece.surfaces()
    ]
  found = []
  for other, thing in enumerate(world.home.objects):
    if other == index or thing.kind != goal.neighbour:
      continue
    x, y, z = (float(value) for value in world.position(other))
    touching = world.radius(index) + world.radius(other)
    ring = x, y, touching + _GAP[0], touching + _GAP[1]
    found.append(Place(_shrunk(_top_under(world, x, y, z)), ring))
  return found


def hold(pose: view.Pose) -> tuple[float, float, float]:
  """Where the hand holds a thing's middle in a pose."""
  along = world_lib.HOLD * math.cos(pose.pitch)
  return (
    pose.x + along * math.cos(pose.yaw),
    pose.y + along * math.sin(pose.yaw),
    world_lib.EYE_HEIGHT - world_lib.HOLD * math.sin(pose.pitch),
  )


class Carried:
  """A thing in the hand, and what it would bump into."""

  def __init__(self, world: world_lib.World, index: int):
    """Takes the thing's size; it may be in the hand or not."""
    self._world, self._index = world, index
    low = world.position(index)[2]
    self._middle = float(world.centre(index)[2] - low)
    self._radius = world.radius(index)
    self._body = world.blueprint.objects[index].body
    self._tops: dict[tuple[int, int], float] = {}

  def clearance(self, before: view.Pose, after: view.Pose) -> float:
    """Least room beneath the thing in a step; below 0 if it bumps.

    Also where a wall comes between the eye and the thing.
    """
    plan = self._world.home.plan
    x, y, _ = hold(after)
    for share in (0.2, 0.4, 0.6, 0.8):
      here = after.x + share * (x - after.x), after.y + share * (y - after.y)
      if not _inside(plan, *here, 0.0):
        return -1.0
    return min(self._room(*point) for point in _path(before, after))

  def comes(self, pose: view.Pose) -> bool:
    """Whether the hand, in a pose, can pull the thing from where it is."""
    start, end = self._world.centre(self._index), hold(pose)
    return all(
      self._room(*(start + share * (np.array(end) - start))) > -0.04
      for share in (0.25, 0.5, 0.75, 1.0)
    )

  def fits(self, before: view.Pose, after: view.Pose, place: Place) -> bool:
    """Whether the thing, let go after a step, comes to stand in a place."""
    x, y, z = hold(after)
    over = z - self._middle - place.top.z
    if not (-_PRESS <= over <= _DROP and place.holds(x, y)):
      return False
    world = self._world
    for other in range(len(world.home.objects)):
      if other == self._index:
        continue
      away = world.position(other) - (x, y, place.top.z)
      touching = self._radius + world.radius(other)
      if abs(away[2]) < 0.3 and math.hypot(away[0], away[1]) < touching:
        return False
    # Nothing stands up there, such as a cushion; and it comes from above.
    if self._room(x, y, z) < over - 0.03:
      return False
    return all(
      self._room(*point) > -0.02
      for point in _path(before, after)
      if math.hypot(point[0] - x, point[1] - y) > _PRESS_PATH
    )

  def lags(self) -> bool:
    """Whether something keeps it from where the hand holds."""
    there = self._world.centre(self._index)
    return math.dist(there, hold(self._world.pose)) > _LAG

  def _room(self, x: float, y: float, z: float) -> float:
    """Room beneath the thing when its middle is at a point."""
    if not _inside(self._world.home.plan, x, y, self._radius):
      return -1.0
    cell = round(x / _CELL), round(y / _CELL)
    top = self._tops.get(cell)
    if top is None:
      reach = 0.8 * self._radius
      top = self._tops[cell] = max(
        self._top(_CELL * cell[0] + dx, _CELL * cell[1] + dy)
        for dx in (-reach, 0, reach)
        for dy in (-reach, 0, reach)
      )
    return z - self._middle - top

  def _top(self, x: float, y: float) -> float:
    """Height of the highest thing under a point."""
    above = np.array([x, y, _OVERHEAD])
    distance = self._world.rays.down(above, self._body).distance
    return _OVERHEAD - distance if distance >= 0 else 0.0


def _path(
  before: view.Pose, after: view.Pose
) -> Iterator[tuple[float, float, float]]:
  """Points on the way of the hand in a step, the last one its end."""
  (x0, y0, z0), (x1, y1, z1) = hold(before), hold(after)
  for share in (0.33, 0.67, 1.0):
    yield (
      x0 + share * (x1 - x0),
      y0 + share * (y1 - y0),
      z0 + share * (z1 - z0),
    )


def in_place(world: world_lib.World, goal: goals_lib.Goal, index: int) -> bool:
  """Whether an object stands where a goal wants it, in view or not."""
  if goal.support:
    return truth.stands_on(world, index, goal.support)
  return any(
    thing.kind == goal.neighbour
    and other != index
    and truth.beside(world, index, other)
    for other, thing in enumerate(world.home.objects)
  )


def _shrunk(top: kinds.Surface) -> kinds.Surface:
  mx = min(_MARGIN, 0.4 * (top.x1 - top.x0))
  my = min(_MARGIN, 0.4 * (top.y1 - top.y0))
  return kinds.Surface(
    top.x0 + mx, top.x1 - mx, top.y0 + my, top.y1 - my, top.z
  )


def _top_under(
  world: world_lib.World, x: float, y: float, z: float
) -> kinds.Surface:
  """The surface that something stands on, or the floor of its room."""
  for piece in world.home.furniture:
    for top in piece.surfaces():
      if (
        abs(top.z - z) < 0.1 and top.x0 <= x <= top.x1 and top.y0 <= y <= top.y1
      ):
        return top
  room = world.home.plan.rooms[world.home.plan.room_at(x, y)]
  return kinds.Surface(
    room.x0 + 0.15, room.x1 - 0.15, room.y0 + 0.15, room.y1 - 0.15, 0.0
  )


def _inside(
  plan: floor_plan.FloorPlan, x: float, y: float, radius: float
) -> bool:
  """Whether a thing touches no wall."""
  return any(
    room.holds(x, y, floor_plan.WALL + 0.8 * radius) for room in plan.rooms
  ) or any(
    abs(x - door.x) < 0.35 and abs(y - door.y) < 0.35 for door in plan.doorways
  )
