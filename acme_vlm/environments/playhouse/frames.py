"""Frames with their captions, without reinforcement learning.

Reward models are trained and calibrated on these. Views are chosen so that what
is nearly true is as frequent as what is true: near but not quite, held but not
raised, put beside but too far.
"""

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.environments import splits
from acme_vlm.environments.playhouse import (
  backend,  # noqa: F401
  captions,
  environment,
  floor_plan,
  kinds,
  layout,
  model,
  view,
  walking,
)
from acme_vlm.environments.playhouse import config as config_lib
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import world as world_lib

# Sets these homes apart from those of episodes.
_ENTROPY = 0x40F
_VIEWS = 10
# How views are chosen, and how often each way.
VIEWS = {'anywhere': 5, 'facing': 5, 'hand': 7, 'places': 11}
# Tries to find a place for an object; heights in metres.
_SPOTS, _FLOOR, _TALL = 20, 0.1, 0.4


class Captioned(NamedTuple):
  """Frames and what is true of them.

  Attributes:
    frames: uint8 `[N, H, W, 3]`.
    truth: of each caption of the goal set's `captions.bank`, int8 `[N, C]`.
    places: captions of each place, int16 `[N, rows, columns, 5]`, of
      `captions.places`.
  """

  frames: np.ndarray
  truth: np.ndarray
  places: np.ndarray


def captioned(
  config: config_lib.HomeConfig,
  *,
  split: str,
  seed: int,
  num: int,
  screen: tuple[int, int] = (72, 96),
  grid: tuple[int, int] = (9, 12),
) -> Captioned:
  """Draws frames of random homes and says which captions are true of them.

  Args:
    config: what homes are like.
    split: 'train', 'validation' or 'evaluation'.
    seed: the same seed gives the same frames.
    num: number of frames N.
    screen: height H and width W in pixels.
    grid: rows and columns of the places of a frame.

  Returns:
    The frames, and what is true of them.

  Raises:
    UnknownNameError: if there is no such split.
    ConfigError: if there is no frame to draw.
  """
  if num < 1 or seed < 0:
    raise errors.ConfigError(
      f'expected num >= 1 and seed >= 0, got {num} and {seed}'
    )
  if min(grid) < 1:
    raise errors.ConfigError(f'expected rows and columns >= 1, got {grid}')
  environment.check_screen(screen)
  rng = splits.randomness(splits.validate(split), _ENTROPY, seed)
  world = world_lib.World(model.Capacity(config.rooms[1], config.objects[1]))
  frames = np.empty((num, *screen, 3), np.uint8)
  rows = np.empty((num, len(captions.bank(config.goal_set).texts)), np.int8)
  places = np.empty((num, *grid, -captions.NEAR), np.int16)
  done = 0
  while done < num:
    for _ in _views(world, rng, config):
      frames[done] = world.frame(*screen)
      rows[done] = captions.label(world, config.goal_set)
      places[done] = captions.places(
        world, config.goal_set, *grid, screen[1] / screen[0]
      )
      done += 1
      if done == num:
        break
  return Captioned(frames, rows, places)


def _views(
  world: world_lib.World, rng: random.Random, config: config_lib.HomeConfig
) -> Iterator[None]:
  """Brings a new home before the eye, again and again; yields at each view."""
  _furnish(world, rng, config)
  for _ in range(_VIEWS):
    match rng.choices(tuple(VIEWS), tuple(VIEWS.values()))[0]:
      case 'anywhere':
        world.pose = _anywhere(world, rng)
        yield
      case 'facing':
        # Half of them so close that the object is what the frame shows.
        far, spreads = rng.choice(((1.1, (0.05, 0.1)), (1.5, (0.1, 0.2, 0.35))))
        index = rng.randrange(len(world.home.objects))
        _face(world, rng, index, far, spreads)
        yield
      case 'hand':
        yield from _handle(world, rng)
      case 'places':
        _arrange(world, rng, goals_lib.SUPPORTS[config.goal_set])
        yield
        if rng.random() < 0.4:
          yield from _take_up(world, rng)


def _furnish(
  world: world_lib.World, rng: random.Random, config: config_lib.HomeConfig
) -> None:
  plan = floor_plan.draw(rng, rng.randint(*config.rooms), config.room_kinds)
  kinds = goals_lib.kinds(config.goal_set)
  colours = goals_lib.colours(config.goal_set)
  number = rng.randint(*config.objects)
  home = layout.draw(
    rng,
    plan=plan,
    wanted=[(rng.choice(kinds), rng.choice(colours)) for _ in range(number)],
    needed=(rng.choice(goals_lib.SUPPORTS[config.goal_set]),),
  )
  world.build(home, view.Pose(0.0, 0.0, 0.0, 0.0))


def _anywhere(world: world_lib.World, rng: random.Random) -> view.Pose:
  """A place on the free floor, and any direction."""
  plan = world.home.plan
  free = walking.Walking(world.home)
  loose = world.loose()
  for _ in range(100):
    room = rng.choice(plan.rooms)
    x, y = rng.uniform(room.x0, room.x1), rng.uniform(room.y0, room.y1)
    if free.free(x, y, loose):
      break
  return view.Pose(x, y, rng.uniform(-math.pi, math.pi), rng.uniform(-0.4, 0.9))


