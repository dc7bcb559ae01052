"""The stage between acting and learning that gives rewards."""

import collections
import threading
import time
from collections.abc import Sequence

import numpy as np

from acme_vlm import errors
from acme_vlm.interfaces import LabeledSink, RewardModel, TrajectorySource
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import outcomes as outcomes_lib
from acme_vlm.rewards import relabel, service_metrics, unroll_scores, windows
from acme_vlm.types import Trajectory


class RewardService:
  """Pulls unlabeled trajectories, scores their frames, writes labeled ones.

  The order of use, by one thread:

      service = RewardService(model, goals, source, sink, config)
      service.run(stop)               # until `stop` is set; or, step by step,
      service.step(timeout=1.0)       # one batch

  `rewards` (mode 'online') and `metrics` may be called by other threads. Where
  a write is blocked by the sink's rate limiter, set `stop` and close the sink.
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
      seed: of those questions.
    """
    config = config or config_lib.ServiceConfig()
    self._model = model
    self._goal_instructions = goal_instructions
    self._rng = np.random.default_rng(seed)
    self._source = source
    self._sink = sink
    self._config = config
    most = config.episodes_remembered
    # Each mode sees the frames of an episode once, so each has its windows.
    self._scorer = unroll_scores.UnrollScorer(
      model,
      goals,
      all_goals=goal_instructions is not None,
      episodes_remembered=most,
    )
    self._online = windows.EpisodeScorer(model, goals, most)
    self._online_lock = threading.Lock()
    self._finished: collections.OrderedDict[int, None] = (
      collections.OrderedDict()
    )
    self._metrics = service_metrics.ServiceMetrics(config.metrics_window)

  @property
  def version(self) -> int:
    """63-bit hash of everything that makes the reward."""
    return self._model.version

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
    while not stop.is_set():
      try:
        self.step(timeout)
      except errors.ReplayError:
        # Closing the tables is how blocked reads and writes are ended.
        if not stop.is_set():
          raise

  def step(self, timeout: float) -> int:
    """Labels one batch of trajectories.

    Args:
      timeout: longest wait for the first trajectory, in seconds.

    Returns:
      Number of trajectories written, 0 if none came in time.

    Raises:
      ValueError: probabilities that are none (NaN, outside [0, 1]).
    """
    trajectories = self._source.take(
      self._config.trajectories_per_batch, timeout
    )
    if not trajectories:
      return 0
    start = time.perf_counter()
    scores = self._scorer(trajectories)
    seconds = time.perf_counter() - start
    episodes = successes = frames = 0
    for trajectory, row in zip(trajectories, scores, strict=True):
      result = relabel.relabel(
        trajectory,
        row.scores,
        self._model.threshold,
        self._finished.keys(),
        reward_version=self._model.version,
        labeled_at=time.time(),
      )
      self._remember(result.finished)
      episodes += result.ended
      successes += len(result.finished)
      frames += int(np.sum(relabel.valid_rows(trajectory)))
      asked = self._ask(trajectory, row.achieved)
      self._sink.write(result.trajectory._replace(**asked))
    self._metrics.batch(
      trajectories=len(trajectories),
      frames=frames,
      seconds=seconds,
      episodes=episodes,
      successes=successes,
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
    with self._online_lock:
      result = self._online.rewards(frames, goals, episodes)
    self._metrics.online(time.perf_counter() - start)
    return result

  def metrics(self) -> dict[str, float]:
    """How the service is doing, over the newest batches.

    Returns:
      Flat keys: `frames` and `trajectories` since the start;
      `frames_per_second`; `latency_p50_ms` and `latency_p99_ms` of scoring a
      batch, `online_p50_ms` and `online_p99_ms` of a call of `rewards`;
      `batch_trajectories`, mean; `queue_lag`, trajectories waiting;
      `version_low24`, the lowest 24 bits of the reward's version, which a
      float32 holds exactly; `vlm_success`, successes by episodes ended, both
      since the call of this method before; and of a `DualEncoderScorer`,
      since the start, `batch_fill` (true rows by rows computed) and
      `cache_hit_rate`.
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
    values['queue_lag'] = float(self._source.waiting())
    counters = getattr(self._model, 'counters', None)
    if counters is not None:
      counts = counters()
      values['cache_hit_rate'] = 1 - service_metrics.ratio(
        counts['embedded'], counts['frames']
      )
      values['batch_fill'] = service_metrics.ratio(
        counts['embedded'], counts['padded']
      )
    return values

  def _ask(
    self, trajectory: Trajectory, achieved: np.ndarray | None
  ) -> dict[str, np.ndarray]:
    """Fields of the labeled trajectory about goals that were not its own."""
    if achieved is None or self._goal_instructions is None:
      return {}
    asked = outcomes_lib.ask(trajectory, achieved, self._rng)
    return {
      'outcome_goal': self._goal_instructions[asked.goal],
      'outcome': asked.outcome,
      'outcome_mask': asked.mask,
    }

  def _remember(self, episodes: Sequence[int]) -> None:
    for episode in episodes:
      self._finished[episode] = None
      if len(self._finished) > self._config.episodes_remembered:
        self._finished.popitem(last=False)
