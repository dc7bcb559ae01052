import numpy as np
import pytest
from PIL import Image

from acme_vlm import errors
from experiments import home_reward

MODEL = 'in_domain/home_small'


@pytest.mark.parametrize(
  ('field', 'value', 'line'),
  [
    ('episodes', 0, 'expected episodes >= 1, got 0'),
    ('seed', -1, 'expected seed >= 0, got -1'),
    ('families', (), 'expected at least one of families, got none'),
  ],
)
def test_an_option_out_of_range_is_one_clear_line(field, value, line):
  with pytest.raises(errors.ConfigError) as caught:
    home_reward.Options(**{field: value})
  assert str(caught.value) == line


def test_the_worst_come_first_and_neighbours_once():
  wanted = np.zeros((20, 2), bool)
  wanted[[0, 2, 9], 0] = True
  wanted[2, 1] = True
  order = np.zeros((20, 2))
  order[0, 0], order[2, 0], order[9, 0], order[2, 1] = 0.3, 0.1, 0.2, 0.4
  # Frame 0 shows the same as frame 2, a step or two before.
  assert list(home_reward._worst(wanted, order, 9)) == [(2, 0), (9, 0), (2, 1)]
  assert list(home_reward._worst(wanted, order, 1)) == [(2, 0)]
  assert list(home_reward._worst(~wanted & wanted, order, 1)) == []


def test_it_reports_both_splits_at_both_thresholds_and_draws(tmp_path):
  options = home_reward.Options(
    checkpoint=MODEL, families=('find',), rooms=(1, 1), episodes=1, out=tmp_path
  )
  report = home_reward.measure(options)
  rows = [line for line in report.splitlines() if line.startswith('| find |')]
  assert len(rows) == 4
  threshold = home_reward.EXPERIMENTS['find'].reward.threshold
  assert [f'{threshold:.3f}' in row for row in rows[:2]] == [True, True]
  assert sorted(path.name for path in tmp_path.iterdir()) == [
    'find.png',
    'find_missed.png',
    'find_wrong.png',
  ]
  # A full sheet: six frames of 196 pixels to a line.
  with Image.open(tmp_path / 'find_wrong.png') as sheet:
    assert sheet.width == 6 * 196
