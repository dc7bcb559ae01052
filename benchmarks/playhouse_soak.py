"""Whether the home's physics stays sane under random actions.

`python -m benchmarks.playhouse_soak [steps]` plays every family in one room
and in five, 100,000 steps each by default, in as many processes as there are
cores, and prints a row for each: how far anything ever was below the floor and
outside of its room, how fast, for how much of the time something was held, and
MuJoCo's own warnings. The hand changes its mind once in ten steps, so that
things are carried, and a home is played for 400 steps. It exits with 1 if
anything was lost.
"""

import concurrent.futures
import multiprocessing
import sys
from typing import NamedTuple

import numpy as np

from acme_vlm import environments
from acme_vlm.environments.playhouse import actions
from acme_vlm.environments.playhouse import config as config_lib
from acme_vlm.environments.playhouse import environment as environment_lib
from acme_vlm.environments.playhouse import goals as goals_lib

# Metres, and metres a second, beyond which a thing is lost.
_BELOW, _OUTSIDE, _SPEED = 0.1, 0.3, 30.0
_LOOKS = len(actions.LOOKS)


class Soak(NamedTuple):
  """The worst of many steps.

  Attributes:
    family: of the tasks.
    rooms: of the homes.
    steps: that were taken.
    below: deepest middle of an object under the floor, metres.
    outside: farthest middle of an object from the nearest room, metres.
    speed: fastest object, metres a second.
    held: share of the steps after which something was held.
    warnings: of MuJoCo.
    lost: steps after which something was lost, or not a number.
  """

  family: str
  rooms: int
  steps: int
  below: float
  outside: float
  speed: float
  held: float
  warnings: int
  lost: int


def soak(family: str, rooms: int, steps: int) -> Soak:
  """Plays random actions and keeps the worst."""
  env = environments.make(
    f'playhouse/{family}',
    seed=1,
    screen=(16, 16),
    max_steps=400,
    end_on_success=False,
    home=config_lib.HomeConfig(rooms=(rooms, rooms)),
  )
  assert isinstance(env, environment_lib.Playhouse)
  rng = np.random.default_rng(0)
  env.reset()
  worst, lost, held, warnings = np.zeros(3), 0, 0, 0
  grab = 0
  for _ in range(steps):
    if rng.random() < 0.1:
      grab = 1 - grab
    move, look = rng.integers(len(actions.MOVES)), rng.integers(_LOOKS)
    if env.step(env.action_space.encode(int(move), int(look), grab)).last():
      warnings += _warnings(env)
    held += env.world.held is not None
    now = _state(env)
    bounds = (_BELOW, _OUTSIDE, _SPEED)
    lost += not np.all(now <= bounds)  # False for NaN.
    worst = np.fmax(worst, now)
  warnings += _warnings(env)
  share = held / steps
  return Soak(family, rooms, steps, *worst.tolist(), share, warnings, lost)


def _warnings(env: environment_lib.Playhouse) -> int:
  """MuJoCo's, since the home was built."""
  return sum(int(warning.number) for warning in env.world.data.warning)


def _state(env: environment_lib.Playhouse) -> np.ndarray:
  """Of the worst object: depth, distance from the nearest room, speed."""
  world = env.world
  worst = np.zeros(3)
  for index in range(len(world.home.objects)):
    x, y, z = world.centre(index)
    outside = min(
      max(room.x0 - x, x - room.x1, room.y0 - y, y - room.y1, 0.0)
      for room in world.home.plan.rooms
    )
    worst = np.maximum(worst, (-z, outside, world.speed(index)))
  return worst


def main(steps: int) -> int:
  """Prints the table; returns how many steps lost something."""
  print(
    '| family | rooms | steps | below, m | outside, m | speed, m/s | held '
    '| warnings | lost |'
  )
  print('|---|---|---|---|---|---|---|---|---|', flush=True)
  context = multiprocessing.get_context('spawn')
  lost = 0
  with concurrent.futures.ProcessPoolExecutor(mp_context=context) as pool:
    runs = [
      pool.submit(soak, family, rooms, steps)
      for family in goals_lib.FAMILIES
      for rooms in (1, 5)
    ]
    for run in runs:
      s = run.result()
      lost += s.lost
      print(
        f'| {s.family} | {s.rooms} | {s.steps:,} | {s.below:.3f} '
        f'| {s.outside:.3f} | {s.speed:.1f} | {s.held:.0%} | {s.warnings} '
        f'| {s.lost} |',
        flush=True,
      )
  return lost


if __name__ == '__main__':
  sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000) > 0)
