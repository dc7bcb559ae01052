import csv
import dataclasses
import json
import sys

import numpy as np
import pytest

from acme_vlm import datasets, errors, rewards
from acme_vlm.datasets import Episode
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.evaluation import reward_analysis, reward_bootstrap
from acme_vlm.rewards import windows
from experiments import reward_report

NAME = 'open_common_apps'
HOME = frames_lib.HOME_SCREEN


def record(folder, *, goals, num=12, seed=0, achieved=None):
  """Phones that open an app and go home again, as recorded episodes."""
  writer = datasets.create(
    folder,
    goals=goals,
    environment='android/test',
    metadata={'split': 'validation'},
  )
  frames, shown = frames_lib.labeled_frames(
    NAME, split='validation', seed=seed, num=4 * num, home_fraction=0.4
  )
  rng = np.random.default_rng(seed)
  for n in range(num):
    part = slice(4 * n, 4 * n + 4)
    truth = np.array([[s == g for g in goals] for s in shown[part]], np.int8)
    own = np.flatnonzero(truth[1:].any(axis=0))
    goal = int(own[0]) if len(own) else int(rng.integers(len(goals)))
    writer.append(
      Episode(
        pixels=frames[part],
        goal=goal,
        achieved=truth if achieved is None else np.full_like(truth, achieved),
        action=np.zeros(3, np.int32),
        policy='solver' if n % 2 else 'random',
        seed=n,
      )
    )
  return folder


@pytest.fixture(scope='module')
def goals():
  _, shown = frames_lib.labeled_frames(
    NAME, split='validation', seed=0, num=40, home_fraction=0.4
  )
  return tuple(sorted({*shown} - {HOME}))


@pytest.fixture(scope='module')
def recording(goals, tmp_path_factory):
  return record(tmp_path_factory.mktemp('recording') / 'a', goals=goals)


def run(monkeypatch, *words):
  monkeypatch.setattr(sys, 'argv', ['reward_report.py', *map(str, words)])
  reward_report.main()


def options(**changes):
  base = rewards.RewardConfig(
    checkpoint='in_domain/phone_tiny',
    num_negatives=3,
    temperature=0.05,
    threshold=0.8,
    window=2,
    hysteresis=(2, 2),
  )
  return reward_report.RewardReport(
    **({'reward': base, 'replicates': 20} | changes)
  )


def test_the_command_writes_a_report_of_every_model(
  recording, tmp_path, monkeypatch, capfd
):
  out = tmp_path / 'deep' / 'report'
  run(
    monkeypatch,
    *('--dataset', recording, '--out', out, '--replicates', 20),
    *('--checkpoints', 'in_domain/phone_tiny', '--reward.num-negatives', 3),
    *('--templates', 'A + D', 'it shows [TASK]'),
  )
  printed = capfd.readouterr()
  assert (
    str(out / 'report.html') in printed.out and 'Traceback' not in printed.err
  )
  assert '12/12' in printed.err
  with (out / 'summary.csv').open(newline='') as file:
    lines = list(csv.DictReader(file))
  assert [line['row'] for line in lines] == [
    'phone_tiny · A+D',
    'phone_tiny · it shows [TASK]',
  ]
  # The model was trained on such phones, with the first's prompts.
  areas = [float(line['every_average_precision']) for line in lines]
  assert areas[0] > 0.9 and areas[1] > 0.2
  made = json.loads((out / 'provenance.json').read_text())
  assert made['command'].startswith('python -m experiments.reward_report --d')
  assert made['datasets'][0]['metadata'] == {'split': 'validation'}
  averaged = made['rows']['phone_tiny · A+D']['config']['prompt_templates']
  assert averaged == ['Open [TASK]', 'Screenshot of [TASK] on Android']
  assert len({line['reward_version'] for line in lines}) == 2


