"""Labeled trajectories into replay."""

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import reader, tables
from acme_vlm.types import LabeledTrajectory


class LabeledWriter:
  """Implements `interfaces.LabeledSink`; for one thread, the only writer.

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

  def recall(self) -> list[LabeledTrajectory]:
    """Takes back all that the table still holds, so that it is empty.

    Batches that the learner's dataset has begun are out of the table already,
    and stay as they are. What is written again afterwards is as new: it has
    all its `samples_per_trajectory` passes before it.

    Returns:
      Each trajectory once, in the order of their labels.

    Raises:
      ReplayError: the server is gone although nobody closed the client.
    """
    items = reader.drain(self._client, tables.LABELED)
    recalled = [LabeledTrajectory(**item) for item in items]
    # Tables of several passes are sampled at random.
    return sorted(recalled, key=lambda trajectory: trajectory.labeled_at)

  def close(self) -> None:
    """Ends a blocked write and everything else that uses the same client."""
    self._client.close()
