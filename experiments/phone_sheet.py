"""A sheet of the simulated phone: home pages, and every app in both themes.

`python -m experiments.phone_sheet OUT.png [task set] [height width] [split]`
"""

import dataclasses
import sys

import numpy as np
from PIL import Image

from acme_vlm.environments.android import frames, look, splits
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import renderer

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
  grid = frames.GRIDS[task_set]
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


def main(
  path: str,
  task_set: str = 'open_diverse_apps',
  height: str = '384',
  width: str = '216',
  split: str = 'train',
) -> None:
  """Writes the sheet as a PNG file."""
  pixels = sheet(task_set, (int(height), int(width)), split)
  Image.fromarray(pixels).save(path, optimize=True)
  print(f'{path}: {pixels.shape[1]} x {pixels.shape[0]} pixels')


if __name__ == '__main__':
  if len(sys.argv) < 2:
    sys.exit(__doc__)
  main(*sys.argv[1:])
