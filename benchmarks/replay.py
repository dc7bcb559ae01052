"""Frames per second through both tables of replay.

  python -m benchmarks.replay

Actors add steps, trajectories are taken, written back as labeled ones and
taken in batches, all in one process. Seconds of processor time count, since
the rest of the system needs the machine too.
"""

import argparse
import threading
import time

import dm_env
import numpy as np

from acme_vlm.replay import (
  adder,
  config,
  dataset,
  labeled,
  server,
  source,
  tables,
)
from acme_vlm.rewards import relabel

SCREEN = (120, 72)
STATE = 128


def pictures(num: int) -> np.ndarray:
  """Frames that compress about as well as a phone's screen."""
  rng = np.random.default_rng(0)
  height, width = SCREEN
  blocks = rng.integers(0, 256, (num, height // 8, width // 8, 3))
  frames = np.repeat(np.repeat(blocks, 8, axis=1), 8, axis=2)
  texture = rng.integers(0, 8, (num, 24, width, 3))
  frames[:, :24] = np.minimum(frames[:, :24] + texture, 255)
  return frames.astype(np.uint8)


def act(client, unroll_length: int, num_environments: int, steps: int) -> None:
  frames = pictures(64)
  adders = [
    adder.make_adder(client, unroll_length) for _ in range(num_environments)
  ]
  extras = {
    'log_prob': np.float32(0),
    'core_state': np.zeros(STATE, np.float32),
    'policy_version': np.int32(0),
  }
  for step in range(steps):
    observation = {
      'pixels': frames[step % len(frames)],
      'instruction': np.zeros(8, np.int32),
      'goal': np.int32(0),
    }
    for n, one in enumerate(adders):
      if step % 20 == 0:
        one.add_first(dm_env.restart(observation))
      else:
        last = step % 20 == 19
        kind = dm_env.truncation if last else dm_env.transition
        episode = np.int64(n * steps + step // 20 + 1)
        one.add(0, kind(0.0, observation), {**extras, 'episode': episode})


def label(client, stop: threading.Event) -> None:
  unlabeled, writer = (
    source.UnlabeledSource(client),
    labeled.LabeledWriter(client),
  )
  while not stop.is_set():
    for trajectory in unlabeled.take(64, timeout=0.2):
      result = relabel.relabel(
        trajectory,
        np.zeros(len(trajectory.first) - 1, np.float32),
        0.5,
        frozenset(),
        reward_version=1,
        labeled_at=time.time(),
      )
      writer.write(result.trajectory)


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--environments', type=int, default=64)
  parser.add_argument('--steps', type=int, default=320)
  parser.add_argument('--unroll-length', type=int, default=16)
  args = parser.parse_args()
  replay = config.ReplayConfig(unroll_length=args.unroll_length, batch_size=32)
  spec = tables.TrajectorySpec((*SCREEN, 3), 8, STATE)
  with server.ReplayServer(replay, spec) as running:
    stop = threading.Event()
    client = running.client()
    threads = [
      threading.Thread(target=label, args=(client, stop)),
      threading.Thread(
        target=act,
        args=(client, args.unroll_length, args.environments, args.steps),
      ),
    ]
    begun, used = time.perf_counter(), time.process_time()
    for thread in threads:
      thread.start()
    # What is left at the end fills no whole unroll or no whole batch.
    unrolls = args.environments * (args.steps // args.unroll_length - 1)
    batches = unrolls // replay.batch_size
    data = dataset.LabeledDataset(client, replay.batch_size)
    for _, _ in zip(range(batches), data, strict=False):
      pass
    wall = time.perf_counter() - begun
    used = time.process_time() - used
    stop.set()
    client.close()
    for thread in threads:
      thread.join()
  frames = batches * replay.batch_size * args.unroll_length
  print(
    f'{frames} frames of {SCREEN} through both tables: '
    f'{frames / wall:.0f} a second, '
    f'{frames / used:.0f} a second of processor time'
  )


if __name__ == '__main__':
  main()
