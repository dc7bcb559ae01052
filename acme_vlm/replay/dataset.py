"""Batches for the learner out of replay."""

import collections
import queue
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import reader, tables
from acme_vlm.types import BatchProvenance, LabeledBatch, LabeledTrajectory


class LabeledDataset:
  """Implements `interfaces.BatchSource`; for one consumer.

  A thread puts batches together while the learner is busy with the last one.
  Iterating waits while labels lag, and ends when `close` is called, from any
  thread.
  """

  def __init__(
    self,
    client: client_lib.ReplayClient,
    batch_size: int,
    prefetch: int = 1,
    *,
    pixels: bool = True,
  ):
    """Starts the thread.

    Args:
      client: of the run's server.
      batch_size: trajectories B in a batch, at least 1.
      prefetch: batches made ahead, at least 1. They have left the table, so
        they grow older unseen by its rate limiter.
      pixels: whether the learner looks at frames; if not, those of a batch
        have height 0.
    """
    self._client = client
    self._batch_size = batch_size
    self._pixels = pixels
    self._ready: queue.Queue[tuple[LabeledBatch, BatchProvenance]] = (
      queue.Queue()
    )
    # Counts the batches that may still be made: one that were made and then
    # waited for room would be one more than asked for.
    self._room = threading.Semaphore(prefetch)
    self._error: Exception | None = None
    self._handed_out: collections.Counter[int] = collections.Counter()
    self._counting = threading.Lock()
    self._thread = threading.Thread(target=self._run, daemon=True)
    self._thread.start()

  def __iter__(self) -> Iterator[tuple[LabeledBatch, BatchProvenance]]:
    """Yields batches of NumPy arrays until closed.

    Raises:
      ReplayError: the server is gone although nobody closed the client.
    """
    while not self._client.closed.is_set():
      try:
        batch = self._ready.get(timeout=client_lib.POLL_MS / 1000)
      except queue.Empty:
        if self._error is not None:
          raise self._error from None
        continue
      self._room.release()
      self._count(batch[1])
      yield batch

  def labels(self) -> dict[int, int]:
    """Trajectories handed out so far, by the version of their reward.

    After another reward has come, batches that were begun before it (at most
    `prefetch` and the one in the making) still carry the labels of the old.
    """
    with self._counting:
      return dict(self._handed_out)

  def close(self) -> None:
    """Ends the iteration, and all else that uses the same client."""
    self._client.close()
    self._thread.join(timeout=10)

  def _count(self, provenance: BatchProvenance) -> None:
    versions, rows = np.unique(provenance.reward_version, return_counts=True)
    with self._counting:
      for version, num in zip(versions.tolist(), rows.tolist(), strict=True):
        self._handed_out[version] += num

  def _run(self) -> None:
    try:
      while not self._client.closed.is_set():
        if self._room.acquire(timeout=client_lib.POLL_MS / 1000):
          rows = self._take()
          if len(rows) == self._batch_size:
            self._ready.put(stack(rows, pixels=self._pixels))
    except Exception as error:
      self._error = error

  def _take(self) -> list[LabeledTrajectory]:
    """Takes one batch, or less when closed."""
    rows: list[LabeledTrajectory] = []
    while len(rows) < self._batch_size and not self._client.closed.is_set():
      missing = self._batch_size - len(rows)
      items = reader.take(self._client, tables.LABELED, missing, timeout=1)
      rows.extend(LabeledTrajectory(**item) for item in items)
    return rows


def stack(
  trajectories: list[LabeledTrajectory], *, pixels: bool = True
) -> tuple[LabeledBatch, BatchProvenance]:
  """Stacks trajectories along a new leading axis.

  Args:
    trajectories: B of them, of equal shapes.
    pixels: whether to keep the frames; without, their height is 0.

  Returns:
    The batch and where it comes from.
  """
  if not pixels:
    trajectories = [
      row._replace(pixels=row.pixels[:, :0]) for row in trajectories
    ]

  def column(name: str) -> Any:
    return np.stack([getattr(row, name) for row in trajectories])

  return (
    LabeledBatch(*map(column, LabeledBatch._fields)),
    BatchProvenance(*map(column, BatchProvenance._fields)),
  )
