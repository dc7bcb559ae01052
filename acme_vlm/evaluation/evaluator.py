"""Plays evaluation episodes and keeps what was true and what was said."""

import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import dm_env
import jax
import numpy as np
from acme import core

from acme_vlm import interfaces, types
from acme_vlm.evaluation import config as config_lib
from acme_vlm.evaluation import results

# frames uint8 [N, H, W, 3], goals int32 [N], episodes int64 [N] -> float32 [N].
Scorer = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class ActorCore(Protocol):
  """The pure functions by which the agent acts, for N environments."""

  @property
  def init(self) -> Callable[[Any], Any]:
    """`key -> state`."""

  @property
  def select_action(self) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """`(params, observation, state) -> (actions [N], state)`."""


def frame_scorer(model: interfaces.RewardModel, goals: Sequence[str]) -> Scorer:
  """Adapts a reward model that looks at single frames.

  Args:
    model: gives `p(o, l)`.
    goals: the task set that goal indices refer to.

  Returns:
    The scorer.
  """

  def score(frames, goal_indices, episodes):
    del episodes
    return model.score(frames, [goals[int(goal)] for goal in goal_indices])

  return score


class Evaluator:
  """Evaluates parameters on environments that training never sees.

  Every evaluation makes its environments anew, so that with seeded ones each
  evaluation of a run plays the same episodes, and their differences come from
  the policy. An environment plays a fixed number of episodes: counting the
  first to finish would favour short, successful ones.
  """

  def __init__(
    self,
    make_environment: Callable[[int], interfaces.GoalEnvironment],
    cores: Mapping[str, ActorCore],
    encode: Callable[[str], np.ndarray],
    score: Scorer,
    threshold: float,
    config: config_lib.EvaluationConfig,
    *,
    variable_source: core.VariableSource | None = None,
    seed: int = 0,
  ):
    """Builds the evaluator.

    Args:
      make_environment: makes environment 0 to N - 1, with the true reward and
        not ending on success.
      cores: ways of acting by name ('sampled', 'greedy', 'random'), for
        batches of N = `config.num_environments`.
      encode: an instruction to word ids int32 [L].
      score: scores newest frames; gets negative episode numbers, so that they
        never meet an actor's.
      threshold: beta; a score above it ends the episode.
      config: numbers of environments and episodes.
      variable_source: `get_variables(['policy'])` gives `[types.Variables]`;
        needed unless each `evaluate` is given its variables.
      seed: of the actions.
    """
    self._make_environment = make_environment
    self._cores = dict(cores)
    self._encode = encode
    self._score = score
    self._threshold = threshold
    self._config = config
    self._source = variable_source
    self._seed = seed
    self._played = 0

  def evaluate(
    self,
    mode: str,
    *,
    num_episodes: int | None = None,
    recorded: int = 0,
    variables: types.Variables | None = None,
  ) -> results.Evaluation:
    """Plays episodes.

    Args:
      mode: one of the names in `cores`.
      num_episodes: how many; None for the configured number.
      recorded: of how many, the first, the frames are kept.
      variables: the policy's; None fetches the newest.

    Returns:
      The episodes.

    Raises:
      ValueError: for a mode that is not in `cores`.
    """
    if mode not in self._cores:
      raise ValueError(f'expected a mode of {list(self._cores)}, got {mode!r}')
    if variables is None and self._source is not None:
      variables = self._source.get_variables(['policy'])[0]
    if variables is None:
      variables = types.Variables(-1, None)
    total = self._config.episodes if num_episodes is None else num_episodes
    environments = [
      self._make_environment(slot)
      for slot in range(min(self._config.num_environments, total))
    ]
    try:
      episodes = self._play(mode, variables, environments, total, recorded)
    finally:
      for environment in environments:
        environment.close()
    return results.Evaluation(
      mode, int(variables.version), self._threshold, tuple(episodes)
    )

  def run(
    self,
    stop: threading.Event,
    report: Callable[[results.Evaluation], None],
    modes: Sequence[str] = ('sampled',),
  ) -> None:
    """Evaluates at once and then again and again, until told to stop.

    Args:
      stop: ends the waiting; an evaluation that has begun is finished.
      report: gets each evaluation.
      modes: evaluated each time.
    """
    while not stop.is_set():
      for mode in modes:
        report(self.evaluate(mode))
      stop.wait(self._config.period_seconds)

  def _play(self, mode, variables, environments, total, recorded):
    """Plays episode n in environment n mod N."""
    size = self._config.num_environments
    # A name's hash differs from process to process, its checksum does not.
    key = jax.random.fold_in(
      jax.random.key(self._seed), zlib.crc32(mode.encode())
    )
    acting = _Acting(
      self._cores[mode], jax.device_put(variables.params), size, key
    )
    slots = [
      _Slot(environment, list(range(n, total, len(environments))), recorded)
      for n, environment in enumerate(environments)
    ]
    for n, slot in enumerate(slots):
      acting.show(n, slot.begin(), self._encode)
    done: dict[int, results.EpisodeResult] = {}
    while len(done) < total:
      actions = acting.act()
      active = [n for n, slot in enumerate(slots) if slot.playing]
      for n in active:
        acting.pixels[n] = slots[n].step(int(actions[n]))
      scores = self._score(
        acting.pixels[active],
        np.array([slots[n].goal for n in active], np.int32),
        np.array([-1 - self._played - slots[n].episode for n in active]),
      )
      for n, score in zip(active, scores, strict=True):
        slot = slots[n]
        if slot.scored(float(score), self._threshold):
          done[slot.episode] = slot.result()
          slot.remaining.pop(0)
          if slot.playing:
            acting.show(n, slot.begin(), self._encode)
    self._played += total
    return [done[n] for n in range(total)]


