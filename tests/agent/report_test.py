"""Tests of what a run leaves for people, on a small run that took place."""

import dataclasses
import io
import json
import math

import numpy as np
import pytest
from rich import console as rich_console

from acme_vlm.agent import builder, progress, report, run_directory
from acme_vlm.metrics import csv
from acme_vlm.metrics import writer as writer_lib
from acme_vlm.testing import fake_reward_model
from tests.agent import tiny_experiment

# The keys that people's scripts rely on.
_PROMISED = {
  'true_success',
  'vlm_success',
  'random_true_success',
  'reward_precision',
  'reward_recall',
  'return_correlation',
  'environment_frames',
  'training_seconds',
  'frames_per_second',
}


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """Parts, folder and evaluations of a run with a reward that errs."""
  root = tmp_path_factory.mktemp('runs')
  config = tiny_experiment.with_run(tiny_experiment.config(), root=str(root))
  model = fake_reward_model.FakeRewardModel(
    false_positive_rate=0.1, false_negative_rate=0.3
  )
  parts = tiny_experiment.parts(config, reward_model=model)
  run = run_directory.RunDirectory.create(root, config.name, config.seed, 0)
  run.write_config({})
  log = progress.EpisodeLog()
  writer = writer_lib.MetricsWriter([csv.CSVLogger(run.metrics)])
  stages = builder.Stages(parts, writer, episode_log=log)
  try:
    reporter = progress.Progress(stages, writer, log, period_seconds=1e-9)
    evaluator = parts.evaluator(stages.learner)
    for _ in range(3):
      tiny_experiment.learn(stages, 1)
      reporter.evaluated(evaluator.evaluate('sampled'), reporter.frames)
      reporter.report()
    evaluations = report.final_evaluation(
      parts, stages.learner.get_variables()[0]
    )
  finally:
    stages.loop.close()
    stages.close()
    writer.close()
  return parts, run, evaluations


@pytest.fixture(scope='module')
def summary(trained):
  parts, run, evaluations = trained
  return report.write(
    parts,
    run,
    evaluations,
    training_seconds=12.34,
    environment_frames=617,
    learner_steps=3,
  )


def test_every_way_of_acting_is_evaluated(trained):
  parts, _, evaluations = trained
  config = parts.config.evaluation
  assert set(evaluations) == {'random', 'sampled', 'greedy'}
  for mode, evaluation in evaluations.items():
    assert len(evaluation.episodes) == config.final_episodes
    recorded = sum(e.pixels is not None for e in evaluation.episodes)
    assert recorded == (config.recorded_episodes if mode == 'sampled' else 0)


def test_the_summary_has_the_promised_keys_and_is_flat(trained, summary):
  _, run, _ = trained
  read = json.loads(run.summary.read_text())
  assert set(summary) >= _PROMISED
  assert set(read) == set(summary)
  for key, value in read.items():
    assert isinstance(value, str | int | float | None), key


@pytest.mark.parametrize(
  ('prefix', 'mode'),
  [('', 'sampled'), ('greedy_', 'greedy'), ('random_', 'random')],
)
def test_figures_are_those_of_the_episodes(trained, summary, prefix, mode):
  parts, _, evaluations = trained
  episodes = evaluations[mode].episodes
  assert summary[f'{prefix}true_success'] == pytest.approx(
    np.mean([e.true_success for e in episodes])
  )
  assert summary[f'{prefix}vlm_success'] == pytest.approx(
    np.mean([e.vlm_success for e in episodes])
  )
  said = np.concatenate([e.scores > parts.vlm.threshold for e in episodes])
  true = np.concatenate([e.achieved for e in episodes])
  for name, of in (('precision', said), ('recall', true)):
    expected = (said & true).sum() / of.sum() if of.any() else math.nan
    assert summary[f'{prefix}reward_{name}'] == pytest.approx(
      expected, nan_ok=True
    )


def test_the_run_itself_is_in_the_summary(trained, summary):
  parts, run, _ = trained
  assert summary['environment_frames'] == 617
  assert summary['learner_steps'] == 3
  assert summary['training_seconds'] == 12.3
  assert summary['frames_per_second'] == 50.0
  assert summary['threshold'] == parts.vlm.threshold
  assert summary['experiment'] == 'tiny'
  assert summary['oracle_reward'] is False
  assert summary['commit'] == run.commits()[0]


def test_curves_are_those_of_the_csv(trained):
  _, run, _ = trained
  curve, points = report._curves(run)
  rows = csv.read_rows(run.metrics)
  assert len(rows) == len(points) == 3
  np.testing.assert_array_equal(
    curve.frames, [row['environment_frames'] for row in rows]
  )
  np.testing.assert_array_equal(
    curve.true_return, [row['actor/true_return'] for row in rows]
  )
  np.testing.assert_array_equal(
    curve.vlm_return, [row['actor/vlm_return'] for row in rows]
  )
  for point, row in zip(points, rows, strict=True):
    assert point.frames == row['environment_frames']
    assert point.true.value == row['evaluation/true_success']
    assert point.true.low <= point.true.value <= point.true.high
    assert point.vlm.value == row['evaluation/vlm_success']


