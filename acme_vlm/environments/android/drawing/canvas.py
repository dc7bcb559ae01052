"""A supersampled canvas in unit coordinates."""

import functools
import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acme_vlm.environments.android.drawing import palette

Colour = palette.Colour


@functools.lru_cache(maxsize=256)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
  # Pillow ships this font, so no font file is needed on the machine.
  return ImageFont.load_default(size)


@functools.lru_cache(maxsize=4096)
def _written(
  text: str, size: int, anchor: str, stroke: int
) -> tuple[Image.Image, int, int]:
  """Returns text as a mask, and where its corner lies off the anchor.

  Half of a page's time went into rendering the same few words and digits.
  """
  font = _font(size)
  left, top, right, bottom = font.getbbox(
    text, anchor=anchor, stroke_width=stroke
  )
  left, top = math.floor(left), math.floor(top)
  mask = Image.new('L', (math.ceil(right) - left, math.ceil(bottom) - top))
  ImageDraw.Draw(mask).text(
    (-left, -top), text, 255, font, anchor=anchor, stroke_width=stroke
  )
  return mask, left, top


class Canvas:
  """A rectangle of an image, drawn on in unit coordinates.

  Both x and y run over [0, 1] (left to right, top to bottom) of the rectangle;
  lengths that have no direction (radii, line widths, text sizes, corner radii)
  are in units of its width. One drawing thus serves every resolution.
  """

  def __init__(
    self,
    image: Image.Image,
    box: tuple[float, float, float, float] | None = None,
    font_scale: float = 1.0,
  ):
    """Draws on `image`.

    Args:
      image: the (supersampled) image that is drawn on.
      box: left, top, width, height in pixels; the whole image if None.
      font_scale: factor on every text size.
    """
    self.image = image
    self.font_scale = font_scale
    self._draw = ImageDraw.Draw(image)
    self._left, self._top, self._width, self._height = box or (
      0.0,
      0.0,
      float(image.width),
      float(image.height),
    )

  @property
  def aspect(self) -> float:
    """Height over width."""
    return self._height / self._width

  def part(self, x0: float, y0: float, x1: float, y1: float) -> 'Canvas':
    """Returns a canvas on a part of this one."""
    left, top, right, bottom = self._points((x0, y0, x1, y1))
    box = (left, top, max(right - left, 1.0), max(bottom - top, 1.0))
    return Canvas(self.image, box, self.font_scale)

  def rect(
    self,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    fill: Colour | None = None,
    radius: float = 0.0,
    outline: Colour | None = None,
    width: float = 0.01,
  ) -> None:
    """Draws a rectangle with corners of `radius` (in widths)."""
    box = self._points((x0, y0, x1, y1))
    stroke = self._pixels(width) if outline else 0
    if radius:
      self._draw.rounded_rectangle(
        box, radius * self._width, fill, outline, stroke
      )
    else:
      self._draw.rectangle(box, fill, outline, stroke)

  def circle(
    self,
    x: float,
    y: float,
    radius: float,
    fill: Colour | None = None,
    outline: Colour | None = None,
    width: float = 0.01,
  ) -> None:
    """Draws a disc or a ring."""
    stroke = self._pixels(width) if outline else 0
    self._draw.ellipse(self._ring(x, y, radius), fill, outline, stroke)

  def ellipse(
    self, x0: float, y0: float, x1: float, y1: float, fill: Colour
  ) -> None:
    """Draws a filled ellipse inside a box."""
    self._draw.ellipse(self._points((x0, y0, x1, y1)), fill)

  def line(
    self, points: Sequence[float], fill: Colour, width: float = 0.01
  ) -> None:
    """Draws a polyline through x0, y0, x1, y1, ..."""
    self._draw.line(
      self._points(points), fill, self._pixels(width), joint='curve'
    )

  def polygon(self, points: Sequence[float], fill: Colour) -> None:
    """Draws a filled polygon through x0, y0, x1, y1, ..."""
    self._draw.polygon(self._points(points), fill)

  def arc(
    self,
    x: float,
    y: float,
    radius: float,
    start: float,
    end: float,
    fill: Colour,
    width: float = 0.01,
  ) -> None:
    """Draws an arc, degrees clockwise from three o'clock."""
    self._draw.arc(
      self._ring(x, y, radius), start, end, fill, self._pixels(width)
    )

  def pie(
    self,
    x: float,
    y: float,
    radius: float,
    start: float,
    end: float,
    fill: Colour,
  ) -> None:
    """Draws a slice of a disc, degrees clockwise from three o'clock."""
    self._draw.pieslice(self._ring(x, y, radius), start, end, fill)

  def text(
    self,
    x: float,
    y: float,
    text: str,
    size: float,
    fill: Colour,
    anchor: str = 'lm',
    bold: bool = False,
  ) -> None:
    """Draws text; `size` in widths, `anchor` as in Pillow."""
    pixels = max(round(size * self.font_scale * self._width), 5)
    across, down = self._points((x, y))
    # The one font that Pillow ships has no bold cut: a stroke stands in for it.
    stroke = pixels // 32 if bold else 0
    mask, left, top = _written(text, pixels, anchor, stroke)
    self.image.paste(fill, (round(across) + left, round(down) + top), mask)

  def gradient(
    self,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    top: Colour,
    bottom: Colour,
  ) -> None:
    """Fills a box with a vertical gradient."""
    left, upper, right, lower = map(round, self._points((x0, y0, x1, y1)))
    height = max(lower - upper, 1)
    ramp = np.linspace(np.array(top), np.array(bottom), height)[:, None]
    column = Image.fromarray(ramp.astype(np.uint8))
    self.image.paste(
      column.resize((max(right - left, 1), height)), (left, upper)
    )

  def _points(self, values: Sequence[float]) -> list[float]:
    scales = ((self._left, self._width), (self._top, self._height))
    return [
      scales[index % 2][0] + value * scales[index % 2][1]
      for index, value in enumerate(values)
    ]

  def _ring(self, x: float, y: float, radius: float) -> list[float]:
    left, top = self._points((x, y))
    reach = radius * self._width
    return [left - reach, top - reach, left + reach, top + reach]

  def _pixels(self, width: float) -> int:
    return max(round(width * self._width), 1)


class Sheet(Canvas):
  """A canvas of its own: drawn larger, then averaged down."""

  def __init__(
    self,
    height: int,
    width: int,
    background: Colour | tuple[int, int, int, int],
    font_scale: float = 1.0,
  ):
    """Starts a sheet of `height` x `width` pixels (after averaging).

    A background of four numbers makes a sheet with an alpha channel.
    """
    self._supersampling = max(2, min(4, 400 // width))
    factor = self._supersampling
    mode = 'RGB' if len(background) == 3 else 'RGBA'
    image = Image.new(mode, (width * factor, height * factor), background)
    super().__init__(image, font_scale=font_scale)

  @classmethod
  def for_screen(
    cls, screen: tuple[int, int], background: Colour, font_scale: float
  ) -> Self:
    """Starts a sheet of a whole screen, (height, width) in pixels."""
    return cls(screen[0], screen[1], background, font_scale)

  def finish(self) -> Image.Image:
    """Returns the sheet averaged down to its size."""
    return self.image.reduce(self._supersampling)
