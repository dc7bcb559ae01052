"""Procedural wallpapers."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageFilter

from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import canvas, palette

# How many wallpapers each split owns.
POOL_SIZES: dict[splits.Split, int] = {
  'train': 600,
  'validation': 100,
  'evaluation': 200,
}
# Sets wallpaper seeds apart from the seeds of pages.
_ENTROPY = 0xA11


def _colour(rng: random.Random) -> palette.Colour:
  base = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
  return palette.mix(base, palette.BLACK, rng.uniform(0.0, 0.25))


def _colours(rng: random.Random) -> tuple[palette.Colour, palette.Colour]:
  first = _colour(rng)
  return first, palette.mix(first, _colour(rng), rng.uniform(0.3, 1.0))


def _gradient(c: canvas.Canvas, rng: random.Random) -> None:
  top, bottom = _colours(rng)
  c.gradient(0, 0, 1, 1, top, bottom)


def _stripes(c: canvas.Canvas, rng: random.Random) -> None:
  _gradient(c, rng)
  colour = _colour(rng)
  count, slope = rng.randrange(2, 7), rng.uniform(-1.0, 1.0)
  for index in range(-count, 2 * count):
    x = (index + rng.uniform(0, 0.3)) / count
    width = rng.uniform(0.1, 0.6) / count
    c.polygon((x, 0, x + width, 0, x + width + slope, 1, x + slope, 1), colour)


def _circles(c: canvas.Canvas, rng: random.Random) -> None:
  _gradient(c, rng)
  first, second = _colours(rng)
  for _ in range(rng.randrange(3, 14)):
    colour = palette.mix(first, second, rng.random())
    c.circle(rng.random(), rng.random(), rng.uniform(0.05, 0.5), colour)


def _rings(c: canvas.Canvas, rng: random.Random) -> None:
  first, second = _colours(rng)
  x, y, steps = rng.random(), rng.random(), rng.randrange(4, 12)
  c.rect(0, 0, 1, 1, second)
  for step in range(steps):
    colour = palette.mix(second, first, step / steps)
    c.circle(x, y, 1.8 * (1 - step / steps), colour)


def _hills(c: canvas.Canvas, rng: random.Random) -> None:
  _gradient(c, rng)
  sun = palette.mix(_colour(rng), palette.WHITE, 0.6)
  c.circle(rng.random(), rng.uniform(0.1, 0.5), rng.uniform(0.05, 0.2), sun)
  near, far = _colours(rng)
  count = rng.randrange(2, 5)
  for layer in range(count):
    colour = palette.mix(far, near, layer / count)
    base = 0.45 + 0.5 * layer / count
    waves, phase = rng.uniform(0.5, 2.0), rng.uniform(0, 6.3)
    points = [0.0, 1.0]
    for step in range(13):
      x = step / 12
      points += [x, base + 0.08 * math.sin(6.3 * waves * x + phase)]
    c.polygon((*points, 1.0, 1.0), colour)


def _peaks(c: canvas.Canvas, rng: random.Random) -> None:
  _gradient(c, rng)
  near, far = _colours(rng)
  count = rng.randrange(2, 5)
  for layer in range(count):
    colour = palette.mix(far, near, layer / count)
    points = [0.0, 1.0]
    corners = rng.randrange(3, 8)
    for step in range(corners + 1):
      height = rng.uniform(0.3, 0.6) + 0.35 * layer / count
      points += [step / corners, height]
    c.polygon((*points, 1.0, 1.0), colour)


def _shards(c: canvas.Canvas, rng: random.Random) -> None:
  _gradient(c, rng)
  first, second = _colours(rng)
  for _ in range(rng.randrange(4, 16)):
    corners = [rng.uniform(-0.2, 1.2) for _ in range(6)]
    c.polygon(corners, palette.mix(first, second, rng.random()))


def _tiles(c: canvas.Canvas, rng: random.Random) -> None:
  first, second = _colours(rng)
  columns = rng.randrange(2, 8)
  rows = round(columns * c.aspect)
  for row in range(rows):
    for column in range(columns):
      colour = palette.mix(first, second, rng.random())
      c.rect(
        column / columns,
        row / rows,
        (column + 1) / columns,
        (row + 1) / rows,
        colour,
      )


_KINDS: tuple[Callable[[canvas.Canvas, random.Random], None], ...] = (
  _gradient,
  _stripes,
  _circles,
  _rings,
  _hills,
  _peaks,
  _shards,
  _tiles,
)


def draw(
  split: splits.Split, index: int, dark: bool, screen: tuple[int, int]
) -> Image.Image:
  """Draws a wallpaper.

  Args:
    split: whose wallpaper it is.
    index: which one, in [0, POOL_SIZES[split]).
    dark: dims it, as phones do under the dark theme.
    screen: height and width in pixels.

  Returns:
    An RGB image of the screen's size.
  """
  rng = splits.randomness(split, _ENTROPY, index)
  sheet = canvas.Sheet.for_screen(screen, palette.BLACK, 1.0)
  kind = _KINDS[index % len(_KINDS)]
  kind(sheet, rng)
  image = sheet.finish()
  if rng.random() < 0.4:
    reach = rng.uniform(0.01, 0.08) * screen[1]
    image = image.filter(ImageFilter.GaussianBlur(reach))
  if dark:
    image = Image.eval(image, lambda value: value * 65 // 100)
  return image
