"""Fitness, Health, Sleep, Running."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib

_RINGS = ((palette.PINK, 0.38), (palette.LIME, 0.27), (palette.CYAN, 0.16))


def _fitness_icon(c: canvas.Canvas) -> None:
  for (colour, radius), end in zip(_RINGS, (210, 150, 250), strict=True):
    c.arc(0.5, 0.5, radius, -90, end - 90 + 60, colour, 0.1)


def _fitness_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((8, 8, 10) if p.style.dark else (240, 240, 244))
  p.text(0.06, 0.1, 'Fitness', 0.12, p.style.foreground, bold=True)
  for colour, radius in _RINGS:
    faint = palette.mix(p.style.background, colour, 0.25)
    p.arc(0.5, 0.4, radius, 0, 360, faint, 0.085)
    p.arc(0.5, 0.4, radius, -90, content.uniform(0, 250), colour, 0.085)
  for row, (name, (colour, _)) in enumerate(
    zip(('Move', 'Train', 'Stand'), _RINGS, strict=True)
  ):
    y = 0.7 + 0.075 * row
    p.circle(0.1, y, 0.035, colour)
    p.text(0.18, y, name, 0.08, p.style.foreground)
    p.text(0.94, y, str(content.number(10, 900)), 0.09, colour, 'rm', bold=True)


def _heart(c: canvas.Canvas, x: float, y: float, r: float) -> None:
  tall = r / c.aspect
  for side in (-1, 1):
    c.circle(x + side * 0.48 * r, y - 0.3 * tall, 0.55 * r, palette.RED)
  c.polygon(
    (x - 0.95 * r, y - 0.02 * tall, x + 0.95 * r, y - 0.02 * tall, x, y + tall),
    palette.RED,
  )


def _health_icon(c: canvas.Canvas) -> None:
  _heart(c, 0.5, 0.46, 0.38)


def _health_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((40, 14, 22) if p.style.dark else (255, 234, 238))
  p.text(0.06, 0.1, 'Health', 0.12, p.style.foreground, bold=True)
  _heart(p, 0.28, 0.25, 0.17)
  p.text(0.9, 0.25, str(content.number(50, 120)), 0.24, palette.RED, 'rm')
  card = p.style.background
  p.rect(0.04, 0.37, 0.96, 0.58, card, 0.05)
  points, x = [0.06, 0.48], 0.06
  for _ in range(3):
    peak = content.uniform(0.06, 0.09)
    for right, up in (
      (0.12, 0),
      (0.03, 0.02),
      (0.04, -peak),
      (0.04, peak * 0.7),
      (0.03, 0),
      (0.03, 0),
    ):
      x += right
      points += [x, 0.48 + up]
  p.line(points, palette.RED, 0.018)
  for row in range(2):
    for column in range(2):
      x, y = 0.04 + 0.48 * column, 0.61 + 0.15 * row
      p.rect(x, y, x + 0.44, y + 0.135, card, 0.05)
      p.text(x + 0.04, y + 0.045, content.word(), 0.06, p.style.muted)
      p.text(
        x + 0.04,
        y + 0.095,
        str(content.number(10, 990)),
        0.09,
        palette.PINK,
        bold=True,
      )


def _sleep_icon(c: canvas.Canvas) -> None:
  c.circle(0.46, 0.52, 0.32, palette.CREAM)
  c.circle(0.6, 0.42, 0.27, (54, 40, 110))
  c.text(0.72, 0.3, 'z', 0.36, palette.WHITE, 'mm', bold=True)


def _sleep_page(p: page_lib.Page) -> None:
  content = p.content
  night = (24, 16, 58) if p.style.dark else (84, 66, 156)
  p.fill(night)
  p.text(0.06, 0.1, 'Sleep', 0.12, palette.WHITE, bold=True)
  p.circle(0.5, 0.28, 0.19, palette.CREAM)
  p.circle(0.58, 0.255, 0.16, night)
  p.text(
    0.5,
    0.46,
    f'{content.number(4, 10)}h {content.number(0, 59)}m',
    0.14,
    palette.WHITE,
    'mm',
  )
  for day in range(7):
    x = 0.12 + 0.127 * day
    top = content.uniform(0.56, 0.76)
    p.rect(x - 0.04, top, x + 0.04, 0.85, (150, 130, 240), 0.03)
    p.rect(x - 0.04, top + 0.05, x + 0.04, 0.85, (196, 184, 255), 0.03)
    p.text(x, 0.885, 'MTWTFSS'[day], 0.055, palette.WHITE, 'mm')


def _running_icon(c: canvas.Canvas) -> None:
  c.polygon(
    (0.1, 0.42, 0.3, 0.3, 0.42, 0.44, 0.86, 0.58, 0.9, 0.7, 0.1, 0.7),
    palette.WHITE,
  )
  c.rect(0.1, 0.7, 0.9, 0.79, palette.INK, 0.04)
  c.line((0.4, 0.5, 0.48, 0.42), palette.ORANGE, 0.06)
  c.line((0.52, 0.55, 0.6, 0.47), palette.ORANGE, 0.06)


def _running_page(p: page_lib.Page) -> None:
  content = p.content
  p.rect(0, 0.15, 1, 0.55, (40, 58, 44) if p.style.dark else (206, 228, 200))
  points = [content.uniform(0.1, 0.3), content.uniform(0.25, 0.5)]
  for step in range(5):
    points += [
      0.25 + 0.14 * step + content.uniform(-0.05, 0.05),
      content.uniform(0.2, 0.5),
    ]
  p.line(points, palette.ORANGE, 0.04)
  p.circle(points[0], points[1], 0.045, palette.GREEN)
  p.circle(points[-2], points[-1], 0.045, palette.RED)
  p.header('Running')
  p.text(
    0.5,
    0.64,
    f'{content.number(1, 30)}.{content.number(10, 99)}',
    0.22,
    p.style.foreground,
    'mm',
    bold=True,
  )
  p.text(0.5, 0.715, 'km', 0.07, p.style.muted, 'mm')
  p.rect(0.1, 0.77, 0.9, 0.89, p.style.accent, 0.1)
  p.text(0.5, 0.83, 'STOP', 0.12, p.on_accent, 'mm', bold=True)


APPS = (
  app.simulated(
    'Fitness', palette.PINK, (12, 12, 16), _fitness_icon, _fitness_page
  ),
  app.simulated(
    'Health', palette.RED, palette.WHITE, _health_icon, _health_page
  ),
  app.simulated(
    'Sleep', palette.INDIGO, (54, 40, 110), _sleep_icon, _sleep_page
  ),
  app.simulated(
    'Running', palette.ORANGE, (250, 110, 30), _running_icon, _running_page
  ),
)
