import pathlib
import shlex

import pytest

import acme_vlm
from acme_vlm import errors
from experiments import pretrain_clip
from launch import command_line

Options = pretrain_clip.Options


@pytest.mark.parametrize('size', ['tiny', 'small'])
def test_what_is_shipped_is_written_only_when_named(size):
  package = pathlib.Path(acme_vlm.__file__).resolve().parent
  folder = Options(size=size).folder
  assert not folder.resolve().is_relative_to(package)
  assert pretrain_clip.make_model(Options(size=size)).path == folder
  assert Options(size=size, out=package / size).folder == package / size


@pytest.mark.parametrize(
  'options',
  [
    Options(),
    Options(size='tiny', num_steps=7, minutes=2.5, learning_rate=3e-4),
    Options(out=pathlib.Path('a folder/x'), resume=True, chunk=96),
  ],
)
def test_the_model_cards_command_gives_the_options_back(options):
  words = shlex.split(pretrain_clip.command(options))
  assert command_line.parse(Options(), words, prog='prog') == options


@pytest.mark.parametrize(
  ('field', 'value', 'line'),
  [
    ('batch_size', 1, 'expected batch_size >= 2, got 1'),
    ('heldout', 3, 'expected heldout >= 4, got 3'),
    ('minutes', 0.0, 'expected minutes > 0, got 0.0'),
    ('learning_rate', float('nan'), 'expected learning_rate > 0, got nan'),
    ('home_fraction', 1.0, 'expected a home_fraction in [0, 1), got 1.0'),
    (
      'chunk',
      100,
      'expected a chunk that is a multiple of batch_size 96, got 100',
    ),
  ],
)
def test_an_option_out_of_range_is_one_clear_line(field, value, line):
  with pytest.raises(errors.ConfigError) as caught:
    Options(**{field: value})
  assert str(caught.value) == line


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path):
  (tmp_path / 'file').touch()
  with pytest.raises(errors.ConfigError, match='expected a folder to write to'):
    pretrain_clip.pretrain(Options(out=tmp_path / 'file' / 'x'))
