"""Configuration of the simulated phone, next to android_env's own configs."""

import dataclasses

from android_env.components import config_classes

from acme_vlm import errors
from acme_vlm.environments import splits
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import catalogue


@dataclasses.dataclass
class SimulatedPhoneConfig(config_classes.SimulatorConfig):
  """A phone that is drawn, not emulated.

  Attributes:
    screen: height and width in pixels, each at least 24.
    apps: names of the installed apps.
    grid: the launcher's grid; all apps must fit on it.
    split: the world the phone belongs to.
    num_contents: contents per app, theme and font size, at least 1.
  """

  screen: tuple[int, int] = (120, 72)
  apps: tuple[str, ...] = catalogue.TASK_SETS['open_common_apps']
  grid: look_lib.Grid = dataclasses.field(
    default_factory=lambda: look_lib.Grid(pages=3)
  )
  split: splits.Split = 'train'
  num_contents: int = 32

  def __post_init__(self):
    if len(self.screen) != 2 or min(self.screen) < 24:
      raise errors.ConfigError(
        'expected a screen of (height, width), each at least 24 pixels, got '
        f'{self.screen}'
      )
    if self.num_contents < 1:
      raise errors.ConfigError(
        f'expected num_contents >= 1, got {self.num_contents}'
      )
    if len(self.apps) > self.grid.pages * self.grid.slots:
      raise errors.ConfigError(
        f'{len(self.apps)} apps do not fit on {self.grid.pages} pages of '
        f'{self.grid.rows} x {self.grid.columns} icons'
      )
    for app in self.apps:
      if app not in catalogue.BY_NAME:
        raise errors.UnknownNameError('app', app, tuple(catalogue.BY_NAME))
    splits.validate(self.split)
