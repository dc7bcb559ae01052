import dataclasses
import random

import numpy as np
import pytest

from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import launcher, page, renderer

SCREEN = (120, 72)
APPS = catalogue.TASK_SETS['open_common_apps']


@pytest.fixture
def look():
  return look_lib.draw(
    random.Random(0), 'train', APPS, look_lib.Grid(pages=3), 4
  )


def _frames(look):
  home = [renderer.home_frame(look, index, SCREEN) for index in range(3)]
  return [*home, *(renderer.app_frame(look, app, SCREEN) for app in APPS)]


def test_frames_are_read_only_and_the_same_from_the_cache(look):
  first, second = _frames(look), _frames(look)
  for one, two in zip(first, second, strict=True):
    assert one.shape == (120, 72, 3) and one.dtype == np.uint8
    assert not one.flags.writeable
    np.testing.assert_array_equal(one, two)
  assert len({frame.tobytes() for frame in first}) == len(first)


def test_the_clock_changes_the_status_bar_only(look):
  later = dataclasses.replace(look, minutes=(look.minutes + 61) % 1440)
  bar = round(SCREEN[0] * page.TOP)
  for one, two in zip(_frames(look), _frames(later), strict=True):
    assert (one[:bar] != two[:bar]).any()
    np.testing.assert_array_equal(one[bar:], two[bar:])


def test_theme_font_content_and_wallpaper_show(look):
  app = 'Settings'
  for field, value in (
    ('dark', not look.dark),
    ('font_scale', 0.9 if look.font_scale != 0.9 else 1.12),
    ('contents', {**look.contents, app: look.contents[app] + 1}),
    ('split', 'evaluation'),
  ):
    other = dataclasses.replace(look, **{field: value})
    one, two = (renderer.app_frame(each, app, SCREEN) for each in (look, other))
    assert (one != two).any(), field
  other = dataclasses.replace(look, wallpaper=look.wallpaper + 1)
  one, two = (renderer.home_frame(each, 0, SCREEN) for each in (look, other))
  assert (one != two).mean() > 0.3


def test_icons_stand_on_their_page_and_nowhere_else(look):
  grid = look.grid
  empty = dataclasses.replace(look, pages=((None,) * grid.slots,) * 3)
  for index in range(3):
    with_icons = renderer.home_frame(look, index, SCREEN)
    without = renderer.home_frame(empty, index, SCREEN)
    for slot, app in enumerate(look.pages[index]):
      left, top, side = launcher.icon_box(grid, slot, SCREEN)
      box = np.s_[top : top + side, left : left + side]
      changed = (with_icons[box] != without[box]).any(-1).mean()
      assert changed > 0.8 if app else changed == 0.0


def test_content_seeds_are_all_different():
  seeds = {
    renderer.content_seed(app, index, dark, scale)
    for app in catalogue.BY_NAME
    for index in range(8)
    for dark in (True, False)
    for scale in look_lib.FONT_SCALES
  }
  assert len(seeds) == 60 * 8 * 2 * 3


def test_splits_share_no_page_even_where_there_are_no_words():
  drawn = {
    split: {
      renderer.draw_page(
        catalogue.BY_NAME[app], split, index, False, 1.0, SCREEN
      ).tobytes()
      for app in ('Drums', 'Stargazer', 'Scanner')
      for index in range(8)
    }
    for split in ('train', 'evaluation')
  }
  assert not drawn['train'] & drawn['evaluation']


def test_status_and_navigation_read_on_every_page(look):
  bar = round(SCREEN[0] * page.BOTTOM)
  for frame in _frames(look):
    row = frame[bar:].astype(float).mean(-1)
    assert row.max() - row.min() > 70
