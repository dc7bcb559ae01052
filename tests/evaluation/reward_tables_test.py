import csv

import numpy as np
import pytest

from acme_vlm.evaluation import reward_tables


@pytest.fixture(scope='module')
def tables(report, tmp_path_factory):
  folder = tmp_path_factory.mktemp('tables')
  reward_tables.write(folder, report.rows, report.worst)
  found = {}
  for path in folder.iterdir():
    with path.open(newline='', encoding='utf-8') as file:
      found[path.name] = list(csv.DictReader(file))
  return found


def test_every_file_is_whole(tables, report):
  assert {name: len(lines) for name, lines in tables.items()} == {
    'summary.csv': 3,
    'per_goal.csv': 9,
    'curves.csv': len(tables['curves.csv']),
    'worst.csv': sum(map(len, report.worst.values())),
  }


def test_the_summary_says_what_was_measured(tables, report):
  for line, row in zip(tables['summary.csv'], report.rows, strict=True):
    found = row.analysis
    assert line['row'] == row.name
    assert int(line['reward_version']) == row.version
    expected = {
      'every_average_precision': found.every.curve.average_precision.value,
      'every_average_precision_low': found.every.curve.average_precision.low,
      'own_precision': found.own.at_threshold.precision.value,
      'own_recall_episodes_high': found.own.recall.high,
      'epic': found.epic.value,
      'epic_thresholded': found.epic_rewarded.value,
      'brier': found.calibration.brier,
      'return_kendall': found.return_kendall,
      'suggested_threshold': found.suggestion.chosen.value,
      'suggested_recall': found.suggestion.held_out.recall.value,
    }
    for key, value in expected.items():
      assert float(line[key]) == pytest.approx(value, rel=1e-5), key
    ends = [int(line[key]) for key in line if key.startswith('episodes_')]
    assert sum(ends) == 24


def test_goals_keep_their_names(tables, report):
  lines = tables['per_goal.csv'][:3]
  assert tuple(line['goal'] for line in lines) == report.labels.goals
  goal = report.rows[0].analysis.goals[1]
  assert float(lines[1]['recall']) == pytest.approx(
    goal.at_threshold.recall.value, rel=1e-5
  )


def test_curves_end_at_full_recall_and_stay_small(tables, report):
  for row in report.rows:
    for view in ('every', 'own'):
      lines = [
        line
        for line in tables['curves.csv']
        if (line['row'], line['view']) == (row.name, view)
      ]
      recall = [float(line['recall']) for line in lines]
      assert recall == sorted(recall) and recall[-1] == 1
      assert len(lines) <= 201
      curve = getattr(row.analysis, view).curve
      for line in lines:
        k = np.argmin(np.abs(curve.thresholds - float(line['threshold'])))
        assert float(line['precision']) == pytest.approx(
          curve.precision[k], rel=1e-4
        )


def test_the_worst_are_told_apart(tables, report):
  line = tables['worst.csv'][0]
  case = report.worst[report.rows[0].name][0]
  assert (line['kind'], line['goal']) == (case.kind, case.goal)
  assert (int(line['episode']), int(line['step'])) == (case.episode, case.step)


def test_what_is_not_defined_is_empty(report, tmp_path):
  row = report.rows[0]
  row = row._replace(
    analysis=row.analysis._replace(calibration=None, hits=None)
  )
  line = reward_tables.summary(row)
  assert np.isnan([line['brier'], line['episodes_right']]).all()
  reward_tables.write(tmp_path, [row], {})
  with (tmp_path / 'summary.csv').open(newline='') as file:
    (read,) = csv.DictReader(file)
  assert read['brier'] == read['first_reward_right'] == ''
  assert list(tmp_path.glob('*.partial')) == []
