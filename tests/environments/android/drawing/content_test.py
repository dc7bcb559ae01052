import itertools

import pytest

from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import content


def _drawn(split, what):
  rng = splits.randomness(split, 0)
  world = content.Content(split, rng)
  return {getattr(world, what)() for _ in range(600)}


@pytest.mark.parametrize(
  'what', ['name', 'message', 'word', 'title', 'place', 'colour', 'clock']
)
def test_splits_share_no_content(what):
  drawn = [_drawn(split, what) for split in splits.SPLITS]
  assert all(len(things) >= 3 for things in drawn)
  for first, second in itertools.combinations(drawn, 2):
    assert not first & second


def test_words_of_titles_are_the_splits_own():
  words = _drawn('evaluation', 'word')
  for title in _drawn('evaluation', 'title'):
    assert set(title.split()) <= words


def test_content_follows_its_randomness():
  def draw(seed):
    world = content.Content('train', splits.randomness('train', seed))
    return [world.title(), world.number(0, 10**6), world.uniform(0, 1)]

  assert draw(1) == draw(1)
  assert draw(1) != draw(2)


def test_chance_is_a_probability():
  world = content.Content('train', splits.randomness('train', 0))
  assert not any(world.chance(0.0) for _ in range(50))
  assert all(world.chance(1.0) for _ in range(50))
