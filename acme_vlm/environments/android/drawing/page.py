"""A page of an app: a sheet with a style, and the parts pages are made of."""

import dataclasses
from typing import Self

from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import content as content_lib

Colour = palette.Colour

# The status bar ends and the navigation bar starts here, in screen heights.
TOP = 0.05
BOTTOM = 0.925


@dataclasses.dataclass(frozen=True)
class Style:
  """The colours of one app under one theme."""

  dark: bool
  accent: Colour
  background: Colour
  surface: Colour
  foreground: Colour
  muted: Colour

  @classmethod
  def of(cls, accent: Colour, *, dark: bool) -> Self:
    """Returns the style of an app with this accent colour."""
    if dark:
      return cls(
        True,
        accent,
        (18, 20, 26),
        (46, 50, 60),
        (238, 240, 244),
        (156, 160, 170),
      )
    return cls(
      False,
      accent,
      (250, 250, 252),
      (228, 232, 239),
      (28, 30, 36),
      (112, 116, 124),
    )


class Page(canvas.Sheet):
  """The sheet an app draws itself on."""

  def __init__(
    self,
    screen: tuple[int, int],
    style: Style,
    content: content_lib.Content,
    font_scale: float,
  ):
    super().__init__(screen[0], screen[1], style.background, font_scale)
    self.style = style
    self.content = content

  @property
  def on_accent(self) -> Colour:
    """A colour that reads on the accent colour."""
    bright = palette.luminance(self.style.accent) > 165
    return palette.INK if bright else palette.WHITE

  def fill(self, colour: Colour) -> None:
    """Paints the whole page, status bar included."""
    self.rect(0, 0, 1, 1, colour)

  def header(self, title: str, *, filled: bool = True) -> None:
    """Draws the app's title, on a bar of its accent colour if `filled`."""
    colour = self.style.accent
    if filled:
      self.rect(0, 0, 1, 0.15, colour)
      colour = self.on_accent
    self.text(0.06, 0.1, title, 0.115, colour, bold=True)

  def search_bar(self, y: float, hint: str) -> None:
    """Draws a rounded field with a hint in it."""
    self.rect(0.05, y - 0.032, 0.95, y + 0.032, self.style.surface, 0.055)
    self.text(0.12, y, hint, 0.065, self.style.muted)

  def avatar(self, x: float, y: float, radius: float, name: str) -> None:
    """Draws somebody's initial on a disc."""
    self.circle(x, y, radius, self.content.avatar())
    self.text(x, y, name[0], radius * 1.2, palette.WHITE, 'mm')

  def lines(
    self,
    x0: float,
    y0: float,
    x1: float,
    count: int,
    step: float = 0.03,
    colour: Colour | None = None,
  ) -> None:
    """Draws text too small to be read as ragged bars."""
    colour = colour or self.style.muted
    for index in range(count):
      end = x0 + (x1 - x0) * self.content.uniform(0.6, 1.0)
      y = y0 + step * index
      self.rect(x0, y - 0.006, end, y + 0.006, colour, 0.01)

  def fab(self, symbol: str = '+', x: float = 0.84, y: float = 0.85) -> None:
    """Draws the floating round button."""
    self.circle(x, y, 0.095, self.style.accent)
    self.text(x, y, symbol, 0.15, self.on_accent, 'mm')

  def picture(self, x0: float, y0: float, x1: float, y1: float) -> None:
    """Draws a small landscape, drawn from the page's content."""
    content = self.content
    part = self.part(x0, y0, x1, y1)
    sky = palette.mix(content.colour(), palette.WHITE, 0.5)
    part.rect(0, 0, 1, 1, sky)
    part.circle(
      content.uniform(0.15, 0.85),
      content.uniform(0.2, 0.4),
      0.12,
      palette.CREAM,
    )
    hill = palette.mix(content.colour(), palette.BLACK, 0.2)
    peak = content.uniform(0.2, 0.8)
    part.polygon(
      (
        0,
        1,
        0,
        content.uniform(0.5, 0.9),
        peak,
        content.uniform(0.3, 0.6),
        1,
        content.uniform(0.5, 0.9),
        1,
        1,
      ),
      hill,
    )
    near = palette.mix(content.colour(), palette.BLACK, 0.35)
    part.polygon(
      (0, 1, 0, content.uniform(0.7, 0.9), 1, content.uniform(0.7, 0.9), 1, 1),
      near,
    )