def test_rows_without_episodes_or_evaluation_are_no_points(tmp_path):
  run = run_directory.RunDirectory(tmp_path)
  run.metrics.write_text(
    'environment_frames,actor/true_return,actor/vlm_return\n'
    '1,,\n2,0.5,\n3,0.25,0.75\n'
  )
  curve, points = report._curves(run)
  assert points == []
  np.testing.assert_array_equal(curve.frames, [2, 3])
  np.testing.assert_array_equal(curve.true_return, [0.5, 0.25])
  np.testing.assert_array_equal(curve.vlm_return, [math.nan, 0.75])


def test_pictures_and_video_are_there(trained, summary):
  _, run, _ = trained
  del summary
  for name in ('returns', 'precision_recall', 'success_by_goal'):
    assert (run.plots / f'{name}.png').read_bytes().startswith(b'\x89PNG')
  assert b'ftyp' in (run.videos / 'evaluation.mp4').read_bytes()[:16]


def test_what_is_not_defined_is_null():
  values = {'a': math.nan, 'b': 0.5, 'c': 'nan', 'd': None, 'e': 2}
  assert json.loads(json.dumps(report._without_nan(values))) == {
    'a': None,
    'b': 0.5,
    'c': 'nan',
    'd': None,
    'e': 2,
  }


def test_the_newest_oracle_run_is_the_reference(trained, tmp_path):
  parts, _, _ = trained
  config = tiny_experiment.with_run(parts.config, root=str(tmp_path))
  here = tiny_experiment.parts(config)
  assert report._oracle(here) is None
  for name, success in (('20260101-000000-seed0', 0.5), ('20270101-', 0.75)):
    folder = tmp_path / report.oracle_name(config.name) / name
    folder.mkdir(parents=True)
    (folder / 'summary.json').write_text(
      json.dumps({'true_success': success, 'environment_frames': 9000})
    )
  # One that has not been evaluated yet.
  (tmp_path / report.oracle_name(config.name) / '20280101-').mkdir()
  assert report._oracle(here) == (0.75, 9000)
  here.config = dataclasses.replace(
    config, run=dataclasses.replace(config.run, oracle_reward=True)
  )
  assert report._oracle(here) is None, 'it is no reference of itself'


def test_the_table_says_what_the_summary_says(trained, summary):
  _, run, _ = trained
  printed = io.StringIO()
  console = rich_console.Console(file=printed, width=100)
  known = {'oracle_true_success': 0.875, 'oracle_environment_frames': 12_000}
  report.show(summary | known, run, console)
  said = printed.getvalue()
  assert str(run.path) in said
  assert '617 frames in 12 s (50 frames/s)' in said
  chance = f'chance {summary["chance_precision"]:.3f}'
  assert chance in ' '.join(said.split())
  for label, prefix in (
    ('random', 'random_'),
    ('trained, sampled', ''),
    ('trained, greedy', 'greedy_'),
  ):
    (row,) = [line for line in said.splitlines() if f'{label}  ' in line]
    assert f'{100 * summary[f"{prefix}true_success"]:.1f} %' in row
    assert f'{100 * summary[f"{prefix}vlm_success"]:.1f} %' in row
  (row,) = [line for line in said.splitlines() if 'oracle reward' in line]
  assert '87.5 %' in row and '12,000 frames' in row


@pytest.mark.parametrize(
  ('figures', 'said'),
  [
    ((0.9, 0.8, 0.7, 0.6, 0.1), 'precision 0.900, recall 0.800; average'),
    ((0.9, 0.8, 0.7, 0.6, 0.1), '0.700 (0.600 to 0.700), by chance 0.100.'),
    ((math.nan, 0.0, 0.12, 0.09, 0.1), 'it never fired; average precision'),
    ((math.nan, 0.0, 0.12, 0.09, 0.1), '0.100. No better than chance.'),
    ((math.nan,) * 4 + (0.0,), 'it never fired; none of them shows its goal'),
  ],
)
def test_a_reward_at_chance_is_called_that(figures, said):
  names = ('reward_precision', 'reward_recall', 'average_precision')
  names += ('average_precision_low', 'chance_precision')
  values = dict(zip(names, figures, strict=True))
  values['average_precision_high'] = values['average_precision']
  assert said in report._verdict(values)
  assert ('No better' in report._verdict(values)) == (0.09 in figures)


def test_taps_are_marked_at_the_middle_of_their_cell(trained):
  parts, _, _ = trained
  mark = report._action_marks(parts)
  # Four rows and three columns: action 7 is the second of the third row.
  assert mark(7).label == 'tap'
  assert mark(7).position == pytest.approx((2.5 / 4, 1.5 / 3))
  assert [mark(action).label for action in range(12, 16)] == [
    'next page',
    'previous page',
    'back',
    'home',
  ]
  assert all(mark(action).position is None for action in range(12, 16))
