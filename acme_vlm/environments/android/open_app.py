"""The open-app environment: `open Gmail` on a phone never seen before."""

import weakref
from collections.abc import Sequence

import dm_env
import numpy as np
from android_env.components import config_classes
from android_env.proto import adb_pb2
from dm_env import specs
from PIL import Image

from acme_vlm import errors, interfaces
from acme_vlm.environments import splits
from acme_vlm.environments.android import actions, frames, loader, tasks
from acme_vlm.environments.android import config as config_lib
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android import phone as phone_lib
from acme_vlm.environments.android.apps import catalogue

# Sets episodes apart from the phones of labeled frames.
_ENTROPY = 0xE9
# Contents of all apps together, for each theme and font size: six times as
# many pages are kept drawn, some 75 MB at 120 x 72.
_KEPT_CONTENTS = 480


def _check(name: str, goals: Sequence[str], seed: int, max_steps: int) -> None:
  """Raises one clear line for the first option that is out of range."""
  apps = catalogue.task_set(name)
  if seed < 0:
    raise errors.ConfigError(f'expected seed >= 0, got {seed}')
  if max_steps < 1:
    raise errors.ConfigError(f'expected max_steps >= 1, got {max_steps}')
  if not goals:
    raise errors.ConfigError('expected at least one goal, got none')
  if len(set(goals)) < len(goals):
    raise errors.ConfigError(f'expected distinct goals, got {tuple(goals)}')
  for goal in goals:
    if goal not in apps:
      raise errors.UnknownNameError('goal', goal, apps)


