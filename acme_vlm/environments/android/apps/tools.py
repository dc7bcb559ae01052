"""Scanner, Level, Flashlight, Code, Terminal, Thermostat."""

import math

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _scanner_icon(c: canvas.Canvas) -> None:
  c.rect(0.3, 0.2, 0.7, 0.8, palette.WHITE)
  for x in (0.14, 0.86):
    for y in (0.14, 0.86):
      c.line(
        (
          x,
          y + 0.2 * (1 if y < 0.5 else -1),
          x,
          y,
          x + 0.2 * (1 if x < 0.5 else -1),
          y,
        ),
        palette.LIME,
        0.08,
      )
  c.line((0.16, 0.5, 0.84, 0.5), palette.LIME, 0.07)


def _scanner_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((54, 44, 38) if p.style.dark else (128, 108, 92))
  p.text(0.5, 0.1, 'Scanner', 0.11, palette.WHITE, 'mm', bold=True)
  tilt = content.uniform(-0.05, 0.05)
  p.polygon(
    (0.16 + tilt, 0.2, 0.84, 0.2 + tilt, 0.84 - tilt, 0.74, 0.16, 0.74 - tilt),
    palette.WHITE,
  )
  p.lines(0.24, 0.28, 0.76, 12, 0.034, palette.GREY)
  for x, right in ((0.08, 1), (0.92, -1)):
    for y, down in ((0.16, 1), (0.78, -1)):
      p.line(
        (x, y + 0.07 * down, x, y, x + 0.12 * right, y), palette.LIME, 0.03
      )
  scan = content.uniform(0.25, 0.7)
  p.line((0.08, scan, 0.92, scan), palette.LIME, 0.03)
  p.circle(0.5, 0.86, 0.085, palette.LIME)


def _level_icon(c: canvas.Canvas) -> None:
  c.rect(0.08, 0.34, 0.92, 0.66, palette.LIME, 0.16)
  c.circle(0.5, 0.5, 0.13, palette.WHITE)
  for x in (0.34, 0.66):
    c.line((x, 0.34, x, 0.66), palette.INK, 0.05)


def _level_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((22, 40, 16) if p.style.dark else (214, 236, 160))
  p.text(0.5, 0.1, 'Level', 0.12, p.style.foreground, 'mm', bold=True)
  p.rect(0.42, 0.16, 0.58, 0.34, palette.LIME, 0.08)
  p.circle(0.5, content.uniform(0.2, 0.3), 0.06, palette.WHITE)
  p.circle(0.5, 0.6, 0.36, (100, 150, 30))
  p.circle(0.5, 0.6, 0.33, palette.LIME)
  x, y = content.uniform(-0.15, 0.15), content.uniform(-0.08, 0.08)
  p.circle(0.5 + x, 0.6 + y, 0.11, palette.WHITE)
  p.circle(0.5, 0.6, 0.13, outline=palette.INK, width=0.014)
  p.line((0.17, 0.6, 0.83, 0.6), palette.INK, 0.01)
  p.line(
    (0.5, 0.6 - 0.33 / p.aspect, 0.5, 0.6 + 0.33 / p.aspect), palette.INK, 0.01
  )
  p.text(
    0.5,
    0.86,
    f'{content.number(0, 45)}.{content.number(0, 9)}°',
    0.12,
    p.style.foreground,
    'mm',
  )


def _flashlight_icon(c: canvas.Canvas) -> None:
  c.polygon((0.28, 0.16, 0.72, 0.16, 0.62, 0.42, 0.38, 0.42), palette.YELLOW)
  c.rect(0.38, 0.44, 0.62, 0.88, palette.SILVER, 0.05)
  c.circle(0.5, 0.56, 0.06, palette.RED)


def _flashlight_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill(palette.BLACK)
  glow = content.uniform(0.35, 0.6)
  for step in range(6):
    colour = palette.mix(palette.BLACK, palette.YELLOW, (step + 1) / 9)
    reach = glow * (1.6 - 0.2 * step)
    p.polygon(
      (0.5 - 0.12, 0.6, 0.5 - reach, 0.05, 0.5 + reach, 0.05, 0.62, 0.6), colour
    )
  p.polygon((0.3, 0.52, 0.7, 0.52, 0.6, 0.62, 0.4, 0.62), palette.SILVER)
  p.rect(0.4, 0.62, 0.6, 0.9, palette.GREY, 0.04)
  p.circle(0.5, 0.7, 0.06, palette.RED)
  p.text(0.5, 0.11, 'Flashlight', 0.1, palette.INK, 'mm', bold=True)
  p.text(0.14, 0.86, f'{content.number(10, 99)}%', 0.07, palette.GREY, 'mm')


