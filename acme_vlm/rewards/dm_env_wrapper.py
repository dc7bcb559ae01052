"""Any dm_env environment with the reward model's reward instead of its own."""

from collections.abc import Callable
from typing import Any

import dm_env
import numpy as np
from dm_env import specs

from acme_vlm import errors
from acme_vlm.interfaces import RewardModel
from acme_vlm.ops import detection
from acme_vlm.rewards import observed_frames, windows

Goal = str | Callable[[dm_env.TimeStep], str]


class VlmRewardEnvironment(dm_env.Environment):
  """Rewards what the goal in words says, and ends episodes on it.

  The reward of a step looks at the frame that the step led to: 1 where its
  score is above the model's threshold, else 0 (arXiv 2312.09187, eq. 2); the
  score itself if the model is not thresholded. The model's window and
  hysteresis reach back within the episode. The environment's own reward is
  dropped.

      environment = VlmRewardEnvironment(environment, model, 'a red ball')

  Attributes:
    goal: of the running episode, in words.
    score: of the newest frame; None before the first step of an episode.
    true_reward: the environment's own of the newest step, if it is kept.
  """

  def __init__(
    self,
    environment: dm_env.Environment,
    model: RewardModel,
    goal: Goal,
    *,
    key: str | None = None,
    layout: str | None = None,
    terminate_on_success: bool = True,
    keep_true_reward: bool = False,
  ):
    """Wraps an environment whose observation holds pixels.

    Args:
      environment: the environment.
      model: says what is rewarded.
      goal: in words; or a function of an episode's first timestep that gives
        it.
      key: of the pixels in the observation; of nested ones 'outer/inner'. None
        takes an observation that is an array, or 'pixels'.
      layout: of the pixels, see `observed_frames.FrameReader`.
      terminate_on_success: ends the episode, with discount 0, where the reward
        is 1. Has no effect on a model that is not thresholded.
      keep_true_reward: keeps the environment's own reward as `true_reward`,
        for evaluation.

    Raises:
      ConfigError: an empty goal, or an observation without such pixels.
    """
    if isinstance(goal, str) and not goal.strip():
      raise errors.ConfigError(f'expected a goal in words, got {goal!r}')
    self._environment, self._model, self._goal_of = environment, model, goal
    spec = environment.observation_spec()
    nested = isinstance(spec, dict)
    self._path = (key or 'pixels').split('/') if key or nested else []
    pixels = self._pixels_of(spec)
    self._reader = observed_frames.FrameReader(
      pixels.shape,
      pixels.dtype,
      low=float(np.min(getattr(pixels, 'minimum', -np.inf))),
      high=float(np.max(getattr(pixels, 'maximum', np.inf))),
      layout=layout,
    )
    self._thresholded: bool = getattr(model, 'thresholded', True)
    self._ends = terminate_on_success and self._thresholded
    self._keeps = keep_true_reward
    self._no_discount = _zero(environment.discount_spec())
    self._needs_reset = True
    self.goal: str | None = None
    self.score: float | None = None
    self.true_reward: Any = None

  def reset(self) -> dm_env.TimeStep:
    """Begins an episode; its first frame is not scored."""
    timestep = self._environment.reset()
    return self._begin(timestep)

  def step(self, action: Any) -> dm_env.TimeStep:
    """Steps, and rewards the frame that the step led to."""
    if self._needs_reset:
      return self.reset()
    timestep = self._environment.step(action)
    if timestep.first():
      return self._begin(timestep)
    frame = self._reader(self._pixels_of(timestep.observation))
    zero = np.zeros(1, np.int64)
    score = self._episode.scores(frame[None], zero.astype(np.int32), zero)[0]
    self.score = float(score)
    success = bool(detection.success(score, self._model.threshold))
    if self._thresholded:
      reward = float(success)
    else:
      # Where members of an ensemble disagree there is no verdict.
      reward = 0.0 if np.isnan(score) else self.score
    if self._keeps:
      self.true_reward = timestep.reward
    timestep = timestep._replace(reward=reward)
    if success and self._ends:
      timestep = timestep._replace(
        step_type=dm_env.StepType.LAST, discount=self._no_discount
      )
    self._needs_reset = timestep.last()
    return timestep

  def reward_spec(self) -> specs.Array:
    """One number: 0 or 1, or a score of the model."""
    if self._thresholded:
      return specs.BoundedArray((), float, 0.0, 1.0, name='reward')
    return specs.Array((), float, name='reward')

  def discount_spec(self) -> Any:
    """The environment's own."""
    return self._environment.discount_spec()

  def observation_spec(self) -> Any:
    """The environment's own."""
    return self._environment.observation_spec()

  def action_spec(self) -> Any:
    """The environment's own."""
    return self._environment.action_spec()

  def close(self) -> None:
    """Closes the environment."""
    self._environment.close()

  def __getattr__(self, name: str) -> Any:
    # Only what is not found here; without the guard, copying would recurse.
    if name.startswith('_'):
      raise AttributeError(name)
    return getattr(self._environment, name)

  def _begin(self, timestep: dm_env.TimeStep) -> dm_env.TimeStep:
    goal = self._goal_of
    self.goal = goal if isinstance(goal, str) else goal(timestep)
    if not self.goal.strip():
      raise errors.ConfigError(f'expected a goal in words, got {self.goal!r}')
    # A new one for each episode: nothing of the last is remembered.
    self._episode = windows.EpisodeScorer(self._model, (self.goal,), 1)
    self.score = self.true_reward = None
    self._needs_reset = timestep.last()
    return timestep

  def _pixels_of(self, observation: Any) -> Any:
    """The observation's pixels, or those of its spec."""
    for name in self._path:
      if not isinstance(observation, dict) or name not in observation:
        known = sorted(observation) if isinstance(observation, dict) else []
        raise errors.UnknownNameError('key of pixels', name, known)
      observation = observation[name]
    return observation


def _zero(spec: Any) -> Any:
  """A discount of 0 as the environment writes discounts."""
  shape, dtype = getattr(spec, 'shape', ()), getattr(spec, 'dtype', float)
  return np.zeros(shape, dtype) if shape else np.dtype(dtype).type(0)
