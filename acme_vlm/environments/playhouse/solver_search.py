"""Short sequences of discrete actions to a pose with some property."""

import heapq
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from acme_vlm.environments.playhouse import actions, view
from acme_vlm.environments.playhouse import world as world_lib

Act = tuple[int, int]
# Ways a little longer than the shortest are found much sooner.
_GREED = 1.6
# Poses closer than this are one to the search: metres and radians.
_SAME = 0.1
# So many steps nearer are enough for once: from there it is seen anew.
_STRETCH = 6.0


class Way(NamedTuple):
  """Where a search ended.

  Attributes:
    acts: (move, look) of each step.
    poses: after each step.
    found: whether the last pose has the property.
  """

  acts: list[Act]
  poses: list[view.Pose]
  found: bool


def search(
  world: world_lib.World,
  space: actions.ActionSpace,
  *,
  arrived: Callable[[view.Pose, view.Pose], bool],
  estimate: Callable[[view.Pose], float],
  penalty: Callable[[view.Pose, view.Pose], float] | None = None,
  most: int = 400,
) -> Way:
  """Searches from the agent's pose, by A*, through what steps would do.

  Args:
    world: the home now; nothing in it is moved.
    space: of discrete actions.
    arrived: the property, of the last pose but one and the last.
    estimate: about how many steps a pose is away from it.
    penalty: what a step costs besides, in steps, by the poses before and
      after it; None: nothing.
    most: poses from which steps are tried.

  Returns:
    A way of at least one step to such a pose; where it is far, or none was
    found, a way to a pose that seemed nearer, perhaps empty.
  """
  came: list[tuple[int, Act, view.Pose]] = [(0, (0, 0), world.pose)]
  queue = [(0.0, 0, 0.0)]
  known: dict[tuple[int, ...], float] = {}
  first = estimate(world.pose)
  best = first, 0
  steps = _Steps(world, space)
  for _ in range(most):
    if not queue:
      break
    _, number, cost = heapq.heappop(queue)
    before = came[number][2]
    if first - estimate(before) > _STRETCH:
      return _way(came, number, False)
    for act, pose in steps.after(before):
      total = cost + 1 + (penalty(before, pose) if penalty else 0.0)
      key = tuple(round(value / _SAME) for value in pose)
      if known.get(key, math.inf) <= total:
        continue
      known[key] = total
      came.append((number, act, pose))
      child = len(came) - 1
      if arrived(before, pose):
        return _way(came, child, True)
      left = estimate(pose)
      best = min(best, (left, child))
      heapq.heappush(queue, (total + _GREED * left, child, total))
  return _way(came, best[1], False)


class _Steps:
  """The poses after a step, by each action without its grab."""

  def __init__(self, world: world_lib.World, space: actions.ActionSpace):
    self._world, self._loose = world, world.loose()
    self._moves = [
      space.decode(space.encode(move, 0, 0))
      for move in range(len(actions.MOVES))
    ]
    self._looks = [
      space.decode(space.encode(0, look, 0))
      for look in range(len(actions.LOOKS))
    ]

  def after(self, pose: view.Pose) -> Iterator[tuple[Act, view.Pose]]:
    for move, step in enumerate(self._moves):
      there = self._world.moved(
        pose, step.forward, step.left, 0.0, 0.0, self._loose
      )
      for look, turned in enumerate(self._looks):
        yield (
          (move, look),
          self._world.moved(there, 0.0, 0.0, turned.turn, turned.tilt),
        )


def _way(
  came: list[tuple[int, Act, view.Pose]], number: int, found: bool
) -> Way:
  acts, poses = [], []
  while number:
    number, act, pose = came[number]
    acts.append(act)
    poses.append(pose)
  return Way(acts[::-1], poses[::-1], found)
