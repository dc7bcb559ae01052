"""Files, Notes, Tasks, Slides, Translate."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _files_icon(c: canvas.Canvas) -> None:
  c.rect(0.14, 0.22, 0.5, 0.4, (230, 160, 40), 0.05)
  c.rect(0.14, 0.32, 0.86, 0.8, palette.AMBER, 0.06)


def _files_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.06, 0.1, 'Files', 0.12, p.style.foreground, bold=True)
  used = content.uniform(0.3, 0.9)
  p.rect(0.06, 0.15, 0.94, 0.175, p.style.surface, 0.02)
  p.rect(0.06, 0.15, 0.06 + 0.88 * used, 0.175, palette.AMBER, 0.02)
  for row in range(4):
    for column in range(3):
      x, y = 0.06 + 0.31 * column, 0.21 + 0.178 * row
      if content.chance(0.75):
        _files_icon(p.part(x, y, x + 0.26, y + 0.125))
      else:
        p.rect(x + 0.05, y + 0.01, x + 0.2, y + 0.115, p.style.surface, 0.02)
        p.lines(x + 0.075, y + 0.04, x + 0.18, 3, 0.025)
      p.text(
        x + 0.13, y + 0.145, content.word()[:7], 0.052, p.style.muted, 'mm'
      )


_STICKIES: tuple[palette.Colour, ...] = (
  (255, 236, 130),
  (255, 196, 150),
  (190, 232, 170),
  (170, 216, 250),
  (250, 190, 214),
)


def _notes_icon(c: canvas.Canvas) -> None:
  c.polygon(
    (0.16, 0.16, 0.84, 0.16, 0.84, 0.62, 0.62, 0.84, 0.16, 0.84),
    (255, 250, 214),
  )
  c.polygon((0.84, 0.62, 0.62, 0.84, 0.62, 0.62), (240, 190, 40))
  for y in (0.34, 0.5):
    c.line((0.28, y, 0.72, y), palette.BROWN, 0.06)


def _notes_page(p: page_lib.Page) -> None:
  content = p.content
  p.text(0.06, 0.1, 'Notes', 0.12, palette.AMBER, bold=True)
  for column in range(2):
    x, y = 0.04 + 0.47 * column, 0.155
    while y < 0.86:
      tall = min(content.uniform(0.14, 0.27), 0.91 - y)
      p.rect(x, y, x + 0.45, y + tall, content.rng.choice(_STICKIES), 0.03)
      p.text(x + 0.04, y + 0.035, content.word(), 0.065, palette.INK, bold=True)
      count = int((tall - 0.08) / 0.03)
      p.lines(x + 0.04, y + 0.075, x + 0.4, count, colour=(110, 100, 80))
      y += tall + 0.014


def _tasks_icon(c: canvas.Canvas) -> None:
  c.circle(0.5, 0.5, 0.36, palette.WHITE)
  c.line((0.32, 0.52, 0.46, 0.66, 0.7, 0.36), palette.BLUE, 0.11)


def _tasks_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Tasks')
  for row in range(8):
    y = 0.205 + 0.084 * row
    done = content.chance(0.5)
    ink = p.style.muted if done else p.style.foreground
    left, tall = 0.07, 0.05 / p.aspect
    if done:
      p.rect(left, y - tall, left + 0.1, y + tall, palette.GREEN, 0.02)
      p.line(
        (0.088, y, 0.113, y + 0.6 * tall, 0.152, y - 0.6 * tall),
        palette.WHITE,
        0.02,
      )
    else:
      p.rect(left, y - tall, left + 0.1, y + tall, None, 0.02, ink, 0.014)
    text = content.message()[:13]
    p.text(0.24, y, text, 0.075, ink)
    if done:
      p.line((0.24, y, 0.26 + 0.04 * len(text), y), ink, 0.01)


def _slides_icon(c: canvas.Canvas) -> None:
  c.rect(0.12, 0.22, 0.88, 0.68, palette.WHITE, 0.03)
  c.rect(0.22, 0.32, 0.78, 0.58, palette.AMBER)
  c.line((0.5, 0.68, 0.3, 0.88), palette.WHITE, 0.06)
  c.line((0.5, 0.68, 0.7, 0.88), palette.WHITE, 0.06)


def _slides_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Slides')
  for row in range(3):
    y = 0.175 + 0.25 * row
    p.rect(0.1, y, 0.9, y + 0.23, palette.WHITE)
    p.rect(0.1, y, 0.9, y + 0.23, None, 0, p.style.muted, 0.01)
    p.text(0.14, y + 0.045, content.title()[:14], 0.075, palette.INK, bold=True)
    if content.chance(0.5):
      for bar in range(4):
        x = 0.18 + 0.17 * bar
        top = y + content.uniform(0.08, 0.17)
        p.rect(x, top, x + 0.11, y + 0.21, content.colour())
    else:
      p.circle(0.3, y + 0.145, 0.11, content.colour())
      p.pie(0.3, y + 0.145, 0.11, 0, content.uniform(60, 270), content.colour())
      p.lines(0.5, y + 0.11, 0.84, 3, 0.033)


def _translate_icon(c: canvas.Canvas) -> None:
  c.rect(0.1, 0.12, 0.6, 0.62, palette.WHITE, 0.05)
  c.text(0.35, 0.37, 'A', 0.42, palette.BLUE, 'mm', bold=True)
  c.rect(0.4, 0.38, 0.9, 0.88, palette.NAVY, 0.05)
  c.text(0.65, 0.63, 'Z', 0.42, palette.WHITE, 'mm', bold=True)


def _translate_page(p: page_lib.Page) -> None:
  content, style = p.content, p.style
  p.text(0.06, 0.095, 'Translate', 0.11, style.foreground, bold=True)
  paper = style.surface
  p.rect(0.04, 0.15, 0.96, 0.48, paper, 0.05)
  p.rect(0.04, 0.57, 0.96, 0.9, (40, 90, 190), 0.05)
  for y, ink in ((0.22, style.foreground), (0.64, palette.WHITE)):
    p.text(0.1, y, content.word(), 0.11, ink, bold=True)
    p.text(0.1, y + 0.08, content.message(), 0.075, ink)
    p.text(0.1, y + 0.15, content.word(), 0.075, ink)
  p.circle(0.5, 0.525, 0.08, style.accent)
  p.polygon((0.44, 0.525, 0.49, 0.5, 0.49, 0.55), palette.WHITE)
  p.polygon((0.56, 0.525, 0.51, 0.5, 0.51, 0.55), palette.WHITE)


APPS = (
  app.simulated(
    'Files', palette.AMBER, (240, 244, 250), _files_icon, _files_page
  ),
  app.simulated(
    'Notes', palette.AMBER, (250, 204, 64), _notes_icon, _notes_page
  ),
  app.simulated(
    'Tasks', (70, 110, 130), (80, 150, 250), _tasks_icon, _tasks_page
  ),
  app.simulated(
    'Slides', palette.AMBER, palette.AMBER, _slides_icon, _slides_page
  ),
  app.simulated(
    'Translate', palette.BLUE, (120, 170, 240), _translate_icon, _translate_page
  ),
)
