"""Gives a running experiment another reward, without stopping it.

    python -m launch.swap RUN_FOLDER [--reward.threshold 0.8]
        [--reward.checkpoint NAME] [--reward.prompt-templates '[TASK] open']
        [--reward-config FILE.json] [--on-swap relabel|drop|keep] [--no-wait]

Options change fields of the reward that the run has now (or that the newest
request asks for); `--reward-config` replaces the fields that are in the file.
All is checked here first; then the run loads the reward beside the old one and
switches between two batches. `--no-wait` returns when the request is written.
"""

import dataclasses
import json
import pathlib
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from acme_vlm import environments, errors, rewards
from acme_vlm.agent import config as config_lib
from acme_vlm.agent import progress, run_directory, swap_requests
from acme_vlm.networks import clip_source
from launch import command_line

_PROGRAM = 'python -m launch.swap RUN_FOLDER'
_POLL_SECONDS = 0.1
_INTERRUPTED = 130


@dataclasses.dataclass(frozen=True)
class Swap:
  """Another reward for a running experiment."""

  reward: rewards.RewardConfig
  """What makes the reward; defaults are those of the run."""

  reward_config: pathlib.Path | None = None
  """JSON file with fields of the reward, alone or as an object 'reward'."""

  on_swap: Literal['relabel', 'drop', 'keep'] | None = None
  """What becomes of labels that are not learned from yet; None is as the run
  is configured (service.on_swap)."""


def main(argv: Sequence[str] | None = None) -> None:
  """Runs the command line.

  Args:
    argv: without the program; None takes the process's.

  Raises:
    SystemExit: with code 2 and one line on a mistake or a refusal.
  """
  argv = sys.argv[1:] if argv is None else list(argv)
  options = [arg for arg in argv if arg != '--no-wait']
  if not options or options[0] in ('-h', '--help'):
    print(__doc__)
    if not options:
      command_line.fail('expected the folder of a run, got none')
    raise SystemExit(0)
  folder, *options = options
  try:
    with command_line.user_mistakes():
      run = run_directory.RunDirectory(pathlib.Path(folder))
      number = request(run, options)
      print(f'Request {number} is written.', flush=True)
      if '--no-wait' not in argv:
        _wait(run, number)
  except KeyboardInterrupt:
    print('Stopped waiting; the request stays.')
    raise SystemExit(_INTERRUPTED) from None


def request(run: run_directory.RunDirectory, options: Sequence[str]) -> int:
  """Checks a wish for another reward and hands it to the run.

  Args:
    run: the experiment that shall have it.
    options: the command line, without the program and the folder.

  Returns:
    The request's number.

  Raises:
    AcmeVlmError: whatever does not fit.
  """
  experiment = _experiment(run)
  mailbox = swap_requests.Mailbox(run.requests)
  default = Swap(_newest(experiment, mailbox))
  wanted = command_line.parse(default, options, prog=_PROGRAM)
  if wanted.reward_config is not None:
    default = Swap(_from_file(wanted.reward_config, default.reward))
    wanted = command_line.parse(default, options, prog=_PROGRAM)
  if not run.is_held():
    raise errors.RunDirectoryError(
      f'expected a run that is training now, got {run.path}, which no process'
      ' is (--resume takes options of a new reward)'
    )
  if experiment.run.oracle_reward:
    raise errors.ConfigError(
      'expected a run that learns from a reward model, got an oracle run'
    )
  goals = environments.goals(experiment.environment.name)
  reward = _found_from_anywhere(wanted.reward, default.reward)
  model = rewards.make_reward_model(reward, goals, service=experiment.service)
  version = progress.version_name(model.version)
  if version == _version_before(run, mailbox):
    raise errors.ConfigError(
      f'expected a reward other than the one of {run.path}, got the same,'
      f' version {version}'
    )
  return mailbox.ask(reward, wanted.on_swap)


