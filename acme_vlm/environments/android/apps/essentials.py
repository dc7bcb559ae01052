"""Chrome, Calculator, Clock, Messages, Phone, Settings."""

import math

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _chrome_icon(c: canvas.Canvas) -> None:
  c.pie(0.5, 0.5, 0.4, 210, 330, palette.RED)
  c.pie(0.5, 0.5, 0.4, 330, 450, palette.AMBER)
  c.pie(0.5, 0.5, 0.4, 90, 210, palette.GREEN)
  c.circle(0.5, 0.5, 0.2, palette.WHITE)
  c.circle(0.5, 0.5, 0.15, palette.BLUE)


def _chrome_page(p: page_lib.Page) -> None:
  content = p.content
  p.rect(0, 0, 1, 0.145, p.style.surface)
  p.rect(0.12, 0.065, 0.8, 0.13, p.style.background, 0.05)
  p.text(
    0.17, 0.098, f'{content.word().lower()}.org', 0.062, p.style.foreground
  )
  p.rect(0.84, 0.075, 0.93, 0.12, outline=p.style.foreground, width=0.014)
  p.text(0.885, 0.098, str(content.number(1, 9)), 0.05, p.style.muted, 'mm')
  p.polygon((0.03, 0.1, 0.075, 0.075, 0.075, 0.125), p.style.foreground)
  ring = p.part(0.36, 0.16, 0.64, 0.16 + 0.28 / p.aspect)
  _chrome_icon(ring)
  p.search_bar(0.4, 'Search the web')
  for index in range(8):
    row, column = divmod(index, 4)
    x, y = 0.14 + 0.24 * column, 0.51 + 0.13 * row
    site = content.word()
    p.circle(x, y, 0.078, p.style.surface)
    p.circle(x, y, 0.045, content.colour())
    p.text(x, y + 0.062, site[:6], 0.042, p.style.muted, 'mm')
  p.picture(0.06, 0.75, 0.4, 0.9)
  p.lines(0.45, 0.775, 0.94, 4, colour=p.style.foreground)


def _calculator_icon(c: canvas.Canvas) -> None:
  c.rect(0.18, 0.13, 0.82, 0.33, palette.CREAM, 0.04)
  for row in range(3):
    for column in range(3):
      x, y = 0.18 + 0.23 * column, 0.4 + 0.165 * row
      colour = palette.ORANGE if column == 2 else palette.WHITE
      c.rect(x, y, x + 0.18, y + 0.12, colour, 0.03)


_KEYS = ('C()/', '789x', '456-', '123+', '0.<=')


def _calculator_page(p: page_lib.Page) -> None:
  content = p.content
  p.rect(0, 0, 1, 0.34, p.style.surface)
  left, right = content.number(10, 990), content.number(10, 990)
  sign = content.rng.choice('+-x')
  p.text(0.94, 0.15, f'{left}{sign}{right}', 0.1, p.style.muted, 'rm')
  result = {'+': left + right, '-': left - right, 'x': left * right}[sign]
  p.text(0.94, 0.26, f'{result:,}', 0.17, p.style.foreground, 'rm')
  for row, keys in enumerate(_KEYS):
    for column, key in enumerate(keys):
      x, y = 0.14 + 0.24 * column, 0.41 + 0.113 * row
      special = column == 3 or key == 'C'
      fill = p.style.accent if special else p.style.surface
      colour = palette.WHITE if special else p.style.foreground
      p.circle(x, y, 0.088, fill)
      p.text(x, y, key, 0.11, colour, 'mm')


def _clock_icon(c: canvas.Canvas) -> None:
  c.circle(0.5, 0.5, 0.37, palette.WHITE)
  c.line((0.5, 0.5, 0.5, 0.23), palette.NAVY, 0.09)
  c.line((0.5, 0.5, 0.68, 0.6), palette.RED, 0.09)