class _Acting:
  """The batch that the agent sees, and its state."""

  def __init__(self, functions: ActorCore, params: Any, size: int, key: Any):
    self._functions = functions
    self._params = params
    self._state = functions.init(key)
    self._size = size
    self.pixels = np.empty(0, np.uint8)
    self._instruction = np.empty(0, np.int32)
    self._first = np.ones(size, bool)

  def show(
    self,
    n: int,
    timestep: dm_env.TimeStep,
    encode: Callable[[str], np.ndarray],
  ) -> None:
    """Puts the first frame and the instruction of an episode into row n."""
    pixels = timestep.observation['pixels']
    ids = encode(str(timestep.observation['instruction']))
    if not self.pixels.size:
      # Rows beyond the last environment stay dark: one shape for all calls.
      self.pixels = np.zeros((self._size, *pixels.shape), np.uint8)
      self._instruction = np.zeros((self._size, *ids.shape), np.int32)
    self.pixels[n] = pixels
    self._instruction[n] = ids
    self._first[n] = True

  def act(self) -> np.ndarray:
    """Actions of all rows, int32 [N]."""
    observation = {
      'pixels': self.pixels,
      'instruction': self._instruction,
      'first': self._first,
    }
    actions, self._state = self._functions.select_action(
      self._params, observation, self._state
    )
    actions = np.asarray(actions)
    self._first[:] = False
    return actions


class _Step(NamedTuple):
  action: int
  score: float
  achieved: bool
  reward: float


class _Slot:
  """One environment and the episodes it still has to play."""

  def __init__(
    self,
    environment: interfaces.GoalEnvironment,
    remaining: list[int],
    recorded: int,
  ):
    self._environment = environment
    self.remaining = remaining
    self._recorded = recorded
    self._steps: list[_Step] = []
    self._frames: list[np.ndarray] = []
    self._rewarded = False
    self._now: tuple[int, dm_env.TimeStep]

  @property
  def playing(self) -> bool:
    return bool(self.remaining)

  @property
  def episode(self) -> int:
    return self.remaining[0]

  @property
  def goal(self) -> int:
    return self._environment.goal_index

  def begin(self) -> dm_env.TimeStep:
    timestep = self._environment.reset()
    self._steps, self._frames = [], []
    self._keep(timestep)
    return timestep

  def step(self, action: int) -> np.ndarray:
    timestep = self._environment.step(action)
    self._now = action, timestep
    self._keep(timestep)
    return timestep.observation['pixels']

  def scored(self, score: float, threshold: float) -> bool:
    """Notes the score of the newest frame; whether the episode has ended."""
    action, timestep = self._now
    self._steps.append(
      _Step(
        action, score, self._environment.goal_achieved(), timestep.reward or 0.0
      )
    )
    self._rewarded = score > threshold
    return self._rewarded or timestep.last()

  def result(self) -> results.EpisodeResult:
    steps = self._steps
    return results.EpisodeResult(
      goal=self.goal,
      goal_name=self._environment.goal,
      length=len(steps),
      true_success=any(s.achieved or s.reward > 0 for s in steps),
      vlm_success=self._rewarded,
      true_return=float(sum(s.reward for s in steps)),
      scores=np.array([s.score for s in steps], np.float32),
      achieved=np.array([s.achieved for s in steps], bool),
      actions=np.array([s.action for s in steps], np.int32),
      pixels=np.stack(self._frames) if self._frames else None,
    )

  def _keep(self, timestep: dm_env.TimeStep) -> None:
    if self.episode < self._recorded:
      self._frames.append(timestep.observation['pixels'])
