"""The simulated phone's logcat."""

import queue
from collections.abc import Iterator

from android_env.components import log_stream

from acme_vlm import errors

_HANDLING_TIMEOUT_SEC = 10.0


class SimulatedLogStream(log_stream.LogStream):
  """A log whose writer waits until the reader has handled the line.

  android_env reads logs in a thread of its own. A real device's reward may
  therefore come some steps late; here `emit` returns only when the line has
  been matched against every listener, so that the true reward arrives in the
  very step that earned it and episodes are deterministic.
  """

  def __init__(self, verbose: bool = False):
    super().__init__(verbose)
    self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    self._handled: queue.SimpleQueue[None] = queue.SimpleQueue()
    self._stopped = False

  def emit(self, tag: str, message: str) -> None:
    """Writes a line of priority I, unless it is filtered out.

    Args:
      tag: who logs, such as 'ActivityTaskManager'.
      message: what.

    Raises:
      EnvironmentFailure: if nobody handles the line.
    """
    # While the stream is paused the reader would drop the line anyway.
    if self._stopped or not self._should_stream.is_set():
      return
    tags = {entry.split(':')[0] for entry in self._filters}
    if tag not in tags:
      return
    self._lines.put(f'         0.000  1000  1000 I {tag}: {message}')
    try:
      self._handled.get(timeout=_HANDLING_TIMEOUT_SEC)
    except queue.Empty:
      raise errors.EnvironmentFailure(
        f'no reader handled the log line {message!r} within '
        f'{_HANDLING_TIMEOUT_SEC:g} s'
      ) from None

  def _get_stream_output(self) -> Iterator[str]:
    while not self._stopped:
      line = self._lines.get()
      if line is None:
        return
      # The generator goes on only when the reader asks for the next line:
      # this one has been handled by then.
      yield line
      self._handled.put(None)

  def stop_stream(self) -> None:
    """Ends the stream; the reading thread returns."""
    self._stopped = True
    self._lines.put(None)
