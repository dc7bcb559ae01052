"""How fast the simulated phone is, with a random policy and resets included.

`python -m benchmarks.phone_speed [environment name] [seconds]` prints raw
AndroidEnv steps, macro-steps and labeled frames a second, of this process's
CPU time (which sharing the machine does not distort much) and of wall time.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from acme_vlm import environments
from acme_vlm.environments.android import frames


def _measure(what: str, seconds: float, work: Callable[[], int]) -> None:
  """Repeats `work`, which returns how many things it did, and prints rates."""
  count = 0
  wall, cpu = time.perf_counter(), time.process_time()
  while time.perf_counter() - wall < seconds:
    count += work()
  wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
  print(
    f'{what:>16}: {count / cpu:9,.0f} a CPU second, '
    f'{count / wall:9,.0f} a second'
  )


def main(name: str, seconds: float) -> None:
  """Prints the rates of an environment, cold and warm."""
  env = environments.make(name, seed=0)
  rng = np.random.default_rng(0)
  num_actions = env.action_spec().num_values
  grid = env.action_grid
  raw_steps = 0

  def episode() -> int:
    nonlocal raw_steps
    env.reset()
    steps, last = 0, False
    while not last:
      action = int(rng.integers(num_actions))
      raw_steps += len(grid.decode(action))
      last = env.step(action).last()
      steps += 1
    return steps

  # The first pass draws most pages for the first time.
  for phase in ('cold', 'warming', 'warm'):
    raw_steps, start = 0, time.process_time()
    _measure(f'{phase} macro-steps', seconds, episode)
    rate = raw_steps / (time.process_time() - start)
    print(f'{phase + " raw steps":>16}: {rate:9,.0f} a CPU second')
  env.close()

  seed = 0

  def draw() -> int:
    nonlocal seed
    seed += 1
    return len(
      frames.labeled_frames(name, split='train', seed=seed, num=256)[1]
    )

  for phase in ('cold', 'warm'):
    _measure(f'{phase} frames', seconds, draw)


if __name__ == '__main__':
  main(
    sys.argv[1] if len(sys.argv) > 1 else 'android/open_common_apps',
    float(sys.argv[2]) if len(sys.argv) > 2 else 5.0,
  )
