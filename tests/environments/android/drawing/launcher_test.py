import numpy as np
import pytest

from acme_vlm.environments.android import actions, look
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import launcher, page

GRIDS = [look.Grid(3), look.Grid(2, 5, 4), look.Grid(1, 3, 3)]
SCREENS = [(120, 72), (384, 216)]


@pytest.mark.parametrize('screen', SCREENS)
@pytest.mark.parametrize('grid', GRIDS)
def test_icons_are_hit_where_they_are_drawn(grid, screen):
  height, width = screen
  for slot in range(grid.slots):
    left, top, side = launcher.icon_box(grid, slot, screen)
    assert left >= 0 and left + side <= width
    assert height * page.TOP < top and top + side < height * page.BOTTOM
    for x in (left + 1, left + side - 1):
      for y in (top + 1, top + side - 1):
        assert launcher.slot_at(grid, x, y, screen) == slot
    assert launcher.slot_at(grid, left - 1, top + 1, screen) != slot
    assert launcher.slot_at(grid, left + 1, top - 2, screen) != slot


@pytest.mark.parametrize('screen', SCREENS)
def test_bars_hit_no_icon(screen):
  height, width = screen
  for grid in GRIDS:
    for y in (0, height - 1):
      hits = {launcher.slot_at(grid, x, y, screen) for x in range(width)}
      assert hits == {None}


@pytest.mark.parametrize('screen', SCREENS)
def test_the_default_action_grid_reaches_every_icon(screen):
  height, width = screen
  grid, taps = look.Grid(3), actions.ActionGrid()
  reached = set()
  for action in range(taps.num_taps):
    x, y = taps.decode(action)[0]['touch_position']
    reached.add(launcher.slot_at(grid, x * width, y * height, screen))
  assert reached == {None, *range(grid.slots)}


def test_icons_are_told_apart_at_14_pixels():
  icons = np.stack(
    [
      np.asarray(launcher.icon(app, 14)).astype(int)[..., :3]
      for app in catalogue.BY_NAME.values()
    ]
  )
  distance = abs(icons[:, None] - icons[None]).mean(axis=(2, 3, 4))
  distance[np.diag_indices(len(icons))] = np.inf
  first, second = np.unravel_index(distance.argmin(), distance.shape)
  names = tuple(catalogue.BY_NAME)
  # Noise of the size of JPEG artefacts is about 3.
  assert distance.min() > 18, (names[first], names[second])


def test_a_labeled_icon_is_the_icon_over_its_name():
  app = catalogue.BY_NAME['Clock']
  both = launcher.labeled_icon(app, 30, (240, 144), 1.0)
  pixels = np.asarray(both)
  left = (both.width - 30) // 2
  np.testing.assert_array_equal(
    pixels[:30, left : left + 30], np.asarray(launcher.icon(app, 30))
  )
  assert (pixels[30:, :, 3] > 200).any()


def test_bars_show_time_charge_and_contrast():
  screen = (384, 216)

  def ink(image):
    return (np.asarray(image)[..., 3] > 128).sum()

  assert ink(launcher.battery(100, True, screen)) > ink(
    launcher.battery(10, True, screen)
  )
  clocks = {
    launcher.clock(minutes, True, screen).tobytes()
    for minutes in (0, 59, 60, 719, 1439)
  }
  assert len(clocks) == 5
  for sprite in (launcher.clock, launcher.battery):
    white, dark = (
      np.asarray(sprite(50, light, screen)) for light in (True, False)
    )
    assert white[..., :3][white[..., 3] == 255].min() > 200
    assert dark[..., :3][dark[..., 3] == 255].max() < 60


def test_navigation_buttons_lie_where_touches_expect_them():
  bar = np.asarray(launcher.navigation_bar(True, (384, 216)))[..., 3]
  for x in (launcher.BACK_X, launcher.HOME_X, launcher.RECENTS_X):
    assert bar[bar.shape[0] // 2, round(x * bar.shape[1])] == 255
  assert bar[:, 0].max() == 0


def test_dots_tell_the_page():
  dots = [
    np.asarray(launcher.dots(page, 3, (384, 216))).astype(int)
    for page in range(3)
  ]
  bright = [
    np.nonzero((sheet[..., 0] > 200) & (sheet[..., 3] > 200))[1].mean()
    for sheet in dots
  ]
  assert bright[0] < bright[1] < bright[2]
