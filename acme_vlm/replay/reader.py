"""Items out of a table, without ever being stuck in it."""

import time
from typing import Any

import reverb

from acme_vlm import errors
from acme_vlm.replay import client as client_lib

# Seconds between two looks at a table that had nothing: several times faster
# than trajectories are made, and one look costs a tenth of a millisecond.
_PAUSE = 0.01


def take(
  client: client_lib.ReplayClient, table: str, most: int, timeout: float
) -> list[Any]:
  """Takes what a table's rate limiter lets go, and waits only for the first.

  Reverb's own readers wait inside of the library: a blocked one cannot be told
  to stop, survives its server, and drops what it has fetched ahead when its
  timeout strikes. So a sample is asked for only when it is known to be there.
  That needs a table to have one reader.

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
      num = min(most, client.available(table))
      if num:
        samples = client.sample(
          table, num, emit_timesteps=False, unpack_as_table_signature=True
        )
        return [sample.data for sample in samples]
    except (RuntimeError, reverb.ReverbError) as error:
      if client.closed.is_set():
        break
      reason = str(error).splitlines()[0]
      raise errors.ReplayError(
        f'expected table {table!r} at {client.server_address}, got: {reason}'
      ) from error
    left = end - time.monotonic()
    if left <= 0:
      break
    client.closed.wait(min(left, _PAUSE))
  return []
