import random

import pytest

from acme_vlm import errors
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.drawing import wallpaper

APPS = tuple('abcdefghij')
GRID = look_lib.Grid(pages=3)


def _draw(seed, apps=APPS, grid=GRID, split='train'):
  return look_lib.draw(random.Random(seed), split, apps, grid, 4)


def test_every_app_has_one_icon_and_every_page_an_app():
  for seed in range(50):
    pages = _draw(seed).pages
    assert [len(page) for page in pages] == [12, 12, 12]
    icons = [app for page in pages for app in page if app is not None]
    assert sorted(icons) == list(APPS)
    assert all(any(page) for page in pages)


def test_find_returns_where_the_icon_lies():
  look = _draw(3)
  for app in APPS:
    page, slot = look.find(app)
    assert look.pages[page][slot] == app
  with pytest.raises(errors.UnknownNameError, match="icon 'z'"):
    look.find('z')


def test_a_full_grid_is_filled():
  grid = look_lib.Grid(pages=2, rows=5, columns=1)
  for seed in range(20):
    pages = _draw(seed, grid=grid).pages
    assert all(app is not None for page in pages for app in page)


def test_fewer_apps_than_pages():
  pages = _draw(0, apps=('a',)).pages
  assert [app for page in pages for app in page if app] == ['a']


def test_looks_follow_their_seed():
  assert _draw(1) == _draw(1)
  looks = [_draw(seed) for seed in range(40)]
  assert len({look.pages for look in looks}) == 40
  assert {look.dark for look in looks} == {True, False}
  assert {look.font_scale for look in looks} == set(look_lib.FONT_SCALES)
  # Both tidy home pages and ones with gaps between icons occur.
  gaps = [
    None in page[: sum(app is not None for app in page)]
    for look in looks
    for page in look.pages
  ]
  assert True in gaps and False in gaps


def test_draws_stay_in_range():
  for seed in range(200):
    look = _draw(seed, split='validation')
    assert 0 <= look.wallpaper < wallpaper.POOL_SIZES['validation']
    assert 0 <= look.minutes < 24 * 60
    assert look.battery in range(10, 101, 10)
    assert set(look.contents) == set(APPS)
    assert set(look.contents.values()) <= {0, 1, 2, 3}


def test_apps_that_do_not_fit():
  with pytest.raises(errors.ConfigError, match='10 apps do not fit on 1 page'):
    _draw(0, grid=look_lib.Grid(pages=1, rows=3, columns=3))
  with pytest.raises(errors.ConfigError, match='at least one page'):
    look_lib.Grid(pages=0)
