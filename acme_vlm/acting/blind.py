"""The environment as the agent may know it: without its true reward."""

import dm_env
import numpy as np
from dm_env import specs

from acme_vlm import interfaces
from acme_vlm.acting import instructions

_NO_REWARD = np.float32(0)


class BlindEnvironment(dm_env.Environment):
  """Takes the true reward away and turns the instruction into word ids.

  The reward is 0 in every step; what it was goes to `true_return`, which the
  episode log reads and nothing else. Everything else passes through, so the
  wrapped environment must not tell of its reward elsewhere: it is made with
  `end_on_success=False`.

  Observations are `{'pixels': uint8 [H, W, 3], 'instruction': int32 [L],
  'goal': int32}`; rewards and discounts are float32.
  """

  def __init__(
    self,
    environment: interfaces.GoalEnvironment,
    vocabulary: instructions.Vocabulary,
  ):
    """Wraps an environment.

    Args:
      environment: with goals in words.
      vocabulary: with the words of its instructions.
    """
    self._environment = environment
    self._vocabulary = vocabulary
    self._true_return = 0.0
    self._ids = np.zeros(vocabulary.length, np.int32)
    self._goal = np.int32(0)

  @property
  def true_return(self) -> float:
    """Sum of the true rewards of this episode. For the episode log only."""
    return self._true_return

  def reset(self) -> dm_env.TimeStep:
    """Begins an episode."""
    timestep = self._environment.reset()
    self._begin(timestep)
    return timestep._replace(observation=self._observation(timestep))

  def step(self, action: np.ndarray) -> dm_env.TimeStep:
    """Takes a step; after the end of an episode, begins one."""
    timestep = self._environment.step(action)
    if timestep.first():
      self._begin(timestep)
      return timestep._replace(observation=self._observation(timestep))
    self._true_return += float(timestep.reward)
    return dm_env.TimeStep(
      timestep.step_type,
      _NO_REWARD,
      np.float32(timestep.discount),
      self._observation(timestep),
    )

  def observation_spec(self) -> dict[str, specs.Array]:
    """Pixels, instruction int32 [L] and goal int32."""
    return {
      'pixels': self._environment.observation_spec()['pixels'],
      'instruction': specs.BoundedArray(
        (self._vocabulary.length,),
        np.int32,
        0,
        self._vocabulary.num_ids - 1,
        name='instruction',
      ),
      'goal': specs.BoundedArray(
        (), np.int32, 0, len(self._environment.goals) - 1, name='goal'
      ),
    }

  def action_spec(self) -> specs.DiscreteArray:
    """The wrapped environment's."""
    return self._environment.action_spec()

  def reward_spec(self) -> specs.Array:
    """A float32 that is always 0."""
    return specs.BoundedArray((), np.float32, 0.0, 0.0, name='reward')

  def discount_spec(self) -> specs.Array:
    """A float32 in [0, 1]."""
    return specs.BoundedArray((), np.float32, 0.0, 1.0, name='discount')

  def close(self) -> None:
    """Closes the wrapped environment."""
    self._environment.close()

  def _begin(self, timestep: dm_env.TimeStep) -> None:
    """An instruction stands for a whole episode: it is read once."""
    self._true_return = 0.0
    words = str(timestep.observation['instruction'])
    self._ids = self._vocabulary.encode(words)
    self._goal = np.int32(self._environment.goal_index)

  def _observation(self, timestep: dm_env.TimeStep) -> dict[str, np.ndarray]:
    return {
      'pixels': timestep.observation['pixels'],
      'instruction': self._ids,
      'goal': self._goal,
    }
