import random

import numpy as np
import pytest

from acme_vlm.environments.android import config, log_stream, look, phone
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import launcher, renderer

SCREEN = (120, 72)
BAR_Y = 116


@pytest.fixture
def device():
  return phone.SimulatedPhone(config.SimulatedPhoneConfig(screen=SCREEN))


def _tap(device, x, y):
  device.send_touch([(x, y, True, 0)])
  device.send_touch([(x, y, False, 0)])


def _swipe(device, start, end, y=60):
  for x in (start, (start + end) // 2, end):
    device.send_touch([(x, y, True, 0)])
  device.send_touch([(end, y, False, 0)])


def _open(device, app):
  page, slot = device.look.find(app)
  for _ in range(page - device.page):
    _swipe(device, 60, 12)
  for _ in range(device.page - page):
    _swipe(device, 12, 60)
  left, top, side = launcher.icon_box(device.look.grid, slot, SCREEN)
  _tap(device, left + side // 2, top + side // 2)


def test_every_icon_opens_its_app(device):
  for app in device.look.contents:
    _open(device, app)
    assert device.open_app == app
    assert device.foreground() == catalogue.BY_NAME[app].activity
    device.press('KEYCODE_HOME')
    assert device.foreground() == phone.LAUNCHER


def test_swipes_turn_pages_and_stop_at_the_ends(device):
  pages = []
  for start, end in [(12, 60), (60, 12), (60, 12), (60, 12), (12, 60)]:
    _swipe(device, start, end)
    pages.append(device.page)
  assert pages == [0, 1, 2, 2, 1]


def test_vertical_swipes_and_swipes_in_apps_do_nothing(device):
  device.send_touch([(36, 90, True, 0)])
  device.send_touch([(36, 30, True, 0)])
  device.send_touch([(36, 30, False, 0)])
  assert (device.page, device.open_app) == (0, None)
  _open(device, 'Clock')
  page = device.page
  _swipe(device, 60, 12)
  assert (device.page, device.open_app) == (page, 'Clock')


@pytest.mark.parametrize(
  ('x', 'closes'),
  [(18, True), (36, True), (54, False)],
  ids=['back', 'home', 'recents'],
)
def test_navigation_bar(device, x, closes):
  _open(device, 'Docs')
  _tap(device, x, BAR_Y)
  assert (device.open_app is None) == closes


def test_home_returns_to_the_page_then_to_the_first(device):
  _swipe(device, 60, 12)
  app = next(app for app in device.look.pages[1] if app)
  _open(device, app)
  device.press('KEYCODE_HOME')
  assert (device.open_app, device.page) == (None, 1)
  device.press('KEYCODE_HOME')
  assert device.page == 0


def test_back_on_the_launcher_stays(device):
  _swipe(device, 60, 12)
  _tap(device, 18, BAR_Y)
  assert (device.open_app, device.page) == (None, 1)


def test_keys(device):
  device.start(catalogue.BY_NAME['Docs'].activity)
  device.send_key(np.int32(4), 'keyup')
  device.send_key(np.int32(99), 'keydown')
  assert device.open_app == 'Docs'
  device.send_key(np.int32(4), 'keydown')
  assert device.open_app is None
  device.start(catalogue.BY_NAME['Docs'].activity)
  device.send_key(np.int32(3), 'keypress')
  assert device.open_app is None


def test_taps_inside_an_app_open_nothing(device):
  _open(device, 'Docs')
  for x in range(3, 72, 8):
    for y in range(3, 110, 8):
      _tap(device, x, y)
      assert device.open_app == 'Docs'


def test_lifting_a_finger_that_is_not_down_does_nothing(device):
  device.send_touch([(10, 20, False, 0)])
  assert (device.page, device.open_app) == (0, None)


def test_only_cold_starts_are_logged(device, monkeypatch):
  lines = []
  stream = device.create_log_stream()
  monkeypatch.setattr(
    stream, 'emit', lambda tag, message: lines.append((tag, message))
  )
  assert isinstance(stream, log_stream.SimulatedLogStream)
  clock = catalogue.BY_NAME['Clock']
  _open(device, 'Clock')
  device.press('KEYCODE_BACK')
  _open(device, 'Clock')
  assert len(lines) == 1
  device.force_stop(clock.package)
  assert device.open_app is None
  _open(device, 'Clock')
  line = 'ActivityTaskManager', f'Displayed {clock.activity}: +312ms'
  assert lines == [line, line]


def test_unknown_packages(device):
  assert not device.start('com.unknown/.Main')
  assert not device.start(catalogue.BY_NAME['Chess'].activity)
  device.force_stop('com.unknown')
  assert device.foreground() == phone.LAUNCHER


def test_the_screen_shows_the_state(device):
  home = device.get_screenshot()
  np.testing.assert_array_equal(
    home, renderer.home_frame(device.look, 0, SCREEN)
  )
  assert device.get_screenshot() is home
  assert not home.flags.writeable
  _open(device, 'Clock')
  np.testing.assert_array_equal(
    device.get_screenshot(), renderer.app_frame(device.look, 'Clock', SCREEN)
  )


def test_renewing_makes_another_phone(device):
  _open(device, 'Clock')
  before = device.get_screenshot()
  other = look.draw(
    random.Random(9), 'train', tuple(device.look.contents), device.look.grid, 4
  )
  device.renew(other)
  assert (device.page, device.open_app) == (0, None)
  assert (device.get_screenshot() != before).any()
