"""Environments in step, in one thread or several."""

from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from typing import Any

import dm_env
import numpy as np

from acme_vlm.acting import blind

EnvironmentFactory = Callable[[int], blind.BlindEnvironment]


class EnvironmentPool:
  """B environments, each belonging to one thread for good.

  An environment is built, stepped and closed by the same thread (a renderer's
  context belongs to the thread that made it). With one thread that is the
  caller's own, which must then be the same at each call.
  """

  def __init__(self, factory: EnvironmentFactory, size: int, threads: int = 1):
    """Prepares the pool; environments are built on first use.

    Args:
      factory: makes the environment of a slot, 0 to size - 1.
      size: B, at least 1.
      threads: 1 to B.
    """
    self._factory = factory
    self._size = size
    self._environments: list[blind.BlindEnvironment] = []
    self._shares = [range(n, size, threads) for n in range(threads)]
    self._threads = [
      futures.ThreadPoolExecutor(1, f'environments-{n}')
      for n in range(threads if threads > 1 else 0)
    ]

  def __len__(self):
    return self._size

  def __getitem__(self, slot: int) -> blind.BlindEnvironment:
    return self._environments[slot]

  def reset(self, slots: Iterable[int]) -> dict[int, dm_env.TimeStep]:
    """Resets some of the environments.

    Args:
      slots: which.

    Returns:
      First timesteps, by slot.
    """
    if not self._environments:
      self._environments = self._each(self._factory, range(self._size))
    slots = list(slots)
    return dict(zip(slots, self._each(self._reset_one, slots), strict=True))

  def step(self, actions: np.ndarray) -> list[dm_env.TimeStep]:
    """Steps all environments.

    Args:
      actions: int32 [B].

    Returns:
      B timesteps.
    """
    if not self._threads:
      steps = zip(self._environments, actions, strict=True)
      return [environment.step(action) for environment, action in steps]
    return self._each(
      lambda slot: self._environments[slot].step(actions[slot]),
      range(self._size),
    )

  def close(self) -> None:
    """Closes the environments and ends the threads."""
    self._each(
      lambda slot: self._environments[slot].close(),
      range(len(self._environments)),
    )
    self._environments = []
    for thread in self._threads:
      thread.shutdown()

  def _reset_one(self, slot: int) -> dm_env.TimeStep:
    return self._environments[slot].reset()

  def _each(self, function: Callable, slots: Sequence[int]) -> list:
    """Calls a function of each slot in the slot's own thread."""
    if not self._threads:
      return [function(slot) for slot in slots]
    wanted = set(slots)
    shares = [[s for s in share if s in wanted] for share in self._shares]
    jobs = [
      thread.submit(lambda share: [function(slot) for slot in share], share)
      for thread, share in zip(self._threads, shares, strict=True)
    ]
    results: dict[int, Any] = {}
    for share, job in zip(shares, jobs, strict=True):
      results.update(zip(share, job.result(), strict=True))
    return [results[slot] for slot in slots]
