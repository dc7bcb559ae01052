"""Batches for the learner out of replay."""

from collections.abc import Iterator

import numpy as np

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import reader, tables
from acme_vlm.types import BatchProvenance, LabeledBatch, LabeledTrajectory


class LabeledDataset:
  """Implements `interfaces.BatchSource`.

  Trajectories are fetched ahead; a batch is put together when it is asked for,
  so that none waits half full. Iterating waits while labels lag, and ends when
  `close` is called, from any thread. For one consumer.
  """

  def __init__(
    self,
    client: client_lib.ReplayClient,
    batch_size: int,
    prefetch: int = 1,
  ):
    """Starts to read.

    Args:
      client: of the run's server.
      batch_size: trajectories B in a batch, at least 1.
      prefetch: batches fetched ahead, at least 1. Their trajectories have
        left the table, so they grow older unseen by its rate limiter.
    """
    self._client = client
    self._batch_size = batch_size
    self._prefetcher = reader.Prefetcher(
      lambda: _trajectories(client), prefetch * batch_size, client.closed
    )
    self._rows: list[LabeledTrajectory] = []

  def __iter__(self) -> Iterator[tuple[LabeledBatch, BatchProvenance]]:
    """Yields batches of NumPy arrays until closed.

    Raises:
      ReplayError: the server is gone although nobody closed the client.
    """
    while not self._client.closed.is_set():
      row = self._prefetcher.get(client_lib.POLL_MS / 1000)
      if row is not None:
        self._rows.append(row)
      if len(self._rows) == self._batch_size:
        rows, self._rows = self._rows, []
        yield stack(rows)

  def close(self) -> None:
    """Ends the iteration and everything else that uses the same client."""
    self._client.close()
    self._prefetcher.join(timeout=10)


def stack(
  trajectories: list[LabeledTrajectory],
) -> tuple[LabeledBatch, BatchProvenance]:
  """Stacks trajectories along a new leading axis.

  Args:
    trajectories: B of them, of equal shapes.

  Returns:
    The batch and where it comes from.
  """
  columns = LabeledTrajectory(
    *(np.stack(column) for column in zip(*trajectories, strict=True))
  )
  values = columns._asdict()
  return (
    LabeledBatch(*(values[name] for name in LabeledBatch._fields)),
    BatchProvenance(*(values[name] for name in BatchProvenance._fields)),
  )


def _trajectories(
  client: client_lib.ReplayClient,
) -> Iterator[LabeledTrajectory]:
  for sample in reader.read(client, tables.LABELED, in_flight=4):
    yield LabeledTrajectory(**sample.data)
