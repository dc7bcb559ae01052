"""How fast the home is, on one core, with random actions.

`python -m benchmarks.playhouse_speed [seconds]` prints a table of steps a
second (of CPU time, which sharing the machine does not distort much, and of
wall time), the median reset, and the memory of a process that holds one
environment. Run it under `taskset -c 0`.
"""

import statistics
import subprocess
import sys
import time

import numpy as np

from acme_vlm import environments
from acme_vlm.environments.playhouse import config as config_lib

_RESETS = 20


def _megabytes() -> float:
  with open('/proc/self/status') as status:
    for line in status:
      if line.startswith('VmRSS'):
        return int(line.split()[1]) / 1024
  return float('nan')


def measure(rooms: int, screen: tuple[int, int], seconds: float) -> None:
  """Prints one row of the table, in a process of its own."""
  env = environments.make(
    'playhouse/lift',
    seed=0,
    screen=screen,
    end_on_success=False,
    max_steps=10**9,
    home=config_lib.HomeConfig(rooms=(rooms, rooms)),
  )
  rng = np.random.default_rng(0)
  env.reset()
  resets = []
  for _ in range(_RESETS):
    start = time.process_time()
    env.reset()
    resets.append(1e3 * (time.process_time() - start))
  steps, wall, cpu = 0, time.perf_counter(), time.process_time()
  while time.process_time() - cpu < seconds:
    if steps % 300 == 299:
      env.reset()
    env.step(int(rng.integers(50)))
    steps += 1
  wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
  print(
    f'{rooms:>5}  {screen[0]:>4} x {screen[1]:<4}  {steps / cpu:>10,.0f}'
    f'  {steps / wall:>11,.0f}  {statistics.median(resets):>9.1f}'
    f'  {_megabytes():>7.0f}',
    flush=True,
  )


def main(seconds: float) -> None:
  """Prints the table, each row from a new process."""
  print(
    f'{"rooms":>5}  {"frame":11}  {"steps/CPU s":>10}  {"steps/s":>11}'
    f'  {"reset ms":>9}  {"RSS MiB":>7}',
    flush=True,
  )
  for screen in ((72, 96), (224, 224)):
    for rooms in (1, 5):
      call = f'measure({rooms}, {screen}, {seconds})'
      code = f'from benchmarks import playhouse_speed as b; b.{call}'
      subprocess.run([sys.executable, '-c', code], check=True)


if __name__ == '__main__':
  main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)
