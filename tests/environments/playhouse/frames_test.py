import random
import re

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.environments.playhouse import (
  captions,
  config,
  frames,
  goals,
  model,
)
from acme_vlm.environments.playhouse import world as world_lib

HOME = config.HomeConfig()


def draw(**changes):
  options = {'split': 'train', 'seed': 0, 'num': 30, 'screen': (24, 32)}
  return frames.captioned(HOME, **(options | changes))


def test_frames_and_truth_are_a_function_of_split_and_seed():
  pixels, rows, places = draw()
  assert pixels.shape == (30, 24, 32, 3) and pixels.dtype == np.uint8
  assert rows.shape == (30, len(captions.bank('common').texts))
  assert set(np.unique(rows)) <= {-1, 0, 1}
  again = draw()
  np.testing.assert_array_equal(again[0], pixels)
  np.testing.assert_array_equal(again[1], rows)
  np.testing.assert_array_equal(again[2], places)
  assert places.shape == (30, 9, 12, 5) and places.dtype == np.int16
  for changes in ({'seed': 1}, {'split': 'validation'}):
    assert not np.array_equal(draw(**changes)[0], pixels)


def test_more_frames_begin_with_the_same():
  np.testing.assert_array_equal(draw(num=10)[0], draw()[0][:10])


def test_every_family_has_frames_that_are_true_false_and_between():
  rows = draw(num=240)[1]
  bank = captions.bank('common')
  for number, family in enumerate(goals.FAMILIES):
    neutral = rows[:, bank.place_of[number, goals.NEUTRAL[family]]]
    share = [np.mean(neutral == value) for value in (0, 1, -1)]
    assert share[0] > 0.015 and share[1] > 0.2 and share[2] > 0.002, (
      family,
      share,
    )


def test_what_is_put_in_place_touches_nothing_else():
  """No thing outside of the rooms, and none that is thrown off."""
  world = world_lib.World(model.Capacity(2, HOME.objects[1]))
  rng = random.Random(0)
  speeds = []
  for _ in range(40):
    frames._furnish(world, rng, config.HomeConfig(rooms=(1, 2)))
    for _ in range(5):
      frames._arrange(world, rng, goals.SUPPORTS['common'])
      for index in range(len(world.home.objects)):
        x, y, _ = world.position(index)
        assert any(room.holds(x, y) for room in world.home.plan.rooms)
        speeds.append(world.speed(index))
  # It falls by a millimetre, or off the edge of what it stands on.
  assert np.mean(np.array(speeds) > 2.5) < 0.002


@pytest.mark.parametrize(
  ('changes', 'said'),
  [
    ({'num': 0}, 'expected num >= 1 and seed >= 0, got 0 and 0'),
    ({'seed': -1}, 'expected num >= 1 and seed >= 0, got 30 and -1'),
    ({'screen': (0, 96)}, 'each 16 to 1024 pixels, got (0, 96)'),
    ({'screen': (24,)}, 'a screen of (height, width)'),
    ({'grid': (0, 12)}, 'expected rows and columns >= 1, got (0, 12)'),
    ({'split': 'test'}, "unknown split 'test'"),
  ],
)
def test_bad_input_is_told(changes, said):
  with pytest.raises(errors.AcmeVlmError, match=re.escape(said)):
    draw(**changes)
