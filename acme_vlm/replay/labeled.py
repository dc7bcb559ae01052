"""Labeled trajectories into replay."""

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import tables
from acme_vlm.types import LabeledTrajectory


class LabeledWriter:
  """Implements `interfaces.LabeledSink`; for one thread.

  A trajectory is written as one step, whose fields have the time in them: an
  item of T+1 steps would cost T+1 calls.
  """

  def __init__(self, client: client_lib.ReplayClient):
    """Makes the writer.

    Args:
      client: of the run's server.
    """
    self._client = client
    self._writer = client.trajectory_writer(num_keep_alive_refs=1)

  def write(self, trajectory: LabeledTrajectory) -> None:
    """Inserts one; blocks while the rate limiter holds inserts back.

    Args:
      trajectory: its shapes and types must be those of the table.

    Raises:
      ReplayError: if the client is closed, also while this blocks.
      ValueError: shapes or types that the table refuses.
    """
    self._writer.append(trajectory._asdict())
    newest = {name: column[-1] for name, column in self._writer.history.items()}
    self._writer.create_item(tables.LABELED, 1.0, newest)
    self._writer.flush()

  def close(self) -> None:
    """Ends a blocked write and everything else that uses the same client."""
    self._client.close()
