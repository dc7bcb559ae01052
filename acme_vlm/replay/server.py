"""The Reverb server of a run."""

import threading

import reverb

from acme_vlm import errors
from acme_vlm.replay import client as client_lib
from acme_vlm.replay import config as config_lib
from acme_vlm.replay import tables


class ReplayServer:
  """Both tables behind a port of this machine.

  Reverb listens on all network interfaces and knows no passwords: the port is
  for trusted networks only.

  The order of use:

      with ReplayServer(config, spec) as server:
        client = server.client()
        ...
        client.close()   # ends what blocks, before the server goes
  """

  def __init__(
    self, config: config_lib.ReplayConfig, spec: tables.TrajectorySpec
  ):
    """Starts serving.

    Args:
      config: tables and port.
      spec: sizes of the arrays in a trajectory.

    Raises:
      ReplayError: the server cannot be started, for example on a port that is
        taken.
    """
    try:
      self._server: reverb.Server | None = reverb.Server(
        tables.make_tables(config, spec), port=config.port
      )
    except (RuntimeError, ValueError) as error:
      reason = str(error).splitlines()[0]
      raise errors.ReplayError(
        f'expected to serve replay on port {config.port or "(any)"}, '
        f'got: {reason}'
      ) from error
    self._address = f'localhost:{self._server.port}'
    self._clients: list[client_lib.ReplayClient] = []
    names = (tables.UNLABELED, tables.LABELED)
    self._locks = {name: threading.Lock() for name in names}

  @property
  def address(self) -> str:
    """'host:port', for clients on this machine."""
    return self._address

  def client(self) -> client_lib.ReplayClient:
    """Makes a client, which `stop` closes."""
    client = client_lib.ReplayClient(self._address, self._locks)
    self._clients.append(client)
    return client

  def stop(self) -> None:
    """Closes all clients made here, then the server. Twice does no harm."""
    for client in self._clients:
      client.close()
    if self._server is not None:
      self._server.stop()
    # Reverb's destructor fails when it first runs as the interpreter ends.
    self._server = None

  def __enter__(self) -> 'ReplayServer':
    return self

  def __exit__(self, *args: object) -> None:
    self.stop()
