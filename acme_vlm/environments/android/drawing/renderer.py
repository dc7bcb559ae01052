"""From a phone's look and state to pixels, through shared caches."""

import zlib

import numpy as np
from PIL import Image

from acme_vlm.environments import splits
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import app as app_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import (
  cache,
  content,
  launcher,
  palette,
  wallpaper,
)
from acme_vlm.environments.android.drawing import page as page_lib

# A picture with its navigation bar, and whether its status bar is white.
Backdrop = tuple[Image.Image, bool]

# Sets the seeds of pages apart from the seeds of wallpapers.
_ENTROPY = 0xC0
_PAGES: cache.BoundedCache[Backdrop] = cache.BoundedCache(192 * 2**20)
_WALLPAPERS: cache.BoundedCache[Backdrop] = cache.BoundedCache(48 * 2**20)


def _num_bytes(backdrop: Backdrop) -> int:
  image, _ = backdrop
  return image.width * image.height * 3


def content_seed(
  app: str, content_index: int, dark: bool, font_scale: float
) -> tuple[int, ...]:
  """Returns the entropy a page's content is drawn from, within its split."""
  scale = look_lib.FONT_SCALES.index(font_scale)
  return (_ENTROPY, zlib.crc32(app.encode()), content_index, int(dark), scale)


def draw_page(
  app: app_lib.App,
  split: splits.Split,
  content_index: int,
  dark: bool,
  font_scale: float,
  screen: tuple[int, int],
) -> Image.Image:
  """Draws the page an app opens with, without the system's bars."""
  seed = content_seed(app.name, content_index, dark, font_scale)
  page = page_lib.Page(
    screen,
    page_lib.Style.of(app.accent, dark=dark),
    content.Content(split, splits.randomness(split, *seed)),
    font_scale,
  )
  app.page(page)
  return page.finish()


def _is_dark(image: Image.Image, top: int, bottom: int) -> bool:
  """Whether the mean of some rows is dark, so that white reads on them."""
  rows = (0, top, image.width, bottom)
  colour = image.resize((1, 1), Image.Resampling.BOX, rows).getpixel((0, 0))
  assert isinstance(colour, tuple)
  return palette.luminance(colour) < 140


def _backdrop(image: Image.Image) -> Backdrop:
  """Draws the navigation bar on an image, in place."""
  width, height = image.size
  top = round(height * page_lib.BOTTOM)
  light = _is_dark(image, top, height)
  bar = launcher.navigation_bar(light, (height, width))
  image.paste(bar, (0, top), bar)
  return image, _is_dark(image, 0, round(height * page_lib.TOP))


def _finish(image: Image.Image, look: look_lib.Look, light: bool) -> np.ndarray:
  """Draws the status bar on an image and returns read-only pixels."""
  screen = image.height, image.width
  clock = launcher.clock(look.minutes, light, screen)
  image.paste(clock, (0, 0), clock)
  battery = launcher.battery(look.battery, light, screen)
  image.paste(battery, (image.width - battery.width, 0), battery)
  pixels = np.asarray(image)
  pixels.flags.writeable = False
  return pixels


def app_frame(
  look: look_lib.Look, name: str, screen: tuple[int, int]
) -> np.ndarray:
  """Draws the phone with an app open.

  Args:
    look: the phone's set-up.
    name: the app.
    screen: height H and width W in pixels.

  Returns:
    uint8 [H, W, 3], read-only.
  """
  app = catalogue.BY_NAME[name]
  index = look.contents[name]
  key = (name, look.split, index, look.dark, look.font_scale, screen)
  image, light = _PAGES.get(
    key,
    lambda: _backdrop(
      draw_page(app, look.split, index, look.dark, look.font_scale, screen)
    ),
    _num_bytes,
  )
  return _finish(image.copy(), look, light)


def home_frame(
  look: look_lib.Look, page: int, screen: tuple[int, int]
) -> np.ndarray:
  """Draws a page of the launcher.

  Args:
    look: the phone's set-up.
    page: which home page.
    screen: height H and width W in pixels.

  Returns:
    uint8 [H, W, 3], read-only.
  """
  key = (look.split, look.wallpaper, look.dark, screen)
  backdrop, light = _WALLPAPERS.get(
    key,
    lambda: _backdrop(
      wallpaper.draw(look.split, look.wallpaper, look.dark, screen)
    ),
    _num_bytes,
  )
  image = backdrop.copy()
  for slot, name in enumerate(look.pages[page]):
    if name is None:
      continue
    left, top, side = launcher.icon_box(look.grid, slot, screen)
    icon = launcher.labeled_icon(
      catalogue.BY_NAME[name], side, screen, look.font_scale
    )
    image.paste(icon, (left - (icon.width - side) // 2, top), icon)
  dots = launcher.dots(page, look.grid.pages, screen)
  image.paste(dots, (0, round(launcher.DOTS_Y * screen[0])), dots)
  return _finish(image, look, light)
