"""The loop of a vectorised actor."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import dm_env
import numpy as np
from acme import core
from acme.utils import counting

from acme_vlm import errors, interfaces
from acme_vlm.acting import actor as actor_lib
from acme_vlm.acting import config as config_lib
from acme_vlm.acting import pool as pool_lib

# The key under which a shared counter counts environment steps.
FRAMES = 'environment_frames'
_STAGES = ('inference', 'environment', 'scorer', 'adder')


class EpisodeRecord(NamedTuple):
  """What the logs keep of a finished training episode.

  Attributes:
    episode: its number in the run.
    goal: index of its goal in the task set.
    length: steps.
    true_return: sum of the true rewards. For the logs only.
    vlm_success: whether the reward model ended it; None where the actor does
      not know, because the reward service cuts episodes afterwards.
    policy_version: learner steps behind the parameters at its end.
    environment_frames: steps of all environments counted at its end.
  """

  episode: int
  goal: int
  length: int
  true_return: float
  vlm_success: bool | None
  policy_version: int
  environment_frames: int


EpisodeLog = Callable[[EpisodeRecord], None]


class VectorizedLoop(core.Worker):
  """N environments, one batched inference per step.

  `run` loops until told to stop; `step` does one step of all environments, for
  tests and for programs that drive the stages in turn.

  With `termination='online'` an episode ends where the scorer's reward of the
  newest frame is 1: its last timestep gets discount 0, and reward 0, because
  labels come from the reward service alone.

  With eyes every observation has a `sight`: theirs of its frame. They look
  before the scorer does, so that it finds the frames embedded already.
  """

  def __init__(
    self,
    make_environment: pool_lib.EnvironmentFactory,
    actor: actor_lib.BatchedActor,
    config: config_lib.ActorConfig,
    *,
    scorer: interfaces.RewardScorer | None = None,
    eyes: interfaces.Eyes | None = None,
    episode_log: EpisodeLog | None = None,
    counter: counting.Counter | None = None,
  ):
    """Builds the loop; environments are made by the first step.

    Args:
      make_environment: makes the environment of a slot, 0 to N - 1, blind to
        the true reward.
      actor: for N environments.
      config: the number of environments, threads and the termination.
      scorer: rewards of newest frames; needed with `termination='online'`.
      eyes: what the policy is fed by in place of frames; None for a policy
        that looks at frames.
      episode_log: gets the record of each finished episode.
      counter: counts `environment_frames`, shared by several actors.

    Raises:
      ConfigError: if termination is online and there is no scorer.
    """
    if config.termination == 'online' and scorer is None:
      raise errors.ConfigError(
        "expected a reward scorer with termination='online', got none"
      )
    self._scorer = scorer if config.termination == 'online' else None
    self._eyes = eyes
    self._actor = actor
    self._config = config
    self._log = episode_log
    self._counter = counter or counting.Counter()
    self._pool = pool_lib.EnvironmentPool(
      make_environment, config.num_environments, config.threads
    )
    self._lengths = np.zeros(config.num_environments, np.int64)
    self._observation: dict[str, np.ndarray] = {}
    self._goals = np.zeros(config.num_environments, np.int32)
    self._seconds = dict.fromkeys(_STAGES, 0.0)
    self._frames = 0
    self._since = time.monotonic()

  def step(self) -> int:
    """Takes one step in every environment.

    Returns:
      N, the number of environment frames.
    """
    if not self._observation:
      self._start()
    clock = time.perf_counter
    start = clock()
    actions = self._actor.select_action(self._observation)
    inferred = clock()
    timesteps = self._pool.step(actions)
    pixels = self._observation['pixels']
    for slot, timestep in enumerate(timesteps):
      pixels[slot] = timestep.observation['pixels']
    stepped = clock()
    timesteps = self._look(range(len(timesteps)), timesteps)
    rewarded = self._end_rewarded(timesteps)
    scored = clock()
    self._actor.observe(actions, timesteps)
    added = clock()
    self._counter.increment(**{FRAMES: len(timesteps)})
    self._lengths += 1
    self._observation['first'][:] = False
    ended = [slot for slot, t in enumerate(timesteps) if t.last()]
    if ended:
      self._record(ended, rewarded)
      self._begin(ended)
    finish = clock()
    self._actor.update()
    self._seconds['inference'] += inferred - start + clock() - finish
    self._seconds['environment'] += stepped - inferred + finish - added
    self._seconds['scorer'] += scored - stepped
    self._seconds['adder'] += added - scored
    self._frames += len(timesteps)
    return len(timesteps)

  def run(self, stop: threading.Event | None = None) -> None:
    """Steps until told to stop, then closes the environments.

    Args:
      stop: checked before each step; None runs for ever.
    """
    try:
      while stop is None or not stop.is_set():
        self.step()
    except errors.ReplayError:
      # A replay server that has been stopped ends the adders' blocked writes
      # with an error, which is no failure of this loop.
      if stop is None or not stop.is_set():
        raise
    finally:
      self.close()

  def close(self) -> None:
    """Closes the environments; from the thread that called `step`."""
    self._pool.close()

  def metrics(self) -> dict[str, float]:
    """Figures since the last call.

    Returns:
      `frames_per_second`, and the share of the time that went into inference,
      environments, the scorer with the eyes, and the adders, `<stage>_share` in
      [0, 1].
    """
    now = time.monotonic()
    elapsed = max(now - self._since, 1e-9)
    figures = {'frames_per_second': self._frames / elapsed}
    for stage, seconds in self._seconds.items():
      figures[f'{stage}_share'] = seconds / elapsed
    self._seconds = dict.fromkeys(_STAGES, 0.0)
    self._frames, self._since = 0, now
    return figures

  def _start(self) -> None:
    """Makes the environments and begins an episode in each."""
    self._actor.update(wait=True)
    size = self._config.num_environments
    timesteps = self._pool.reset(range(size))
    shown = timesteps[0].observation
    self._observation = {
      'pixels': np.empty((size, *shown['pixels'].shape), np.uint8),
      'instruction': np.empty((size, *shown['instruction'].shape), np.int32),
      'first': np.empty(size, bool),
    }
    self._enter(timesteps)

  def _begin(self, slots: list[int]) -> None:
    self._enter(self._pool.reset(slots))

  def _enter(self, timesteps: dict[int, dm_env.TimeStep]) -> None:
    for slot, timestep in timesteps.items():
      observation = timestep.observation
      self._observation['pixels'][slot] = observation['pixels']
      self._observation['instruction'][slot] = observation['instruction']
      self._observation['first'][slot] = True
      self._goals[slot] = observation['goal']
      self._lengths[slot] = 0
    slots = list(timesteps)
    seen = self._look(slots, list(timesteps.values()))
    self._actor.observe_first(dict(zip(slots, seen, strict=True)))

  def _look(
    self, slots: Sequence[int], timesteps: list[dm_env.TimeStep]
  ) -> list[dm_env.TimeStep]:
    """Gives new observations their sight, if there are eyes.

    Args:
      slots: whose frames are new.
      timesteps: theirs.

    Returns:
      The timesteps, `sight` float32 [F] in their observations.
    """
    if self._eyes is None:
      return timesteps
    rows = np.asarray(slots)
    shown = self._observation
    sight = self._eyes.see(shown['pixels'][rows], self._goals[rows])
    if 'sight' not in shown:
      size = self._config.num_environments
      shown['sight'] = np.zeros((size, sight.shape[1]), np.float32)
    shown['sight'][rows] = sight
    return [
      timestep._replace(observation={**timestep.observation, 'sight': row})
      for timestep, row in zip(timesteps, sight, strict=True)
    ]

  def _end_rewarded(self, timesteps: list[dm_env.TimeStep]) -> np.ndarray:
    """Ends episodes whose newest frame is rewarded, in place.

    Args:
      timesteps: N of them; those rewarded are replaced.

    Returns:
      Whether each was rewarded, bool [N].
    """
    if self._scorer is None:
      return np.zeros(len(timesteps), bool)
    rewards = self._scorer.rewards(
      self._observation['pixels'], self._goals, self._actor.episodes
    )
    rewarded = np.asarray(rewards) > 0
    for slot in np.flatnonzero(rewarded):
      timesteps[slot] = timesteps[slot]._replace(
        step_type=dm_env.StepType.LAST, discount=np.float32(0)
      )
    return rewarded

  def _record(self, slots: list[int], rewarded: np.ndarray) -> None:
    if self._log is None:
      return
    frames = int(self._counter.get_counts()[FRAMES])
    known = self._scorer is not None
    for slot in slots:
      self._log(
        EpisodeRecord(
          episode=int(self._actor.episodes[slot]),
          goal=int(self._goals[slot]),
          length=int(self._lengths[slot]),
          true_return=self._pool[slot].true_return,
          vlm_success=bool(rewarded[slot]) if known else None,
          policy_version=self._actor.policy_version,
          environment_frames=frames,
        )
      )
