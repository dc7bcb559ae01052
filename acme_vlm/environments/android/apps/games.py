"""Chess, Sudoku, Solitaire, Puzzle, Paint, Piano, Drums."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _chess_icon(c: canvas.Canvas) -> None:
  c.circle(0.5, 0.28, 0.14, palette.WHITE)
  c.polygon((0.42, 0.38, 0.58, 0.38, 0.68, 0.7, 0.32, 0.7), palette.WHITE)
  c.rect(0.24, 0.7, 0.76, 0.84, palette.WHITE, 0.04)


def _chess_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((38, 32, 28) if p.style.dark else (226, 214, 196))
  p.text(0.5, 0.1, 'Chess', 0.12, p.style.foreground, 'mm', bold=True)
  side = 0.12
  tall = side / p.aspect
  top = 0.19
  for row in range(8):
    for column in range(8):
      x, y = 0.02 + side * column, top + tall * row
      light = (row + column) % 2 == 0
      p.rect(
        x, y, x + side, y + tall, (236, 214, 176) if light else (150, 96, 56)
      )
      crowd = 0.8 if row in (0, 1, 6, 7) else 0.18
      if content.chance(crowd):
        white = row > 3 if content.chance(0.9) else row <= 3
        colour = palette.WHITE if white else (20, 18, 18)
        middle = x + side / 2
        p.circle(middle, y + 0.36 * tall, 0.026, colour)
        p.polygon(
          (
            middle,
            y + 0.3 * tall,
            middle + 0.04,
            y + 0.86 * tall,
            middle - 0.04,
            y + 0.86 * tall,
          ),
          colour,
        )
  p.text(0.06, 0.83, content.name(), 0.08, p.style.foreground)
  p.text(0.94, 0.83, content.clock(), 0.09, p.style.foreground, 'rm', bold=True)


def _sudoku_icon(c: canvas.Canvas) -> None:
  c.rect(0.14, 0.14, 0.86, 0.86, palette.WHITE)
  for place in (0.38, 0.62):
    c.line((place, 0.14, place, 0.86), palette.INK, 0.04)
    c.line((0.14, place, 0.86, place), palette.INK, 0.04)
  for x, y, text in ((0.26, 0.26, '5'), (0.5, 0.5, '3'), (0.74, 0.74, '7')):
    c.text(x, y, text, 0.24, palette.BLUE, 'mm', bold=True)


def _sudoku_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.5, 0.1, 'Sudoku', 0.12, p.style.accent, 'mm', bold=True)
  side = 0.104
  tall = side / p.aspect
  left, top = 0.032, 0.165
  for row in range(9):
    for column in range(9):
      x, y = left + side * column, top + tall * row
      if (row // 3 + column // 3) % 2:
        p.rect(x, y, x + side, y + tall, p.style.surface)
      if content.chance(0.5):
        colour = p.style.accent if content.chance(0.3) else p.style.foreground
        p.text(
          x + side / 2,
          y + tall / 2,
          str(content.rng.randrange(1, 10)),
          0.08,
          colour,
          'mm',
        )
  for line in range(10):
    width = 0.018 if line % 3 == 0 else 0.006
    x, y = left + side * line, top + tall * line
    p.line((x, top, x, top + 9 * tall), p.style.foreground, width)
    p.line((left, y, left + 9 * side, y), p.style.foreground, width)
  for digit in range(9):
    p.text(
      0.085 + 0.104 * digit, 0.83, str(digit + 1), 0.11, p.style.accent, 'mm'
    )


def _card(c: canvas.Canvas, x: float, y: float, wide: float, suit: int) -> None:
  """Draws a playing card with its upper left corner at (x, y)."""
  tall = 1.4 * wide / c.aspect
  c.rect(x, y, x + wide, y + tall, palette.WHITE, 0.15 * wide)
  c.rect(x, y, x + wide, y + tall, None, 0.15 * wide, palette.GREY, 0.006)
  colour = palette.RED if suit % 2 else palette.INK
  middle, height = x + wide / 2, y + tall / 2
  if suit < 2:
    c.polygon(
      (
        middle,
        height - 0.25 * tall,
        middle + 0.25 * wide,
        height,
        middle,
        height + 0.25 * tall,
        middle - 0.25 * wide,
        height,
      ),
      colour,
    )
  else:
    c.circle(middle, height, 0.22 * wide, colour)


def _solitaire_icon(c: canvas.Canvas) -> None:
  _card(c, 0.16, 0.2, 0.4, 0)
  _card(c, 0.42, 0.28, 0.42, 1)


def _solitaire_page(p: page_lib.Page) -> None:
  content = p.content
  felt = (10, 74, 42) if p.style.dark else (26, 128, 74)
  p.fill(felt)
  p.text(0.5, 0.095, 'Solitaire', 0.11, palette.WHITE, 'mm', bold=True)
  for column in range(4):
    _card(p, 0.42 + 0.143 * column, 0.15, 0.125, content.rng.randrange(4))
  p.rect(0.03, 0.15, 0.155, 0.15 + 0.175 / p.aspect, palette.BLUE, 0.02)
  for column in range(7):
    for row in range(content.rng.randrange(1, 8)):
      _card(
        p,
        0.012 + 0.14 * column,
        0.3 + 0.05 * row,
        0.13,
        content.rng.randrange(4),
      )


_TILE_COLOURS = {
  2: (238, 228, 218),
  4: (237, 220, 190),
  8: (242, 177, 121),
  16: (245, 149, 99),
  32: (246, 124, 95),
  64: (246, 94, 59),
  128: (237, 207, 114),
  256: (237, 200, 60),
}


def _puzzle_icon(c: canvas.Canvas) -> None:
  values = (2, 8, 64, 256)
  for index, value in enumerate(values):
    row, column = divmod(index, 2)
    x, y = 0.14 + 0.38 * column, 0.14 + 0.38 * row
    c.rect(x, y, x + 0.34, y + 0.34, _TILE_COLOURS[value], 0.05)


def _puzzle_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((46, 40, 36) if p.style.dark else (250, 248, 239))
  p.text(0.06, 0.12, 'Puzzle', 0.14, (237, 160, 60), bold=True)
  p.rect(0.62, 0.16, 0.95, 0.235, palette.GREY, 0.03)
  p.text(0.785, 0.2, str(content.number(100, 9900)), 0.085, palette.WHITE, 'mm')
  tall = 0.92 / p.aspect
  p.rect(0.04, 0.28, 0.96, 0.28 + tall, (150, 138, 126), 0.04)
  for row in range(4):
    for column in range(4):
      x, y = 0.07 + 0.222 * column, 0.28 + tall * (0.035 + 0.241 * row)
      colour, value = (178, 166, 152), 0
      if content.chance(0.7):
        value = content.rng.choice(tuple(_TILE_COLOURS))
        colour = _TILE_COLOURS[value]
      p.rect(x, y, x + 0.195, y + 0.21 * tall, colour, 0.03)
      if value:
        ink = palette.INK if value < 8 else palette.WHITE
        p.text(
          x + 0.0975, y + 0.105 * tall, str(value), 0.1, ink, 'mm', bold=True
        )


_PAINTS = (
  palette.RED,
  palette.AMBER,
  palette.GREEN,
  palette.BLUE,
  palette.PURPLE,
)


def _paint_icon(c: canvas.Canvas) -> None:
  c.ellipse(0.1, 0.18, 0.9, 0.84, palette.CREAM)
  c.circle(0.64, 0.68, 0.09, palette.PINK)
  for (x, y), colour in zip(
    ((0.26, 0.5), (0.38, 0.33), (0.58, 0.29), (0.76, 0.42), (0.42, 0.68)),
    _PAINTS,
    strict=True,
  ):
    c.circle(x, y, 0.09, colour)


def _paint_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((70, 72, 78) if p.style.dark else (196, 200, 208))
  p.text(0.06, 0.095, 'Paint', 0.11, p.style.foreground, bold=True)
  p.rect(0.04, 0.145, 0.96, 0.73, palette.WHITE)
  for _ in range(6):
    points = []
    x, y = content.uniform(0.15, 0.85), content.uniform(0.22, 0.66)
    for _ in range(5):
      points += [x, y]
      x = min(max(x + content.uniform(-0.25, 0.25), 0.1), 0.9)
      y = min(max(y + content.uniform(-0.13, 0.13), 0.19), 0.69)
    p.line(
      points,
      content.rng.choice((*_PAINTS, content.colour())),
      content.uniform(0.03, 0.08),
    )
  for index, colour in enumerate(_PAINTS):
    x = 0.14 + 0.18 * index
    p.circle(x, 0.79, 0.07, colour)
    p.circle(x, 0.87, 0.05, palette.mix(colour, palette.WHITE, 0.5))


def _piano_icon(c: canvas.Canvas) -> None:
  for index in range(4):
    x = 0.12 + 0.195 * index
    c.rect(x, 0.16, x + 0.175, 0.84, palette.WHITE)
  for x in (0.25, 0.445, 0.64):
    c.rect(x, 0.16, x + 0.11, 0.56, palette.BLACK)


def _piano_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((60, 12, 22) if p.style.dark else (120, 24, 40))
  p.text(0.5, 0.1, 'Piano', 0.12, palette.CREAM, 'mm', bold=True)
  p.text(0.5, 0.16, content.title(), 0.06, palette.SILVER, 'mm')
  pressed = content.rng.sample(range(9), 2)
  for key in range(9):
    y = 0.205 + 0.079 * key
    shade = palette.AMBER if key in pressed else palette.WHITE
    p.rect(0.04, y, 0.96, y + 0.074, shade, 0.01)
  for key in (0, 1, 3, 4, 5, 7):
    y = 0.205 + 0.079 * key
    p.rect(0.4, y + 0.054, 0.96, y + 0.1, palette.BLACK)


def _drums_icon(c: canvas.Canvas) -> None:
  c.rect(0.16, 0.44, 0.84, 0.74, palette.AMBER)
  c.ellipse(0.16, 0.6, 0.84, 0.88, palette.AMBER)
  c.ellipse(0.16, 0.3, 0.84, 0.58, palette.WHITE)
  c.line((0.1, 0.12, 0.5, 0.42), palette.BROWN, 0.06)
  c.line((0.9, 0.12, 0.5, 0.42), palette.BROWN, 0.06)


def _drums_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((12, 12, 16) if p.style.dark else (58, 60, 70))
  p.text(0.5, 0.1, 'Drums', 0.12, palette.WHITE, 'mm', bold=True)
  pads = (palette.PINK, palette.AMBER, palette.CYAN, palette.LIME)
  for row in range(4):
    for column in range(3):
      x, y = 0.05 + 0.31 * column, 0.165 + 0.188 * row
      lit = content.chance(0.35)
      colour = palette.mix(pads[row], palette.BLACK, 0.0 if lit else 0.45)
      p.rect(x, y, x + 0.28, y + 0.17, colour, 0.05)
      if lit:
        p.circle(x + 0.14, y + 0.085, 0.06, palette.WHITE)


APPS = (
  app.simulated(
    'Chess', palette.BROWN, (150, 96, 56), _chess_icon, _chess_page
  ),
  app.simulated(
    'Sudoku', palette.BLUE, (90, 130, 220), _sudoku_icon, _sudoku_page
  ),
  app.simulated(
    'Solitaire', palette.GREEN, (26, 128, 74), _solitaire_icon, _solitaire_page
  ),
  app.simulated(
    'Puzzle', palette.AMBER, (150, 138, 126), _puzzle_icon, _puzzle_page
  ),
  app.simulated('Paint', palette.PINK, palette.PINK, _paint_icon, _paint_page),
  app.simulated('Piano', palette.RED, (120, 24, 40), _piano_icon, _piano_page),
  app.simulated(
    'Drums', palette.AMBER, (206, 44, 90), _drums_icon, _drums_page
  ),
)
