import dataclasses
import random

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import renderer

# The nine that arXiv 2312.09187 names.
PAPER = {
  'Gmail',
  'Sheets',
  'Chrome',
  'Calculator',
  'Clock',
  'Messages',
  'Phone',
  'Calendar',
  'Docs',
}


def test_ten_common_and_sixty_diverse_apps():
  common, diverse = map(
    catalogue.task_set, ('open_common_apps', 'open_diverse_apps')
  )
  assert len(common) == 10 and set(common) - PAPER == {'Settings'}
  assert len(diverse) == 60 and diverse[:10] == common
  assert len(set(diverse)) == len(catalogue.BY_PACKAGE) == 60


def test_names_with_their_domain():
  assert catalogue.task_set('android/open_common_apps') == catalogue.task_set(
    'open_common_apps'
  )
  with pytest.raises(errors.UnknownNameError, match="task set 'open_doors'"):
    catalogue.task_set('open_doors')


def _features(split, dark, contents):
  """Pages as seen from afar: 15 x 9 pixels, float [apps, contents, 405]."""
  apps = catalogue.task_set('open_diverse_apps')
  look = look_lib.draw(random.Random(0), split, apps, look_lib.Grid(pages=6), 1)
  rows = []
  for app in apps:
    pages = []
    for content in contents:
      phone = dataclasses.replace(
        look, dark=dark, contents=dict.fromkeys(apps, content)
      )
      frame = renderer.app_frame(phone, app, (120, 72)).astype(float)
      pages.append(frame.reshape(15, 8, 9, 8, 3).mean(axis=(1, 3)).ravel())
    rows.append(pages)
  return np.array(rows)


@pytest.mark.parametrize('dark', [False, True])
def test_unseen_pages_look_most_like_their_own_app(dark):
  known = _features('train', dark, range(4))
  unseen = _features('evaluation', dark, range(2))
  wrong = []
  for app, pages in enumerate(unseen):
    for page in pages:
      distance = np.linalg.norm(known - page, axis=-1).min(axis=1)
      if distance.argmin() != app:
        wrong.append((app, int(distance.argmin())))
  names = catalogue.task_set('open_diverse_apps')
  confused = [(names[app], names[other]) for app, other in wrong]
  # Raw distances of tiny thumbnails already tell nearly all pages apart.
  assert len(wrong) <= 0.05 * 120, confused
