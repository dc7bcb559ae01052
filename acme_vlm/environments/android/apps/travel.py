"""Maps, Taxi, Transit, Flights, Hotels."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _pin(c: canvas.Canvas, x: float, y: float, r: float) -> None:
  tall = r / c.aspect
  c.circle(x, y, r, palette.RED)
  c.polygon(
    (
      x - 0.9 * r,
      y + 0.4 * tall,
      x + 0.9 * r,
      y + 0.4 * tall,
      x,
      y + 2.2 * tall,
    ),
    palette.RED,
  )
  c.circle(x, y, 0.4 * r, palette.WHITE)


def _streets(
  p: page_lib.Page, land: palette.Colour, road: palette.Colour
) -> None:
  """Draws a town from above."""
  content = p.content
  p.fill(land)
  for _ in range(4):
    x, y = content.uniform(0, 0.8), content.uniform(0.1, 0.8)
    shade = palette.mix(palette.LIME, land, content.uniform(0.2, 0.6))
    p.rect(x, y, x + content.uniform(0.15, 0.4), y + 0.14, shade, 0.03)
  for index in range(5):
    y, tilt = 0.1 + 0.2 * index, content.uniform(-0.08, 0.08)
    p.line((0, y, 1, y + tilt), road, 0.04)
  for index in range(4):
    x, tilt = 0.1 + 0.27 * index, content.uniform(-0.15, 0.15)
    p.line((x, 0, x + tilt, 1), road, 0.04)


def _maps_icon(c: canvas.Canvas) -> None:
  c.polygon((0, 0.62, 0.62, 1, 0.2, 1, 0, 0.88), palette.AMBER)
  c.polygon((0.1, 0.1, 0.5, 0, 1, 0.5, 1, 0.8), palette.SKY)
  _pin(c, 0.5, 0.36, 0.24)


def _maps_page(p: page_lib.Page) -> None:
  dark = p.style.dark
  land = (44, 56, 60) if dark else (232, 236, 222)
  _streets(p, land, (96, 106, 116) if dark else palette.WHITE)
  sea = p.content.uniform(0.2, 0.5)
  water = (24, 60, 100) if dark else (150, 200, 250)
  p.polygon((0, 0.62, sea, 0.7, sea + 0.1, 1, 0, 1), water)
  y = p.content.uniform(0.3, 0.6)
  p.line((0, y, 1, y - 0.1), palette.AMBER, 0.05)
  _pin(p, p.content.uniform(0.3, 0.7), p.content.uniform(0.3, 0.6), 0.1)
  field = (40, 44, 52) if dark else palette.WHITE
  p.rect(0.05, 0.065, 0.95, 0.135, field, 0.06)
  p.text(0.13, 0.1, 'Search here', 0.07, palette.GREY)
  p.circle(0.85, 0.85, 0.09, palette.BLUE)
  p.polygon((0.85, 0.82, 0.9, 0.88, 0.85, 0.865, 0.8, 0.88), palette.WHITE)


def _taxi_icon(c: canvas.Canvas) -> None:
  c.polygon((0.3, 0.34, 0.7, 0.34, 0.8, 0.54, 0.2, 0.54), palette.INK)
  c.rect(0.1, 0.52, 0.9, 0.72, palette.INK, 0.06)
  c.rect(0.38, 0.2, 0.62, 0.32, palette.INK)
  for x in (0.28, 0.72):
    c.circle(x, 0.73, 0.11, palette.INK)
    c.circle(x, 0.73, 0.05, palette.YELLOW)


def _taxi_page(p: page_lib.Page) -> None:
  content, dark = p.content, p.style.dark
  land = (34, 36, 44) if dark else (206, 210, 216)
  _streets(p, land, (70, 74, 84) if dark else palette.WHITE)
  x, y = content.uniform(0.15, 0.4), content.uniform(0.36, 0.5)
  route = (x, y, x, 0.28, 0.75, 0.28, 0.75, 0.2)
  p.line(route, palette.BLUE, 0.035)
  p.rect(x - 0.1, y - 0.035, x + 0.1, y + 0.035, palette.YELLOW, 0.03)
  p.rect(x - 0.04, y - 0.028, x + 0.05, y + 0.028, palette.INK)
  p.circle(0.75, 0.2, 0.04, palette.GREEN)
  p.rect(0, 0, 1, 0.145, palette.YELLOW)
  p.text(0.06, 0.1, 'Taxi', 0.12, palette.INK, bold=True)
  p.rect(0, 0.56, 1, 1, p.style.background, 0.06)
  for row in range(2):
    y = 0.63 + 0.1 * row
    p.rect(0.06, y - 0.025, 0.2, y + 0.025, palette.YELLOW, 0.02)
    p.text(0.26, y, content.word(), 0.075, p.style.foreground)
    p.text(0.94, y, f'${content.number(5, 60)}', 0.08, p.style.foreground, 'rm')
  p.rect(0.06, 0.815, 0.94, 0.9, palette.YELLOW, 0.04)
  p.text(0.5, 0.857, 'Order', 0.09, palette.INK, 'mm', bold=True)


def _transit_icon(c: canvas.Canvas) -> None:
  c.rect(0.22, 0.14, 0.78, 0.74, palette.WHITE, 0.12)
  c.rect(0.3, 0.24, 0.7, 0.46, palette.TEAL)
  for x in (0.35, 0.65):
    c.circle(x, 0.61, 0.06, palette.AMBER)
    c.line((x, 0.76, 0.5 + 1.7 * (x - 0.5), 0.9), palette.WHITE, 0.07)


def _transit_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Transit')
  line = content.colour()
  p.rect(0.05, 0.175, 0.27, 0.235, line, 0.03)
  p.text(0.16, 0.205, str(content.number(1, 99)), 0.09, palette.WHITE, 'mm')
  p.text(0.33, 0.205, f'to {content.place()}', 0.08, p.style.foreground)
  p.rect(0.185, 0.28, 0.215, 0.885, line)
  here = content.rng.randrange(1, 6)
  for stop in range(7):
    y = 0.285 + 0.098 * stop
    p.circle(0.2, y, 0.05, line)
    p.circle(0.2, y, 0.03, palette.WHITE)
    p.text(0.31, y, content.place(), 0.075, p.style.foreground)
    p.text(0.95, y, content.clock(), 0.058, p.style.muted, 'rm')
    if stop == here:
      p.circle(0.2, y, 0.062, palette.AMBER)


def _flights_icon(c: canvas.Canvas) -> None:
  c.polygon(
    (
      0.46,
      0.1,
      0.54,
      0.1,
      0.57,
      0.4,
      0.92,
      0.6,
      0.92,
      0.7,
      0.57,
      0.6,
      0.55,
      0.78,
      0.66,
      0.86,
      0.66,
      0.92,
      0.5,
      0.88,
      0.34,
      0.92,
      0.34,
      0.86,
      0.45,
      0.78,
      0.43,
      0.6,
      0.08,
      0.7,
      0.08,
      0.6,
      0.43,
      0.4,
    ),
    palette.WHITE,
  )


def _flights_page(p: page_lib.Page) -> None:
  content = p.content
  p.gradient(0, 0, 1, 1, (30, 90, 190), (130, 190, 240))
  if p.style.dark:
    p.gradient(0, 0, 1, 1, (8, 16, 48), (40, 60, 120))
  p.text(0.06, 0.1, 'Flights', 0.12, palette.WHITE, bold=True)
  paper = (60, 68, 96) if p.style.dark else palette.WHITE
  ink = palette.WHITE if p.style.dark else palette.NAVY
  p.rect(0.06, 0.17, 0.94, 0.88, paper, 0.06)
  for y in (0.25, 0.52):
    start, end = content.place()[:3].upper(), content.place()[:3].upper()
    p.text(0.12, y, start, 0.12, ink, bold=True)
    p.text(0.88, y, end, 0.12, ink, 'rm', bold=True)
    wide = 0.09
    plane = p.part(
      0.455, y - wide / 2 / p.aspect, 0.545, y + wide / 2 / p.aspect
    )
    plane.polygon((0, 0, 1, 0.5, 0, 1, 0.3, 0.5), palette.BLUE)
    p.text(0.12, y + 0.07, content.clock(), 0.07, palette.GREY)
    p.text(0.88, y + 0.07, content.clock(), 0.07, palette.GREY, 'rm')
    p.line((0.1, y + 0.13, 0.9, y + 0.13), palette.SILVER, 0.008)
  for y in (0.4, 0.67):
    for x in (0.06, 0.94):
      p.circle(x, y - 0.02, 0.035, (60, 120, 205))
  x = 0.14
  while x < 0.84:
    wide = content.uniform(0.008, 0.03)
    p.rect(x, 0.71, x + wide, 0.84, ink)
    x += wide + content.uniform(0.008, 0.022)


def _hotels_icon(c: canvas.Canvas) -> None:
  c.line((0.14, 0.22, 0.14, 0.82), palette.WHITE, 0.09)
  c.rect(0.14, 0.54, 0.88, 0.7, palette.WHITE)
  c.line((0.86, 0.5, 0.86, 0.82), palette.WHITE, 0.09)
  c.circle(0.32, 0.43, 0.1, palette.WHITE)
  c.rect(0.46, 0.36, 0.84, 0.52, palette.WHITE, 0.07)


def _hotels_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Hotels')
  for row in range(2):
    y = 0.175 + 0.37 * row
    p.rect(0.05, y, 0.95, y + 0.35, p.style.surface, 0.04)
    p.picture(0.05, y, 0.95, y + 0.2)
    tower = content.uniform(0.15, 0.6)
    p.rect(tower, y + 0.04, tower + 0.25, y + 0.2, palette.CREAM)
    for floor in range(3):
      for window in range(3):
        x, z = tower + 0.03 + 0.073 * window, y + 0.055 + 0.045 * floor
        p.rect(x, z, x + 0.045, z + 0.025, palette.INDIGO)
    p.text(0.1, y + 0.24, content.title()[:13], 0.078, p.style.foreground)
    for star in range(5):
      lit = palette.AMBER if star < content.number(2, 5) + 1 else palette.SILVER
      p.circle(0.13 + 0.075 * star, y + 0.3, 0.028, lit)
    price = f'${content.number(40, 400)}'
    p.text(0.91, y + 0.3, price, 0.1, p.style.accent, 'rm', bold=True)


APPS = (
  app.simulated('Maps', palette.BLUE, (240, 244, 232), _maps_icon, _maps_page),
  app.simulated('Taxi', palette.YELLOW, palette.YELLOW, _taxi_icon, _taxi_page),
  app.simulated(
    'Transit', palette.TEAL, palette.TEAL, _transit_icon, _transit_page
  ),
  app.simulated(
    'Flights', palette.BLUE, (40, 150, 235), _flights_icon, _flights_page
  ),
  app.simulated(
    'Hotels', palette.INDIGO, palette.INDIGO, _hotels_icon, _hotels_page
  ),
)
