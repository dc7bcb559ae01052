"""Tests of the command line: every mistake is one line that names itself."""

import dataclasses

import pytest

from acme_vlm import errors
from acme_vlm.agent import config as config_lib
from launch import command_line

_DEFAULT = config_lib.ExperimentConfig(name='test')


def _parse(*args):
  return command_line.parse(_DEFAULT, args, prog='prog')


def test_options_change_the_named_fields_only():
  config = _parse(
    '--reward.threshold', '0.75', '--environment.goals', 'Gmail', 'Clock'
  )
  assert config.reward.threshold == 0.75
  assert config.environment.goals == ('Gmail', 'Clock')
  expected = dataclasses.replace(
    _DEFAULT,
    reward=dataclasses.replace(_DEFAULT.reward, threshold=0.75),
    environment=dataclasses.replace(
      _DEFAULT.environment, goals=('Gmail', 'Clock')
    ),
  )
  assert config == expected


@pytest.mark.parametrize(
  ('args', 'said'),
  [
    (['--reward.treshold', '0.5'], r'--reward\.treshold.*reward\.threshold'),
    (['--reward.threshold', 'high'], r'--reward\.threshold.*high'),
    (['--reward.head', 'dot'], r"head softmax, .* or sigmoid, got 'dot'"),
    (['--reward.threshold', '1.5'], r'threshold in \[0, 1\], got 1\.5'),
    (['--reward.temperature', '0'], r'temperature > 0, got 0'),
    (['--reward.prompt-templates', 'Open it'], r"\[TASK\], got 'Open it'"),
    (['--seed', '1.5'], r'--seed.*1\.5'),
    (['--run.minutes', '-1'], r'minutes >= 0, got -1'),
    (['stray'], r'stray'),
  ],
)
def test_mistakes_are_one_line(args, said):
  with pytest.raises(errors.ConfigError, match=said) as caught:
    _parse(*args)
  assert '\n' not in str(caught.value)


def test_a_reward_of_another_kind_needs_no_file():
  config = _parse(
    *('--reward.head', 'cosine', '--reward.threshold', '-0.3'),
    *('--reward.temperature', 'None', '--reward.hysteresis', '2', '3'),
    *('--reward.prompt-templates', 'a [TASK]', 'my [TASK]'),
    *('--reward.goal-prompts', 'Gmail', 'an inbox', 'a list of mails'),
  )
  assert config.reward == dataclasses.replace(
    _DEFAULT.reward,
    head='cosine',
    threshold=-0.3,
    temperature=None,
    hysteresis=(2, 3),
    prompt_templates=('a [TASK]', 'my [TASK]'),
    goal_prompts={'Gmail': ('an inbox', 'a list of mails')},
  )


def test_help_explains_fields_of_every_part(capsys):
  with pytest.raises(SystemExit) as stop:
    _parse('--help')
  assert stop.value.code == 0
  shown = capsys.readouterr().out
  for option in ('--reward.threshold', '--learner.', '--actor.', '--replay.'):
    assert option in shown


def test_configuration_survives_json():
  config = _parse('--replay.batch-size', '8', '--environment.goals', 'Gmail')
  again = config_lib.from_json(
    config_lib.ExperimentConfig, config_lib.to_json(config)
  )
  assert again == config


def test_json_with_an_unknown_field_is_refused():
  values = config_lib.to_json(_DEFAULT) | {'colour': 'red'}
  with pytest.raises(errors.ConfigError, match='unknown colour'):
    config_lib.from_json(config_lib.ExperimentConfig, values)


@pytest.mark.parametrize(
  ('text', 'said'),
  [
    (None, 'expected an experiment file'),
    ('CONFIG = 3', 'ExperimentConfig, got int'),
    ('import nothing_here', 'nothing_here'),
    ('x =', 'SyntaxError'),
  ],
)
def test_experiment_files_that_hold_none(tmp_path, text, said):
  path = tmp_path / 'experiment.py'
  if text is not None:
    path.write_text(text)
  with pytest.raises(errors.ConfigError, match=said):
    command_line.load_experiment(str(path))