def test_scores_are_those_of_training(recording, monkeypatch):
  """Window and hysteresis for the own goal; each frame alone for all goals."""
  dataset = datasets.open_dataset(recording)
  model = rewards.make_reward_model(options().reward, dataset.goals)
  monkeypatch.setattr(reward_report, '_AT_ONCE', 10)  # Two episodes at a time.
  (found,) = reward_report.score([model], [dataset], 'x')
  expected = windows.EpisodeScorer(model, dataset.goals, 100)
  for n, episode in enumerate(dataset):
    part = slice(4 * n, 4 * n + 4)
    np.testing.assert_allclose(
      found.every[part],
      model.score_goals(episode.pixels, dataset.goals),
      atol=1e-5,
    )
    # As an actor asks: frame by frame, from the first step's on.
    for t in range(1, 4):
      score = expected.scores(
        episode.pixels[t : t + 1],
        np.array([episode.goal], np.int32),
        np.array([n]),
      )
      assert found.own[4 * n + t] == pytest.approx(float(score[0]), abs=1e-5)
    assert np.isnan(found.own[4 * n])


def test_each_frame_is_embedded_once_for_all_templates(recording):
  args = options(templates=('A', 'B', 'C'), windows=(1, 3))
  dataset = datasets.open_dataset(recording)
  models = reward_report.make_models(args, dataset.goals)
  reward_report.score(models, [dataset], 'x')
  assert len(models) == 6
  counts = models[-1].counters()
  different = {f.tobytes() for e in dataset for f in e.pixels}
  assert counts['frames'] == 48
  assert counts['embedded'] == len(different)


def test_what_is_measured_is_what_is_reported(recording, tmp_path):
  args = options(dataset=(recording, recording), worst=2, templates=('D',))
  opened = reward_report.open_all(args.dataset)
  report = reward_report.measure(args, opened)
  assert len(report.labels.policies) == 24
  (row,) = report.rows
  labels = report.labels
  (scores,) = reward_report.score(
    reward_report.make_models(args, labels.goals), opened, 'x'
  )
  again = reward_analysis.analyse(
    labels,
    scores,
    threshold=0.8,
    thresholded=True,
    probability=True,
    precision=0.98,
    resampling=reward_bootstrap.draw(24, 20, 0),
  )
  assert again.every.curve.average_precision == (
    row.analysis.every.curve.average_precision
  )
  assert again.hits.outcome == row.analysis.hits.outcome
  for (number, step), frame in report.frames.items():
    np.testing.assert_array_equal(frame, opened[0][number % 12].pixels[step])


def test_frames_of_several_sizes_are_scored_in_their_order(tmp_path, goals):
  writer = datasets.create(tmp_path / 'x', goals=goals, environment='photos')
  rng = np.random.default_rng(0)
  for n in range(5):
    size = (32, 24) if n % 2 else (40, 40)
    writer.append(
      Episode(
        pixels=rng.integers(0, 255, (1, *size, 3), np.uint8),
        goal=n % len(goals),
        achieved=np.eye(len(goals), dtype=np.int8)[[n % len(goals)]],
        action=np.zeros(0, np.int32),
        policy='images',
        seed=0,
      )
    )
  dataset = datasets.open_dataset(tmp_path / 'x')
  model = rewards.make_reward_model(
    dataclasses.replace(options().reward, window=1, hysteresis=(1, 1)),
    dataset.goals,
    service=rewards.ServiceConfig(batch_sizes=(4,)),
  )
  (found,) = reward_report.score([model], [dataset], 'x')
  for n, episode in enumerate(dataset):
    expected = model.score_goals(episode.pixels, dataset.goals)
    np.testing.assert_allclose(found.every[n : n + 1], expected, atol=1e-5)
    # A single image is the frame of a step.
    assert found.own[n] == pytest.approx(expected[0, episode.goal], abs=1e-5)


