"""The stage between acting and learning that gives rewards."""

import queue
import threading
import time
from collections.abc import Sequence
from concurrent import futures
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.interfaces import LabeledSink, RewardModel, TrajectorySource
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import (
  episode_set,
  labeling,
  relabel,
  service_metrics,
  swapping,
  windows,
)
from acme_vlm.types import LabeledTrajectory


class _Reward(NamedTuple):
  """A model in use, for both modes.

  Each sees the frames of an episode once, so each has its windows.
  """

  labeler: labeling.Labeler
  online: windows.EpisodeScorer

  @property
  def model(self) -> RewardModel:
    return self.labeler.model


class _Asked(NamedTuple):
  """A swap that waits for the end of a batch."""

  model: RewardModel
  table: swapping.Table
  answer: futures.Future[swapping.Swap]


class RewardService:
  """Pulls unlabeled trajectories, scores their frames, writes labeled ones.

  The order of use, by one thread:

      service = RewardService(model, goals, source, sink, config)
      service.run(stop)               # until `stop` is set; or, step by step,
      service.step(timeout=1.0)       # one batch

  `rewards` (mode 'online'), `swap` and `metrics` may be called by other
  threads. Where a write is blocked by the sink's rate limiter, set `stop` and
  close the sink.

  After a swap the windows of running episodes begin anew, with the frames that
  the new model has seen.
  """

  def __init__(
    self,
    model: RewardModel,
    goals: Sequence[str],
    source: TrajectorySource,
    sink: LabeledSink,
    config: config_lib.ServiceConfig | None = None,
    *,
    goal_instructions: np.ndarray | None = None,
    training_goals: Sequence[int] | None = None,
    goal_scores: bool = False,
    seed: int = 0,
  ):
    """Joins a model with where its frames come from and its labels go.

    Args:
      model: the reward model.
      goals: the run's task set, which goal indices refer to.
      source: of unlabeled trajectories, in the order of their making.
      sink: of labeled ones.
      config: sizes and bounds.
      goal_instructions: word ids of each goal's instruction, int32 [G, L], with
        which every step is also asked about other goals, by its frame alone
        whatever the reward's window; None asks nothing.
      training_goals: indices of the goals that training may have, which alone
        are asked about; None is all.
      goal_scores: whether the labels carry the scores of these goals.
      seed: of those questions.
    """
    config = config or config_lib.ServiceConfig()
    self._goals = tuple(goals)
    self._source = source
    self._sink = sink
    self._config = config
    most = config.episodes_remembered
    # Episodes that the actors were told to end; the service's thread asks.
    self._ended_online = episode_set.EpisodeSet(most)
    self._metrics = service_metrics.ServiceMetrics(config.metrics_window)
    self._lock = threading.Lock()
    self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
    self._counts_before: dict[str, int] = {}
    labeler = labeling.Labeler(
      model,
      goals,
      episodes_remembered=most,
      goal_instructions=goal_instructions,
      training_goals=training_goals,
      goal_scores=goal_scores,
      rng=np.random.default_rng(seed),
    )
    self._reward = self._with_online(labeler)

  @property
  def version(self) -> int:
    """63-bit hash of everything that makes the reward."""
    return self._reward.model.version

  def swap(
    self, model: RewardModel, table: swapping.Table | None = None
  ) -> futures.Future[swapping.Swap]:
    """Asks for another reward between two batches; from any thread.

    Labels and `rewards` change at the same moment. Several swaps are done in
    the order in which they were asked for.

    Args:
      model: the new one, warmed up.
      table: what becomes of the labeled trajectories that nobody has taken:
        'relabel' labels them anew (first successes of those episodes are
        forgotten with their labels), 'drop' throws them away, 'keep' leaves
        them as they are; None does what the configuration says.

    Returns:
      What the swap did, once it is done. If the new model fails to label what
      the table holds, its error, and the old reward goes on; if the service
      ends before, it is cancelled.
    """
    asked = _Asked(model, table or self._config.on_swap, futures.Future())
    self._asked.put(asked)
    return asked.answer

  def run(self, stop: threading.Event, timeout: float = 0.2) -> None:
    """Labels until told to stop.

    Args:
      stop: ends the loop when set, at the latest after `timeout` seconds or
        the batch at hand.
      timeout: longest wait for trajectories between two looks at `stop`.

    Raises:
      ValueError: probabilities that are none (NaN, outside [0, 1]).
      ReplayError: replay is gone although nobody said stop.
    """
    try:
      while not stop.is_set():
        try:
          self.step(timeout)
        except errors.ReplayError:
          # Closing the tables is how blocked reads and writes are ended.
          if not stop.is_set():
            raise
    finally:
      while (asked := self._next_asked()) is not None:
        asked.answer.cancel()

  def step(self, timeout: float) -> int:
    """Labels one batch of trajectories.

    Args:
      timeout: longest wait for the first trajectory, in seconds.

    Returns:
      Number of trajectories written, 0 if none came in time.

    Raises:
      ValueError: probabilities that are none (NaN, outside [0, 1]).
    """
    while (asked := self._next_asked()) is not None:
      self._swap(asked)
    trajectories = self._source.take(
      self._config.trajectories_per_batch, timeout
    )
    if not trajectories:
      return 0
    trajectories = [
      swapping.own_discount(trajectory, self._ended_online)
      for trajectory in trajectories
    ]
    start = time.perf_counter()
    labeler = self._reward.labeler
    scores = labeler.score(trajectories)
    seconds = time.perf_counter() - start
    episodes = successes = frames = abstained = 0
    returned = 0.0
    for trajectory, row in zip(trajectories, scores, strict=True):
      result = labeler.label(trajectory, row)
      episodes += result.ended
      successes += len(result.finished)
      abstained += result.abstained
      returned += float(np.sum(result.trajectory.reward))
      frames += int(np.sum(relabel.valid_rows(trajectory)))
      self._sink.write(result.trajectory)
    self._metrics.batch(
      trajectories=len(trajectories),
      frames=frames,
      seconds=seconds,
      episodes=episodes,
      successes=successes,
      returned=returned,
      abstained=abstained,
    )
    return len(trajectories)

  def rewards(
    self, frames: np.ndarray, goals: np.ndarray, episodes: np.ndarray
  ) -> np.ndarray:
    """Rewards of the newest frames of all environments, in one call.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: int32 [N], indices in the run's task set.
      episodes: int64 [N], episode numbers.

    Returns:
      float32 [N], 0 or 1 (arXiv 2312.09187, eq. 2).
    """
    start = time.perf_counter()
    with self._lock:
      result = self._reward.online.rewards(frames, goals, episodes)
      for episode in episodes[result > 0].tolist():
        self._ended_online.add(episode)
    self._metrics.online(time.perf_counter() - start)
    return result

  def metrics(self) -> dict[str, float]:
    """How the service is doing, over the newest batches.

    Returns:
      Flat keys: `frames` and `trajectories` since the start; after a swap also
      `swaps`, how many there were, and `relabeled` and `dropped`, trajectories
      of the labeled table in all of them. All else is of the reward in use,
      since it came: `frames_per_second`; `latency_p50_ms` and `latency_p99_ms`
      of scoring a batch, `online_p50_ms` and `online_p99_ms` of a call of
      `rewards`; `batch_trajectories`, mean; `queue_lag`, trajectories waiting;
      `version_low24`, the lowest 24 bits of the reward's version, which a
      float32 holds exactly; `vlm_return`, the sum of rewards, and
      `vlm_success`, successes, by episodes ended, all since the call of this
      method before (a reward that is not thresholded tells no success: then
      there is the return alone); and of a `DualEncoderScorer`
      `batch_fill` (true rows by rows computed), `cache_hit_rate`, and if it
      may abstain `abstained`, the share of steps without a verdict.
      A rate of nothing is NaN.

      `cache_hit_rate` is the share of frames looked up that needed no
      computation. A frame is looked up once when its unroll is labeled; in
      mode 'online' it was looked up before, when `rewards` was asked, so that
      the rate is about 1/2 even if no two frames are the same. Where outcomes
      are asked, the last frame of an unroll is looked up again as the first
      of the next.
    """
    values = self._metrics.snapshot()
    values['version_low24'] = float(self.version & 0xFFFFFF)
    if not getattr(self._reward.model, 'abstains', False):
      del values['abstained']
    if not getattr(self._reward.model, 'thresholded', True):
      del values['vlm_success']
    values['queue_lag'] = float(self._source.waiting())
    with self._lock:
      model, before = self._reward.model, self._counts_before
    counts = {
      name: count - before.get(name, 0)
      for name, count in _counters(model).items()
    }
    if counts:
      values['cache_hit_rate'] = 1 - service_metrics.ratio(
        counts['embedded'], counts['frames']
      )
      values['batch_fill'] = service_metrics.ratio(
        counts['embedded'], counts['padded']
      )
    return values

  def _with_online(self, labeler: labeling.Labeler) -> _Reward:
    most = self._config.episodes_remembered
    online = windows.EpisodeScorer(labeler.model, self._goals, most)
    return _Reward(labeler, online)

  def _next_asked(self) -> _Asked | None:
    try:
      return self._asked.get_nowait()
    except queue.Empty:
      return None

  def _swap(self, asked: _Asked) -> None:
    """Puts another model in the place of the one in use."""
    if not asked.answer.set_running_or_notify_cancel():
      return
    start = time.perf_counter()
    old = self._reward
    try:
      recalled = [] if asked.table == 'keep' else self._sink.recall()
    except errors.ReplayError as error:
      asked.answer.set_exception(error)
      raise
    relabeled: list[LabeledTrajectory] = []
    try:
      labeler = old.labeler.successor(asked.model, recalled)
      if asked.table == 'relabel':
        at_once = self._config.trajectories_per_batch
        relabeled = labeler.relabel(recalled, at_once)
      new = self._with_online(labeler)
    except Exception as error:
      # Whatever is wrong with the new model, the run must not suffer from it.
      asked.answer.set_exception(error)
      relabeled = recalled
    else:
      self._adopt(new)
      dropped = len(recalled) - len(relabeled)
      self._metrics.swap(relabeled=len(relabeled), dropped=dropped)
      asked.answer.set_result(
        swapping.Swap(
          old_version=old.model.version,
          new_version=new.model.version,
          relabeled=len(relabeled),
          dropped=dropped,
          seconds=time.perf_counter() - start,
        )
      )
    # With room for fewer than were recalled, this waits for the learner.
    for labeled in relabeled:
      self._sink.write(labeled)

  def _adopt(self, reward: _Reward) -> None:
    with self._lock:
      self._reward = reward
      self._counts_before = _counters(reward.model)


def _counters(model: RewardModel) -> dict[str, int]:
  """Counts of a `DualEncoderScorer`; other models have none."""
  counters = getattr(model, 'counters', None)
  return {} if counters is None else counters()
