"""What the reward service measures of itself."""

import collections
import math
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class _Batch(NamedTuple):
  """One labeled batch; `end` and `seconds` on the monotonic clock."""

  end: float
  seconds: float
  trajectories: int
  frames: int
  abstained: int


class ServiceMetrics:
  """Rates and latencies over the newest batches; success since the last look.

  Safe between threads.
  """

  def __init__(
    self, window: int, clock: Callable[[], float] = time.perf_counter
  ):
    """Starts empty.

    Args:
      window: batches and online calls remembered, at least 1.
      clock: seconds, rising.
    """
    self._clock = clock
    self._lock = threading.Lock()
    self._batches: collections.deque[_Batch] = collections.deque(maxlen=window)
    self._online: collections.deque[float] = collections.deque(maxlen=window)
    self._frames = 0
    self._trajectories = 0
    self._episodes = 0
    self._successes = 0
    self._returned = 0.0
    self._swaps = self._relabeled = self._dropped = 0
    # The end of the batch before the oldest one remembered.
    self._since = clock()

  def batch(
    self,
    *,
    trajectories: int,
    frames: int,
    seconds: float,
    episodes: int,
    successes: int,
    returned: float = 0.0,
    abstained: int = 0,
  ) -> None:
    """Notes one labeled batch.

    Args:
      trajectories: in it.
      frames: scored, without placeholders.
      seconds: from the trajectories' arrival to their scores.
      episodes: that ended in it.
      successes: episodes that succeeded in it.
      returned: sum of the rewards of its steps.
      abstained: frames without a verdict.
    """
    with self._lock:
      if len(self._batches) == self._batches.maxlen:
        self._since = self._batches[0].end
      self._batches.append(
        _Batch(self._clock(), seconds, trajectories, frames, abstained)
      )
      self._episodes += episodes
      self._successes += successes
      self._returned += returned
      self._frames += frames
      self._trajectories += trajectories

  def online(self, seconds: float) -> None:
    """Notes how long one call from the actors took."""
    with self._lock:
      self._online.append(seconds)

  def swap(self, *, relabeled: int, dropped: int) -> None:
    """Notes another reward: rates and successes are its own from here on.

    Args:
      relabeled: trajectories of the table that were labeled anew.
      dropped: trajectories of the table that were thrown away.
    """
    with self._lock:
      self._swaps += 1
      self._relabeled += relabeled
      self._dropped += dropped
      self._batches.clear()
      self._online.clear()
      self._since = self._clock()
      self._episodes = self._successes = 0
      self._returned = 0.0

  def snapshot(self) -> dict[str, float]:
    """Takes the numbers down, and counts episodes from 0 again.

    Returns:
      Numbers by name: `vlm_success` and `vlm_return` over the episodes that
      ended since the snapshot before, as the actors' true success is; totals
      since the start;
      rates and latencies over the window, which a swap begins anew; after the
      first swap also totals of `swaps`, `relabeled` and `dropped`. A rate of
      nothing is NaN.
    """
    with self._lock:
      batches = list(self._batches)
      online = list(self._online)
      elapsed = self._clock() - self._since
      frames, trajectories = self._frames, self._trajectories
      episodes, successes = self._episodes, self._successes
      returned = self._returned
      self._episodes = self._successes = 0
      self._returned = 0.0
      swaps = {
        'swaps': float(self._swaps),
        'relabeled': float(self._relabeled),
        'dropped': float(self._dropped),
      }
    totals = {
      name: sum(getattr(batch, name) for batch in batches)
      for name in ('trajectories', 'frames', 'abstained')
    }
    seconds = [batch.seconds for batch in batches]
    return {
      'frames': float(frames),
      'trajectories': float(trajectories),
      'frames_per_second': ratio(totals['frames'], elapsed),
      'batch_trajectories': ratio(totals['trajectories'], len(batches)),
      'abstained': ratio(totals['abstained'], totals['frames']),
      'latency_p50_ms': _percentile_ms(seconds, 50),
      'latency_p99_ms': _percentile_ms(seconds, 99),
      'online_p50_ms': _percentile_ms(online, 50),
      'online_p99_ms': _percentile_ms(online, 99),
      # A success counts where it happens and an episode where it ends, which
      # may be a snapshot later.
      'vlm_success': min(ratio(successes, episodes), 1.0),
      'vlm_return': ratio(returned, episodes),
      **(swaps if swaps['swaps'] else {}),
    }


def ratio(part: float, whole: float) -> float:
  """Divides; by nothing, the answer is NaN.

  Args:
    part: numerator.
    whole: denominator.

  Returns:
    part / whole, or NaN.
  """
  return part / whole if whole else math.nan


def _percentile_ms(seconds: list[float], percent: float) -> float:
  return 1e3 * float(np.percentile(seconds, percent)) if seconds else math.nan
