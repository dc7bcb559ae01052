"""One evaluation's environments, side by side in a batch."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import dm_env
import numpy as np

from acme_vlm import interfaces
from acme_vlm.evaluation import results
from acme_vlm.ops import detection


class ActorCore(Protocol):
  """The pure functions by which the agent acts, for N environments."""

  @property
  def init(self) -> Callable[[Any], Any]:
    """`key -> state`."""

  @property
  def select_action(self) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """`(params, observation, state) -> (actions [N], state)`."""


class Batch:
  """The batch that the agent sees, and its state.

  With eyes, `look` at every new frame before the next `act`.
  """

  def __init__(
    self,
    functions: ActorCore,
    params: Any,
    size: int,
    key: Any,
    eyes: interfaces.Eyes | None = None,
  ):
    self._eyes = eyes
    self._functions = functions
    self._params = params
    self._state = functions.init(key)
    self._size = size
    self.pixels = np.empty(0, np.uint8)
    self._instruction = np.empty(0, np.int32)
    self._first = np.ones(size, bool)
    self._sight: np.ndarray | None = None

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

  def look(self, goals: Mapping[int, int]) -> None:
    """Looks at new frames, if the agent has eyes.

    Args:
      goals: index of the goal in the task set, by row.
    """
    if self._eyes is None or not goals:
      return
    rows = np.array(list(goals))
    wanted = np.array(list(goals.values()), np.int32)
    sight = self._eyes.see(self.pixels[rows], wanted)
    if self._sight is None:
      self._sight = np.zeros((self._size, sight.shape[1]), np.float32)
    self._sight[rows] = sight

  def act(self) -> np.ndarray:
    """Actions of all rows, int32 [N]."""
    observation = {
      'pixels': self.pixels,
      'instruction': self._instruction,
      'first': self._first,
    }
    if self._sight is not None:
      observation['sight'] = self._sight
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


class Slot:
  """One environment and the episodes it still has to play.

  The order of use:

      while slot.playing:
        timestep = slot.begin()
        loop:
          pixels = slot.step(action)
          ended = slot.scored(score, threshold)
        result = slot.finish()
  """

  def __init__(
    self,
    environment: interfaces.GoalEnvironment,
    remaining: list[int],
    recorded: int,
  ):
    """Prepares the slot.

    Args:
      environment: that it plays in.
      remaining: numbers of its episodes, in order.
      recorded: frames of the episodes below this number are kept.
    """
    self._environment = environment
    self._remaining = remaining
    self._recorded = recorded
    self._steps: list[_Step] = []
    self._frames: list[np.ndarray] = []
    self._rewarded = False
    self._now: tuple[int, dm_env.TimeStep]

  @property
  def playing(self) -> bool:
    """Whether an episode is left to play."""
    return bool(self._remaining)

  @property
  def episode(self) -> int:
    """Number of the episode that is being played."""
    return self._remaining[0]

  @property
  def goal(self) -> int:
    """Index of the episode's goal."""
    return self._environment.goal_index

  def begin(self) -> dm_env.TimeStep:
    """Begins the next episode."""
    timestep = self._environment.reset()
    self._steps, self._frames = [], []
    self._keep(timestep)
    return timestep

  def step(self, action: int) -> np.ndarray:
    """Takes a step; returns the frame it led to, uint8 [H, W, 3]."""
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
    self._rewarded = bool(detection.success(score, threshold))
    return self._rewarded or timestep.last()

  def finish(self) -> results.EpisodeResult:
    """What the episode came to; the next one may begin."""
    self._remaining = self._remaining[1:]
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
