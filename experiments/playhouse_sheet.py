"""Draws homes, and every kind of object at several distances.

  python -m experiments.playhouse_sheet --out docs

writes `playhouse.png`, homes of one room and of several, and
`playhouse_kinds.png`, each kind as the agent sees it in its own frame of 72x96
pixels, half a metre, one metre and one and a half metres away.
"""

import dataclasses
import math
import pathlib
import random
import sys

import numpy as np
from PIL import Image, ImageDraw

from acme_vlm import environments, errors
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import (
  floor_plan,
  goals,
  layout,
  model,
  view,
)
from acme_vlm.environments.playhouse import world as world_lib
from launch import command_line

PROG = 'python -m experiments.playhouse_sheet'
DISTANCES = (0.5, 1.0, 1.5)
_FRAME = (72, 96)
_LARGE = (216, 288)


@dataclasses.dataclass(frozen=True)
class Options:
  """What to draw.

  Attributes:
    out: folder of the pictures.
    goal_set: kinds that are drawn, 'common' or 'diverse'.
    seed: of the homes, at least 0.
  """

  out: pathlib.Path = pathlib.Path('runs/playhouse_sheet')
  goal_set: str = 'diverse'
  seed: int = 0

  def __post_init__(self):
    if self.seed < 0:
      raise errors.ConfigError(f'expected seed >= 0, got {self.seed}')
    if self.goal_set not in goals.GOAL_SETS:
      raise errors.UnknownNameError('goal set', self.goal_set, goals.GOAL_SETS)


def homes(seed: int) -> Image.Image:
  """Homes where episodes begin: one room above, several below."""
  rows: list[list[np.ndarray]] = []
  for rooms in ((1, 1), (3, 5)):
    environment = environments.make(
      'playhouse/find',
      seed=seed,
      split='validation',
      home=home_config.HomeConfig(rooms=rooms, objects=(8, 12)),
    )
    rows.append([])
    for _ in range(4):
      environment.reset()
      rows[-1].append(fullest(environment.world))
    environment.close()
  return Image.fromarray(np.vstack([np.hstack(row) for row in rows]))


def fullest(world: world_lib.World) -> np.ndarray:
  """The view, turning on the spot, in which most objects are seen."""
  num = len(world.home.objects)

  def seen(pose: view.Pose) -> float:
    world.pose = pose
    return sum(world.seen(index) for index in range(num))

  turns = [
    world.pose._replace(yaw=angle, pitch=0.25)
    for angle in np.linspace(-np.pi, np.pi, 24)
  ]
  world.pose = max(turns, key=seen)
  return world.frame(*_LARGE)


def kinds(goal_set: str) -> Image.Image:
  """Every kind, two to a line, each from three distances."""
  names = goals.kinds(goal_set)
  colours = goals.colours(goal_set)
  cells = []
  world = world_lib.World(model.Capacity(1, 2))
  for n, kind in enumerate(names):
    colour = colours[n % len(colours)]
    frames = [
      look(world, kind, colour, distance, turn=0.7 * k + n)
      for k, distance in enumerate(DISTANCES)
    ]
    strip = Image.fromarray(np.hstack(frames))
    ImageDraw.Draw(strip).text(
      (2, 1),
      f'{colour} {kind}',
      fill='white',
      stroke_width=1,
      stroke_fill='black',
    )
    cells.append(np.asarray(strip))
  while len(cells) % 3:
    cells.append(np.zeros_like(cells[0]))
  lines = [np.hstack(cells[k : k + 3]) for k in range(0, len(cells), 3)]
  return Image.fromarray(np.vstack(lines))


def look(
  world: world_lib.World, kind: str, colour: str, distance: float, turn: float
) -> np.ndarray:
  """One object on the floor of an empty room, seen from a distance."""
  plan = floor_plan.draw(random.Random(1), 1, ('study',))
  home = layout.draw(random.Random(2), plan=plan, wanted=[(kind, colour)])
  thing = home.objects[0]._replace(x=0.0, y=0.0, z=0.0, yaw=turn)
  home = dataclasses.replace(home, furniture=(), objects=(thing,))
  tilt = math.atan2(world_lib.EYE_HEIGHT - 0.12, distance)
  world.build(home, view.Pose(-distance, 0.0, 0.0, tilt))
  return world.frame(*_FRAME)


def main() -> None:
  """Runs the command line."""
  with command_line.user_mistakes():
    options = command_line.parse(Options(), sys.argv[1:], prog=PROG)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, picture in (
      ('playhouse.png', homes(options.seed)),
      ('playhouse_kinds.png', kinds(options.goal_set)),
    ):
      path = options.out / name
      picture.save(path, optimize=True)
      print(path)


if __name__ == '__main__':
  main()
