"""Tests of the configuration of experiments."""

import dataclasses
import json

import pytest

from acme_vlm import errors
from acme_vlm.agent import config as config_lib

EnvironmentConfig = config_lib.EnvironmentConfig
ExperimentConfig = config_lib.ExperimentConfig
RunConfig = config_lib.RunConfig


@pytest.mark.parametrize(
  ('kind', 'values', 'line'),
  [
    (EnvironmentConfig, {'max_steps': 0}, 'expected max_steps >= 1, got 0'),
    (
      EnvironmentConfig,
      {'screen': (0, 72)},
      'expected a screen of at least 1 x 1 pixels, got (0, 72)',
    ),
    (RunConfig, {'minutes': -0.5}, 'expected minutes >= 0, got -0.5'),
    (RunConfig, {'frames': -1}, 'expected frames >= 0, got -1'),
    (RunConfig, {'learner_steps': -1}, 'expected learner_steps >= 0, got -1'),
    (RunConfig, {'disk_mib': -1}, 'expected disk_mib >= 0, got -1'),
    (
      RunConfig,
      {'checkpoint_minutes': 0},
      'expected checkpoint_minutes > 0, got 0',
    ),
    (RunConfig, {'report_seconds': 0}, 'expected report_seconds > 0, got 0'),
    (RunConfig, {'keep_checkpoints': 0}, 'expected keep_checkpoints > 0, got'),
    (RunConfig, {'minutes': float('nan')}, 'expected minutes >= 0, got nan'),
    (
      RunConfig,
      {'report_seconds': float('nan')},
      'expected report_seconds > 0, got nan',
    ),
    (ExperimentConfig, {'name': '..'}, "can be a folder, got '..'"),
    (ExperimentConfig, {'name': ''}, "a name that can be a folder, got ''"),
    (ExperimentConfig, {'name': 'a/b'}, "can be a folder, got 'a/b'"),
    (
      ExperimentConfig,
      {'name': 'a', 'seed': -1},
      'expected a seed >= 0, got -1',
    ),
  ],
)
def test_bad_values_give_one_clear_line(kind, values, line):
  with pytest.raises(errors.ConfigError) as caught:
    kind(**values)
  assert line in str(caught.value)
  assert '\n' not in str(caught.value)


def test_edge_values_are_allowed():
  EnvironmentConfig(max_steps=1, screen=(1, 1))
  RunConfig(minutes=0, frames=0, learner_steps=0, disk_mib=0)
  ExperimentConfig(name='a', seed=0)


def _changed():
  """A configuration in which every part differs from its defaults."""
  config = ExperimentConfig(name='a', seed=7)
  return dataclasses.replace(
    config,
    environment=EnvironmentConfig(goals=('Gmail', 'Clock'), screen=(60, 36)),
    reward=dataclasses.replace(
      config.reward,
      threshold=0.25,
      task_set=('a',),
      members=('b', 'c'),
      goal_prompts={'a': ('an a', 'the a')},
      hysteresis=(2, 3),
      temperature=None,
    ),
    service=dataclasses.replace(config.service, batch_sizes=(1, 2, 3)),
    replay=dataclasses.replace(config.replay, batch_size=3),
    policy=dataclasses.replace(config.policy, grid=None, channels=(1, 2, 3)),
    actor=dataclasses.replace(config.actor, num_environments=5),
    learner=dataclasses.replace(config.learner, learning_rate=0.125),
    evaluation=dataclasses.replace(config.evaluation, episodes=9),
    run=RunConfig(minutes=1.5, oracle_reward=True),
  )


def test_a_file_gives_back_what_was_saved():
  config = _changed()
  text = json.dumps(config_lib.to_json(config))
  again = config_lib.from_json(ExperimentConfig, json.loads(text))
  assert again == config
  # Tuples again, not lists: configurations are hashed.
  assert hash(again) == hash(config)


def test_fields_that_a_file_lacks_keep_their_defaults():
  config = config_lib.from_json(
    ExperimentConfig, {'name': 'old', 'run': {'minutes': 2.0}}
  )
  assert config == ExperimentConfig(name='old', run=RunConfig(minutes=2.0))


@pytest.mark.parametrize(
  ('values', 'line'),
  [
    ({'name': 'a', 'colour': 1, 'age': 2}, 'ExperimentConfig, got unknown age'),
    ({'name': 'a', 'run': {'hours': 1}}, 'RunConfig, got unknown hours'),
    ({'name': 'a', 'run': {'minutes': -1}}, 'expected minutes >= 0, got -1'),
  ],
)
def test_what_does_not_fit_is_refused(values, line):
  with pytest.raises(errors.ConfigError, match=line):
    config_lib.from_json(ExperimentConfig, values)


def test_a_choice_of_configurations_is_not_guessed():
  @dataclasses.dataclass(frozen=True)
  class Choice:
    part: EnvironmentConfig | RunConfig

  # The annotation is looked up as it stands, not as a string.
  with pytest.raises(errors.ConfigError, match='unions'):
    config_lib.from_json(Choice, {'part': {'minutes': 1}})


@pytest.mark.parametrize(
  'text', ['', '[]', '{}', '{"config": null}', '{"config": {}}']
)
def test_a_file_that_is_no_run_is_refused_in_one_line(tmp_path, text):
  file = tmp_path / 'config.json'
  if text:
    file.write_text(text)
  with pytest.raises(errors.RunDirectoryError) as caught:
    config_lib.read(file)
  assert f'the configuration of a run in {file}' in str(caught.value)
  assert '\n' not in str(caught.value)


def test_the_configuration_of_a_run_is_read(tmp_path):
  file = tmp_path / 'config.json'
  mine = ExperimentConfig(name='mine', seed=3)
  file.write_text(json.dumps({'config': config_lib.to_json(mine)}))
  assert config_lib.read(file) == mine