def _code_icon(c: canvas.Canvas) -> None:
  c.line((0.34, 0.28, 0.14, 0.5, 0.34, 0.72), palette.CYAN, 0.1)
  c.line((0.66, 0.28, 0.86, 0.5, 0.66, 0.72), palette.CYAN, 0.1)
  c.line((0.57, 0.22, 0.43, 0.78), palette.WHITE, 0.08)


def _code_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((30, 30, 46) if p.style.dark else (246, 246, 252))
  p.rect(0, 0, 1, 0.15, (60, 50, 110))
  p.text(0.05, 0.1, f'{content.word().lower()[:6]}.py', 0.1, palette.CYAN)
  p.text(0.95, 0.1, 'Code', 0.08, palette.WHITE, 'rm')
  inks = (
    palette.MAGENTA,
    palette.CYAN,
    palette.GREEN,
    palette.ORANGE,
    palette.GREY,
  )
  indent = 0
  for row in range(18):
    y = 0.18 + 0.041 * row
    p.text(0.06, y, str(row + 1), 0.045, p.style.muted, 'mm')
    x = 0.13 + 0.08 * indent
    for _ in range(content.rng.randrange(1, 4)):
      wide = content.uniform(0.08, 0.25)
      p.rect(
        x,
        y - 0.009,
        min(x + wide, 0.97),
        y + 0.009,
        content.rng.choice(inks),
        0.01,
      )
      x += wide + 0.03
      if x > 0.9:
        break
    indent = max(0, min(4, indent + content.rng.choice((-1, 0, 1))))


def _terminal_icon(c: canvas.Canvas) -> None:
  c.line((0.18, 0.28, 0.42, 0.48, 0.18, 0.68), palette.GREEN, 0.1)
  c.line((0.48, 0.7, 0.82, 0.7), palette.GREEN, 0.1)


def _terminal_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((2, 8, 4))
  green = (60, 230, 110)
  p.text(0.04, 0.09, 'Terminal', 0.09, green, bold=True)
  for row in range(15):
    y = 0.155 + 0.048 * row
    if content.chance(0.35):
      p.text(0.04, y, f'$ {content.word().lower()}', 0.065, green)
    else:
      text = f'{content.word().lower()} {content.number(100, 9900)}'
      p.text(0.08, y, text, 0.06, (34, 130, 64))
  p.rect(0.04, 0.872, 0.1, 0.905, green)


def _thermostat_icon(c: canvas.Canvas) -> None:
  c.rect(0.42, 0.12, 0.58, 0.66, palette.WHITE, 0.08)
  c.circle(0.5, 0.72, 0.17, palette.WHITE)
  c.rect(0.46, 0.34, 0.54, 0.7, palette.RED)
  c.circle(0.5, 0.72, 0.11, palette.RED)


def _thermostat_page(p: page_lib.Page) -> None:
  content = p.content
  warm = content.uniform(0, 1)
  base = palette.mix(palette.ORANGE, palette.RED, warm)
  p.fill(palette.mix(base, palette.BLACK, 0.5 if p.style.dark else 0.0))
  p.text(0.5, 0.1, 'Thermostat', 0.1, palette.WHITE, 'mm', bold=True)
  x, y = 0.5, 0.44
  p.circle(x, y, 0.4, (30, 30, 34))
  for mark in range(31):
    angle = math.radians(135 + 9 * mark)
    cosine, sine = math.cos(angle), math.sin(angle) / p.aspect
    colour = palette.ORANGE if mark < 31 * warm else palette.GREY
    p.line(
      (x + 0.29 * cosine, y + 0.29 * sine, x + 0.36 * cosine, y + 0.36 * sine),
      colour,
      0.018,
    )
  p.text(x, y, str(content.number(15, 30)), 0.26, palette.WHITE, 'mm')
  for left, sign in ((0.28, '-'), (0.72, '+')):
    p.circle(left, 0.81, 0.11, palette.WHITE)
    p.text(left, 0.81, sign, 0.17, palette.INK, 'mm')


APPS = (
  app.simulated(
    'Scanner', palette.LIME, (44, 52, 44), _scanner_icon, _scanner_page
  ),
  app.simulated('Level', palette.LIME, (60, 84, 30), _level_icon, _level_page),
  app.simulated(
    'Flashlight',
    palette.YELLOW,
    (20, 20, 24),
    _flashlight_icon,
    _flashlight_page,
  ),
  app.simulated('Code', palette.CYAN, (60, 50, 110), _code_icon, _code_page),
  app.simulated(
    'Terminal', palette.GREEN, (4, 12, 6), _terminal_icon, _terminal_page
  ),
  app.simulated(
    'Thermostat',
    palette.ORANGE,
    (240, 120, 60),
    _thermostat_icon,
    _thermostat_page,
  ),
)
