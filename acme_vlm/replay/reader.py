"""Items out of a table, without ever being stuck in it."""

import time
from typing import Any

import reverb

from acme_vlm import errors
from acme_vlm.replay import client as client_lib

# Seconds between two looks at a table that had nothing: several times faster
# than trajectories are made, and one look costs a tenth of a millisecond.
_PAUSE = 0.01
# Samples that a drained table is asked for at once.
_AT_ONCE = 64


def take(
  client: client_lib.ReplayClient, table: str, most: int, timeout: float
) -> list[Any]:
  """Takes what a table's rate limiter lets go, and waits only for the first.

  Reverb's own readers wait inside of the library: a blocked one cannot be told
  to stop, survives its server, and drops what it has fetched ahead when its
  timeout strikes. So a sample is asked for only when it is known to be there,
  and from the one to the other the table's lock keeps other readers out.

  Args:
    client: of the table's server.
    table: its name.
    most: bound on the number taken, at least 1.
    timeout: longest wait, in seconds.

  Returns:
    1 to `most` items, structured as the table's signature; none after `timeout`
    or when the client is closed.

  Raises:
    ReplayError: the server is gone although the client is open.
  """
  end = time.monotonic() + timeout
  while not client.closed.is_set():
    try:
      with client.lock(table):
        samples = _sample(client, table, most)
      if samples:
        return [sample.data for sample in samples]
    except (RuntimeError, reverb.ReverbError) as error:
      if client.closed.is_set():
        break
      raise _gone(client, table, error) from error
    left = end - time.monotonic()
    if left <= 0:
      break
    client.closed.wait(min(left, _PAUSE))
  return []


def drain(client: client_lib.ReplayClient, table: str) -> list[Any]:
  """Takes all that a table holds; for the rate limiter it has been sampled.

  Deleting items would leave the limiter waiting for samples that never come.
  Items are taken to their last pass, so the table is empty afterwards and the
  limiter's account is even: what is inserted next is counted as new.

  Args:
    client: of the table's server.
    table: its name.

  Returns:
    The items, each once however many passes it had left, in the order of the
    table's sampler; what there was until the client was closed.

  Raises:
    ReplayError: the server is gone although the client is open.
  """
  found: dict[int, Any] = {}
  try:
    with client.lock(table):
      while not client.closed.is_set():
        samples = _sample(client, table, _AT_ONCE)
        if not samples:
          break
        for sample in samples:
          found.setdefault(int(sample.info.key), sample.data)
  except (RuntimeError, reverb.ReverbError) as error:
    if not client.closed.is_set():
      raise _gone(client, table, error) from error
  return list(found.values())


def _sample(
  client: client_lib.ReplayClient, table: str, most: int
) -> list[reverb.ReplaySample]:
  """Up to `most` samples that the limiter lets go now; under the lock."""
  num = min(most, client.available(table))
  if not num:
    return []
  return list(
    client.sample(
      table, num, emit_timesteps=False, unpack_as_table_signature=True
    )
  )


def _gone(
  client: client_lib.ReplayClient, table: str, error: Exception
) -> errors.ReplayError:
  reason = str(error).splitlines()[0]
  return errors.ReplayError(
    f'expected table {table!r} at {client.server_address}, got: {reason}'
  )
