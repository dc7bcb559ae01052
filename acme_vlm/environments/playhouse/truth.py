"""What is true of a frame: near, held up, put on, put next to.

From the physics and the geometry of the view, for evaluation and logs only. All
of it is about what the frame shows: an object that is out of sight is neither
near nor in place.
"""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import world as world_lib


class Limits(NamedTuple):
  """Where "near" and its like begin.

  Attributes:
    near: farthest along the floor, metres.
    centred: farthest from the middle of the view, degrees.
    seen: least share of the object that is in view and not hidden.
    share: least share of the frame that its visible part covers.
    in_view: farthest along the floor of what is judged in its place, metres.
    placed: farthest from the middle of the view of what was put there, degrees.
    raised: least height over what is beneath, metres.
    gap: widest between two things next to each other, metres.
  """

  near: float = 1.0
  centred: float = 14.0
  seen: float = 0.5
  share: float = 0.008
  in_view: float = 1.3
  placed: float = 20.0
  raised: float = 0.15
  gap: float = 0.25


LIMITS = Limits()
# What lies between these and `LIMITS` is neither quite true nor quite false.
LOOSE = Limits(1.2, 18.0, 0.3, 0.004, 1.6, 26.0, 0.07, 0.4)
_RESTING = 0.15
_LEVEL = 0.15


class Fact(NamedTuple):
  """Something that a frame shows.

  Attributes:
    family: 'find', 'lift' or 'pick_and_place'.
    thing: which object.
    support: name of the furniture that it stands on, or None.
    neighbour: index of the object it stands next to, or None.
  """

  family: str
  thing: int
  support: str | None = None
  neighbour: int | None = None


def facts(
  world: world_lib.World,
  family: str,
  limits: Limits = LIMITS,
  indices: Iterable[int] | None = None,
) -> Iterator[Fact]:
  """All that a frame shows of one family.

  Args:
    world: the home now.
    family: one of `goals.FAMILIES`.
    limits: where things begin to be true.
    indices: objects that the facts are about; None: all.

  Yields:
    The facts, in the order of the objects.
  """
  number = range(len(world.home.objects))
  indices = number if indices is None else indices
  if family == 'find':
    yield from (Fact(family, n) for n in indices if near(world, n, limits))
  elif family == 'lift':
    held = world.held
    if held is not None and held in indices and raised(world, held, limits):
      yield Fact(family, held)
  else:
    for n in indices:
      if not _put_in_view(world, n, limits):
        continue
      support = world.beneath(n)
      if isinstance(support, str):
        yield Fact(family, n, support=goals_lib.furniture_name(support))
      for other in number:
        if (
          n != other
          and beside(world, n, other, limits)
          and _resting_in_view(world, other, limits)
        ):
          yield Fact(family, n, neighbour=other)


def achieved(world: world_lib.World, goal: goals_lib.Goal) -> bool:
  """Whether the current frame achieves a goal."""
  alike = [
    n
    for n, thing in enumerate(world.home.objects)
    if thing.kind in (goal.kind, goal.neighbour)
    and goal.colour in (None, thing.colour)
  ]
  return any(
    matches(world, fact, goal)
    for fact in facts(world, goal.family, indices=alike)
  )


def near(world: world_lib.World, index: int, limits: Limits = LIMITS) -> bool:
  """Whether an object is near, centred, not hidden, and large enough."""
  return _looked_at(world, index, limits.near, limits.centred, limits)


def raised(world: world_lib.World, index: int, limits: Limits = LIMITS) -> bool:
  """Whether an object hangs in the air in view; the caller knows it is held."""
  return (
    world.seen(index) >= limits.seen and world.clearance(index) >= limits.raised
  )


def stands_on(world: world_lib.World, index: int, support: str) -> bool:
  """Whether an object stands on such furniture, in view or not."""
  beneath = world.beneath(index)
  return (
    world.held != index
    and isinstance(beneath, str)
    and goals_lib.furniture_name(beneath) == support
  )


def matches(world: world_lib.World, fact: Fact, goal: goals_lib.Goal) -> bool:
  """Whether a fact is what a goal asks for."""
  things = world.home.objects
  thing = things[fact.thing]
  if fact.family != goal.family:
    return False
  if fact.neighbour is not None:
    pair = goals_lib.paired(thing.kind, things[fact.neighbour].kind)
    return pair == (goal.kind, goal.neighbour)
  return (thing.kind, fact.support, None) == (
    goal.kind,
    goal.support,
    goal.neighbour,
  ) and goal.colour in (None, thing.colour)


def _looked_at(
  world: world_lib.World,
  index: int,
  within: float,
  degrees: float,
  limits: Limits,
) -> bool:
  """Whether an object is that close and that central, and large enough."""
  eye = world.eye
  away = world.centre(index) - eye.position
  if math.hypot(away[0], away[1]) > within:
    return False
  cosine = float(away @ eye.forward) / max(float(np.linalg.norm(away)), 1e-6)
  if cosine < math.cos(math.radians(degrees)):
    return False
  seen = world.seen(index)
  return (
    seen >= limits.seen and seen * world.share_of_frame(index) >= limits.share
  )


def _put_in_view(world: world_lib.World, index: int, limits: Limits) -> bool:
  """Whether an object lies still about where the eye looks."""
  return _resting_in_view(world, index, limits) and _looked_at(
    world, index, limits.in_view, limits.placed, limits
  )


def _resting_in_view(
  world: world_lib.World, index: int, limits: Limits
) -> bool:
  if index == world.held or world.speed(index) > _RESTING:
    return False
  away = world.centre(index) - world.eye.position
  if math.hypot(away[0], away[1]) > limits.in_view:
    return False
  return world.seen(index) >= limits.seen


def beside(
  world: world_lib.World, index: int, other: int, limits: Limits = LIMITS
) -> bool:
  """Whether two objects are next to each other, in view or not."""
  a, b = world.position(index), world.position(other)
  gap = math.hypot(*(a - b)[:2]) - world.radius(index) - world.radius(other)
  return gap <= limits.gap and abs(a[2] - b[2]) <= _LEVEL
