import csv
import json
import pathlib
import shutil

import numpy as np
import pytest

from acme_vlm import datasets, environments, errors, rewards
from acme_vlm.agent import config as config_lib
from acme_vlm.datasets import episode_file
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import frames as home_frames
from acme_vlm.environments.playhouse import goals as home_goals
from acme_vlm.rewards import windows
from experiments import (
  calibrate,
  labeled_frames,
  labeled_scores,
  reward_source,
)
from launch import command_line

NAME = 'android/open_common_apps'
GOALS = environments.goals(NAME)
SCREEN = (40, 24)
EPISODES, STEPS = 24, 4


def _record(folder, *, kind='mixed', goals=GOALS):
  """Episodes of drawn frames, in which an app stays open for three steps."""
  writer = datasets.create(folder, goals=goals, environment=NAME)
  frames, labels = frames_lib.labeled_frames(
    NAME,
    split='validation',
    seed=3,
    num=2 * EPISODES,
    screen=SCREEN,
    home_fraction=0.5,
  )
  homes = frames[[label not in GOALS for label in labels]]
  apps = [n for n, label in enumerate(labels) if label in GOALS]
  for n in range(EPISODES):
    app = apps[n]
    pixels = np.stack([homes[n], homes[n - 1], *[frames[app]] * 3])
    achieved = np.zeros((STEPS + 1, len(GOALS)), np.int8)
    achieved[2:, GOALS.index(labels[app])] = 1
    if kind == 'unknown':
      # Nobody knows of other goals than the episode's own.
      own = achieved[:, 0].copy()
      achieved[:] = episode_file.UNKNOWN
      achieved[:, 0] = own
    if kind == 'nothing':
      achieved[:] = 0
    writer.append(
      datasets.Episode(
        pixels, 0, achieved, np.zeros(STEPS, np.int32), 'random', n
      )
    )
  return folder


@pytest.fixture(scope='module')
def recording(tmp_path_factory):
  return _record(tmp_path_factory.mktemp('recording') / 'phones')


@pytest.fixture(scope='module')
def both_models():
  """Compiled once, whatever reward they are then asked for."""
  config = rewards.RewardConfig(
    checkpoint='in_domain/phone_tiny', members=('in_domain/phone_small',)
  )
  return rewards.make_reward_model(
    config, GOALS, service=labeled_scores.SERVICE
  )


@pytest.fixture
def experiment(tmp_path):
  """A copy of the shipped experiment that may be written to."""
  path = tmp_path / 'apps.py'
  shutil.copy('experiments/open_common_apps.py', path)
  return path


def _run(experiment, tmp_path, *options):
  plots = ('--plots', str(tmp_path / 'plots'))
  calibrate.main([str(experiment), *plots, *map(str, options)])


def _table(tmp_path):
  with open(tmp_path / 'plots' / 'apps.csv', newline='') as file:
    return {row['what']: row for row in csv.DictReader(file)}


def test_the_numbers_go_into_the_experiment_and_nothing_else(
  experiment, tmp_path, capsys
):
  text = experiment.read_text()
  changed = text.replace('    threshold=0.9391,\n', '').replace(
    'temperature=0.0561', 'temperature=0.4'
  )
  experiment.write_text(changed)
  _run(experiment, tmp_path, '--frames', 80, '--precision', 0.8)
  reward = command_line.load_experiment(str(experiment)).reward
  assert reward.temperature < 0.2, 'the labels are likelier at a lower one'
  expected = changed.replace(
    'temperature=0.4,\n',
    f'temperature={reward.temperature},\n    threshold={reward.threshold},\n',
  )
  assert experiment.read_text() == expected
  shown = capsys.readouterr().out
  assert f'temperature 0.4 -> {reward.temperature}' in shown
  picture = tmp_path / 'plots' / 'apps.png'
  assert picture.read_bytes()[:4] == b'\x89PNG'
  held_out = _table(tmp_path)['chosen, held-out half']
  assert float(held_out['threshold']) == reward.threshold
  values = [float(held_out[f'precision_{f}']) for f in ('low', 'value', 'high')]
  assert values == sorted(values) and values[1] > 0.9


