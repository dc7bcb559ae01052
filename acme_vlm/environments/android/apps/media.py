"""Camera, Photos, Music, Videos, Podcasts, Radio, Recorder, Books, News."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _camera_icon(c: canvas.Canvas) -> None:
  c.rect(0.33, 0.2, 0.67, 0.4, palette.WHITE, 0.05)
  c.rect(0.13, 0.3, 0.87, 0.8, palette.WHITE, 0.1)
  c.circle(0.5, 0.55, 0.19, (60, 64, 74))
  c.circle(0.5, 0.55, 0.1, palette.SKY)


def _camera_page(p: page_lib.Page) -> None:
  p.fill(palette.BLACK)
  p.picture(0, 0.1, 1, 0.74)
  for x in (0.333, 0.667):
    p.line((x, 0.1, x, 0.74), palette.WHITE, 0.006)
  for y in (0.313, 0.527):
    p.line((0, y, 1, y), palette.WHITE, 0.006)
  p.circle(0.12, 0.075, 0.03, palette.AMBER)
  for index, name in enumerate(('Video', 'Photo', 'Night')):
    colour = palette.AMBER if index == 1 else palette.WHITE
    p.text(0.22 + 0.28 * index, 0.77, name, 0.058, colour, 'mm')
  p.circle(0.5, 0.855, 0.12, palette.WHITE)
  p.circle(0.5, 0.855, 0.1, palette.BLACK)
  p.circle(0.5, 0.855, 0.085, palette.WHITE)
  p.picture(0.12, 0.825, 0.26, 0.885)
  p.circle(0.81, 0.855, 0.06, (70, 70, 76))


def _photos_icon(c: canvas.Canvas) -> None:
  c.pie(0.5, 0.33, 0.2, 180, 360, palette.RED)
  c.rect(0.3, 0.31, 0.7, 0.48, palette.RED)
  c.rect(0.52, 0.3, 0.86, 0.48, palette.AMBER, 0.08)
  c.rect(0.52, 0.52, 0.7, 0.86, palette.BLUE, 0.08)
  c.rect(0.14, 0.52, 0.48, 0.7, palette.GREEN, 0.08)


def _photos_page(p: page_lib.Page) -> None:
  p.text(0.06, 0.1, 'Photos', 0.12, p.style.foreground, bold=True)
  p.circle(0.89, 0.1, 0.045, palette.AMBER)
  for row in range(5):
    for column in range(3):
      x, y = 0.335 * column, 0.155 + 0.152 * row
      p.picture(x, y, x + 0.325, y + 0.145)


def _music_icon(c: canvas.Canvas) -> None:
  c.circle(0.33, 0.7, 0.14, palette.WHITE)
  c.circle(0.68, 0.64, 0.14, palette.WHITE)
  c.line((0.43, 0.7, 0.43, 0.25, 0.78, 0.18, 0.78, 0.64), palette.WHITE, 0.09)


def _music_page(p: page_lib.Page) -> None:
  content, style = p.content, p.style
  p.fill((34, 16, 12) if style.dark else (254, 230, 218))
  p.text(0.5, 0.085, 'Now playing', 0.065, style.muted, 'mm')
  p.rect(0.14, 0.13, 0.86, 0.55, content.colour(), 0.05)
  p.circle(0.5, 0.34, 0.29, (26, 22, 24))
  p.circle(0.5, 0.34, 0.2, outline=(70, 66, 68), width=0.01)
  p.circle(0.5, 0.34, 0.1, content.colour())
  p.circle(0.5, 0.34, 0.02, palette.WHITE)
  p.text(0.5, 0.605, content.title(), 0.085, style.foreground, 'mm', bold=True)
  p.text(0.5, 0.65, content.name(), 0.06, style.muted, 'mm')
  played = content.uniform(0.2, 0.8)
  p.rect(0.12, 0.703, 0.88, 0.713, style.muted, 0.01)
  p.rect(0.12, 0.703, played, 0.713, style.accent, 0.01)
  p.circle(played, 0.708, 0.03, style.accent)
  p.circle(0.5, 0.82, 0.11, style.accent)
  p.polygon((0.465, 0.79, 0.465, 0.85, 0.56, 0.82), palette.WHITE)
  for x, away in ((0.22, -1), (0.78, 1)):
    tip = x + 0.05 * away
    p.polygon((x, 0.795, x, 0.845, tip, 0.82), style.foreground)
    p.rect(tip - 0.008, 0.795, tip + 0.008, 0.845, style.foreground)


def _videos_icon(c: canvas.Canvas) -> None:
  c.rect(0.1, 0.24, 0.9, 0.76, palette.RED, 0.16)
  c.polygon((0.41, 0.36, 0.41, 0.64, 0.67, 0.5), palette.WHITE)


def _videos_page(p: page_lib.Page) -> None:
  content = p.content
  _videos_icon(p.part(0.03, 0.06, 0.21, 0.06 + 0.18 / p.aspect))
  p.text(0.23, 0.1, 'Videos', 0.11, p.style.foreground, bold=True)
  for row in range(2):
    y = 0.15 + 0.385 * row
    p.picture(0, y, 1, y + 0.275)
    p.circle(0.5, y + 0.137, 0.1, palette.RED)
    p.polygon(
      (0.47, y + 0.108, 0.47, y + 0.166, 0.56, y + 0.137), palette.WHITE
    )
    p.rect(0, y + 0.268, content.uniform(0.2, 0.9), y + 0.278, palette.RED)
    p.avatar(0.1, y + 0.325, 0.06, content.name())
    p.text(0.2, y + 0.31, content.title(), 0.07, p.style.foreground)
    views = f'{content.number(10, 900)}K views'
    p.text(0.2, y + 0.345, views, 0.055, p.style.muted)


def _podcasts_icon(c: canvas.Canvas) -> None:
  c.circle(0.5, 0.42, 0.11, palette.WHITE)
  for radius in (0.22, 0.34):
    c.arc(0.5, 0.42, radius, 150, 390, palette.WHITE, 0.07)
  c.rect(0.42, 0.56, 0.58, 0.86, palette.WHITE, 0.08)


def _podcasts_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Podcasts')
  for row in range(3):
    for column in range(2):
      x, y = 0.06 + 0.46 * column, 0.18 + 0.245 * row
      p.rect(x, y, x + 0.42, y + 0.2, content.colour(), 0.04)
      half = 0.12 / p.aspect
      cover = p.part(x + 0.09, y + 0.1 - half, x + 0.33, y + 0.1 + half)
      _podcasts_icon(cover)
      p.text(x + 0.02, y + 0.22, content.word(), 0.058, p.style.foreground)


def _radio_icon(c: canvas.Canvas) -> None:
  c.line((0.25, 0.36, 0.72, 0.14), palette.WHITE, 0.06)
  c.rect(0.12, 0.34, 0.88, 0.82, palette.WHITE, 0.08)
  c.circle(0.34, 0.58, 0.14, palette.BROWN)
  c.rect(0.56, 0.46, 0.8, 0.55, palette.RED)
  c.rect(0.56, 0.64, 0.8, 0.7, palette.BROWN)


def _radio_page(p: page_lib.Page) -> None:
  content = p.content
  wood = (66, 42, 28) if p.style.dark else (178, 130, 88)
  p.fill(wood)
  p.text(0.5, 0.1, 'Radio', 0.12, palette.CREAM, 'mm', bold=True)
  p.rect(0.06, 0.17, 0.94, 0.38, palette.CREAM, 0.04)
  station = f'{content.number(88, 108)}.{content.number(0, 10)}'
  p.text(0.5, 0.235, station, 0.17, palette.BROWN, 'mm')
  for mark in range(15):
    x = 0.11 + 0.056 * mark
    long = 0.055 if mark % 3 == 0 else 0.03
    p.line((x, 0.365 - long, x, 0.365), palette.BROWN, 0.012)
  needle = content.uniform(0.15, 0.85)
  p.line((needle, 0.29, needle, 0.375), palette.RED, 0.025)
  dark = palette.mix(wood, palette.BLACK, 0.55)
  p.rect(0.06, 0.42, 0.94, 0.72, dark, 0.04)
  for row in range(5):
    for column in range(9):
      p.circle(0.14 + 0.09 * column, 0.455 + 0.057 * row, 0.025, wood)
  for x in (0.25, 0.75):
    p.circle(x, 0.825, 0.11, palette.CREAM)
    p.circle(x, 0.825, 0.07, dark)
    p.line((x, 0.825, x + 0.05, 0.795), palette.CREAM, 0.02)


def _recorder_icon(c: canvas.Canvas) -> None:
  c.rect(0.38, 0.12, 0.62, 0.58, palette.WHITE, 0.12)
  c.arc(0.5, 0.46, 0.26, 0, 180, palette.WHITE, 0.07)
  c.rect(0.46, 0.7, 0.54, 0.88, palette.WHITE)


def _recorder_page(p: page_lib.Page) -> None:
  content = p.content
  p.fill((30, 14, 18) if p.style.dark else (255, 240, 240))
  p.text(0.06, 0.1, 'Recorder', 0.115, p.style.accent, bold=True)
  time = f'{content.number(0, 59):02d}:{content.number(0, 59):02d}'
  p.text(0.5, 0.24, time, 0.22, p.style.foreground, 'mm')
  for bar in range(23):
    x = 0.06 + 0.04 * bar
    reach = content.uniform(0.01, 0.15)
    colour = p.style.accent if bar < 14 else p.style.muted
    p.rect(x - 0.009, 0.5 - reach, x + 0.009, 0.5 + reach, colour, 0.01)
  p.line((0.6, 0.33, 0.6, 0.67), p.style.foreground, 0.012)
  p.circle(0.5, 0.81, 0.15, p.style.foreground)
  p.circle(0.5, 0.81, 0.135, p.style.background)
  p.circle(0.5, 0.81, 0.1, p.style.accent)


def _books_icon(c: canvas.Canvas) -> None:
  c.polygon((0.5, 0.28, 0.1, 0.2, 0.1, 0.72, 0.5, 0.84), palette.WHITE)
  c.polygon((0.5, 0.28, 0.9, 0.2, 0.9, 0.72, 0.5, 0.84), palette.CREAM)
  c.line((0.5, 0.28, 0.5, 0.84), palette.BROWN, 0.06)


def _books_page(p: page_lib.Page) -> None:
  content = p.content
  wall = (48, 36, 28) if p.style.dark else (244, 226, 196)
  p.fill(wall)
  title = palette.CREAM if p.style.dark else palette.BROWN
  p.text(0.06, 0.1, 'Books', 0.12, title, bold=True)
  for shelf in range(3):
    y = 0.385 + 0.255 * shelf
    x = 0.05
    while x < 0.86:
      wide = content.uniform(0.07, 0.15)
      top = y - content.uniform(0.13, 0.2)
      colour = content.colour()
      p.rect(x, top, min(x + wide, 0.95), y, colour)
      band = palette.mix(colour, palette.WHITE, 0.6)
      p.rect(x, top + 0.02, min(x + wide, 0.95), top + 0.035, band)
      x += wide + 0.008
    p.rect(0, y, 1, y + 0.022, palette.BROWN)


def _news_icon(c: canvas.Canvas) -> None:
  c.rect(0.14, 0.18, 0.86, 0.84, palette.WHITE, 0.05)
  c.rect(0.22, 0.26, 0.78, 0.38, palette.INK)
  c.rect(0.22, 0.46, 0.48, 0.74, palette.RED)
  for y in (0.5, 0.61, 0.72):
    c.line((0.54, y, 0.78, y), palette.GREY, 0.05)


def _news_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.5, 0.1, 'The News', 0.13, p.style.foreground, 'mm', bold=True)
  p.rect(0.04, 0.148, 0.96, 0.156, p.style.foreground)
  p.picture(0.04, 0.175, 0.96, 0.4)
  for line in range(2):
    y = 0.435 + 0.045 * line
    headline = f'{content.title()} {content.place()}'[:20]
    p.text(0.04, y, headline, 0.085, p.style.foreground, bold=True)
  p.line((0.5, 0.53, 0.5, 0.91), p.style.muted, 0.006)
  for x in (0.04, 0.54):
    for block in range(2):
      y = 0.55 + 0.19 * block
      p.text(x, y, content.word(), 0.07, p.style.foreground, bold=True)
      p.lines(x, y + 0.04, x + 0.42, 4)


APPS = (
  app.simulated(
    'Camera', palette.AMBER, (96, 102, 114), _camera_icon, _camera_page
  ),
  app.simulated(
    'Photos', palette.BLUE, palette.WHITE, _photos_icon, _photos_page
  ),
  app.simulated(
    'Music', palette.ORANGE, palette.ORANGE, _music_icon, _music_page
  ),
  app.simulated(
    'Videos', palette.RED, palette.WHITE, _videos_icon, _videos_page
  ),
  app.simulated(
    'Podcasts', palette.PURPLE, palette.PURPLE, _podcasts_icon, _podcasts_page
  ),
  app.simulated(
    'Radio', palette.BROWN, (196, 148, 104), _radio_icon, _radio_page
  ),
  app.simulated(
    'Recorder', palette.RED, (196, 40, 60), _recorder_icon, _recorder_page
  ),
  app.simulated(
    'Books', palette.BROWN, palette.BROWN, _books_icon, _books_page
  ),
  app.simulated('News', palette.INK, (180, 28, 36), _news_icon, _news_page),
)