@pytest.mark.parametrize(
  ('words', 'line'),
  [
    ([], 'expected --dataset with a folder of recorded episodes, got none'),
    (['--dataset', 'nowhere'], 'nowhere holds no dataset.json'),
    (
      ['--dataset', 'DATA', '--templates', 'E'],
      "unknown prompt template (or text with [TASK]) 'E'; expected one of: A, "
      'B, C, D',
    ),
    (
      ['--dataset', 'DATA', '--checkpoints', 'in_domain/none'],
      "'in_domain/none'",
    ),
    (['--dataset', 'DATA', '--heads', 'hope'], "got 'hope'"),
    (['--dataset', 'DATA', '--out', 'FILE/x'], 'a folder to write the report'),
    (['--dataset', 'ONES'], 'of one class only: 480 achieved, 0 not'),
    (['--dataset', 'ZEROS'], 'of one class only: 0 achieved, 480 not'),
    (['--dataset', 'EMPTY'], 'expected episodes in'),
    (['--dataset', 'DATA', 'OTHER'], 'in every data set, got others in'),
    (['--dataset', 'DATA', '--precision', '0'], 'a precision in (0, 1], got'),
    (['--dataset', 'DATA', '--replicates', '1'], 'expected replicates >= 2'),
    (['--dataset', 'DATA', '--experiment', 'x.py'], "got 'x.py', which is not"),
    (['--dataset', 'DATA', '--reward.num-negatives', '99'], 'num_negatives'),
  ],
)
def test_a_mistake_is_one_line(
  words, line, recording, goals, tmp_path, monkeypatch, capfd
):
  known = {'DATA': lambda: recording}
  known['ONES'] = lambda: record(tmp_path / 'ones', goals=goals, achieved=1)
  known['ZEROS'] = lambda: record(tmp_path / 'zeros', goals=goals, achieved=0)
  known['OTHER'] = lambda: record(tmp_path / 'other', goals=goals[:-1])

  def empty():
    datasets.create(tmp_path / 'empty', goals=goals, environment='x')
    return tmp_path / 'empty'

  known['EMPTY'] = empty
  (tmp_path / 'file').touch()
  words = [str(known[w]()) if w in known else w for w in words]
  words = [w.replace('FILE', str(tmp_path / 'file')) for w in words]
  if '--out' not in words:
    words += ['--out', str(tmp_path / 'out')]
  monkeypatch.chdir(tmp_path)
  with pytest.raises(SystemExit) as stop:
    run(monkeypatch, *words)
  assert stop.value.code == 2
  told = [t for t in capfd.readouterr().err.splitlines() if 'error: ' in t]
  assert len(told) == 1 and line in told[0]
  assert not (tmp_path / 'out').exists()


def test_ctrl_c_is_no_traceback(recording, tmp_path, monkeypatch, capfd):
  def interrupted(*_):
    raise KeyboardInterrupt

  monkeypatch.setattr(reward_report, 'measure', interrupted)
  with pytest.raises(SystemExit) as stop:
    run(monkeypatch, '--dataset', recording, '--out', tmp_path / 'out')
  assert stop.value.code == 130
  assert 'nothing was written' in capfd.readouterr().err


def test_models_are_every_combination_checkpoints_outermost():
  args = options(
    checkpoints=('x', 'y'), templates=('A', 'C'), heads=('softmax', 'cosine')
  )
  found = [
    (c.checkpoint, c.head, c.prompt_templates)
    for c in reward_report.variations(args)
  ]
  assert found == [
    (checkpoint, head, (text,))
    for checkpoint in ('x', 'y')
    for head in ('softmax', 'cosine')
    for text in ('Open [TASK]', 'Screenshot of [TASK]')
  ]
  (base,) = reward_report.variations(options())
  assert base == options().reward


@pytest.mark.parametrize('equals', [False, True])
def test_an_experiments_reward_is_the_default_and_can_be_changed(
  equals, tmp_path
):
  file = tmp_path / 'experiment.py'
  file.write_text(
    'from acme_vlm.agent.config import EnvironmentConfig, ExperimentConfig\n'
    'from acme_vlm.rewards import RewardConfig\n'
    'CONFIG = ExperimentConfig(name="x",\n'
    '  environment=EnvironmentConfig(name="android/open_common_apps"),\n'
    '  reward=RewardConfig(baseline_prompt="a phone", num_negatives=4))\n'
  )
  chosen = [f'--experiment={file}'] if equals else ['--experiment', str(file)]
  # Without the experiment's baseline prompt this head would be refused.
  args = reward_report.parse([*chosen, '--reward.head', 'goal_baseline'])
  assert args.reward.num_negatives == 4
  assert args.reward.head == 'goal_baseline'
  assert args.experiment == file


def test_a_template_is_a_letter_or_a_text():
  with pytest.raises(errors.UnknownNameError):
    reward_report.templates('A + open it')
  assert reward_report.templates('B + see [TASK]') == (
    'Open the [TASK] app',
    'see [TASK]',
  )