def _face(
  world: world_lib.World,
  rng: random.Random,
  index: int,
  far: float,
  spreads: tuple[float, ...],
) -> None:
  """Looks at an object from nearby, more or less."""
  x, y, z = world.centre(index)
  free = walking.Walking(world.home)
  loose = world.loose()
  for _ in range(40):
    angle, distance = rng.uniform(-math.pi, math.pi), rng.uniform(0.35, far)
    px, py = x + distance * math.cos(angle), y + distance * math.sin(angle)
    inside = any(room.holds(px, py) for room in world.home.plan.rooms)
    if inside and free.free(px, py, loose):
      break
  else:
    world.pose = _anywhere(world, rng)
    return
  spread = rng.choice(spreads)
  world.pose = view.Pose(
    px,
    py,
    math.atan2(y - py, x - px) + rng.gauss(0, spread),
    min(
      max(
        math.atan2(world_lib.EYE_HEIGHT - z, distance)
        + rng.gauss(0, 0.8 * spread),
        world_lib.PITCHES[0],
      ),
      world_lib.PITCHES[1],
    ),
  )


def _handle(world: world_lib.World, rng: random.Random) -> Iterator[None]:
  """Grabs at something, carries it about, lets it go."""
  index = rng.randrange(len(world.home.objects))
  _face(world, rng, index, far=1.2, spreads=(0.05, 0.1, 0.3))
  # Aimed at as it is, then carried about.
  world.step(0, 0, 0, 0, True)
  if rng.random() < 0.4:
    yield
  for _ in range(rng.randint(1, 4)):
    world.step(*_random_motion(rng), True)
    if rng.random() < 0.6:
      yield
  if rng.random() < 0.5:
    for _ in range(rng.randint(1, 2)):
      world.step(*_random_motion(rng, 0.4), False)
    yield
  world.release()
  world.step(0, 0, 0, 0, False)


def _take_up(world: world_lib.World, rng: random.Random) -> Iterator[None]:
  """Grabs at what is in place, holds it there, lets it go again."""
  for _ in range(rng.randint(1, 3)):
    world.step(*_random_motion(rng, 0.5), True)
    if rng.random() < 0.6:
      yield
  # In the air at first, perhaps; then wherever it came to lie.
  for _ in range(rng.randint(1, 3)):
    world.step(*_random_motion(rng, 0.3), False)
    if rng.random() < 0.6:
      yield


def _random_motion(
  rng: random.Random, scale: float = 1.0
) -> tuple[float, float, float, float]:
  return (
    scale * rng.choice((0.0, 0.0, rng.uniform(-0.4, 0.4))),
    scale * rng.choice((0.0, 0.0, rng.uniform(-0.4, 0.4))),
    scale * rng.choice((0.0, rng.uniform(-0.6, 0.6))),
    scale * rng.choice((0.0, rng.uniform(-0.7, 0.5))),
  )


def _arrange(
  world: world_lib.World, rng: random.Random, supports: Sequence[str]
) -> None:
  """Puts an object on furniture, or beside another, and looks at it."""
  index = rng.randrange(len(world.home.objects))
  tops = [s for piece in world.home.furniture for s in piece.surfaces()]
  wanted = [
    s
    for piece in world.home.furniture
    if goals_lib.furniture_name(piece.kind) in supports
    for s in piece.surfaces()
  ]
  on_top = bool(tops) and rng.random() < 0.6
  top = None
  if on_top:
    # Mostly where goals have things put, sometimes elsewhere.
    top = rng.choice(wanted if wanted and rng.random() < 0.7 else tops)
  other = rng.randrange(len(world.home.objects))
  for _ in range(_SPOTS):
    if top is not None:
      x, y = rng.uniform(top.x0, top.x1), rng.uniform(top.y0, top.y1)
      z = top.z
    elif other == index:
      break
    else:
      x, y, z = world.position(other)
      angle = rng.uniform(-math.pi, math.pi)
      gap = rng.uniform(0.02, 0.6)
      away = gap + world.radius(index) + world.radius(other)
      x, y = x + away * math.cos(angle), y + away * math.sin(angle)
    if _fits(world, index, x, y, z, tops):
      world.put(index, x, y, z)
      break
  _face(world, rng, index, far=1.4, spreads=(0.06, 0.15, 0.3))


def _fits(
  world: world_lib.World,
  index: int,
  x: float,
  y: float,
  z: float,
  tops: list[kinds.Surface],
) -> bool:
  """Whether an object can stand there: on the floor or on a top, touching none.

  Args:
    world: the home now.
    index: of the object.
    x: of its middle.
    y: of its middle.
    z: of its base.
    tops: of all furniture.
  """
  radius = world.radius(index)
  plan = world.home.plan
  for other in range(len(world.home.objects)):
    ox, oy, oz = world.position(other)
    near = math.hypot(ox - x, oy - y) < radius + world.radius(other) + 0.01
    if other != index and near and abs(oz - z) < _TALL:
      return False
  body = world.blueprint.objects[index].body
  middle = np.array([x, y, z + world.height(index) / 2])
  for towards, room in (
    (np.array([0.0, 0.0, 1.0]), world.height(index) / 2),
    *(
      (np.array([math.cos(angle), math.sin(angle), 0.0]), radius)
      for angle in np.arange(8) * (math.pi / 4)
    ),
  ):
    if 0 <= world.rays.cast(middle, towards, body).distance < room:
      return False
  if z > _FLOOR:
    return any(
      abs(top.z - z) < 0.05 and top.x0 <= x <= top.x1 and top.y0 <= y <= top.y1
      for top in tops
    )
  inside = any(
    room.x0 + radius < x < room.x1 - radius
    and room.y0 + radius < y < room.y1 - radius
    for room in plan.rooms
  )
  return inside and walking.Walking(world.home).free(
    x, y, np.zeros((0, 3)), size=radius
  )