def _clock_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((14, 20, 44) if p.style.dark else (226, 232, 250))
  ink = palette.WHITE if p.style.dark else palette.NAVY
  hour, minute = content.rng.randrange(12), content.number(0, 60)
  p.text(0.06, 0.095, 'Clock', 0.115, ink, bold=True)
  x, y, radius = 0.5, 0.4, 0.37
  face = (30, 40, 80) if p.style.dark else palette.WHITE
  p.circle(x, y, radius, face, palette.INDIGO, 0.035)
  stretch = p.aspect
  for mark in range(12):
    sine, cosine = math.sin(mark * math.pi / 6), math.cos(mark * math.pi / 6)
    p.line(
      (
        x + 0.28 * sine,
        y - 0.28 * cosine / stretch,
        x + 0.32 * sine,
        y - 0.32 * cosine / stretch,
      ),
      ink,
      0.02,
    )
  hands = ((hour + minute / 60) / 12, 0.17, 0.05), (minute / 60, 0.26, 0.032)
  for turn, length, width in hands:
    angle = 2 * math.pi * turn
    tip = x + length * math.sin(angle), y - length * math.cos(angle) / stretch
    p.line((x, y, *tip), ink, width)
  p.circle(x, y, 0.035, palette.RED)
  p.text(0.5, 0.73, f'{hour or 12}:{minute:02d}', 0.19, ink, 'mm')
  p.text(0.5, 0.81, content.place(), 0.065, palette.GREY, 'mm')
  for index, name in enumerate(('Alarm', 'Clock', 'Timer')):
    colour = palette.INDIGO if index == 1 else palette.GREY
    p.text(0.19 + 0.31 * index, 0.88, name, 0.062, colour, 'mm')


def _messages_icon(c: canvas.Canvas) -> None:
  c.rect(0.14, 0.18, 0.86, 0.68, palette.WHITE, 0.12)
  c.polygon((0.24, 0.6, 0.24, 0.88, 0.52, 0.66), palette.WHITE)
  for x in (0.31, 0.5, 0.69):
    c.circle(x, 0.43, 0.06, palette.BLUE)


def _messages_page(p: page_lib.Page) -> None:
  content = p.content
  name = content.name()
  p.avatar(0.14, 0.1, 0.075, name)
  p.text(0.26, 0.1, name, 0.1, p.style.foreground, bold=True)
  p.line((0, 0.15, 1, 0.15), p.style.surface, 0.01)
  mine = content.chance(0.5)
  for row in range(7):
    y = 0.18 + 0.093 * row
    text = content.message()
    half = 0.028 * len(text) * p.font_scale + 0.08
    if mine:
      x0, x1 = max(0.97 - half, 0.28), 0.96
    else:
      x0, x1 = 0.04, min(0.03 + half, 0.72)
    fill = p.style.accent if mine else p.style.surface
    colour = palette.WHITE if mine else p.style.foreground
    p.rect(x0, y, x1, y + 0.073, fill, 0.06)
    p.text((x0 + x1) / 2, y + 0.036, text[:16], 0.056, colour, 'mm')
    mine = content.chance(0.5)
  p.rect(0.05, 0.85, 0.8, 0.915, p.style.surface, 0.06)
  p.text(0.12, 0.883, 'Message', 0.06, p.style.muted)
  p.circle(0.89, 0.883, 0.068, p.style.accent)
  p.polygon((0.86, 0.865, 0.86, 0.9, 0.93, 0.883), palette.WHITE)


def _phone_icon(c: canvas.Canvas) -> None:
  c.line((0.29, 0.27, 0.34, 0.5, 0.5, 0.66, 0.73, 0.71), palette.WHITE, 0.15)
  c.circle(0.31, 0.28, 0.12, palette.WHITE)
  c.circle(0.72, 0.69, 0.12, palette.WHITE)


_PAD = (
  '',
  'ABC',
  'DEF',
  'GHI',
  'JKL',
  'MNO',
  'PQRS',
  'TUV',
  'WXYZ',
  '',
  '+',
  '',
)


