"""Items out of a table, in a thread that can be stopped."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import reverb
import tensorflow as tf

from acme_vlm import errors
from acme_vlm.replay import client as client_lib

Item = TypeVar('Item')


def read(
  client: client_lib.ReplayClient, table: str, in_flight: int
) -> Iterator[Any]:
  """Yields a table's items until the client is closed.

  Args:
    client: of the table's server.
    table: its name.
    in_flight: items fetched ahead, at least 1.

  Yields:
    Nests of NumPy arrays, structured as the table's signature.

  Raises:
    ReplayError: the server is gone although the client is open.
  """
  try:
    dataset = reverb.TrajectoryDataset.from_table_signature(
      client.server_address,
      table,
      max_in_flight_samples_per_worker=in_flight,
      num_workers_per_iterator=1,
      # After this long without an item the dataset ends and is begun anew:
      # the one way to look at `closed` that loses no item.
      rate_limiter_timeout_ms=client_lib.POLL_MS,
      get_signature_timeout_secs=30,
    )
    while not client.closed.is_set():
      yield from dataset.as_numpy_iterator()
  except (tf.errors.OpError, RuntimeError, reverb.ReverbError) as error:
    if not client.closed.is_set():
      reason = str(error).splitlines()[0]
      raise errors.ReplayError(
        f'expected table {table!r} at {client.server_address}, got: {reason}'
      ) from error


class Prefetcher(Generic[Item]):
  """Runs an iterator in a thread of its own, a few items ahead."""

  def __init__(
    self,
    make_iterator: Callable[[], Iterator[Item]],
    size: int,
    closed: threading.Event,
  ):
    """Starts the thread.

    Args:
      make_iterator: called in that thread; ends soon after `closed` is set.
      size: items ahead, at least 1.
      closed: ends it all.
    """
    self._make_iterator = make_iterator
    self._queue: queue.Queue = queue.Queue(size)
    self._closed = closed
    self._error: BaseException | None = None
    self._thread = threading.Thread(target=self._run, daemon=True)
    self._thread.start()

  def get(self, timeout: float) -> Item | None:
    """Waits for an item.

    Args:
      timeout: in seconds, at least 0.

    Returns:
      The item, or None after `timeout`, or if closed.

    Raises:
      ReplayError: whatever ended the iterator before `closed` was set.
    """
    try:
      if timeout <= 0:
        return self._queue.get_nowait()
      return self._queue.get(timeout=timeout)
    except queue.Empty:
      if self._error is not None:
        raise self._error from None
      return None

  def qsize(self) -> int:
    """Items that are ready."""
    return self._queue.qsize()

  def join(self, timeout: float) -> bool:
    """Waits for the thread to end.

    Args:
      timeout: in seconds.

    Returns:
      Whether it has.
    """
    self._thread.join(timeout)
    return not self._thread.is_alive()

  def _run(self) -> None:
    try:
      for item in self._make_iterator():
        if not self._put(item):
          return
    except BaseException as error:
      self._error = error

  def _put(self, item: Item) -> bool:
    while not self._closed.is_set():
      try:
        self._queue.put(item, timeout=client_lib.POLL_MS / 1000)
        return True
      except queue.Full:
        continue
    return False
