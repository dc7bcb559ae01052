import pathlib
import sys

import pytest

import acme_vlm
from acme_vlm import errors
from experiments import pretrain_clip

Options = pretrain_clip.Options


@pytest.mark.parametrize('size', ['tiny', 'small'])
def test_what_is_shipped_is_written_only_when_named(size):
  package = pathlib.Path(acme_vlm.__file__).resolve().parent
  folder = Options(size=size).folder
  assert not folder.resolve().is_relative_to(package)
  assert pretrain_clip.make_model(Options(size=size)).path == folder
  assert Options(size=size, out=package / size).folder == package / size


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


def test_an_unknown_domain_is_one_clear_line(monkeypatch, capsys):
  monkeypatch.setattr(sys, 'argv', ['pretrain_clip', '--domain', 'garden'])
  with pytest.raises(SystemExit) as ended:
    pretrain_clip.main()
  assert ended.value.code == 2
  said = capsys.readouterr().err.strip().splitlines()
  assert len(said) == 1
  assert "unknown domain 'garden'; expected one of: phone, home" in said[0]
