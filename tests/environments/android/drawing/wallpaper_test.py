import itertools

import numpy as np

from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import wallpaper

SCREEN = (60, 36)


def _pixels(split, index, dark=False, screen=SCREEN):
  return np.asarray(wallpaper.draw(split, index, dark, screen)).astype(int)


def test_wallpapers_are_repeatable():
  np.testing.assert_array_equal(_pixels('train', 5), _pixels('train', 5))
  assert _pixels('train', 5).shape == (60, 36, 3)


def test_splits_share_no_wallpaper():
  drawn = {
    split: {_pixels(split, index).tobytes() for index in range(48)}
    for split in splits.SPLITS
  }
  for papers in drawn.values():
    assert len(papers) == 48
  for first, second in itertools.combinations(drawn.values(), 2):
    assert not first & second


def test_the_dark_theme_dims():
  for index in range(8):
    light = _pixels('train', index).mean()
    assert _pixels('train', index, dark=True).mean() < 0.7 * light


def test_the_same_wallpaper_at_another_size():
  small = _pixels('train', 2)
  large = _pixels('train', 2, screen=(240, 144))
  shrunk = large.reshape(60, 4, 36, 4, 3).mean(axis=(1, 3))
  assert abs(shrunk - small).mean() < 8
