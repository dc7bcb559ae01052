"""The figures of a run while it trains: one row for all stages at a time."""

import threading
import time

import numpy as np

from acme_vlm.acting import loop as loop_lib
from acme_vlm.acting.loop import EpisodeRecord
from acme_vlm.agent.builder import Stages
from acme_vlm.evaluation import results
from acme_vlm.learning import learner as learner_lib
from acme_vlm.metrics import writer as writer_lib


def version_name(version: int) -> str:
  """How logs and files name a reward: 16 hexadecimal digits.

  JSON readers that know only float64 would round the number.

  Args:
    version: of a `RewardModel`.
  """
  return f'{version:016x}'


class EpisodeLog:
  """Gathers finished training episodes between two reports. Thread-safe.

  The true returns end here: what this writes goes to the logs alone.
  """

  def __init__(self):
    """Starts empty."""
    self._records: list[EpisodeRecord] = []
    self._lock = threading.Lock()

  def __call__(self, record: EpisodeRecord) -> None:
    """Takes one record."""
    with self._lock:
      self._records.append(record)

  def figures(self) -> dict[str, float]:
    """Means over the episodes since the last call; empty if there were none.

    Returns:
      `episodes`, `true_return`, `true_success` and `length`, and where the
      actors end episodes themselves also `vlm_return` and `vlm_success`.
    """
    with self._lock:
      records, self._records = self._records, []
    if not records:
      return {}
    returns = np.array([record.true_return for record in records])
    figures = {
      'episodes': float(len(records)),
      'true_return': float(returns.mean()),
      'true_success': float((returns > 0).mean()),
      'length': float(np.mean([record.length for record in records])),
    }
    said = [r.vlm_success for r in records if r.vlm_success is not None]
    if said:
      # The reward is 1 once, at the end: return and success are the same.
      figures['vlm_return'] = figures['vlm_success'] = float(np.mean(said))
    return figures


class Progress:
  """Writes a row of all stages' figures every few seconds.

  The order of calls: `poll` again and again from one thread; `evaluated` from
  the evaluator's.
  """

  def __init__(
    self,
    stages: Stages,
    writer: writer_lib.MetricsWriter,
    log: EpisodeLog,
    period_seconds: float,
  ):
    """Joins the stages with the writer."""
    self._stages = stages
    self._writer = writer
    self._log = log
    self._period = period_seconds
    self._last = time.monotonic()
    self._learned = self._count(learner_lib.FRAMES)
    self._labels: dict[int, int] = {}

  @property
  def frames(self) -> int:
    """Environment frames of the run."""
    return self._count(loop_lib.FRAMES)

  def poll(self) -> None:
    """Writes a row if it is time to."""
    if time.monotonic() - self._last >= self._period:
      self.report()

  def report(self) -> None:
    """Writes a row now."""
    now = time.monotonic()
    learned = self._count(learner_lib.FRAMES)
    speed = (learned - self._learned) / max(now - self._last, 1e-9)
    self._last, self._learned = now, learned
    writer = self._writer
    rewards = self._stages.service.metrics()
    episodes = self._log.figures()
    if episodes and 'vlm_success' not in rewards:
      # A score that is the reward itself ends no episode: that the actors were
      # not told to end one says nothing.
      episodes.pop('vlm_success', None)
      episodes['vlm_return'] = rewards['vlm_return']
    elif episodes and 'vlm_success' not in episodes:
      # Actors that run to the time-out leave the cutting to the service.
      episodes['vlm_return'] = rewards['vlm_success']
      episodes['vlm_success'] = rewards['vlm_success']
    writer.record('actor', self._stages.loop.metrics() | episodes)
    writer.record('rewards', rewards)
    writer.record('learner', {'frames_per_second': speed})
    writer.record('labels', self._label_figures())
    writer.report(self.frames)

  def evaluated(self, evaluation: results.Evaluation, frames: float) -> None:
    """Notes an evaluation that began at so many frames for the next row."""
    stage = 'evaluation'
    if evaluation.mode != 'sampled':
      stage += f'_{evaluation.mode}'
    figures = results.summary(evaluation) | {'at_frames': float(frames)}
    self._writer.record(stage, figures)

  def _label_figures(self) -> dict[str, float]:
    """Trajectories learned from since the last row, by reward.

    Returns:
      A count for each reward's version; if the learner has had several, also
      `newest_share`, of the one in use.
    """
    before, now = self._labels, self._stages.dataset.labels()
    self._labels = now
    new = {
      version: num - before.get(version, 0) for version, num in now.items()
    }
    figures = {
      version_name(version): float(num) for version, num in new.items()
    }
    if len(now) > 1 and any(new.values()):
      newest = new.get(self._stages.service.version, 0)
      figures['newest_share'] = newest / sum(new.values())
    return figures

  def _count(self, key: str) -> int:
    return int(self._stages.counter.get_counts().get(key, 0))
