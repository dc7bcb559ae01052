import pathlib

import pytest

import acme_vlm
from acme_vlm import errors
from experiments import pretrain_home

Options = pretrain_home.Options


def test_what_is_shipped_is_written_only_when_named():
  package = pathlib.Path(acme_vlm.__file__).resolve().parent
  assert not Options().folder.resolve().is_relative_to(package)
  assert Options(out=package / 'x').folder == package / 'x'


@pytest.mark.parametrize(
  ('field', 'value', 'line'),
  [
    ('batch_size', 1, 'expected batch_size >= 2, got 1'),
    ('pool', 10, 'expected pool >= 64, got 10'),
    ('heldout', 7, 'expected heldout >= 8, got 7'),
    (
      'families',
      ('find', 'fly'),
      "expected families of ('find', 'lift', 'pick_and_place'), got"
      " ('find', 'fly')",
    ),
    ('episodes', 0, 'expected episodes >= 1, got 0'),
    ('text_steps', 0, 'expected text_steps >= 1, got 0'),
    ('reuse', 0.0, 'expected reuse > 0, got 0.0'),
    ('learning_rate', float('nan'), 'expected learning_rate > 0, got nan'),
  ],
)
def test_an_option_out_of_range_is_one_clear_line(field, value, line):
  with pytest.raises(errors.ConfigError) as caught:
    Options(**{field: value})
  assert str(caught.value) == line


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path):
  (tmp_path / 'file').touch()
  with pytest.raises(errors.ConfigError, match='expected a folder to write to'):
    pretrain_home.pretrain(Options(out=tmp_path / 'file' / 'x'))


def test_other_ways_to_say_it_mean_the_caption():
  said, meant = pretrain_home.phrased()
  pairs = set(zip(said, meant, strict=True))
  assert ('a red duck close by', 'a red duck up close') in pairs
  assert ('a red duck in the hand', 'a red duck held up') in pairs
  assert ('a duck beside a plane', 'a duck next to a plane') in pairs
  assert ('a red duck on top of a bed', 'a red duck on a bed') in pairs
  assert ('a red duck', 'a red duck') in pairs
