import pathlib

import pytest

from acme_vlm import errors
from acme_vlm.rewards import config_source

SOURCE = """# Größe: temperature=1
CONFIG = Experiment(
  reward=rewards.RewardConfig(checkpoint='ä', temperature=0.05,  # why
    threshold = 0.7), other=Other(threshold=0.9),
)
"""


def test_only_the_numbers_change():
  changed = config_source.replace_values(
    SOURCE, {'temperature': 0.0421, 'threshold': 0.825}
  )
  assert changed == SOURCE.replace('0.05,', '0.0421,').replace('0.7)', '0.825)')


def test_two_numbers_on_one_line():
  changed = config_source.replace_values(
    'r = RewardConfig(threshold=1, temperature=2.5)\n',
    {'temperature': 0.125, 'threshold': 0.25},
  )
  assert changed == 'r = RewardConfig(threshold=0.25, temperature=0.125)\n'


@pytest.mark.parametrize(
  ('source', 'line'),
  [
    ('x = 1\n', 'expected one call of RewardConfig in the experiment, got 0'),
    (
      'a = RewardConfig(threshold=1)\nb = RewardConfig(threshold=1)\n',
      'expected one call of RewardConfig in the experiment, got 2',
    ),
    (
      'a = RewardConfig()\n',
      'expected threshold=<number> in the call of RewardConfig, got nothing',
    ),
    (
      'a = RewardConfig(threshold=2 * HALF)\n',
      'expected threshold=<number> in the call of RewardConfig, got 2 * HALF',
    ),
  ],
)
def test_what_cannot_be_written_is_one_clear_line(source, line):
  with pytest.raises(errors.ConfigError) as caught:
    config_source.replace_values(source, {'threshold': 0.5})
  assert str(caught.value) == line


def test_a_file_is_rewritten_and_nothing_is_left_beside_it(tmp_path):
  file = tmp_path / 'experiment.py'
  file.write_text(SOURCE, encoding='utf-8')
  file.chmod(0o640)
  config_source.rewrite(file, {'threshold': 0.825})
  assert file.read_text(encoding='utf-8') == SOURCE.replace('0.7)', '0.825)')
  assert file.stat().st_mode & 0o777 == 0o640
  assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path, monkeypatch):
  file = tmp_path / 'experiment.py'
  file.write_text(SOURCE, encoding='utf-8')

  def full(self, target):
    raise OSError(28, 'No space left on device')

  monkeypatch.setattr(pathlib.Path, 'replace', full)
  with pytest.raises(errors.ConfigError) as caught:
    config_source.rewrite(file, {'threshold': 0.825})
  assert str(caught.value) == (
    f'expected an experiment file that can be rewritten, got {file}: '
    'No space left on device'
  )
  assert file.read_text(encoding='utf-8') == SOURCE
  assert list(tmp_path.iterdir()) == [file]


def test_a_file_in_a_missing_folder_is_one_clear_line(tmp_path):
  with pytest.raises(errors.ConfigError, match='No such file'):
    config_source.rewrite(tmp_path / 'no' / 'e.py', {'threshold': 0.5})
