"""Frames per second through the reward service, without replay.

  python -m benchmarks.reward_service

Frames are the simulated phone's. `--repeat` says how often each one comes: the
embedding cache answers all but the first.
"""

import argparse
import threading

import numpy as np

from acme_vlm import environments, rewards
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.types import LabeledTrajectory, Trajectory

NAME = 'android/open_common_apps'


class Source:
  """A finite supply of trajectories."""

  def __init__(self, trajectories: list[Trajectory], stop: threading.Event):
    self._left = trajectories
    self._stop = stop

  def take(self, most: int, timeout: float) -> list[Trajectory]:
    """Takes the next ones; at the end, stops the service."""
    taken, self._left = self._left[:most], self._left[most:]
    if not taken:
      self._stop.set()
    return taken

  def waiting(self) -> int:
    """Trajectories left."""
    return len(self._left)


class Sink:
  """Forgets."""

  def write(self, trajectory: LabeledTrajectory) -> None:
    """Takes one."""
    del trajectory


def trajectories(num: int, unroll_length: int, repeat: int) -> list[Trajectory]:
  rows = unroll_length + 1
  fresh, _ = frames_lib.labeled_frames(
    NAME, split='train', seed=0, num=max(1, num * rows // repeat)
  )
  rng = np.random.default_rng(0)
  zeros = np.zeros(rows, np.int32)
  return [
    Trajectory(
      pixels=fresh[rng.integers(0, len(fresh), rows)],
      sight=np.zeros((rows, 1), np.float32),
      instruction=np.zeros((rows, 8), np.int32),
      goal=rng.integers(0, 10, rows, dtype=np.int32),
      first=np.arange(rows) == 0,
      action=zeros,
      log_prob=zeros.astype(np.float32),
      discount=np.ones(rows, np.float32),
      core_state=np.zeros(128, np.float32),
      policy_version=zeros,
      episode=np.full(rows, n + 1, np.int64),
    )
    for n in range(num)
  ]


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--trajectories', type=int, default=256)
  parser.add_argument('--unroll-length', type=int, default=16)
  parser.add_argument('--repeat', type=int, default=3)
  parser.add_argument('--dtype', default='float32')
  args = parser.parse_args()
  goals = environments.goals(NAME)
  model = rewards.make_reward_model(
    rewards.RewardConfig(dtype=args.dtype), goals
  )
  supply = trajectories(args.trajectories, args.unroll_length, args.repeat)
  model.warm_up(supply[0].pixels.shape[1:3])
  compiled = model.compilations
  stop = threading.Event()
  service = rewards.RewardService(model, goals, Source(supply, stop), Sink())
  service.run(stop)
  for name, value in service.metrics().items():
    print(f'{name:24}{value:12.3f}')
  print(f'{"compiled since":24}{model.compilations - compiled:12d}')


if __name__ == '__main__':
  main()
