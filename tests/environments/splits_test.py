import hypothesis
import pytest
from hypothesis import strategies

from acme_vlm import errors
from acme_vlm.environments import splits


def test_shares_of_a_list_are_disjoint_and_complete():
  things = list(range(23))
  shares = [splits.share(split, things) for split in splits.SPLITS]
  assert sorted(thing for share in shares for thing in share) == things


@hypothesis.given(
  low=strategies.integers(-50, 50),
  width=strategies.integers(5, 60),
  seed=strategies.integers(0, 1000),
)
def test_numbers_lie_in_range_and_belong_to_one_split(low, width, seed):
  drawn = {}
  for split in splits.SPLITS:
    rng = splits.randomness(split, seed)
    drawn[split] = {
      splits.number(split, rng, low, low + width) for _ in range(40)
    }
    assert all(low <= number < low + width for number in drawn[split])
  assert not drawn['train'] & drawn['validation']
  assert not drawn['train'] & drawn['evaluation']
  assert not drawn['validation'] & drawn['evaluation']


def test_a_narrow_range_is_drawn_whole():
  rng = splits.randomness('evaluation', 0)
  drawn = {splits.number('evaluation', rng, 0, 3) for _ in range(100)}
  assert drawn == {0, 1, 2}


def test_randomness_depends_on_split_and_entropy_only():
  def first(split, *entropy):
    return splits.randomness(split, *entropy).random()

  assert first('train', 1, 2) == first('train', 1, 2)
  others = [
    first('train', 1, 2),
    first('train', 2, 1),
    first('validation', 1, 2),
    first('evaluation', 1, 2),
  ]
  assert len(set(others)) == len(others)


def test_unknown_split():
  assert splits.validate('train') == 'train'
  with pytest.raises(errors.UnknownNameError, match="split 'dev'"):
    splits.validate('dev')
