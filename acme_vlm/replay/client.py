"""A Reverb client whose blocking calls end when it is closed."""

import threading
from collections.abc import Mapping

import reverb
from reverb import pybind
from reverb.cc import schema_pb2

from acme_vlm import errors

# How long a blocked call sleeps between two looks at whether it is closed.
POLL_MS = 100


class ReplayClient(reverb.Client):
  """What Acme's adders and our writers write through.

  Reverb's own writers block without end while a rate limiter holds them back,
  also when the process wants to stop; these give up when `close` is called.
  Safe to use from several threads; each thread has its own writers.
  """

  def __init__(
    self,
    server_address: str,
    locks: Mapping[str, threading.Lock] | None = None,
  ):
    """Connects lazily.

    Args:
      server_address: 'host:port'.
      locks: by table, shared by all clients whose readers may meet there;
        None for a table that only this client reads.
    """
    super().__init__(server_address)
    self.closed = threading.Event()
    self._locks = locks or {}
    self._own_lock = threading.Lock()

  def lock(self, table: str) -> threading.Lock:
    """What a reader holds from counting what is there until it has it."""
    return self._locks.get(table, self._own_lock)

  def trajectory_writer(
    self,
    num_keep_alive_refs: int,
    *,
    validate_items: bool = True,
    get_signature_timeout_ms: int | None = None,
  ) -> 'ReplayWriter':
    """Makes a writer; see `reverb.Client.trajectory_writer`.

    Args:
      num_keep_alive_refs: steps that an item can span, at least 1.
      validate_items: whether items are held against the table's signature.
      get_signature_timeout_ms: ignored. Acme passes it; this Reverb no longer
        takes it.

    Returns:
      The writer.
    """
    del get_signature_timeout_ms
    options = pybind.AutoTunedChunkerOptions(num_keep_alive_refs, 1.0)
    return ReplayWriter(
      self._client.NewTrajectoryWriter(options, validate_items), self.closed
    )

  def available(self, table: str, timeout: int = 5) -> int:
    """Counts the samples that the table's rate limiter would let go now.

    Args:
      table: a table of this system.
      timeout: longest wait for an answer, in seconds.

    Returns:
      At least 0.

    Raises:
      RuntimeError: the server does not answer.
    """
    # `server_info` would decode every signature, at ten times the cost.
    for message in self._client.ServerInfo(timeout):
      info = schema_pb2.TableInfo.FromString(message)
      if info.name == table:
        limiter = info.rate_limiter_info
        inserted = limiter.insert_stats.completed * limiter.samples_per_insert
        return int(inserted) - limiter.sample_stats.completed
    raise RuntimeError(f'no table {table!r}')

  def close(self) -> None:
    """Ends what blocks: reads come back empty, writes raise `ReplayError`."""
    self.closed.set()


class ReplayWriter(reverb.TrajectoryWriter):
  """A trajectory writer that can be told to stop waiting."""

  def __init__(
    self, internal_writer: pybind.TrajectoryWriter, closed: threading.Event
  ):
    """Wraps Reverb's writer.

    Args:
      internal_writer: of Reverb's client.
      closed: ends blocked calls when set.
    """
    super().__init__(internal_writer)
    self._client_closed = closed

  def flush(
    self, block_until_num_items: int = 0, timeout_ms: int | None = None
  ) -> None:
    """Waits until at most so many items are unconfirmed by the server.

    Args:
      block_until_num_items: at least 0.
      timeout_ms: longest wait; None waits until the client is closed.

    Raises:
      DeadlineExceededError: after `timeout_ms`.
      ReplayError: if the client is closed, and no timeout was given.
    """
    if timeout_ms is not None:
      # Acme's adders say goodbye with a timeout; there is no one to greet.
      if not self._client_closed.is_set():
        super().flush(block_until_num_items, timeout_ms)
      return
    while True:
      if self._client_closed.is_set():
        raise errors.ReplayError('expected an open replay, got a closed one')
      try:
        return super().flush(block_until_num_items, POLL_MS)
      except reverb.DeadlineExceededError:
        continue
      except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise errors.ReplayError(
          f'expected to write to replay, got: {reason}'
        ) from error
