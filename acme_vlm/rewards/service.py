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
from acme_vlm.rewards import relabel, service_metrics, windows
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
        which every step is also asked about other goals; None asks nothing.
      seed: of those questions.
    """
    config = config or config_lib.ServiceConfig()
    self._model = model
    self._goals = tuple(goals)
    self._goal_instructions = goal_instructions
    self._rng = np.random.default_rng(seed)
    self._source = source
    self._sink = sink
    self._config = config
    most = config.episodes_remembered
    # Each mode sees the frames of an episode once, so each has its windows.
    self._scorer = windows.EpisodeScorer(model, goals, most)
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
    probabilities = self._score(trajectories)
    outcomes = self._ask(trajectories)
    seconds = time.perf_counter() - start
    episodes = successes = frames = 0
    for trajectory, row, asked in zip(
      trajectories, probabilities, outcomes, strict=True
    ):
      result = relabel.relabel(
        trajectory,
        row,
        self._model.threshold,
        self._finished.keys(),
        reward_version=self._model.version,
        labeled_at=time.time(),
      )
      self._remember(result.finished)
      episodes += result.ended
      successes += len(result.finished)
      frames += int(np.sum(relabel.valid_rows(trajectory)))
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
      `vlm_success`, successes by episodes ended; and of a `ClipScorer`,
      since the start, `cache_hit_rate` (frames that needed no computation)
      and `batch_fill` (true rows by rows computed). A rate of nothing is NaN.
    """
    values = self._metrics.snapshot()
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

  def _score(self, trajectories: list[Trajectory]) -> list[np.ndarray]:
    """float32 [T] for each trajectory, 0 on placeholders."""
    valid = [relabel.valid_rows(trajectory) for trajectory in trajectories]
    pairs = list(zip(trajectories, valid, strict=True))
    scores = self._scorer.probabilities(
      np.concatenate([t.pixels[1:][rows] for t, rows in pairs]),
      np.concatenate([t.goal[:-1][rows] for t, rows in pairs]),
      np.concatenate([t.episode[:-1][rows] for t, rows in pairs]),
    )
    ends = np.cumsum([np.sum(rows) for rows in valid])
    result = []
    for rows, part in zip(valid, np.split(scores, ends[:-1]), strict=True):
      row = np.zeros(rows.shape, np.float32)
      row[rows] = part
      result.append(row)
    return result

  def _ask(self, trajectories: list[Trajectory]) -> list[dict[str, np.ndarray]]:
    """Fields of each labeled trajectory about goals that were not its own."""
    words = self._goal_instructions
    if words is None:
      return [{} for _ in trajectories]
    # Nothing is achieved when an episode begins: those frames cost nothing.
    shown = [~trajectory.first for trajectory in trajectories]
    scores = self._model.score_goals(
      np.concatenate(
        [t.pixels[rows] for t, rows in zip(trajectories, shown, strict=True)]
      ),
      self._goals,
    )
    ends = np.cumsum([np.sum(rows) for rows in shown])[:-1]
    fields = []
    for trajectory, rows, part in zip(
      trajectories, shown, np.split(scores, ends), strict=True
    ):
      achieved = np.zeros((len(rows), len(self._goals)), bool)
      achieved[rows] = part > np.float32(self._model.threshold)
      asked = outcomes_lib.ask(trajectory, achieved, self._rng)
      fields.append(
        {
          'outcome_goal': words[asked.goal],
          'outcome': asked.outcome,
          'outcome_mask': asked.mask,
        }
      )
    return fields

  def _remember(self, episodes: Sequence[int]) -> None:
    for episode in episodes:
      self._finished[episode] = None
      if len(self._finished) > self._config.episodes_remembered:
        self._finished.popitem(last=False)