def _experiment(
  run: run_directory.RunDirectory,
) -> config_lib.ExperimentConfig:
  try:
    values = json.loads(run.config.read_text())['config']
  except (OSError, ValueError, KeyError, TypeError) as error:
    raise errors.RunDirectoryError(
      f'expected the folder of a run, got {run.path}, whose config.json is'
      f' {"missing" if isinstance(error, OSError) else "broken"}'
    ) from error
  return config_lib.from_json(config_lib.ExperimentConfig, values)


def _newest(
  experiment: config_lib.ExperimentConfig, mailbox: swap_requests.Mailbox
) -> rewards.RewardConfig:
  """What the run has now, or will have when its requests are done."""
  waiting = mailbox.waiting()
  return mailbox.read(waiting[-1]).reward if waiting else experiment.reward


def _found_from_anywhere(
  reward: rewards.RewardConfig, before: rewards.RewardConfig
) -> rewards.RewardConfig:
  """Writes new folders out: the run may work in another one than this."""

  def absolute(name: str) -> str:
    path = pathlib.Path(name).expanduser()
    known = name in (*before.checkpoints, *clip_source.shipped())
    return name if known or not path.is_dir() else str(path.resolve())

  cache = reward.cache_dir
  if cache and cache != before.cache_dir:
    cache = str(pathlib.Path(cache).expanduser().resolve())
  return dataclasses.replace(
    reward,
    checkpoint=absolute(reward.checkpoint),
    members=tuple(map(absolute, reward.members)),
    cache_dir=cache,
  )


def _version_before(
  run: run_directory.RunDirectory, mailbox: swap_requests.Mailbox
) -> str:
  """The reward that the run has now, unless another is on its way."""
  history = run.rewards()
  if mailbox.waiting() or not history:
    return ''
  return history[-1]['version']


def _from_file(
  path: pathlib.Path, before: rewards.RewardConfig
) -> rewards.RewardConfig:
  try:
    values: Any = json.loads(path.read_text())
  except (OSError, ValueError) as error:
    raise errors.ConfigError(
      f'expected a JSON file of a reward, got {path}: {error}'
    ) from error
  if isinstance(values, Mapping):
    values = values.get('reward', values)
  if not isinstance(values, Mapping):
    raise errors.ConfigError(
      f'expected an object of fields of a reward in {path}, got'
      f' {type(values).__name__}'
    )
  merged = config_lib.to_json(before) | dict(values)
  return config_lib.from_json(rewards.RewardConfig, merged)


def _wait(run: run_directory.RunDirectory, number: int) -> None:
  """Prints each answer to a request until the last one.

  Raises:
    ConfigError: the run has refused the reward.
    RunDirectoryError: the run ended.
  """
  mailbox = swap_requests.Mailbox(run.requests)
  seen = ''
  while seen not in swap_requests.FINAL:
    # Looked at first: what ends the run answers before.
    running = run.is_held()
    answer = mailbox.answer(number) or {}
    state = answer.get('state', '')
    if state != seen:
      _say(number, answer)
      seen = state
    elif not running:
      raise errors.RunDirectoryError(
        f'expected {run.path} to switch, but it ended before'
      )
    time.sleep(_POLL_SECONDS)


def _say(number: int, answer: Mapping[str, Any]) -> None:
  match answer.get('state'):
    case swap_requests.REFUSED:
      raise errors.ConfigError(
        f'the run goes on with the reward it has: {answer.get("error")}'
      )
    case swap_requests.SWITCHED:
      loading, still = answer['loading_seconds'], answer['still_seconds']
      print(
        f'Request {number}: switched at frame {answer["frames"]:,}, reward'
        f' {answer["old_version"]} -> {answer["new_version"]};'
        f' {answer["relabeled"]} trajectories relabeled,'
        f' {answer["dropped"]} dropped. It took {loading:.1f} s to load;'
        f' labeling stood still for {still:.3f} s.',
        flush=True,
      )
    case state:
      print(f'Request {number}: {state} ...', flush=True)


if __name__ == '__main__':
  main()
