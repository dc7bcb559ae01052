"""The home as a dm_env: Find, Lift, and Pick and Place."""

import numbers
from collections.abc import Sequence

import dm_env
import numpy as np
from dm_env import specs

from acme_vlm import errors, interfaces
from acme_vlm.environments import splits
from acme_vlm.environments.playhouse import (
  actions,
  backend,  # noqa: F401
  episode,
  model,
  truth,
  view,
)
from acme_vlm.environments.playhouse import config as config_lib
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import world as world_lib

# Sets episodes apart from the homes of captioned frames.
_ENTROPY = 0x40E
MAX_STEPS: dict[str, int] = {'find': 60, 'lift': 60, 'pick_and_place': 80}


class Playhouse(interfaces.GoalEnvironment):
  """Finds, lifts or places what the instruction names.

  Every episode is another home, goal, way of saying it and place to begin, all
  drawn from (split, seed, number of the episode).

  Observations: `pixels`, uint8 [H, W, 3]; `instruction`, a string array of
  shape [], such as 'go near a green roll'. Actions: `actions.ActionSpace`.
  Reward: the true reward, 1.0 in the step that first leads to a frame that
  achieves the goal, else 0.0. After `max_steps` steps the episode is truncated:
  LAST with discount 1. If `end_on_success`, success ends it: LAST with discount
  0. If not, success shows nowhere but in `reward` and `goal_achieved()`.

  For the thread that made it: a GL context belongs to a thread.
  """

  def __init__(
    self,
    family: goals_lib.Family,
    *,
    seed: int,
    split: str = 'train',
    goals: Sequence[str] | None = None,
    screen: tuple[int, int] = (72, 96),
    max_steps: int | None = None,
    end_on_success: bool = True,
    home: config_lib.HomeConfig | None = None,
  ):
    """Compiles the home's model.

    Args:
      family: 'find', 'lift' or 'pick_and_place'.
      seed: with the split it determines all episodes; at least 0.
      split: 'train', 'validation' or 'evaluation': disjoint worlds.
      goals: words of the goals that there are, none twice; all of the task
        set if None.
      screen: height and width of `pixels`.
      max_steps: steps of an episode before it is truncated; None takes the
        family's.
      end_on_success: whether true success ends the episode.
      home: what homes are like.

    Raises:
      UnknownNameError: if a name (family, split, goal) does not exist.
      ConfigError: if a number is out of range, a goal stands there twice, or a
        held-out one stands among the goals of split 'train'.
      EnvironmentFailure: if no frame can be drawn on this machine.
    """
    self.home = home or config_lib.HomeConfig()
    self._split = splits.validate(split)
    self._chosen = goals_lib.choose(family, self.home.goal_set, goals)
    self._family = family
    steps = MAX_STEPS[family] if max_steps is None else max_steps
    _check(seed, steps, screen)
    self._drawn = self._episode_goals(explicit=goals is not None)
    if not self._drawn:
      raise errors.ConfigError(
        f'expected goals for episodes of split {split!r} with episode_goals'
        f' {self.home.episode_goals!r}, got {goals}'
      )
    self._entropy = (_ENTROPY, goals_lib.FAMILIES.index(family), seed)
    self._max_steps, self._screen = steps, screen
    self._end_on_success = end_on_success
    self.action_space = actions.ActionSpace(self.home)
    self.world = world_lib.World(
      model.Capacity(self.home.rooms[1], self.home.objects[1])
    )
    # Says at once if this machine cannot draw.
    view.renderer(self.world.blueprint, *screen)
    self._episode = -1
    self._goal_index = 0
    self._instruction = np.array('', dtype=object)
    self._steps = 0
    self._done = True
    self._rewarded = False

  @property
  def goals(self) -> tuple[str, ...]:
    """Words of the goals."""
    return tuple(goal.words for goal in self._chosen)

  @property
  def task_set(self) -> tuple[str, ...]:
    """Words of all goals of the family, whichever are the episodes'."""
    return goals_lib.task_set(self._family, self.home.goal_set)

  @property
  def instructions(self) -> tuple[tuple[str, ...], ...]:
    """How each goal may be said."""
    return tuple(goal.instructions for goal in self._chosen)

  @property
  def training_goals(self) -> tuple[int, ...]:
    """Indices of the goals that are not held out."""
    return tuple(n for n, goal in enumerate(self._chosen) if not goal.held_out)

  @property
  def phrases(self) -> tuple[tuple[str, ...], ...]:
    """Of each goal, the texts whose places a policy may want to see."""
    return tuple(goals_lib.phrases(goal) for goal in self._chosen)

  @property
  def action_heads(self) -> tuple[int, ...]:
    """Sizes of the heads whose product the discrete actions are."""
    return self.action_space.heads

  @property
  def goal_index(self) -> int:
    """Index in `goals` of this episode's goal."""
    return self._goal_index

  @property
  def task(self) -> goals_lib.Goal:
    """This episode's goal, with all that is known of it."""
    return self._chosen[self._goal_index]

  def achieved_goals(self) -> tuple[int, ...]:
    """Indices of the goals that the current frame truly achieves."""
    facts = list(truth.facts(self.world, self._family))
    return tuple(
      n
      for n, goal in enumerate(self._chosen)
      if any(truth.matches(self.world, fact, goal) for fact in facts)
    )

  def goal_achieved(self) -> bool:
    """Whether the current frame truly achieves this episode's goal."""
    return truth.achieved(self.world, self.task)

  def reset(self) -> dm_env.TimeStep:
    """Begins an episode in a new home."""
    self._episode += 1
    rng = splits.randomness(self._split, *self._entropy, self._episode)
    self._goal_index = rng.choice(self._drawn)
    said = rng.choice(self.task.instructions)
    self._instruction = np.array(said, dtype=object)
    train = self._split == 'train'
    episode.begin(
      self.world,
      rng,
      self.task,
      self.home,
      near=train and rng.random() < self.home.near_starts,
      held=train
      and self._family == 'pick_and_place'
      and rng.random() < self.home.held_starts,
    )
    self._steps, self._done, self._rewarded = 0, False, False
    return dm_env.restart(self._observation())

  def step(self, action: int | np.ndarray) -> dm_env.TimeStep:
    """Takes a step; after the end of an episode, begins one.

    Raises:
      ConfigError: if there is no such action.
    """
    motion = self.action_space.decode(action)
    if self._done:
      return self.reset()
    self._steps += 1
    self.world.step(*motion)
    reward = float(not self._rewarded and self.goal_achieved())
    self._rewarded |= reward > 0
    observation = self._observation()
    if self._rewarded and self._end_on_success:
      self._done = True
      return dm_env.termination(reward, observation)
    if self._steps >= self._max_steps:
      self._done = True
      return dm_env.truncation(reward, observation)
    return dm_env.transition(reward, observation)

  def observation_spec(self) -> dict[str, specs.Array]:
    """Pixels uint8 [H, W, 3] and the instruction."""
    return {
      'pixels': specs.BoundedArray(
        (*self._screen, 3), np.uint8, 0, 255, name='pixels'
      ),
      'instruction': specs.StringArray((), name='instruction'),
    }

  def action_spec(self) -> specs.Array:
    """See `actions.ActionSpace.spec`."""
    return self.action_space.spec()

  def reward_spec(self) -> specs.Array:
    """0.0 or 1.0."""
    return specs.BoundedArray((), float, 0.0, 1.0, name='reward')

  def close(self) -> None:
    """Nothing to do: contexts belong to the thread, and are shared."""

  def _observation(self) -> dict[str, np.ndarray]:
    return {
      'pixels': self.world.frame(*self._screen),
      'instruction': self._instruction,
    }

  def _episode_goals(self, *, explicit: bool) -> list[int]:
    """Indices of the goals that episodes of this split may have."""
    which: str = self.home.episode_goals
    by_split = which == 'split'
    if by_split:
      which = {
        'train': 'training',
        'validation': 'all',
        'evaluation': 'held_out',
      }[self._split]
    held_out = [n for n, goal in enumerate(self._chosen) if goal.held_out]
    train = self._split == 'train'
    if train and held_out and (explicit or which != 'training'):
      raise errors.ConfigError(
        'expected goals for training that are not held out, got'
        f' {self._chosen[held_out[0]].words!r}'
      )
    # Goals that were named are evaluated on by default, held out or not.
    named = explicit and by_split
    if which == 'held_out' and (held_out or not named):
      return held_out
    if which == 'training':
      return list(self.training_goals)
    return list(range(len(self._chosen)))


def _check(seed: int, max_steps: int, screen: tuple[int, int]) -> None:
  for name, value, least in (('seed', seed, 0), ('max_steps', max_steps, 1)):
    if not isinstance(value, numbers.Integral) or value < least:
      raise errors.ConfigError(f'expected {name} >= {least}, got {value!r}')
  check_screen(screen)


def check_screen(screen: tuple[int, int]) -> None:
  """Raises ConfigError unless it is a height and a width that can be drawn."""
  if len(screen) != 2 or not all(
    isinstance(side, numbers.Integral) and 16 <= side <= 1024 for side in screen
  ):
    raise errors.ConfigError(
      'expected a screen of (height, width), each 16 to 1024 pixels, got'
      f' {screen}'
    )
