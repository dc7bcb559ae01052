"""Gmail, Sheets, Docs, Calendar: the office."""

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


def _gmail_icon(c: canvas.Canvas) -> None:
  c.rect(0.12, 0.24, 0.88, 0.78, (244, 244, 246), 0.05)
  c.rect(0.12, 0.24, 0.26, 0.78, palette.BLUE)
  c.rect(0.74, 0.24, 0.88, 0.78, palette.GREEN)
  c.line((0.17, 0.29, 0.5, 0.57, 0.83, 0.29), palette.RED, 0.15)


def _gmail_page(p: page_lib.Page) -> None:
  content = p.content
  p.search_bar(0.095, 'Search in mail')
  p.circle(0.87, 0.095, 0.05, palette.PURPLE)
  p.text(0.06, 0.168, 'Inbox', 0.08, p.style.accent, bold=True)
  for row in range(7):
    y = 0.243 + 0.09 * row
    name = content.name()
    p.avatar(0.12, y, 0.065, name)
    unread = content.chance(0.4)
    p.text(0.23, y - 0.019, name, 0.075, p.style.foreground, bold=unread)
    p.text(0.23, y + 0.02, content.message(), 0.056, p.style.muted)
    star = palette.AMBER if content.chance(0.4) else p.style.surface
    p.circle(0.92, y, 0.024, star)
  p.rect(0.5, 0.84, 0.96, 0.905, p.style.accent, 0.05)
  p.text(0.73, 0.872, 'Compose', 0.08, palette.WHITE, 'mm')


def _sheets_icon(c: canvas.Canvas) -> None:
  c.rect(0.22, 0.14, 0.78, 0.86, palette.WHITE, 0.05)
  for x in (0.3, 0.52):
    for y in (0.3, 0.47, 0.64):
      c.rect(x, y, x + 0.18, y + 0.12, palette.GREEN)


def _sheets_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Sheets')
  p.text(0.05, 0.18, content.title(), 0.06, p.style.muted)
  tint = palette.mix(p.style.background, p.style.accent, 0.25)
  p.rect(0, 0.21, 1, 0.262, tint)
  p.rect(0, 0.21, 0.13, 0.92, tint)
  for column in range(4):
    x = 0.13 + 0.2175 * column
    p.text(x + 0.1, 0.236, 'ABCD'[column], 0.06, p.style.foreground, 'mm')
    p.line((x, 0.21, x, 0.92), p.style.muted, 0.006)
  chosen = content.rng.randrange(11), content.rng.randrange(4)
  for row in range(11):
    y = 0.262 + 0.06 * row
    p.line((0, y, 1, y), p.style.muted, 0.006)
    p.text(0.065, y + 0.03, str(row + 1), 0.05, p.style.muted, 'mm')
    for column in range(4):
      x = 0.13 + 0.2175 * column
      if content.chance(0.7):
        value = str(content.number(10, 990))
        p.text(x + 0.2, y + 0.03, value, 0.06, p.style.foreground, 'rm')
      if (row, column) == chosen:
        p.rect(x, y, x + 0.2175, y + 0.06, outline=p.style.accent, width=0.018)


def _docs_icon(c: canvas.Canvas) -> None:
  c.polygon(
    (0.22, 0.12, 0.6, 0.12, 0.8, 0.32, 0.8, 0.88, 0.22, 0.88), palette.WHITE
  )
  c.polygon((0.6, 0.12, 0.6, 0.32, 0.8, 0.32), palette.SKY)
  for y, end in ((0.46, 0.7), (0.59, 0.7), (0.72, 0.54)):
    c.line((0.31, y, end, y), palette.BLUE, 0.07)


def _docs_page(p: page_lib.Page) -> None:
  content = p.content
  p.header('Docs')
  p.rect(0, 0.15, 1, 1, palette.mix(p.style.surface, p.style.accent, 0.15))
  paper = p.style.background if p.style.dark else palette.WHITE
  p.rect(0.07, 0.18, 0.93, 0.9, paper, 0.02)
  p.text(0.14, 0.235, content.word(), 0.1, p.style.foreground, bold=True)
  y = 0.295
  while y < 0.86:
    count = content.rng.randrange(2, 5)
    p.lines(0.14, y, 0.87, count)
    y += 0.03 * count + 0.025
  p.line((0.14, 0.272, 0.6, 0.272), p.style.accent, 0.015)
  p.fab('A', 0.83, 0.84)


def _calendar_icon(c: canvas.Canvas) -> None:
  c.rect(0.16, 0.18, 0.84, 0.84, palette.WHITE, 0.08)
  c.rect(0.16, 0.18, 0.84, 0.38, palette.RED, 0.06)
  c.rect(0.3, 0.1, 0.37, 0.27, palette.INK)
  c.rect(0.63, 0.1, 0.7, 0.27, palette.INK)
  c.text(0.5, 0.61, '31', 0.42, palette.INK, 'mm', bold=True)


_MONTHS = (
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
)


def _calendar_page(p: page_lib.Page) -> None:
  content = p.content
  year = content.number(2020, 2030)
  p.text(
    0.06, 0.095, content.rng.choice(_MONTHS), 0.11, p.style.accent, bold=True
  )
  p.text(0.94, 0.1, str(year), 0.065, p.style.muted, 'rm')
  first = content.rng.randrange(7)
  days = content.rng.randrange(28, 32)
  today = content.rng.randrange(days)
  for column, weekday in enumerate('SMTWTFS'):
    p.text(0.1 + 0.133 * column, 0.165, weekday, 0.058, p.style.muted, 'mm')
  for day in range(days):
    row, column = divmod(day + first, 7)
    x, y = 0.1 + 0.133 * column, 0.225 + 0.073 * row
    colour = p.style.foreground
    if day == today:
      p.circle(x, y, 0.062, p.style.accent)
      colour = palette.WHITE
    p.text(x, y, str(day + 1), 0.065, colour, 'mm')
    if content.chance(0.25):
      p.rect(x - 0.04, y + 0.026, x + 0.04, y + 0.036, content.colour())
  for row in range(3):
    y = 0.68 + 0.075 * row
    p.rect(0.05, y, 0.95, y + 0.06, content.colour(), 0.03)
    p.text(0.1, y + 0.03, content.title(), 0.06, palette.INK)


APPS = (
  app.App(
    'Gmail',
    'com.google.android.gm/.ConversationListActivityGmail',
    palette.RED,
    palette.WHITE,
    _gmail_icon,
    _gmail_page,
  ),
  app.App(
    'Sheets',
    'com.google.android.apps.docs.editors.sheets/.HomescreenActivity',
    palette.GREEN,
    palette.GREEN,
    _sheets_icon,
    _sheets_page,
  ),
  app.App(
    'Docs',
    'com.google.android.apps.docs.editors.docs/.HomescreenActivity',
    palette.BLUE,
    palette.BLUE,
    _docs_icon,
    _docs_page,
  ),
  app.App(
    'Calendar',
    'com.google.android.calendar/com.android.calendar.AllInOneActivity',
    palette.RED,
    (196, 214, 246),
    _calendar_icon,
    _calendar_page,
  ),
)
