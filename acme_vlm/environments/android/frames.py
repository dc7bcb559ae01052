"""Labeled frames of phones, without reinforcement learning.

Reward models are trained and calibrated on these: the same drawing as the
environment's, at a thousand frames and more a second.
"""

import random
from collections.abc import Sequence

import numpy as np

from acme_vlm import errors
from acme_vlm.environments import splits
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import renderer

HOME_SCREEN = 'home screen'
# Sets these phones apart from those of the environment's episodes.
_ENTROPY = 0xF4A
_FRAMES_PER_PHONE = 6

GRIDS: dict[str, look_lib.Grid] = {
  'open_common_apps': look_lib.Grid(pages=3),
  'open_diverse_apps': look_lib.Grid(pages=6),
}


def labeled_frames(
  task_set_name: str,
  *,
  split: str,
  seed: int,
  num: int,
  screen: tuple[int, int] = (120, 72),
  home_fraction: float = 0.3,
  num_contents: int = 32,
) -> tuple[np.ndarray, list[str]]:
  """Draws frames of random phones and says what they show.

  Args:
    task_set_name: 'open_common_apps' or 'open_diverse_apps'.
    split: 'train', 'validation' or 'evaluation'.
    seed: the same seed gives the same frames.
    num: number of frames N.
    screen: height H and width W in pixels.
    home_fraction: share of home screens, in [0, 1]; all other frames show
      an app, each app equally often.
    num_contents: how many contents each app has per theme and font size.

  Returns:
    Frames, uint8 [N, H, W, 3], and for each the name of the open app or
    'home screen'.

  Raises:
    UnknownNameError: if there is no such task set.
    ConfigError: if the split or a number is out of range.
  """
  apps = catalogue.task_set(task_set_name)
  world = splits.validate(split)
  if num < 0 or not 0.0 <= home_fraction <= 1.0 or num_contents < 1:
    raise errors.ConfigError(
      'expected num >= 0, home_fraction in [0, 1] and num_contents >= 1, got '
      f'{num}, {home_fraction} and {num_contents}'
    )
  rng = splits.randomness(world, _ENTROPY, seed)
  grid = GRIDS[task_set_name.removeprefix('android/')]
  frames = np.empty((num, *screen, 3), np.uint8)
  labels = _labels(rng, apps, num, home_fraction)
  for index, label in enumerate(labels):
    if index % _FRAMES_PER_PHONE == 0:
      phone = look_lib.draw(rng, world, apps, grid, num_contents)
    if label == HOME_SCREEN:
      page = rng.randrange(grid.pages)
      frames[index] = renderer.home_frame(phone, page, screen)
    else:
      frames[index] = renderer.app_frame(phone, label, screen)
  return frames, labels


def _labels(
  rng: random.Random, apps: Sequence[str], num: int, home_fraction: float
) -> list[str]:
  """Draws N labels: apps in equal shares, in random order."""
  num_home = round(num * home_fraction)
  rounds = -(-(num - num_home) // len(apps))
  opened = [app for _ in range(rounds) for app in rng.sample(apps, len(apps))][
    : num - num_home
  ]
  labels = opened + [HOME_SCREEN] * num_home
  rng.shuffle(labels)
  return labels