def _phone_page(p: page_lib.Page) -> None:
  content = p.content
  p.rect(0, 0, 1, 0.25, palette.mix(p.style.background, p.style.accent, 0.22))
  digits = f'{content.number(100, 990)} {content.number(1000, 9990)}'
  p.text(0.5, 0.14, digits, 0.14, p.style.foreground, 'mm')
  p.text(0.5, 0.21, f'Call {content.name()}?', 0.06, p.style.muted, 'mm')
  for index, key in enumerate('123456789*0#'):
    row, column = divmod(index, 3)
    x, y = 0.2 + 0.3 * column, 0.325 + 0.117 * row
    p.text(x, y - 0.008, key, 0.14, p.style.foreground, 'mm')
    p.text(x, y + 0.04, _PAD[index], 0.042, p.style.muted, 'mm')
  p.circle(0.5, 0.84, 0.13, p.style.accent)
  _phone_icon(
    p.part(0.38, 0.84 - 0.12 / p.aspect, 0.62, 0.84 + 0.12 / p.aspect)
  )


def _settings_icon(c: canvas.Canvas) -> None:
  for tooth in range(8):
    angle = tooth * math.pi / 4
    c.line(
      (0.5, 0.5, 0.5 + 0.38 * math.cos(angle), 0.5 + 0.38 * math.sin(angle)),
      palette.WHITE,
      0.15,
    )
  c.circle(0.5, 0.5, 0.27, palette.WHITE)
  c.circle(0.5, 0.5, 0.12, (92, 98, 110))


_SETTINGS = (
  ('Network', palette.BLUE),
  ('Devices', palette.TEAL),
  ('Apps', palette.ORANGE),
  ('Alerts', palette.RED),
  ('Battery', palette.GREEN),
  ('Storage', palette.PURPLE),
  ('Display', palette.AMBER),
  ('Security', palette.INDIGO),
  ('Privacy', palette.CYAN),
  ('Sound', palette.PINK),
)


def _settings_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.06, 0.1, 'Settings', 0.13, p.style.foreground, bold=True)
  p.search_bar(0.19, 'Search')
  rows = content.rng.sample(_SETTINGS, 7)
  for row, (name, colour) in enumerate(rows):
    y = 0.275 + 0.092 * row
    p.rect(0.05, y - 0.033, 0.17, y + 0.033, colour, 0.035)
    p.circle(0.11, y, 0.028, palette.WHITE)
    p.text(0.23, y, name, 0.08, p.style.foreground)
    if content.chance(0.5):
      on = content.chance(0.5)
      track = palette.GREEN if on else p.style.surface
      p.rect(0.78, y - 0.02, 0.93, y + 0.02, track, 0.04)
      p.circle(0.893 if on else 0.817, y, 0.028, palette.WHITE)
    else:
      p.line((0.88, y - 0.014, 0.91, y, 0.88, y + 0.014), p.style.muted, 0.014)
    p.line((0.23, y + 0.046, 0.95, y + 0.046), p.style.surface, 0.008)


APPS = (
  app.App(
    'Chrome',
    'com.android.chrome/com.google.android.apps.chrome.Main',
    palette.BLUE,
    palette.WHITE,
    _chrome_icon,
    _chrome_page,
  ),
  app.App(
    'Calculator',
    'com.google.android.calculator/com.android.calculator2.Calculator',
    palette.ORANGE,
    (70, 76, 92),
    _calculator_icon,
    _calculator_page,
  ),
  app.App(
    'Clock',
    'com.google.android.deskclock/com.android.deskclock.DeskClock',
    palette.INDIGO,
    palette.NAVY,
    _clock_icon,
    _clock_page,
  ),
  app.App(
    'Messages',
    'com.google.android.apps.messaging/.ui.ConversationListActivity',
    palette.BLUE,
    palette.BLUE,
    _messages_icon,
    _messages_page,
  ),
  app.App(
    'Phone',
    'com.google.android.dialer/.extensions.GoogleDialtactsActivity',
    palette.GREEN,
    palette.GREEN,
    _phone_icon,
    _phone_page,
  ),
  app.App(
    'Settings',
    'com.android.settings/.Settings',
    palette.GREY,
    (92, 98, 110),
    _settings_icon,
    _settings_page,
  ),
)
