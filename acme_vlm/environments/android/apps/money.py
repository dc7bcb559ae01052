"""Stocks, Bank, Wallet, Shopping, Food, Recipes, Tickets."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _stocks_icon(c: canvas.Canvas) -> None:
  c.line((0.12, 0.7, 0.34, 0.48, 0.52, 0.6, 0.86, 0.24), palette.GREEN, 0.1)
  c.polygon((0.66, 0.18, 0.92, 0.16, 0.9, 0.42), palette.GREEN)


def _stocks_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((6, 8, 10) if p.style.dark else (232, 240, 234))
  ink = p.style.foreground
  p.text(0.06, 0.1, 'Stocks', 0.12, ink, bold=True)
  p.text(
    0.94,
    0.105,
    f'{content.number(100, 900)}.{content.number(10, 99)}',
    0.075,
    palette.GREEN,
    'rm',
  )
  height, points = content.uniform(0.3, 0.5), []
  for step in range(16):
    height = min(max(height + content.uniform(-0.06, 0.05), 0.18), 0.53)
    points += [step / 15, height]
  p.polygon(
    (0, 0.58, *points, 1, 0.58),
    palette.mix(p.style.background, palette.GREEN, 0.35),
  )
  p.line(points, palette.GREEN, 0.022)
  for row in range(4):
    y = 0.635 + 0.075 * row
    rise = content.chance(0.5)
    p.text(0.06, y, content.word()[:4].upper(), 0.078, ink, bold=True)
    p.line((0.36, y + 0.01, 0.46, y - 0.01, 0.56, y), p.style.muted, 0.012)
    colour = palette.GREEN if rise else palette.RED
    p.rect(0.66, y - 0.028, 0.95, y + 0.028, colour, 0.03)
    change = (
      f'{"+" if rise else "-"}{content.number(0, 9)}.{content.number(10, 99)}'
    )
    p.text(0.805, y, change, 0.07, palette.WHITE, 'mm')


def _bank_icon(c: canvas.Canvas) -> None:
  c.polygon((0.1, 0.38, 0.5, 0.14, 0.9, 0.38), palette.AMBER)
  for x in (0.2, 0.38, 0.56, 0.74):
    c.rect(x, 0.44, x + 0.09, 0.7, palette.AMBER)
  c.rect(0.1, 0.74, 0.9, 0.85, palette.AMBER)


def _bank_page(p: page_lib.Page) -> None:
  content = p.content
  navy = (14, 34, 74)
  p.rect(0, 0, 1, 0.36, navy)
  p.text(0.06, 0.1, 'Bank', 0.115, palette.AMBER, bold=True)
  _bank_icon(p.part(0.8, 0.06, 0.94, 0.06 + 0.14 / p.aspect))
  p.text(0.06, 0.2, 'Balance', 0.065, palette.SILVER)
  balance = f'${content.number(100, 9900):,}.{content.number(10, 99)}'
  p.text(0.06, 0.28, balance, 0.15, palette.WHITE)
  for row in range(6):
    y = 0.42 + 0.088 * row
    p.rect(0.06, y - 0.026, 0.16, y + 0.026, palette.AMBER, 0.03)
    p.text(0.11, y, '$', 0.08, navy, 'mm', bold=True)
    p.text(0.22, y, content.word(), 0.072, p.style.foreground)
    amount = content.number(5, 500)
    plus = content.chance(0.3)
    p.text(
      0.95,
      y,
      f'{"+" if plus else "-"}{amount}',
      0.075,
      palette.GREEN if plus else palette.RED,
      'rm',
    )
    p.line((0.06, y + 0.044, 0.95, y + 0.044), p.style.surface, 0.008)


def _wallet_icon(c: canvas.Canvas) -> None:
  c.rect(0.18, 0.2, 0.8, 0.5, palette.SKY, 0.06)
  c.rect(0.14, 0.3, 0.82, 0.6, palette.PINK, 0.06)
  c.rect(0.1, 0.42, 0.9, 0.84, palette.BROWN, 0.08)
  c.circle(0.76, 0.63, 0.08, palette.AMBER)


def _wallet_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.06, 0.1, 'Wallet', 0.12, p.style.foreground, bold=True)
  for index in range(4):
    y = 0.17 + 0.135 * index
    colour = palette.mix(content.colour(), palette.BLACK, 0.15)
    p.rect(0.05, y, 0.95, y + 0.32, colour, 0.06)
    p.text(0.12, y + 0.045, content.word(), 0.085, palette.WHITE, bold=True)
    p.circle(0.8, y + 0.045, 0.045, palette.RED)
    p.circle(0.86, y + 0.045, 0.045, palette.AMBER)
  p.rect(0.12, 0.68, 0.26, 0.735, palette.CREAM, 0.02)
  p.text(
    0.12, 0.785, f'.... .... {content.number(1000, 9990)}', 0.085, palette.WHITE
  )
  p.circle(0.5, 0.872, 0.05, p.style.accent)


def _shopping_icon(c: canvas.Canvas) -> None:
  c.arc(0.5, 0.36, 0.17, 180, 360, palette.WHITE, 0.07)
  c.polygon((0.2, 0.36, 0.8, 0.36, 0.86, 0.86, 0.14, 0.86), palette.WHITE)
  c.arc(0.5, 0.52, 0.16, 0, 180, palette.MAGENTA, 0.06)


def _goods(p: page_lib.Page, x: float, y: float) -> None:
  """Draws a thing to buy around (x, y)."""
  colour = p.content.colour()
  kind = p.content.rng.randrange(3)
  if kind == 0:
    p.polygon(
      (
        x - 0.12,
        y - 0.03,
        x - 0.05,
        y - 0.06,
        x + 0.05,
        y - 0.06,
        x + 0.12,
        y - 0.03,
        x + 0.07,
        y - 0.01,
        x + 0.07,
        y + 0.06,
        x - 0.07,
        y + 0.06,
        x - 0.07,
        y - 0.01,
      ),
      colour,
    )
  elif kind == 1:
    p.rect(x - 0.05, y - 0.03, x + 0.05, y + 0.06, colour, 0.03)
    p.rect(x - 0.025, y - 0.06, x + 0.025, y - 0.03, palette.INK)
  else:
    p.polygon(
      (
        x - 0.11,
        y - 0.03,
        x - 0.02,
        y - 0.02,
        x + 0.11,
        y + 0.03,
        x + 0.11,
        y + 0.055,
        x - 0.11,
        y + 0.055,
      ),
      colour,
    )


def _shopping_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Shopping')
  for row in range(3):
    for column in range(2):
      x, y = 0.27 + 0.46 * column, 0.27 + 0.252 * row
      p.rect(x - 0.21, y - 0.09, x + 0.21, y + 0.145, palette.WHITE, 0.03)
      p.rect(x - 0.21, y + 0.08, x + 0.21, y + 0.145, p.style.surface, 0.03)
      _goods(p, x, y)
      price = f'${content.number(5, 200)}'
      p.text(x - 0.18, y + 0.112, price, 0.075, p.style.foreground)
      p.circle(x + 0.15, y + 0.112, 0.04, p.style.accent)


def _food_icon(c: canvas.Canvas) -> None:
  c.pie(0.5, 0.44, 0.32, 180, 360, palette.AMBER)
  c.rect(0.16, 0.46, 0.84, 0.54, palette.LIME, 0.04)
  c.rect(0.18, 0.55, 0.82, 0.66, palette.BROWN, 0.04)
  c.rect(0.18, 0.67, 0.82, 0.8, palette.AMBER, 0.08)


def _food_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Food')
  for row in range(3):
    y = 0.3 + 0.255 * row
    p.rect(0.04, y - 0.115, 0.96, y + 0.115, p.style.surface, 0.05)
    p.circle(0.25, y, 0.17, palette.WHITE)
    p.circle(0.25, y, 0.13, palette.mix(content.colour(), palette.CREAM, 0.4))
    for _ in range(7):
      x, z = content.uniform(-0.08, 0.08), content.uniform(-0.045, 0.045)
      p.circle(0.25 + x, y + z, 0.032, content.colour())
    p.text(0.48, y - 0.05, content.word(), 0.085, p.style.foreground, bold=True)
    p.text(
      0.48, y + 0.005, f'{content.number(10, 55)} min', 0.062, p.style.muted
    )
    price = f'${content.number(6, 40)}'
    p.text(0.48, y + 0.06, price, 0.085, p.style.accent, bold=True)


def _recipes_icon(c: canvas.Canvas) -> None:
  for x, y, r in ((0.32, 0.36, 0.17), (0.5, 0.28, 0.18), (0.68, 0.36, 0.17)):
    c.circle(x, y, r, palette.WHITE)
  c.rect(0.28, 0.4, 0.72, 0.68, palette.WHITE)
  c.rect(0.28, 0.72, 0.72, 0.84, palette.WHITE, 0.03)


def _recipes_page(p: page_lib.Page) -> None:
  content = p.content
  olive = (72, 88, 40)
  p.fill((34, 36, 24) if p.style.dark else (250, 244, 226))
  p.rect(0, 0, 1, 0.4, olive)
  p.circle(0.55, 0.27, 0.22, palette.WHITE)
  p.circle(0.55, 0.27, 0.18, palette.mix(content.colour(), palette.BROWN, 0.4))
  for _ in range(14):
    x, y = content.uniform(-0.11, 0.11), content.uniform(-0.06, 0.06)
    p.circle(0.55 + x, 0.27 + y, 0.028, content.colour())
  p.text(0.06, 0.09, 'Recipes', 0.11, palette.WHITE, bold=True)
  p.text(0.06, 0.46, content.title()[:14], 0.1, p.style.foreground, bold=True)
  for step in range(4):
    y = 0.55 + 0.097 * step
    p.circle(0.12, y + 0.01, 0.055, olive)
    p.text(0.12, y + 0.01, str(step + 1), 0.075, palette.WHITE, 'mm')
    p.lines(0.22, y - 0.005, 0.95, 2)


def _tickets_icon(c: canvas.Canvas) -> None:
  c.rect(0.1, 0.28, 0.9, 0.72, palette.WHITE, 0.04)
  for y in (0.28, 0.72):
    c.circle(0.62, y, 0.09, palette.CYAN)
  for y in (0.42, 0.5, 0.58):
    c.rect(0.6, y - 0.02, 0.64, y + 0.02, palette.CYAN)
  c.rect(0.2, 0.4, 0.48, 0.6, palette.NAVY)


def _tickets_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((10, 70, 84) if p.style.dark else palette.CYAN)
  p.text(0.5, 0.1, 'Tickets', 0.12, palette.WHITE, 'mm', bold=True)
  p.rect(0.1, 0.16, 0.9, 0.9, palette.WHITE, 0.05)
  p.text(0.5, 0.225, content.title()[:14], 0.085, palette.INK, 'mm', bold=True)
  p.text(0.5, 0.275, f'Seat {content.number(10, 99)}', 0.07, palette.GREY, 'mm')
  count, side = 13, 0.62
  step = side / count
  tall = step / p.aspect
  left, top = 0.19, 0.36
  for row in range(count):
    for column in range(count):
      if content.chance(0.5):
        x, y = left + step * column, top + tall * row
        p.rect(x, y, x + step, y + tall, palette.BLACK)
  for row, column in ((0, 0), (0, count - 4), (count - 4, 0)):
    x, y = left + step * column, top + tall * row
    p.rect(x, y, x + 4 * step, y + 4 * tall, palette.BLACK)
    p.rect(x + step, y + tall, x + 3 * step, y + 3 * tall, palette.WHITE)
  p.line((0.12, 0.79, 0.88, 0.79), palette.CYAN, 0.014)
  p.text(
    0.5, 0.845, f'{content.place()} {content.clock()}', 0.07, palette.INK, 'mm'
  )


APPS = (
  app.simulated(
    'Stocks', palette.GREEN, (16, 20, 24), _stocks_icon, _stocks_page
  ),
  app.simulated('Bank', palette.AMBER, (14, 34, 74), _bank_icon, _bank_page),
  app.simulated(
    'Wallet', palette.BROWN, (226, 214, 196), _wallet_icon, _wallet_page
  ),
  app.simulated(
    'Shopping', palette.MAGENTA, palette.MAGENTA, _shopping_icon, _shopping_page
  ),
  app.simulated('Food', palette.RED, (226, 66, 42), _food_icon, _food_page),
  app.simulated(
    'Recipes', palette.LIME, (92, 112, 52), _recipes_icon, _recipes_page
  ),
  app.simulated(
    'Tickets', palette.CYAN, palette.CYAN, _tickets_icon, _tickets_page
  ),
)
