"""The simulated phone's logcat, and its reader."""

import collections
from collections.abc import Iterator

from android_env.components import log_stream, logcat_thread

from acme_vlm import errors


class SimulatedLogStream(log_stream.LogStream):
  """A log whose lines are read in the moment they are written.

  android_env reads logs in a thread of its own. A real device's reward may
  therefore come some steps late; here `emit` returns only when the line has
  been matched against every listener, so that the true reward arrives in the
  very step that earned it and episodes are deterministic. Nor does a launch
  wait for another thread to be scheduled, which costs milliseconds on a busy
  machine.
  """

  def __init__(self, verbose: bool = False):
    super().__init__(verbose)
    self._lines: collections.deque[str] = collections.deque()
    self._reader: PromptLogcat | None = None
    self._stopped = False

  def attach(self, reader: 'PromptLogcat') -> None:
    """Hands all lines from now on to `reader`."""
    self._reader = reader

  def emit(self, tag: str, message: str) -> None:
    """Writes a line of priority I, unless it is filtered out.

    Args:
      tag: who logs, such as 'ActivityTaskManager'.
      message: what.

    Raises:
      EnvironmentFailure: if nobody reads the log.
    """
    # While the stream is paused the reader would drop the line anyway.
    if self._stopped or not self._should_stream.is_set():
      return
    if tag not in {entry.split(':')[0] for entry in self._filters}:
      return
    if self._reader is None:
      raise errors.EnvironmentFailure(
        'the log of a simulated phone has no PromptLogcat to read it'
      )
    self._lines.append(f'         0.000  1000  1000 I {tag}: {message}')
    self._reader.read()

  def _get_stream_output(self) -> Iterator[str]:
    while self._lines:
      yield self._lines.popleft()

  def stop_stream(self) -> None:
    """Ends the stream: later lines are lost."""
    self._stopped = True


class PromptLogcat(logcat_thread.LogcatThread):
  """android_env's log reader, run by the writer instead of by its thread."""

  def __init__(self, log_stream: SimulatedLogStream):
    super().__init__(log_stream)
    log_stream.attach(self)

  def read(self) -> None:
    """Handles all lines that have been written."""
    super()._process_logs()

  def _process_logs(self) -> None:
    # What the base class's thread runs: it has nothing to do and ends.
    return
