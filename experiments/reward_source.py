"""The reward of an experiment, of a run, or of a file of its own."""

import json
import pathlib
from typing import NamedTuple

from acme_vlm import environments, errors
from acme_vlm.agent import config as config_lib
from acme_vlm.rewards import RewardConfig
from launch import command_line


class RewardSource(NamedTuple):
  """What makes a reward, and of which task set it is.

  Attributes:
    reward: the configuration.
    goals: the environment's goals; none where no environment is named.
    environment: how it is configured; None where none is.
  """

  reward: RewardConfig
  goals: tuple[str, ...]
  environment: config_lib.EnvironmentConfig | None


def read(path: str) -> RewardSource:
  """Reads a reward's configuration.

  Args:
    path: an experiment file `.py`; a run's folder or its `config.json`; or a
      JSON file with the fields of `RewardConfig`, alone or as 'reward'.

  Returns:
    The reward and its task set.

  Raises:
    ConfigError: none of these, or a field that is not as it should be.
  """
  file = pathlib.Path(path)
  if file.is_dir():
    file = file / 'config.json'
  if file.suffix != '.json':
    return _of_experiment(command_line.load_experiment(path))
  try:
    values = json.loads(file.read_text(encoding='utf-8'))
  except (OSError, ValueError) as error:
    raise errors.ConfigError(
      f'expected a reward as JSON in {file}, got '
      f'{getattr(error, "strerror", None) or error}'
    ) from error
  if isinstance(values, dict) and isinstance(values.get('config'), dict):
    experiment = config_lib.ExperimentConfig
    return _of_experiment(config_lib.from_json(experiment, values['config']))
  if isinstance(values, dict) and set(values) == {'reward'}:
    values = values['reward']
  if not isinstance(values, dict):
    raise errors.ConfigError(
      f'expected the fields of a reward in {file}, got {type(values).__name__}'
    )
  reward = config_lib.from_json(RewardConfig, values)
  return RewardSource(reward, reward.task_set, None)


def write(path: pathlib.Path, reward: RewardConfig) -> None:
  """Writes a reward as JSON, which `read` and `launch.swap` take.

  Args:
    path: of the file; missing folders are made.
    reward: the configuration.

  Raises:
    ConfigError: it cannot be written.
  """
  partial = path.with_name(f'.{path.name}.partial')
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(config_lib.to_json(reward), indent=2) + '\n'
    partial.write_text(text, encoding='utf-8')
    partial.replace(path)
  except OSError as error:
    raise errors.ConfigError(
      f'expected a file to write to, got {path}: {error.strerror}'
    ) from error


def _of_experiment(config: config_lib.ExperimentConfig) -> RewardSource:
  environment = config.environment
  goals = environment.goals or environments.goals(environment.name)
  return RewardSource(config.reward, tuple(goals), environment)
