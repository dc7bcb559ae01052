"""Pages that remember what was written on them."""

import calendar

from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import content, page


class RecordingPage(page.Page):
  """A page whose texts can be read, whatever they look like."""

  def __init__(self, app, split='train', seed=0, dark=False):
    super().__init__(
      (120, 72),
      page.Style.of(app.accent, dark=dark),
      content.Content(split, splits.randomness(split, seed)),
      1.0,
    )
    self.texts = []
    app.page(self)

  def text(self, x, y, text, *args, **kwargs):
    super().text(x, y, text, *args, **kwargs)
    self.texts.append(text)


def texts(app, split='train', seed=0):
  """Returns all that is written on an app's page, in drawing order."""
  return RecordingPage(app, split, seed).texts


def check(apps, wordless=(), one_theme=()):
  """Checks what every app owes: a name, contents, themes, split words."""
  for app in apps:
    written = {
      split: [texts(app, split, seed) for seed in range(6)]
      for split in ('train', 'evaluation')
    }
    everything = ' '.join(
      text for pages in written.values() for page in pages for text in page
    )
    if app.name not in wordless:
      assert app.name in everything, app.name
    for seed in range(3):
      light, dark = (
        RecordingPage(app, seed=seed, dark=dark).finish().tobytes()
        for dark in (False, True)
      )
      assert (light == dark) == (app.name in one_theme), app.name
    pages = {
      RecordingPage(app, seed=seed).finish().tobytes() for seed in range(4)
    }
    assert len(pages) == 4, app.name
    _check_words(app, written)


def _check_words(app, written):
  """A drawn word may stand on pages of one split only."""
  words = {
    split: [set(' '.join(page).split()) for page in pages]
    for split, pages in written.items()
  }
  always = set.intersection(*words['train'], *words['evaluation'])
  drawn = {
    split: {
      word
      for word in set().union(*pages) - always
      if word.isalpha() and len(word) > 2 and word.istitle()
    }
    for split, pages in words.items()
  }
  shared = drawn['train'] & drawn['evaluation']
  assert not shared - STATIC, (app.name, shared)


# Labels that come and go by chance but are part of the app, not of a phone's
# content: the rows of Settings and the months.
STATIC = frozenset(
  (
    *calendar.month_name,
    'Network',
    'Devices',
    'Apps',
    'Alerts',
    'Battery',
    'Storage',
    'Display',
    'Security',
    'Privacy',
    'Sound',
  )
)
