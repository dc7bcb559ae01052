"""A sheet of the simulated phone: home pages, and every app in both themes.

`python -m experiments.phone_sheet --path OUT.png --screen 384 216`
"""

import dataclasses
import pathlib
import sys

import numpy as np
from PIL import Image

from acme_vlm.environments import splits
from acme_vlm.environments.android import frames, look
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import renderer
from launch import command_line

COLUMNS = 15
GAP = 4


def sheet(
  task_set: str, screen: tuple[int, int], split: str, seed: int = 0
) -> np.ndarray:
  """Draws the sheet.

  Args:
    task_set: 'open_common_apps' or 'open_diverse_apps'.
    screen: height and width of each screen in pixels.
    split: whose phones, 'train', 'validation' or 'evaluation'.
    seed: of the phones.

  Returns:
    uint8 [rows * (height + gap), columns * (width + gap), 3]: a row of home
    pages of different phones, then all apps, light and dark.
  """
  apps = catalogue.task_set(task_set)
  grid = frames.GRIDS[task_set.removeprefix('android/')]
  world = splits.validate(split)
  rng = splits.randomness(world, seed)
  columns = min(COLUMNS, len(apps))
  phones = [look.draw(rng, world, apps, grid, 32) for _ in range(columns)]
  tiles = [
    renderer.home_frame(phone, index % grid.pages, screen)
    for index, phone in enumerate(phones)
  ]
  for dark in (False, True):
    phone = dataclasses.replace(phones[0], dark=dark)
    tiles += [renderer.app_frame(phone, app, screen) for app in apps]
    tiles += [np.full((*screen, 3), 255, np.uint8)] * (-len(tiles) % columns)
  padding = ((0, GAP), (0, GAP), (0, 0))
  tiles = [np.pad(tile, padding, constant_values=255) for tile in tiles]
  rows = [
    np.concatenate(tiles[start : start + columns], axis=1)
    for start in range(0, len(tiles), columns)
  ]
  return np.concatenate(rows)


@dataclasses.dataclass(frozen=True)
class Sheet:
  """Draws the simulated phone: home pages, and every app in both themes."""

  path: pathlib.Path = pathlib.Path('phone.png')
  """PNG file to write."""

  task_set: str = 'open_diverse_apps'
  """Whose apps, 'open_common_apps' or 'open_diverse_apps'."""

  screen: tuple[int, int] = (384, 216)
  """Height and width of each screen, pixels; at least 1."""

  split: str = 'train'
  """Whose phones, 'train', 'validation' or 'evaluation'."""


def main() -> None:
  """Writes the sheet as a PNG file."""
  with command_line.user_mistakes():
    args = command_line.parse(
      Sheet(), sys.argv[1:], prog='python -m experiments.phone_sheet'
    )
    pixels = sheet(args.task_set, args.screen, args.split)
    try:
      Image.fromarray(pixels).save(args.path, optimize=True)
    except (OSError, ValueError) as error:
      command_line.fail(
        f'expected a PNG file to write, got {args.path}: {error}'
      )
  print(f'{args.path}: {pixels.shape[1]} x {pixels.shape[0]} pixels')


if __name__ == '__main__':
  main()
