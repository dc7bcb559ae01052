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
      'a = RewardConfig(**others)\n',
      'expected threshold=<number> in the call of RewardConfig, got **',
    ),
    (
      "a = RewardConfig(threshold='0.5')\n",
      "expected threshold=<number> in the call of RewardConfig, got '0.5'",
    ),
    (
      'a = RewardConfig(\n',
      "expected an experiment in Python, got line 1: '(' was never closed",
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


@pytest.mark.parametrize(
  ('source', 'expected'),
  [
    ('r = RewardConfig()\n', 'r = RewardConfig(bias=-2.5, threshold=0.5)\n'),
    ('r(R.RewardConfig( ) )', 'r(R.RewardConfig(bias=-2.5, threshold=0.5 ) )'),
    (
      "r = RewardConfig('ä', f(1), window=(2))  # why\n",
      "r = RewardConfig('ä', f(1), window=(2), bias=-2.5, threshold=0.5)"
      '  # why\n',
    ),
    (
      'r = RewardConfig(window=2,)',
      'r = RewardConfig(window=2, bias=-2.5, threshold=0.5)',
    ),
    (
      'r = RewardConfig(threshold=-1e-3, bias=None)',
      'r = RewardConfig(threshold=0.5, bias=-2.5)',
    ),
    (
      "r = X(\n  reward=RewardConfig(\n    window=2,  # 'ä', why\n"
      '    threshold=.7,\n    # the end\n  ),\n)\n',
      "r = X(\n  reward=RewardConfig(\n    window=2,  # 'ä', why\n"
      '    threshold=0.5,\n    bias=-2.5,\n    # the end\n  ),\n)\n',
    ),
    (
      'r = RewardConfig(\n    window=max(\n      2, 3\n    )  # ü\n)',
      'r = RewardConfig(\n    window=max(\n      2, 3\n    ),\n'
      '    bias=-2.5,\n    threshold=0.5  # ü\n)',
    ),
  ],
)
def test_what_the_call_does_not_name_is_added(source, expected):
  values = {'bias': -2.5, 'threshold': 0.5}
  changed = config_source.replace_values(source, values)
  assert changed == expected
  assert config_source.replace_values(changed, values) == changed


def test_none_takes_the_place_of_a_number_and_back():
  source = 'r = RewardConfig(temperature=0.05)'
  changed = config_source.replace_values(source, {'temperature': None})
  assert changed == 'r = RewardConfig(temperature=None)'
  assert config_source.replace_values(changed, {'temperature': 0.05}) == source


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