class OpenApp(interfaces.GoalEnvironment):
  """Opens the app that the instruction names.

  Every episode is another phone: a new set-up (icons, pages, wallpaper, theme,
  font size, time, contents) and a new goal, both drawn from (split, seed,
  number of the episode). One step is one macro-action of the `ActionGrid`,
  which is several steps of the AndroidEnv underneath.

  Observations: `pixels`, uint8 [H, W, 3], read-only; `instruction`, a string
  array of shape [], such as 'open Gmail'. Reward: the true reward, 1.0 in the
  step in which the goal app is first displayed, else 0.0. After `max_steps`
  steps the episode is truncated: LAST with discount 1. If `end_on_success`,
  success ends it: LAST with discount 0. If not, success shows nowhere but in
  `reward` and `goal_achieved()`.
  """

  def __init__(
    self,
    name: str,
    *,
    seed: int,
    split: str = 'train',
    goals: Sequence[str] | None = None,
    screen: tuple[int, int] = (120, 72),
    action_grid: actions.ActionGrid | None = None,
    max_steps: int = 20,
    end_on_success: bool = True,
    grid: look_lib.Grid | None = None,
    num_contents: int | None = None,
    simulator: config_classes.SimulatorConfig | None = None,
  ):
    """Starts the phone.

    Args:
      name: 'open_common_apps' or 'open_diverse_apps', with or without the
        domain, as in 'android/open_common_apps'.
      seed: with the split it determines all episodes; at least 0.
      split: 'train', 'validation' or 'evaluation': disjoint worlds.
      goals: the apps that may be goals, none twice; all of the task set if
        None.
      screen: height and width of `pixels`.
      action_grid: the action space; 10 x 6 taps and four gestures if None.
      max_steps: macro-steps of an episode before it is truncated.
      end_on_success: whether true success ends the episode.
      grid: pages, rows and columns of the launcher.
      num_contents: contents per app, theme and font size in each split; if
        None, as many as one process comfortably keeps drawn.
      simulator: another kind of phone (such as android_env's EmulatorConfig)
        in place of the simulated one. Its set-up is not ours to draw.

    Raises:
      UnknownNameError: if a name (task set, split, goal) does not exist.
      ConfigError: if a number is out of range, or a goal stands there twice.
      EnvironmentFailure: if the phone could not be started.
    """
    apps = self._task_set = catalogue.task_set(name)
    self._goals = apps if goals is None else tuple(goals)
    _check(name, self._goals, seed, max_steps)
    if num_contents is None:
      num_contents = _KEPT_CONTENTS // len(apps)
    self._entropy = (_ENTROPY, seed)
    self._max_steps = max_steps
    self._screen = screen
    self._action_grid = action_grid or actions.ActionGrid()
    self._config = config_lib.SimulatedPhoneConfig(
      screen=screen,
      apps=apps,
      grid=grid or frames.GRIDS[name.removeprefix('android/')],
      split=splits.validate(split),
      num_contents=num_contents,
    )
    self._tasks = [
      tasks.open_app(catalogue.BY_NAME[goal], end_on_success=end_on_success)
      for goal in self._goals
    ]
    self._instructions = [
      np.array(f'open {goal}', dtype=object) for goal in self._goals
    ]
    self._phone = loader.load(simulator or self._config, self._tasks[0])
    # Without this AndroidEnv closes itself while the interpreter is being torn
    # down, and prints exceptions.
    self._close = weakref.finalize(self, self._phone.env.close)
    self._episode = -1
    self._goal_index = 0
    self._steps = 0
    self._done = True
    self._rewarded = False

  @property
  def task_set(self) -> tuple[str, ...]:
    """All apps of the task set, whichever are goals."""
    return self._task_set

  @property
  def goals(self) -> tuple[str, ...]:
    """Names of the apps that may be goals."""
    return self._goals

  @property
  def instructions(self) -> tuple[tuple[str, ...], ...]:
    """One way to say each goal."""
    return tuple((str(instruction),) for instruction in self._instructions)

  @property
  def goal_index(self) -> int:
    """Index in `goals` of the current episode's goal."""
    return self._goal_index

  @property
  def instruction(self) -> str:
    """What the agent is told, 'open ' and the goal."""
    return f'open {self.goal}'

  @property
  def action_grid(self) -> actions.ActionGrid:
    """What the actions mean."""
    return self._action_grid

  @property
  def phone(self) -> phone_lib.SimulatedPhone:
    """The simulated phone, for scripted solvers and tests.

    Raises:
      ConfigError: if the phone is not a simulated one.
    """
    if not isinstance(self._phone.simulator, phone_lib.SimulatedPhone):
      raise errors.ConfigError(
        'expected a simulated phone, got '
        f'{type(self._phone.simulator).__name__}'
      )
    return self._phone.simulator

  def achieved_goals(self) -> tuple[int, ...]:
    """The goal whose app is in front now, by adb, if one is."""
    request = adb_pb2.AdbRequest(
      get_current_activity=adb_pb2.AdbRequest.GetCurrentActivity()
    )
    response = self._phone.env.execute_adb_call(request)
    package = response.get_current_activity.full_activity.split('/')[0]
    return tuple(
      index
      for index, goal in enumerate(self._goals)
      if catalogue.BY_NAME[goal].package == package
    )

  def reset(self) -> dm_env.TimeStep:
    """Takes up the next phone and the next goal."""
    self._episode += 1
    rng = splits.randomness(self._config.split, *self._entropy, self._episode)
    self._goal_index = rng.randrange(len(self._goals))
    simulator = self._phone.simulator
    if isinstance(simulator, phone_lib.SimulatedPhone):
      config = self._config
      look = look_lib.draw(
        rng, config.split, config.apps, config.grid, config.num_contents
      )
      simulator.renew(look)
    self._phone.task_manager.set_task(self._tasks[self._goal_index])
    raw = self._phone.env.reset()
    self._steps = 0
    self._done = False
    self._rewarded = False
    return dm_env.restart(self._observation(raw))

  def step(self, action: int) -> dm_env.TimeStep:
    """Performs a macro-action; the first step of an episode resets."""
    if self._done:
      return self.reset()
    reward = 0.0
    for raw_action in self._action_grid.decode(int(action)):
      raw = self._phone.env.step(raw_action)
      reward += raw.reward
      if raw.last():
        break
    self._steps += 1
    # Devices may log a launch more than once; it is rewarded once.
    reward = float(reward > 0 and not self._rewarded)
    self._rewarded = self._rewarded or reward > 0
    observation = self._observation(raw)
    # A raw episode ends with discount 0 by success, else by a device failure.
    if raw.last() and raw.discount == 0.0:
      self._done = True
      return dm_env.termination(reward, observation)
    if raw.last() or self._steps >= self._max_steps:
      self._done = True
      return dm_env.truncation(reward, observation)
    return dm_env.transition(reward, observation)

  def action_spec(self) -> specs.DiscreteArray:
    """Returns the macro-actions' spec."""
    return specs.DiscreteArray(self._action_grid.num_actions, name='action')

  def observation_spec(self) -> dict[str, specs.Array]:
    """Returns the specs of `pixels` and `instruction`."""
    return {
      'pixels': specs.BoundedArray(
        (*self._screen, 3), np.uint8, 0, 255, name='pixels'
      ),
      'instruction': specs.StringArray((), name='instruction'),
    }

  def close(self) -> None:
    """Stops the phone."""
    self._close()

  def _observation(self, raw: dm_env.TimeStep) -> dict[str, np.ndarray]:
    pixels = raw.observation['pixels']
    if pixels.shape[:2] != self._screen:
      height, width = self._screen
      image = Image.fromarray(pixels)
      pixels = np.asarray(image.resize((width, height), Image.Resampling.BOX))
    return {
      'pixels': pixels,
      'instruction': self._instructions[self._goal_index],
    }
