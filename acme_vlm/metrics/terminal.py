"""One line in the terminal that says how far a run is."""

import math
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

from acme.utils.loggers import base
from rich import console as rich_console
from rich import live, text

# Label in the line to key of the row. Keys that a row lacks are left out.
SPEEDS = {
  'act': 'actor/frames_per_second',
  'score': 'rewards/frames_per_second',
  'learn': 'learner/frames_per_second',
}
SUCCESSES = {
  'VLM': 'actor/vlm_success',
  'true': 'actor/true_success',
  'eval VLM': 'evaluation/vlm_success',
  'eval true': 'evaluation/true_success',
}


class TerminalLogger(base.Logger):
  """Progress: elapsed time, frames, frames/s of the stages, success.

  In a terminal it is one live line (two in a narrow one), else (a file, a pipe)
  plain lines with at least `plain_period` seconds between them. A figure stays
  in the line until a newer one comes.
  """

  def __init__(
    self,
    *,
    stream: TextIO | None = None,
    speeds: Mapping[str, str] | None = None,
    successes: Mapping[str, str] | None = None,
    total_seconds: float = 0.0,
    plain_period: float = 10.0,
  ):
    """Opens the line.

    Args:
      stream: where to; None for standard output.
      speeds: label to key of the frames/s; None for `SPEEDS`.
      successes: label to key of the shares; None for `SUCCESSES`.
      total_seconds: the run's length, shown beside the elapsed time; 0 if it
        is not limited by time.
      plain_period: least time between two plain lines, seconds.
    """
    self._speeds = dict(SPEEDS if speeds is None else speeds)
    self._successes = dict(SUCCESSES if successes is None else successes)
    self._total = total_seconds
    self._period = plain_period
    self._stream = sys.stdout if stream is None else stream
    self._row: dict[str, Any] = {}
    self._last = -math.inf
    self._printed = ''
    self._live: live.Live | None = None
    console = rich_console.Console(file=self._stream)
    if console.is_terminal:
      self._live = live.Live(console=console, refresh_per_second=4)
      self._live.start()

  def write(self, data: base.LoggingData) -> None:
    """Shows a row.

    Args:
      data: flat keys to values; `seconds` and `environment_frames` lead.
    """
    self._row.update(data)
    if self._live is not None:
      self._live.update(text.Text(self.line()))
      return
    now = time.monotonic()
    if now - self._last >= self._period:
      self._last = now
      self._print()

  def close(self) -> None:
    """Leaves the newest line standing."""
    if self._live is not None:
      self._live.stop()
      self._live = None
      self._printed = self.line()
    elif self._row and self.line() != self._printed:
      self._print()

  def _print(self) -> None:
    self._printed = self.line()
    print(self._printed, file=self._stream, flush=True)

  def line(self) -> str:
    """The progress as one line."""
    row = self._row
    elapsed = _clock(float(row.get('seconds', 0.0)))
    if self._total:
      elapsed += f'/{_clock(self._total)}'
    parts = [elapsed, f'{int(row.get("environment_frames", 0)):,} frames']
    speeds = [
      f'{label} {row[key]:,.0f}'
      for label, key in self._speeds.items()
      if _is_known(row.get(key))
    ]
    if speeds:
      parts.append('frames/s: ' + ', '.join(speeds))
    successes = [
      f'{label} {100 * row[key]:.0f} %'
      for label, key in self._successes.items()
      if _is_known(row.get(key))
    ]
    if successes:
      parts.append('success: ' + ', '.join(successes))
    if _is_known(row.get('labels/newest_share')):
      share = 100 * row['labels/newest_share']
      parts.append(f'labels of the newest reward: {share:.0f} %')
    return ' | '.join(parts)


def _is_known(value: Any) -> bool:
  return value is not None and not math.isnan(value)


def _clock(seconds: float) -> str:
  minutes, rest = divmod(int(seconds), 60)
  hours, minutes = divmod(minutes, 60)
  short = f'{minutes:02d}:{rest:02d}'
  return f'{hours}:{short}' if hours else short
