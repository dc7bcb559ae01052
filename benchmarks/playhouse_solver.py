"""How often the scripted solver solves the home's tasks.

`python -m benchmarks.playhouse_solver [seeds]` plays one episode of every seed,
200 by default, of every family in one room and in three to five, in homes of
the evaluation split, in as many processes as there are cores, and prints a row
for each: the share that was solved with its 95 % Wilson interval, the steps
that took, and the seeds that were not.
"""

import concurrent.futures
import multiprocessing
import sys
from typing import NamedTuple

from acme_vlm import environments
from acme_vlm.environments.playhouse import config as config_lib
from acme_vlm.environments.playhouse import environment as environment_lib
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.evaluation import metrics

_ROOMS = ((1, 1), (3, 5))
# Episodes of one task for a process.
_AT_ONCE = 25


class Solved(NamedTuple):
  """One episode.

  Attributes:
    seed: of the environment, whose first episode it is.
    steps: that it took.
    success: whether the goal was achieved.
  """

  seed: int
  steps: int
  success: bool


def solve(family: str, rooms: tuple[int, int], seeds: range) -> list[Solved]:
  """Plays the first episode of each seed."""
  episodes = []
  for seed in seeds:
    env = environments.make(
      f'playhouse/{family}',
      seed=seed,
      split='evaluation',
      # Nobody looks.
      screen=(16, 16),
      home=config_lib.HomeConfig(rooms=rooms),
    )
    assert isinstance(env, environment_lib.Playhouse)
    solver, timestep, steps = environments.solver(env), env.reset(), 0
    while not timestep.last():
      timestep = env.step(solver(timestep))
      steps += 1
    episodes.append(Solved(seed, steps, env.goal_achieved()))
    env.close()
  return episodes


def main(seeds: int) -> None:
  """Prints the table."""
  print('| family | rooms | solved | 95 % | steps, mean | not solved |')
  print('|---|---|---|---|---|---|', flush=True)
  context = multiprocessing.get_context('spawn')
  with concurrent.futures.ProcessPoolExecutor(mp_context=context) as pool:
    runs = {
      (family, rooms): [
        pool.submit(
          solve, family, rooms, range(first, min(first + _AT_ONCE, seeds))
        )
        for first in range(0, seeds, _AT_ONCE)
      ]
      for family in goals_lib.FAMILIES
      for rooms in _ROOMS
    }
    for (family, rooms), parts in runs.items():
      played = [episode for part in parts for episode in part.result()]
      solved = sum(episode.success for episode in played)
      share = metrics.wilson_interval(solved, len(played))
      steps = sum(episode.steps for episode in played) / len(played)
      missed = [str(e.seed) for e in played if not e.success]
      print(
        f'| {family} | {"-".join(map(str, dict.fromkeys(rooms)))} '
        f'| {solved} of {len(played)} '
        f'| {share.low:.1%} to {share.high:.1%} | {steps:.1f} '
        f'| {", ".join(missed) or "none"} |',
        flush=True,
      )


if __name__ == '__main__':
  main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
