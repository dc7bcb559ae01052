"""The launcher's geometry and sprites: icons, labels, bars, dots."""

import functools

from PIL import Image

from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import app as app_lib
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib

_CLEAR = (0, 0, 0, 0)
_GRID_TOP = 0.085
_GRID_BOTTOM = 0.855
# Half a label's height, in screen widths.
_LABEL = 0.05

# Touches below this height (in screens) reach the navigation bar; back, home
# and recents lie at these x.
NAVIGATION_TOP = page_lib.BOTTOM + 0.005
BACK_X, HOME_X, RECENTS_X = 0.25, 0.5, 0.75


def icon_box(
  grid: look_lib.Grid, slot: int, screen: tuple[int, int]
) -> tuple[int, int, int]:
  """Returns left, top and side of an icon in pixels."""
  height, width = screen
  row, column = divmod(slot, grid.columns)
  cell_width = width / grid.columns
  cell_height = height * (_GRID_BOTTOM - _GRID_TOP) / grid.rows
  # The label below needs its share of the cell's height.
  side = round(min(cell_width * 0.68, cell_height - 0.09 * width))
  left = column * cell_width + (cell_width - side) / 2
  top = height * _GRID_TOP + row * cell_height
  return round(left), round(top), side


def slot_at(
  grid: look_lib.Grid, x: float, y: float, screen: tuple[int, int]
) -> int | None:
  """Returns the slot whose icon or label a touch hits, or None.

  Args:
    grid: the launcher's grid.
    x: touched column, in pixels.
    y: touched row, in pixels.
    screen: height and width in pixels.
  """
  height, width = screen
  column = int(x * grid.columns / width)
  row_height = height * (_GRID_BOTTOM - _GRID_TOP) / grid.rows
  row = int((y - height * _GRID_TOP) // row_height)
  if not (0 <= column < grid.columns and 0 <= row < grid.rows):
    return None
  slot = row * grid.columns + column
  left, top, side = icon_box(grid, slot, screen)
  label = 2 * _LABEL * width
  if left <= x <= left + side and top <= y <= top + side + label:
    return slot
  return None


@functools.lru_cache(maxsize=1024)
def icon(app: app_lib.App, side: int) -> Image.Image:
  """Returns an app's icon, RGBA, `side` x `side` pixels."""
  sheet = canvas.Sheet(side, side, _CLEAR)
  sheet.rect(0.0, 0.0, 0.999, 0.999, app.tile, 0.24)
  app.icon(sheet)
  return sheet.finish()


@functools.lru_cache(maxsize=2048)
def labeled_icon(
  app: app_lib.App, side: int, screen: tuple[int, int], font_scale: float
) -> Image.Image:
  """Returns an icon over its label, RGBA, centred on its icon.

  The label has a shadow, which any wallpaper needs.
  """
  width = side + 2 * round((0.36 * screen[1] - side) / 2)
  height = max(round(screen[1] * 2 * _LABEL), 5)
  sheet = canvas.Sheet(height, width, _CLEAR, font_scale)
  size = min(0.19, 1.25 / len(app.name))
  sheet.text(0.52, 0.53, app.name, size, palette.BLACK, 'mm', bold=True)
  sheet.text(0.5, 0.47, app.name, size, palette.WHITE, 'mm')
  both = Image.new('RGBA', (width, side + height), _CLEAR)
  both.paste(icon(app, side), ((width - side) // 2, 0))
  both.paste(sheet.finish(), (0, side))
  return both


@functools.lru_cache(maxsize=4096)
def clock(minutes: int, light: bool, screen: tuple[int, int]) -> Image.Image:
  """Returns the status bar's left third: the time, RGBA, white if `light`."""
  colour = palette.WHITE if light else palette.INK
  height = round(screen[0] * page_lib.TOP)
  sheet = canvas.Sheet(height, round(screen[1] / 3), _CLEAR)
  text = f'{minutes // 60}:{minutes % 60:02d}'
  sheet.text(0.15, 0.55, text, 0.21, colour)
  return sheet.finish()


@functools.lru_cache(maxsize=256)
def battery(charge: int, light: bool, screen: tuple[int, int]) -> Image.Image:
  """Returns its right third: signal and battery, RGBA, white if `light`."""
  colour = palette.WHITE if light else palette.INK
  height = round(screen[0] * page_lib.TOP)
  sheet = canvas.Sheet(height, round(screen[1] / 3), _CLEAR)
  sheet.rect(0.5, 0.3, 0.83, 0.75, outline=colour, width=0.03)
  sheet.rect(0.5, 0.3, 0.5 + 0.33 * charge / 100, 0.75, colour)
  for bar in range(3):
    x = 0.1 + 0.1 * bar
    sheet.rect(x, 0.62 - 0.16 * bar, x + 0.055, 0.75, colour)
  return sheet.finish()


@functools.lru_cache(maxsize=64)
def navigation_bar(light: bool, screen: tuple[int, int]) -> Image.Image:
  """Returns back, home and recents, RGBA, in white if `light`."""
  colour = palette.WHITE if light else palette.INK
  height = screen[0] - round(screen[0] * page_lib.BOTTOM)
  sheet = canvas.Sheet(height, screen[1], _CLEAR)
  reach = 0.03
  tall = reach / sheet.aspect
  sheet.polygon(
    (
      BACK_X + reach,
      0.5 - tall,
      BACK_X + reach,
      0.5 + tall,
      BACK_X - reach,
      0.5,
    ),
    colour,
  )
  sheet.circle(HOME_X, 0.5, reach, colour)
  sheet.rect(
    RECENTS_X - reach, 0.5 - tall, RECENTS_X + reach, 0.5 + tall, colour
  )
  return sheet.finish()


@functools.lru_cache(maxsize=256)
def dots(page: int, pages: int, screen: tuple[int, int]) -> Image.Image:
  """Returns the dots that say which home page is shown, RGBA."""
  sheet = canvas.Sheet(max(round(screen[0] * 0.035), 3), screen[1], _CLEAR)
  for index in range(pages):
    x = 0.5 + 0.075 * (index - (pages - 1) / 2)
    sheet.circle(x, 0.5, 0.028, palette.BLACK)
    shade = palette.WHITE if index == page else palette.GREY
    sheet.circle(x, 0.5, 0.022, shade)
  return sheet.finish()


DOTS_Y = 0.875
