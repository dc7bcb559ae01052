"""The one place where the figures of all stages come together."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from acme.utils.loggers import base

FRAMES = 'environment_frames'
SECONDS = 'seconds'


class MetricsWriter:
  """Gathers figures from any thread and writes them as rows.

  The order of use:

      writer = MetricsWriter([csv.CSVLogger(...), ...])
      writer.record('learner', {'loss': 1.0})     # any stage, any thread
      writer.report(frames)                       # one row: learner/loss ...
      writer.close()

  Every row begins with `environment_frames` and `seconds`. A figure is written
  once: one that no stage has recorded since the last row is not in the next.
  """

  def __init__(
    self,
    loggers: Sequence[base.Logger],
    *,
    start_seconds: float = 0.0,
    clock: Callable[[], float] = time.monotonic,
  ):
    """Starts the run's clock.

    Args:
      loggers: where rows go.
      start_seconds: where the clock begins, for a run that is resumed.
      clock: seconds from any origin.
    """
    self._loggers = tuple(loggers)
    self._clock = clock
    self._zero = clock() - start_seconds
    self._lock = threading.Lock()
    self._figures: dict[str, Any] = {}

  @property
  def seconds(self) -> float:
    """The run's time, seconds."""
    return self._clock() - self._zero

  def record(self, stage: str, figures: Mapping[str, Any]) -> None:
    """Notes a stage's newest figures for the next row.

    Args:
      stage: name that goes before the keys.
      figures: keys to values; they replace those not written yet.
    """
    with self._lock:
      for key, value in figures.items():
        self._figures[f'{stage}/{key}'] = value

  def stage(self, name: str) -> base.Logger:
    """An Acme logger whose writes are `record(name, ...)`.

    Args:
      name: of the stage.

    Returns:
      The logger; closing it does nothing.
    """
    return _StageLogger(self, name)

  def report(
    self, environment_frames: int, figures: Mapping[str, Any] | None = None
  ) -> dict[str, Any]:
    """Writes one row of all that was recorded since the last.

    Args:
      environment_frames: the run's count of them.
      figures: more columns, with their full keys.

    Returns:
      The row.
    """
    with self._lock:
      row = {FRAMES: environment_frames, SECONDS: round(self.seconds, 3)}
      row.update(self._figures)
      row.update(figures or {})
      self._figures = {}
      for logger in self._loggers:
        logger.write(row)
    return row

  def close(self) -> None:
    """Closes the loggers."""
    with self._lock:
      for logger in self._loggers:
        logger.close()


class _StageLogger(base.Logger):
  def __init__(self, writer: MetricsWriter, name: str):
    self._writer, self._name = writer, name

  def write(self, data: base.LoggingData) -> None:
    self._writer.record(self._name, data)

  def close(self) -> None:
    pass
