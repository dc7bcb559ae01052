"""Solves the home's tasks by what the simulator knows: no agent sees that.

For recordings and reference returns only.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import dm_env
import numpy as np

from acme_vlm import errors
from acme_vlm.environments.playhouse import (
  actions,
  environment,
  solver_places,
  solver_search,
  truth,
  view,
  walking,
)
from acme_vlm.environments.playhouse import world as world_lib

# Beyond this an object's direction says nothing about the way to it.
_NEARBY = 1.5
# How far an object may be from where it is looked at, or taken from.
_SIGHT, _GRASP = 0.95, 1.15
# Height over the ground, or a table, that counts as raised for sure.
_RAISED = 0.22
_TILT_HELD = -0.2
_AIM = math.radians(9)
_T = TypeVar('_T')
_Point = tuple[float, float, float]


def make(
  home: environment.Playhouse,
) -> Callable[[dm_env.TimeStep], int]:
  """Returns a solver of the home's three families of tasks.

  It searches for a short sequence of actions to where the goal is achieved,
  or the object can be taken, or let go in its place; and again whenever the
  home is not as the search had it.

  Args:
    home: with discrete control.

  Returns:
    A function from the newest time step to the next action.

  Raises:
    ConfigError: if the control is continuous.
  """
  if home.home.control != 'discrete':
    raise errors.ConfigError(
      "expected home.control 'discrete' for the scripted solver, got"
      f' {home.home.control!r}'
    )
  return _Solver(home)


class _Solver:
  """One environment's solver; it notices a new episode by its first step."""

  def __init__(self, home: environment.Playhouse):
    self._home, self._world = home, home.world
    self._space = home.action_space
    self._rng = random.Random(0)
    # What is planned, and the pose before each of these actions.
    self._acts: list[tuple[int, int, int]] = []
    self._poses: list[view.Pose] = []
    self._held: int | None = None

  def __call__(self, timestep: dm_env.TimeStep) -> int:
    if timestep.first():
      self._begin()
    if self._acts and self._poses[0] != self._world.pose:
      self._acts = []
    if not self._acts or self._held != self._world.held:
      self._plan()
      self._held = self._world.held
    if not self._acts:
      # No way was found: a step at random makes another problem of it.
      return self._space.encode(
        self._rng.randrange(len(actions.MOVES)),
        self._rng.randrange(len(actions.LOOKS)),
        int(self._world.held is not None),
      )
    move, look, grab = self._acts.pop(0)
    self._poses.pop(0)
    return self._space.encode(move, look, grab)

  def _begin(self) -> None:
    self._rng = random.Random(0)
    self._acts, self._poses, self._held = [], [], None

  def _plan(self) -> None:
    """Decides what to do next, and how."""
    self._acts = []
    world, goal = self._world, self._home.task
    alike = [
      n
      for n, thing in enumerate(world.home.objects)
      if thing.kind == goal.kind and goal.colour in (None, thing.colour)
    ]
    if world.held is not None and world.held not in alike:
      self._follow(solver_search.Way([(0, 0)], [world.pose], True), (0, 0))
    elif goal.family == 'find':
      self._look_at(alike)
    elif goal.family == 'lift':
      if world.held is None:
        self._take(alike)
      else:
        self._raise(world.held)
    elif world.held is not None:
      self._put(world.held)
    else:
      placed = [n for n in alike if solver_places.in_place(world, goal, n)]
      if placed:
        self._look_at(placed)
      else:
        self._take(alike)

  def _look_at(self, indices: Sequence[int]) -> None:
    """Goes where the goal is achieved by what is seen there."""
    world, goal = self._world, self._home.task
    nearby = _SIGHT if goal.family == 'find' else truth.LIMITS.in_view

    def arrived(before: view.Pose, pose: view.Pose) -> bool:
      return self._close(pose, indices, nearby) and self._would(
        pose, lambda: truth.achieved(world, goal)
      )

    way = self._to_objects(indices, arrived, nearby)
    if way is not None:
      self._follow(way, (0, 0))

  def _take(self, indices: Sequence[int]) -> None:
    """Goes where the magnet takes one of some objects, and takes it."""
    world = self._world
    carried = {n: solver_places.Carried(world, n) for n in indices}

    def aims(before: view.Pose, pose: view.Pose) -> bool:
      return self._close(pose, indices, _GRASP) and (
        self._would(pose, world.aimed_at) in indices
      )

    def comes(before: view.Pose, pose: view.Pose) -> bool:
      if not aims(before, pose):
        return False
      index = self._would(pose, world.aimed_at)
      return index is not None and carried[index].comes(pose)

    # Rather from where nothing is in its way to the hand.
    for arrived in (comes, aims):
      way = self._to_objects(indices, arrived, _GRASP)
      if way is not None:
        self._follow(way, (0, 1))
        return

  def _raise(self, index: int) -> None:
    """Lifts what is held."""
    carried = solver_places.Carried(self._world, index)
    if carried.lags():
      self._free()
      return

    def estimate(pose: view.Pose) -> float:
      return max(pose.pitch - _TILT_HELD, 0.0) / self._step.tilt

    way = solver_search.search(
      self._world,
      self._space,
      arrived=lambda a, b: carried.clearance(b, b) >= _RAISED,
      estimate=estimate,
      most=60,
    )
    self._follow(way, (1, 1))

  def _put(self, index: int) -> None:
    """Carries what is held to its place, and lets go there."""
    world, goal = self._world, self._home.task
    carried = solver_places.Carried(world, index)
    places = solver_places.places(world, goal, index)
    if carried.lags():
      self._free()
      return

    def arrived(before: view.Pose, pose: view.Pose) -> bool:
      return any(carried.fits(before, pose, place) for place in places)

    def away(x: np.ndarray, y: np.ndarray) -> np.ndarray:
      return np.vectorize(
        lambda a, b: min(place.away(a, b) for place in places)
      )(x, y)

    grid = world.walking.grid(world.loose())
    steps = self._steps_to(grid, away(grid.xs[:, None], grid.ys[None, :]) < 0.6)
    targets = [place.middle for place in places]
    pitches = [
      math.asin(min((0.62 - place.top.z) / 0.75, 0.85)) for place in places
    ]

    def estimate(pose: view.Pose) -> float:
      walk = steps(pose)
      if walk > 2:
        return walk
      n = int(np.argmin([_distance(pose, *target) for target in targets]))
      turn = _turn_to(pose, *targets[n])
      tilt = abs(pitches[n] - pose.pitch)
      x, y, _ = solver_places.hold(pose)
      miss = places[n].away(x, y) / 0.4
      return max(
        walk, miss, turn / self._step.turn + tilt / self._step.tilt - 1
      )

    def penalty(before: view.Pose, after: view.Pose) -> float:
      return 0.0 if carried.clearance(before, after) > 0 else 3.0

    way = solver_search.search(
      world,
      self._space,
      arrived=arrived,
      estimate=estimate,
      penalty=penalty,
    )
    self._follow(way, (1, 1))
    if way.found:
      # Two moments for it to hang still, then let go.
      self._extend(((0, 0, 1), (0, 0, 0)), way.poses[-1])

  def _free(self) -> None:
    """What is held hangs on something: back and up, or any other way."""
    act = (2, 3)
    if self._rng.random() < 0.3:
      act = self._rng.randrange(5), self._rng.randrange(5)
    self._follow(solver_search.Way([act], [self._world.pose], True), (1, 1))

  def _to_objects(
    self,
    indices: Sequence[int],
    arrived: Callable[[view.Pose, view.Pose], bool],
    reach: float,
  ) -> solver_search.Way | None:
    """A way to where some property of some objects holds, if there is one."""
    centres: list[_Point] = [
      tuple(self._world.centre(n).tolist()) for n in indices
    ]
    grid = self._world.walking.grid(self._world.loose())
    cells = np.zeros_like(grid.free)
    for x, y, z in centres:
      away = np.hypot(grid.xs[:, None] - x, grid.ys[None, :] - y)
      for i, j in np.argwhere(grid.free & (away < reach) & ~cells):
        pose = _facing(grid.xs[i], grid.ys[j], (x, y, z))
        cells[i, j] = arrived(pose, pose)
    if not cells.any():
      return None
    steps = self._steps_to(grid, cells)

    def estimate(pose: view.Pose) -> float:
      walk = steps(pose)
      centre = min(centres, key=lambda c: _distance(pose, c[0], c[1]))
      if _distance(pose, *centre[:2]) > _NEARBY:
        return walk
      ideal = _facing(pose.x, pose.y, centre)
      turn = max(_turn_to(pose, *centre[:2]) - _AIM, 0.0)
      tilt = max(abs(ideal.pitch - pose.pitch) - _AIM, 0.0)
      return max(walk, turn / self._step.turn + tilt / self._step.tilt)

    return solver_search.search(
      self._world, self._space, arrived=arrived, estimate=estimate
    )

  @property
  def _step(self) -> actions.Motion:
    """The greatest turn and tilt of a step."""
    encode, decode = self._space.encode, self._space.decode
    turn = decode(encode(0, actions.LOOKS.index('turn left'), 0)).turn
    return decode(encode(0, actions.LOOKS.index('look down'), 0))._replace(
      turn=turn, forward=decode(encode(1, 0, 0)).forward
    )

  def _steps_to(
    self, grid: walking.Grid, cells: np.ndarray
  ) -> Callable[[view.Pose], float]:
    """Estimates the number of moves from a pose to the nearest of cells."""
    steps = grid.steps_to(cells)
    # Cells that are not free are about as far as the free ones around them.
    worst = np.max(steps[np.isfinite(steps)], initial=0.0) + 20
    steps = np.where(np.isfinite(steps), steps, worst)
    padded = np.pad(steps, 1, constant_values=worst)
    around = np.min(
      [
        padded[1 + i : padded.shape[0] - 1 + i, 1 + j : padded.shape[1] - 1 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
      ],
      axis=0,
    )
    table = np.where(grid.free, steps, around + 1).tolist()
    x0, y0 = grid.xs[0], grid.ys[0]
    rows, columns = grid.free.shape
    per_step = walking.CELL / self._step.forward

    def estimate(pose: view.Pose) -> float:
      i = min(max(round((pose.x - x0) / walking.CELL), 0), rows - 1)
      j = min(max(round((pose.y - y0) / walking.CELL), 0), columns - 1)
      return table[i][j] * per_step

    return estimate

  def _close(
    self, pose: view.Pose, indices: Iterable[int], most: float
  ) -> bool:
    return any(
      _distance(pose, *self._world.position(n)[:2]) < most for n in indices
    )

  def _would(self, pose: view.Pose, asked: Callable[[], _T]) -> _T:
    """What something would be from another pose."""
    world = self._world
    before, world.pose = world.pose, pose
    try:
      return asked()
    finally:
      world.pose = before

  def _follow(self, way: solver_search.Way, grabs: tuple[int, int]) -> None:
    """Takes a way for the plan; grabs on the way, and in its last step."""
    on_way, at_end = grabs
    last = len(way.acts) - 1 if way.found else -1
    self._acts = [
      (*act, at_end if n == last else on_way) for n, act in enumerate(way.acts)
    ]
    self._poses = [self._world.pose, *way.poses[:-1]]

  def _extend(
    self, more: Iterable[tuple[int, int, int]], pose: view.Pose
  ) -> None:
    for act in more:
      self._acts.append(act)
      self._poses.append(pose)


def _facing(x: float, y: float, centre: _Point) -> view.Pose:
  """The pose at a place that looks straight at a point."""
  dx, dy = centre[0] - x, centre[1] - y
  down = math.atan2(world_lib.EYE_HEIGHT - centre[2], math.hypot(dx, dy))
  low, high = world_lib.PITCHES
  return view.Pose(
    float(x), float(y), math.atan2(dy, dx), min(max(down, low), high)
  )


def _distance(pose: view.Pose, x: float, y: float) -> float:
  return math.hypot(x - pose.x, y - pose.y)


def _turn_to(pose: view.Pose, x: float, y: float) -> float:
  """Angle between where a pose looks and a point, at least 0."""
  bearing = math.atan2(y - pose.y, x - pose.x)
  return abs((bearing - pose.yaw + math.pi) % (2 * math.pi) - math.pi)
