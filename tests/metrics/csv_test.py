import math

import pytest

from acme_vlm import errors
from acme_vlm.metrics import csv


def test_columns_grow_and_earlier_rows_stay_empty_in_them(tmp_path):
  path = tmp_path / 'metrics.csv'
  logger = csv.CSVLogger(path)
  logger.write({'frames': 1, 'a': 0.5})
  logger.write({'frames': 2, 'b': 'word, with "comma"', 'a': math.nan})
  logger.write({'frames': 3, 'c': 1 / 3})
  logger.close()
  assert path.read_text().splitlines() == [
    'frames,a,b,c',
    '1,0.5,,',
    '2,,"word, with ""comma""",',
    '3,,,0.3333333',
  ]
  assert csv.read_rows(path) == [
    {'frames': 1.0, 'a': 0.5},
    {'frames': 2.0, 'b': 'word, with "comma"'},
    {'frames': 3.0, 'c': 0.3333333},
  ]


def test_every_row_is_on_disk_at_once(tmp_path):
  logger = csv.CSVLogger(tmp_path / 'metrics.csv')
  for n in range(3):
    logger.write({'frames': n})
    assert len(csv.read_rows(tmp_path / 'metrics.csv')) == n + 1
  logger.close()


def test_resuming_goes_on_where_it_stopped(tmp_path):
  whole, parts = tmp_path / 'whole.csv', tmp_path / 'parts.csv'
  rows = [{'frames': n, f'k{n // 2}': n / 2} for n in range(6)]
  logger = csv.CSVLogger(whole)
  for row in rows:
    logger.write(row)
  logger.close()
  for row in rows:
    logger = csv.CSVLogger(parts)
    logger.write(row)
    logger.close()
  assert parts.read_text() == whole.read_text()


def test_a_row_cut_short_by_a_crash_is_dropped(tmp_path):
  path = tmp_path / 'metrics.csv'
  logger = csv.CSVLogger(path)
  logger.write({'frames': 1, 'a': 1})
  logger.write({'frames': 2, 'a': 2})
  logger.close()
  path.write_text(path.read_text()[:-2])
  logger = csv.CSVLogger(path)
  logger.write({'frames': 5, 'a': 5})
  logger.close()
  assert csv.read_rows(path) == [{'frames': 1, 'a': 1}, {'frames': 5, 'a': 5}]


def test_rows_after_the_point_of_resuming_are_dropped(tmp_path):
  path = tmp_path / 'metrics.csv'
  logger = csv.CSVLogger(path)
  for n in range(5):
    logger.write({'frames': 10 * n})
  logger.close()
  logger = csv.CSVLogger(path, keep_until=('frames', 20))
  logger.write({'frames': 25})
  logger.close()
  frames = [row['frames'] for row in csv.read_rows(path)]
  assert frames == [0, 10, 20, 25]


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
  with pytest.raises(errors.RunDirectoryError, match='writable CSV file'):
    csv.CSVLogger(tmp_path / 'no' / 'metrics.csv')
  odd = tmp_path / 'odd.csv'
  odd.write_text('a,a\n1,2\n')
  with pytest.raises(errors.RunDirectoryError, match='distinct columns'):
    csv.CSVLogger(odd)
