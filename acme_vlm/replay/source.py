"""Unlabeled trajectories out of replay."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import reader, tables
from acme_vlm.types import Trajectory


class UnlabeledSource:
  """Implements `interfaces.TrajectorySource`, first in first out."""

  def __init__(self, client: client_lib.ReplayClient, prefetch: int = 64):
    """Starts to read.

    Args:
      client: of the run's server.
      prefetch: trajectories taken out of the table ahead, at least 1: at most
        what is scored at once.
    """
    self._client = client
    self._prefetcher = reader.Prefetcher(
      lambda: _trajectories(client, prefetch), prefetch, client.closed
    )

  def take(self, most: int, timeout: float) -> list[Trajectory]:
    """Takes what is there, and waits only for the first.

    Args:
      most: bound on the number taken, at least 1.
      timeout: longest wait, in seconds.

    Returns:
      1 to `most` trajectories in the order of their writing, or none after
      `timeout` or when closed.

    Raises:
      ReplayError: the server is gone although nobody closed the client.
    """
    taken: list[Trajectory] = []
    while len(taken) < most:
      item = self._prefetcher.get(0 if taken else timeout)
      if item is None:
        break
      taken.append(item)
    return taken

  def waiting(self) -> int:
    """Trajectories not taken yet, in the table and on their way out of it."""
    ready = self._prefetcher.qsize()
    if self._client.closed.is_set():
      return ready
    info = self._client.server_info(timeout=10)[tables.UNLABELED]
    return info.current_size + ready

  def close(self) -> None:
    """Ends the reading and everything else that uses the same client."""
    self._client.close()
    self._prefetcher.join(timeout=10)


def to_trajectory(item: Any) -> Trajectory:
  """Converts an item of Acme's adder.

  Args:
    item: Acme's `Step` of arrays [T+1, ...].

  Returns:
    The trajectory; arrays are shared, not copied.
  """
  observation, extras = item.observation, item.extras
  return Trajectory(
    pixels=observation['pixels'],
    instruction=observation['instruction'],
    goal=observation['goal'],
    first=item.start_of_episode,
    action=item.action,
    log_prob=extras['log_prob'],
    discount=item.discount,
    core_state=np.array(extras['core_state'][0]),
    policy_version=extras['policy_version'],
    episode=extras['episode'],
  )


def _trajectories(
  client: client_lib.ReplayClient, in_flight: int
) -> Iterator[Trajectory]:
  for sample in reader.read(client, tables.UNLABELED, in_flight):
    yield to_trajectory(sample.data)
