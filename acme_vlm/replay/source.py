"""Unlabeled trajectories out of replay."""

from typing import Any

import numpy as np

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import reader, tables
from acme_vlm.types import Trajectory


class UnlabeledSource:
  """Implements `interfaces.TrajectorySource`, first in first out."""

  def __init__(self, client: client_lib.ReplayClient, at_once: int = 64):
    """Names the server.

    Args:
      client: of the run's server.
      at_once: bound on the trajectories in one `take`, whatever is asked for:
        so many are unpacked in memory. At least 1.
    """
    self._client = client
    self._at_once = at_once

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
    most = min(most, self._at_once)
    items = reader.take(self._client, tables.UNLABELED, most, timeout)
    return [to_trajectory(item) for item in items]

  def waiting(self) -> int:
    """Trajectories in the table; 0 when closed."""
    if self._client.closed.is_set():
      return 0
    return self._client.available(tables.UNLABELED)

  def close(self) -> None:
    """Ends a waiting `take`, and all else that uses the same client."""
    self._client.close()


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
    sight=observation['sight'],
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