@pytest.mark.parametrize(
  'options',
  [
    {'window': 2, 'hysteresis': (2, 3)},
    {'head': 'sigmoid'},
    {
      'head': 'goal_baseline',
      'baseline_prompt': 'Screenshot of the home screen',
      'members': ('in_domain/phone_small',),
      'ensemble': 'agree',
    },
  ],
  ids=lambda options: '-'.join(map(str, options)),
)
def test_what_is_chosen_holds_where_a_run_would_score(
  recording, experiment, tmp_path, both_models, options
):
  out, words = tmp_path / 'reward.json', []
  for name, value in options.items():
    values = value if isinstance(value, tuple) else (value,)
    words += [f'--reward.{name.replace("_", "-")}', *map(str, values)]
  _run(
    *(experiment, tmp_path, '--dataset', recording, '--precision', 0.4),
    *('--out', out, *words),
  )
  reward = reward_source.read(str(out)).reward
  for name, value in options.items():
    assert getattr(reward, name) == value
  if 'head' not in options:
    assert reward.temperature == 0.0561, 'a good temperature stays'
  if options.get('head') == 'sigmoid':
    assert reward.temperature is not None and reward.bias is not None
  # The same, episode by episode, by the scorer alone.
  dataset = datasets.open_dataset(recording)
  half, _ = labeled_frames.halves(dataset, GOALS, 0)
  assert len(half) == EPISODES // 2
  model = rewards.make_reward_model(
    reward, GOALS, service=labeled_scores.SERVICE, like=both_models
  )
  said = hits = 0
  for index in half:
    episode = dataset[index]
    scorer = windows.EpisodeScorer(model, GOALS, len(GOALS))
    for t in range(1, STEPS + 1):
      every = np.arange(len(GOALS))
      frame = np.stack([episode.pixels[t]] * len(GOALS))
      rewarded = scorer.rewards(frame, every.astype(np.int32), every)
      said += rewarded.sum()
      hits += (rewarded * episode.achieved[t]).sum()
  assert said and hits / said >= 0.4
  row = _table(tmp_path)['chosen, its own half']
  assert float(row['precision_value']) == pytest.approx(hits / said, abs=1e-5)


def test_what_nobody_knows_is_left_out(experiment, tmp_path):
  recording = _record(tmp_path / 'some', kind='unknown')
  dataset = datasets.open_dataset(recording)
  with pytest.raises(errors.ConfigError, match='labels for all goals are know'):
    calibrate.calibrate(
      calibrate.Calibrate(
        str(experiment),
        dataset=recording,
        precision=0.2,
        dry_run=True,
        plots=tmp_path,
        reward=command_line.load_experiment(str(experiment)).reward,
      )
    )
  assert len(dataset) == EPISODES


def _refused(capsys, experiment, tmp_path, *options):
  with pytest.raises(SystemExit) as stop:
    _run(experiment, tmp_path, *options)
  shown = capsys.readouterr().err
  assert stop.value.code == 2
  assert shown.count('\n') == 1, shown
  return shown


def test_a_dataset_with_one_class_only_is_one_clear_line(
  capsys, experiment, tmp_path
):
  recording = _record(tmp_path / 'none', kind='nothing')
  line = _refused(capsys, experiment, tmp_path, '--dataset', recording)
  assert 'got one class only in' in line
  assert 'every labeled frame achieves none' in line


def test_a_precision_that_cannot_be_reached_tells_the_best(
  capsys, experiment, tmp_path, recording
):
  line = _refused(capsys, experiment, tmp_path, '--dataset', recording)
  # 12 of 12 episodes: 12 / (12 + z²).
  assert '>= 0.98 by the lower bound of its 95 % interval' in line
  assert '0.7575 (precision 1.0000 of 36 positives in 12 episodes)' in line


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    (['--precision', '1'], 'expected a precision in (0, 1), got 1.0'),
    (['--frames', '0'], 'expected frames >= 1'),
    (['--seed', '-1'], 'expected seed >= 0, got -1'),
    (['--reward.window', '2'], 'expected --out FILE.json for a reward that is'),
    (
      ['--reward.window', '2', '--dry-run', 'True'],
      'expected --dataset for a window or hysteresis',
    ),
    (['--dataset', '/no/such'], '/no/such'),
  ],
)
def test_mistakes(capsys, experiment, tmp_path, options, said):
  assert said in _refused(capsys, experiment, tmp_path, *options)


