"""Weather, Compass, Stargazer."""

import math

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _weather_icon(c: canvas.Canvas) -> None:
  c.circle(0.62, 0.36, 0.2, palette.YELLOW)
  for x, y, r in ((0.34, 0.6, 0.17), (0.55, 0.54, 0.2), (0.72, 0.64, 0.14)):
    c.circle(x, y, r, palette.WHITE)
  c.rect(0.3, 0.6, 0.74, 0.78, palette.WHITE, 0.08)


def _cloud(p: page_lib.Page, x: float, y: float, size: float) -> None:
  for right, up, r in ((-0.5, 0, 0.32), (0, 0.2, 0.42), (0.45, 0, 0.34)):
    p.circle(
      x + right * size, y - up * size / p.aspect, r * size, palette.WHITE
    )
  tall = 0.33 * size / p.aspect
  p.rect(x - 0.5 * size, y, x + 0.5 * size, y + tall, palette.WHITE)


def _weather_page(p: page_lib.Page) -> None:
  content = p.content
  top, bottom = ((70, 150, 235), (180, 220, 250))
  if p.style.dark:
    top, bottom = (14, 30, 70), (50, 80, 130)
  p.gradient(0, 0, 1, 1, top, bottom)
  p.text(0.5, 0.1, content.place(), 0.1, palette.WHITE, 'mm')
  p.circle(content.uniform(0.55, 0.75), 0.22, 0.15, palette.YELLOW)
  _cloud(p, content.uniform(0.3, 0.5), 0.27, 0.3)
  degrees = content.number(-9, 38)
  p.text(0.5, 0.43, f'{degrees}°', 0.3, palette.WHITE, 'mm')
  p.text(0.5, 0.53, 'Weather', 0.08, palette.WHITE, 'mm')
  for day in range(5):
    x = 0.12 + 0.19 * day
    p.rect(
      x - 0.085, 0.6, x + 0.085, 0.89, palette.mix(top, bottom, 0.35), 0.04
    )
    p.text(x, 0.64, 'MTWTF'[day], 0.06, palette.WHITE, 'mm')
    if content.chance(0.5):
      p.circle(x, 0.73, 0.05, palette.YELLOW)
    else:
      _cloud(p, x, 0.73, 0.09)
    p.text(
      x,
      0.83,
      f'{degrees + content.rng.randrange(-4, 5)}',
      0.07,
      palette.WHITE,
      'mm',
    )


def _compass_icon(c: canvas.Canvas) -> None:
  c.circle(0.5, 0.5, 0.36, palette.WHITE)
  c.polygon((0.66, 0.2, 0.58, 0.56, 0.42, 0.44), palette.RED)
  c.polygon((0.34, 0.8, 0.58, 0.56, 0.42, 0.44), palette.INK)


def _compass_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((12, 12, 14) if p.style.dark else (216, 220, 214))
  ink = p.style.foreground
  heading = content.number(0, 360)
  p.text(0.5, 0.1, 'Compass', 0.11, ink, 'mm', bold=True)
  x, y = 0.5, 0.46
  p.circle(x, y, 0.43, ink)
  p.circle(x, y, 0.4, (40, 42, 46) if p.style.dark else palette.WHITE)
  for mark in range(36):
    angle = math.radians(10 * mark - heading)
    inner = 0.33 if mark % 3 == 0 else 0.36
    sine, cosine = math.sin(angle), math.cos(angle) / p.aspect
    p.line(
      (
        x + inner * sine,
        y - inner * cosine,
        x + 0.39 * sine,
        y - 0.39 * cosine,
      ),
      ink,
      0.01,
    )
  for quarter, name in enumerate('NESW'):
    angle = math.radians(90 * quarter - heading)
    colour = palette.RED if name == 'N' else ink
    p.text(
      x + 0.26 * math.sin(angle),
      y - 0.26 * math.cos(angle) / p.aspect,
      name,
      0.11,
      colour,
      'mm',
      bold=True,
    )
  angle = math.radians(-heading)
  sine, cosine = math.sin(angle), math.cos(angle)
  for reach, colour in ((0.2, palette.RED), (-0.2, palette.GREY)):
    p.polygon(
      (
        x + reach * sine,
        y - reach * cosine / p.aspect,
        x + 0.05 * cosine,
        y + 0.05 * sine / p.aspect,
        x - 0.05 * cosine,
        y - 0.05 * sine / p.aspect,
      ),
      colour,
    )
  p.text(0.5, 0.81, f'{heading}°', 0.2, ink, 'mm')


def _stargazer_icon(c: canvas.Canvas) -> None:
  c.line((0.2, 0.7, 0.4, 0.45, 0.62, 0.55, 0.8, 0.24), palette.SKY, 0.04)
  for x, y, r in (
    (0.2, 0.7, 0.08),
    (0.4, 0.45, 0.06),
    (0.62, 0.55, 0.07),
    (0.8, 0.24, 0.1),
    (0.3, 0.2, 0.05),
    (0.75, 0.8, 0.05),
  ):
    c.circle(x, y, r, palette.YELLOW)


def _stargazer_page(p: page_lib.Page) -> None:
  content = p.content
  p.gradient(0, 0, 1, 1, (4, 4, 24), (40, 24, 84))
  for _ in range(50):
    shade = palette.mix(palette.WHITE, palette.NAVY, content.uniform(0, 0.6))
    p.circle(
      content.uniform(0, 1),
      content.uniform(0.05, 0.8),
      content.uniform(0.004, 0.014),
      shade,
    )
  for _ in range(3):
    x, y = content.uniform(0.1, 0.5), content.uniform(0.2, 0.65)
    points = [x, y]
    for _ in range(4):
      x = min(max(x + content.uniform(-0.1, 0.28), 0.06), 0.94)
      y = min(max(y + content.uniform(-0.1, 0.1), 0.16), 0.75)
      points += [x, y]
    p.line(points, palette.SKY, 0.01)
    for index in range(0, len(points), 2):
      p.circle(points[index], points[index + 1], 0.028, palette.YELLOW)
  p.text(0.5, 0.1, 'Stargazer', 0.11, palette.WHITE, 'mm', bold=True)
  p.polygon((0, 1, 0, 0.84, 0.3, 0.8, 0.6, 0.86, 1, 0.79, 1, 1), (8, 10, 16))


APPS = (
  app.simulated(
    'Weather', palette.SKY, (80, 160, 240), _weather_icon, _weather_page
  ),
  app.simulated(
    'Compass', palette.RED, (40, 42, 46), _compass_icon, _compass_page
  ),
  app.simulated(
    'Stargazer', palette.SKY, (24, 18, 70), _stargazer_icon, _stargazer_page
  ),
)
