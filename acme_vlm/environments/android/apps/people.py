"""Contacts, Meet, Friends, Forum."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _person(
  c: canvas.Canvas, x: float, y: float, r: float, colour: palette.Colour
) -> None:
  """Draws a head at (x, y) and shoulders below it."""
  c.circle(x, y, r, colour)
  c.pie(x, y + 2.4 * r / c.aspect, 1.75 * r, 180, 360, colour)


def _contacts_icon(c: canvas.Canvas) -> None:
  _person(c, 0.5, 0.36, 0.17, palette.WHITE)


def _contacts_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Contacts')
  names = sorted(content.name() for _ in range(7))
  for row, name in enumerate(names):
    y = 0.21 + 0.1 * row
    colour = content.avatar()
    p.circle(0.16, y, 0.075, colour)
    _person(p, 0.16, y - 0.012, 0.027, palette.WHITE)
    p.text(0.3, y, name, 0.095, p.style.foreground)
    p.line((0.3, y + 0.05, 0.92, y + 0.05), p.style.surface, 0.008)
  for index, letter in enumerate('AEIMQUZ'):
    p.text(0.955, 0.22 + 0.1 * index, letter, 0.055, p.style.accent, 'mm')


def _meet_icon(c: canvas.Canvas) -> None:
  c.rect(0.12, 0.3, 0.62, 0.7, palette.WHITE, 0.08)
  c.polygon((0.66, 0.46, 0.88, 0.3, 0.88, 0.7, 0.66, 0.54), palette.WHITE)


def _meet_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((24, 26, 30))
  for row in range(2):
    y = 0.07 + 0.355 * row
    wall = palette.mix(content.colour(), palette.BLACK, 0.35)
    p.rect(0.03, y, 0.97, y + 0.345, wall, 0.05)
    skin = content.rng.choice(((240, 200, 170), (190, 136, 100), (120, 80, 56)))
    part = p.part(0.2, y, 0.8, y + 0.345)
    part.pie(0.5, 1.0, 0.42, 180, 360, content.colour())
    part.circle(0.5, 0.42, 0.21, (50, 36, 30))
    part.circle(0.5, 0.48, 0.18, skin)
    p.text(0.09, y + 0.31, content.name(), 0.07, palette.WHITE)
  for index, colour in enumerate((palette.GREY, palette.RED, palette.GREY)):
    p.circle(0.24 + 0.26 * index, 0.855, 0.1, colour)
  p.rect(0.44, 0.84, 0.56, 0.87, palette.WHITE, 0.02)


def _friends_icon(c: canvas.Canvas) -> None:
  _person(c, 0.7, 0.38, 0.12, palette.SKY)
  _person(c, 0.38, 0.34, 0.16, palette.WHITE)


def _friends_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.06, 0.095, 'Friends', 0.12, p.style.accent, bold=True)
  for index in range(5):
    x = 0.12 + 0.19 * index
    p.circle(x, 0.2, 0.088, p.style.accent)
    p.avatar(x, 0.2, 0.07, content.name())
  for row in range(2):
    y = 0.28 + 0.325 * row
    p.rect(0, y - 0.012, 1, y - 0.004, p.style.surface)
    name = content.name()
    p.avatar(0.1, y + 0.035, 0.055, name)
    p.text(0.2, y + 0.035, name, 0.075, p.style.foreground, bold=True)
    p.picture(0, y + 0.075, 1, y + 0.27)
    p.circle(0.09, y + 0.291, 0.03, palette.RED)
    p.circle(0.2, y + 0.291, 0.03, p.style.muted)


def _forum_icon(c: canvas.Canvas) -> None:
  c.rect(0.1, 0.16, 0.66, 0.56, palette.WHITE, 0.1)
  c.polygon((0.2, 0.5, 0.2, 0.7, 0.38, 0.54), palette.WHITE)
  c.rect(0.4, 0.42, 0.9, 0.76, palette.INK, 0.1)
  c.polygon((0.8, 0.7, 0.8, 0.9, 0.62, 0.74), palette.INK)


def _forum_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Forum')
  indent = 0
  for row in range(6):
    y = 0.175 + 0.125 * row
    left = 0.04 + 0.09 * indent
    p.rect(left, y, 0.96, y + 0.112, p.style.surface, 0.03)
    p.rect(left, y, left + 0.025, y + 0.112, p.style.accent)
    arrow = left + 0.09
    p.polygon(
      (arrow - 0.04, y + 0.045, arrow + 0.04, y + 0.045, arrow, y + 0.018),
      p.style.accent,
    )
    p.text(
      arrow,
      y + 0.077,
      str(content.number(1, 99)),
      0.06,
      p.style.foreground,
      'mm',
    )
    p.text(
      arrow + 0.09, y + 0.03, content.name(), 0.06, p.style.accent, bold=True
    )
    p.lines(arrow + 0.09, y + 0.06, 0.93, 2)
    indent = max(0, min(3, indent + content.rng.choice((-1, 1, 1))))


APPS = (
  app.simulated(
    'Contacts', (90, 120, 190), (90, 120, 190), _contacts_icon, _contacts_page
  ),
  app.simulated('Meet', palette.TEAL, (0, 172, 110), _meet_icon, _meet_page),
  app.simulated(
    'Friends', (50, 90, 200), (40, 70, 170), _friends_icon, _friends_page
  ),
  app.simulated(
    'Forum', (236, 92, 30), (236, 92, 30), _forum_icon, _forum_page
  ),
)
