"""A reference line: the same agent with the TRUE reward in the model's place.

Only a run that asks for it (`--run.oracle-reward True`) builds any of this;
its name and its summary say so. Everything downstream of the reward model is
untouched: the ledger answers `score` as a CLIP would, so the two runs differ
in the reward and nothing else.
"""

import collections
import hashlib
import threading
from collections.abc import Sequence, Set

import dm_env
import numpy as np
from dm_env import specs

from acme_vlm import interfaces

_FRAMES_REMEMBERED = 1 << 20


class Ledger:
  """What the simulator said of each frame that an oracle run has seen.

  A `RewardModel`: a score is 1 where the frame was noted as a success of the
  goal, else 0. Thread-safe.
  """

  def __init__(self):
    """Starts without any frame."""
    self._noted: collections.OrderedDict[bytes, Set[str]] = (
      collections.OrderedDict()
    )
    self._lock = threading.Lock()

  @property
  def version(self) -> int:
    """Marks labels that come from the truth: no CLIP has version 0."""
    return 0

  @property
  def threshold(self) -> float:
    """Between the two scores that there are."""
    return 0.5

  def note(self, frame: np.ndarray, achieved: Set[str]) -> None:
    """Remembers which goals one frame, uint8 [H, W, 3], achieves."""
    key = _key(frame)
    with self._lock:
      self._noted[key] = achieved
      self._noted.move_to_end(key)
      if len(self._noted) > _FRAMES_REMEMBERED:
        self._noted.popitem(last=False)

  def score(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Looks the truth up.

    Args:
      frames: uint8 [N, H, W, 3], each noted before.
      goals: N goals in words.

    Returns:
      float32 [N], 0 or 1.
    """
    noted = self._look_up(frames)
    return np.array(
      [goal in truth for truth, goal in zip(noted, goals, strict=True)],
      np.float32,
    )

  def score_goals(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Looks the truth up for every goal.

    Args:
      frames: uint8 [N, H, W, 3], each noted before.
      goals: G goals in words.

    Returns:
      float32 [N, G], 0 or 1.
    """
    noted = self._look_up(frames)
    return np.array(
      [[goal in truth for goal in goals] for truth in noted], np.float32
    ).reshape(len(frames), len(goals))

  def _look_up(self, frames: np.ndarray) -> list[Set[str]]:
    keys = [_key(frame) for frame in frames]
    with self._lock:
      return [self._noted[key] for key in keys]


class TellingEnvironment(interfaces.GoalEnvironment):
  """Notes the truth of every frame that it shows in a ledger."""

  def __init__(self, environment: interfaces.GoalEnvironment, ledger: Ledger):
    """Wraps an environment; other environments may share the ledger."""
    self._environment = environment
    self._ledger = ledger

  @property
  def goals(self) -> tuple[str, ...]:
    """The wrapped environment's."""
    return self._environment.goals

  @property
  def task_set(self) -> tuple[str, ...]:
    """The wrapped environment's."""
    return self._environment.task_set

  @property
  def phrases(self) -> tuple[tuple[str, ...], ...]:
    """The wrapped environment's."""
    return self._environment.phrases

  @property
  def instructions(self) -> tuple[tuple[str, ...], ...]:
    """The wrapped environment's."""
    return self._environment.instructions

  @property
  def goal_index(self) -> int:
    """The wrapped environment's."""
    return self._environment.goal_index

  @property
  def training_goals(self) -> tuple[int, ...]:
    """The wrapped environment's."""
    return self._environment.training_goals

  def achieved_goals(self) -> tuple[int, ...]:
    """The wrapped environment's."""
    return self._environment.achieved_goals()

  def reset(self) -> dm_env.TimeStep:
    """Begins an episode."""
    return self._note(self._environment.reset())

  def step(self, action: np.ndarray) -> dm_env.TimeStep:
    """Takes a step."""
    return self._note(self._environment.step(action))

  def observation_spec(self) -> dict[str, specs.Array]:
    """The wrapped environment's."""
    return self._environment.observation_spec()

  def action_spec(self) -> specs.DiscreteArray:
    """The wrapped environment's."""
    return self._environment.action_spec()

  def close(self) -> None:
    """Closes the wrapped environment."""
    self._environment.close()

  def _note(self, timestep: dm_env.TimeStep) -> dm_env.TimeStep:
    achieved = frozenset(self.goals[n] for n in self.achieved_goals())
    self._ledger.note(timestep.observation['pixels'], achieved)
    return timestep


def _key(frame: np.ndarray) -> bytes:
  return hashlib.blake2b(frame.tobytes(), digest_size=16).digest()