def test_where_nothing_can_be_written_nothing_is_computed(
  capsys, experiment, tmp_path, monkeypatch
):
  monkeypatch.setattr(
    rewards, 'make_reward_model', lambda *_, **__: pytest.fail('computed')
  )
  file = tmp_path / 'file'
  file.touch()
  for options in (('--out', file / 'a' / 'reward.json'), ('--plots', file)):
    line = _refused(capsys, experiment, tmp_path, *options)
    assert 'expected a folder to write to, got' in line
  line = _refused(capsys, experiment, tmp_path, '--out', tmp_path)
  assert 'expected --out FILE.json, got folder' in line


def test_mistakes_of_other_files(capsys, tmp_path, recording):
  assert 'nothing.py' in _refused(capsys, 'nothing.py', tmp_path)
  file = tmp_path / 'reward.json'
  file.write_text('{"threshold": 0.5}')
  line = _refused(capsys, file, tmp_path)
  assert 'expected --out FILE.json for a reward from' in line
  line = _refused(capsys, file, tmp_path, '--out', tmp_path / 'out.json')
  assert 'expected --dataset for a reward of no environment' in line
  file.write_text('{"threshhold": 0.5}')
  assert 'got unknown threshhold' in _refused(capsys, file, tmp_path)
  file.write_text('[')
  assert 'expected a reward as JSON in' in _refused(capsys, file, tmp_path)
  other = _record(tmp_path / 'other', goals=tuple(map(str.lower, GOALS)))
  line = _refused(
    *(capsys, 'experiments/open_common_apps.py', tmp_path),
    *('--dataset', other, '--dry-run', 'True'),
  )
  assert 'expected a dataset of the goals' in line


def test_the_help_needs_no_experiment(capsys):
  with pytest.raises(SystemExit) as stop:
    calibrate.main(['--help'])
  assert stop.value.code == 0
  assert '--dataset' in capsys.readouterr().out


def test_a_run_gives_its_reward_and_its_goals(tmp_path):
  config = command_line.load_experiment('experiments/open_diverse_apps.py')
  values = {'config': json.loads(json.dumps(config_lib.to_json(config)))}
  (tmp_path / 'config.json').write_text(json.dumps(values))
  source = reward_source.read(str(tmp_path))
  assert source.reward == config.reward
  assert source.goals == environments.goals(config.environment.name)
  out = pathlib.Path(tmp_path, 'deeper', 'reward.json')
  reward_source.write(out, source.reward)
  assert reward_source.read(str(out)).reward == config.reward


def test_homes_are_drawn_with_what_their_frames_show():
  environment = config_lib.EnvironmentConfig(
    name='playhouse/lift', screen=(24, 32)
  )
  goals = home_goals.task_set('lift', 'common')
  drawn = labeled_frames.drawn(
    environment, goals, num=120, seed=3, home_fraction=0.5
  )
  parts = list(drawn)
  shows = np.concatenate([part.shows for part in parts])
  assert shows.shape == (120, len(goals)) and set(np.unique(shows)) == {0, 1}
  # Only one thing is in the hand; the frames are those of the captions.
  assert shows.sum(axis=1).max() == 1
  captioned = home_frames.captioned(
    environment.home, split='validation', seed=3, num=120, screen=(24, 32)
  )
  place = captions.bank('common').place_of
  columns = [place[1, goal] for goal in goals]
  np.testing.assert_array_equal(
    shows, captioned.truth[:, columns] == captions.TRUE
  )
  pixels = np.concatenate([part.pixels for part in parts])
  np.testing.assert_array_equal(pixels, captioned.frames)
