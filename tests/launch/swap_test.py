"""The command that asks a running experiment for another reward."""

import dataclasses
import json
import threading

import pytest

from acme_vlm.agent import config as config_lib
from acme_vlm.agent import run_directory, swap_requests
from acme_vlm.rewards import RewardConfig
from launch import swap

_REWARD = RewardConfig(checkpoint='in_domain/phone_tiny', threshold=0.7)
_OLD, _NEW = 'a' * 16, 'b' * 16


def _run(tmp_path, **run):
  """A folder as a session leaves it."""
  made = run_directory.RunDirectory(tmp_path)
  experiment = config_lib.ExperimentConfig(
    name='a', reward=_REWARD, run=config_lib.RunConfig(**run)
  )
  made.write_config(
    config_lib.to_json(experiment),
    [{'version': _OLD, 'frames': 0, 'seconds': 0.0}],
  )
  return made


@pytest.fixture
def run(tmp_path):
  """A run that is training."""
  made = _run(tmp_path)
  with made.hold():
    yield made


@pytest.fixture
def made(monkeypatch):
  """The reward models that the command makes to check them."""
  asked = []

  def make_reward_model(config, goals, *, service):
    asked.append((config, goals))
    text = _OLD if config == _REWARD else _NEW
    return type('Model', (), {'version': int(text, 16)})

  monkeypatch.setattr(swap.rewards, 'make_reward_model', make_reward_model)
  return asked


def _asked(run, *options):
  mailbox = swap_requests.Mailbox(run.requests)
  return mailbox.read(swap.request(run, options))


def _refused(capsys, run, *options):
  with pytest.raises(SystemExit) as stop:
    swap.main([str(run.path), *options])
  assert stop.value.code == 2
  said = capsys.readouterr()
  lines = said.err.strip().splitlines()
  assert len(lines) == 1, said.err
  assert not swap_requests.Mailbox(run.requests).waiting()
  return lines[0]


def test_options_change_fields_of_the_reward_in_use(run, made):
  request = _asked(run, '--reward.threshold', '0.8', '--on-swap', 'drop')
  assert request.reward == dataclasses.replace(_REWARD, threshold=0.8)
  assert request.table == 'drop'
  ((config, goals),) = made
  assert config == request.reward
  assert 'Gmail' in goals


def test_a_folder_is_found_from_wherever_the_run_works(
  run, made, tmp_path, monkeypatch
):
  (tmp_path / 'mine').mkdir()
  monkeypatch.chdir(tmp_path)
  request = _asked(
    run,
    *('--reward.checkpoint', 'mine', '--reward.cache-dir', 'kept'),
    *('--reward.members', 'in_domain/phone_tiny', 'org/name'),
  )
  assert request.reward.checkpoint == str(tmp_path / 'mine')
  assert request.reward.members == ('in_domain/phone_tiny', 'org/name')
  assert request.reward.cache_dir == str(tmp_path / 'kept')
  # What the run has already is what it calls it.
  again = _asked(run, '--reward.cache-dir', str(tmp_path / 'kept'))
  assert again.reward == request.reward


def test_a_second_wish_builds_on_the_first_that_is_still_on_its_way(run, made):
  _asked(run, '--reward.threshold', '0.8')
  second = _asked(run, '--reward.window', '2')
  assert second.number == 2
  assert second.reward == dataclasses.replace(_REWARD, threshold=0.8, window=2)
  # Back to what the run has now is a change, once the others are done.
  third = _asked(run, '--reward.threshold', '0.7', '--reward.window', '1')
  assert third.reward == _REWARD


@pytest.mark.parametrize('wrapped', [False, True])
def test_a_file_gives_fields_and_options_go_before_it(
  run, made, tmp_path, wrapped
):
  fields = {'temperature': 0.1, 'threshold': 0.9, 'goal_prompts': {'a': ['b']}}
  file = tmp_path / 'wanted.json'
  file.write_text(json.dumps({'reward': fields} if wrapped else fields))
  request = _asked(
    run, '--reward-config', str(file), '--reward.threshold', '0.6'
  )
  assert request.reward == dataclasses.replace(
    _REWARD, temperature=0.1, threshold=0.6, goal_prompts={'a': ('b',)}
  )


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    (['--reward.threshold', '1.5'], 'threshold in [0, 1], got 1.5'),
    (['--reward.treshold', '0.5'], '--reward.treshold'),
    (['--reward.prompt-templates', 'Open it'], '[TASK]'),
    (['--on-swap', 'burn'], 'burn'),
    (['--reward-config', '/no/file.json'], '/no/file.json'),
    (['--run.minutes', '3'], '--run.minutes'),
    ([], 'expected a reward other than the one of'),
  ],
)
def test_mistakes_are_one_line_and_no_request(run, made, capsys, options, said):
  assert said in _refused(capsys, run, *options)


@pytest.mark.parametrize(
  ('text', 'said'),
  [('[1]', 'fields of a reward'), ('{"reward": {"x": 1}}', 'unknown x')],
)
def test_a_file_of_something_else(run, made, capsys, tmp_path, text, said):
  file = tmp_path / 'wanted.json'
  file.write_text(text)
  assert said in _refused(capsys, run, '--reward-config', str(file))


def test_a_checkpoint_that_does_not_load(run, capsys):
  line = _refused(capsys, run, '--reward.checkpoint', '/no/such/model')
  assert '/no/such/model' in line


def test_an_oracle_run_learns_from_no_reward_model(tmp_path, made, capsys):
  run = _run(tmp_path, oracle_reward=True)
  with run.hold():
    line = _refused(capsys, run, '--reward.threshold', '0.8')
  assert 'got an oracle run' in line


def test_a_run_that_is_over(tmp_path, made, capsys):
  line = _refused(capsys, _run(tmp_path), '--reward.threshold', '0.8')
  assert 'expected a run that is training now' in line


def test_a_folder_that_is_none(tmp_path, made, capsys):
  nowhere = run_directory.RunDirectory(tmp_path / 'nowhere')
  assert 'nowhere, whose config.json is missing' in _refused(capsys, nowhere)


def test_no_folder_at_all(capsys):
  with pytest.raises(SystemExit) as stop:
    swap.main([])
  assert stop.value.code == 2
  assert 'expected the folder of a run' in capsys.readouterr().err


def _answering(run, *states):
  """A session's thread that answers the first request."""
  mailbox = swap_requests.Mailbox(run.requests)

  def work():
    while not mailbox.waiting():
      threading.Event().wait(0.01)
    for state, figures in states:
      mailbox.reply(1, state, **figures)
      threading.Event().wait(0.3)

  thread = threading.Thread(target=work)
  thread.start()
  return thread


def test_it_waits_and_tells_each_stage(run, made, capsys):
  figures = {
    'frames': 12345,
    'old_version': _OLD,
    'new_version': _NEW,
    'relabeled': 7,
    'dropped': 0,
    'loading_seconds': 2.5,
    'still_seconds': 0.125,
  }
  thread = _answering(
    run, ('loading', {}), ('loaded', {}), ('switched', figures)
  )
  swap.main([str(run.path), '--reward.threshold', '0.8'])
  thread.join()
  said = capsys.readouterr().out
  stages = ('written', 'loading', 'loaded', 'switched at frame 12,345')
  assert [said.index(s) for s in stages] == sorted(map(said.index, stages))
  assert f'{_OLD} -> {_NEW}; 7 trajectories relabeled' in said


def test_a_refusal_of_the_run_is_one_line(run, made, capsys):
  thread = _answering(run, ('refused', {'error': 'expected tea, got coffee'}))
  with pytest.raises(SystemExit) as stop:
    swap.main([str(run.path), '--reward.threshold', '0.8'])
  thread.join()
  assert stop.value.code == 2
  line = capsys.readouterr().err.strip()
  assert line.endswith('the reward it has: expected tea, got coffee')


def test_a_run_that_dies_is_waited_for_no_longer(tmp_path, made, capsys):
  run = _run(tmp_path)
  hold = run.hold()
  hold.__enter__()
  timer = threading.Timer(0.5, hold.__exit__, (None, None, None))
  timer.start()
  with pytest.raises(SystemExit) as stop:
    swap.main([str(run.path), '--reward.threshold', '0.8'])
  assert stop.value.code == 2
  assert 'ended before' in capsys.readouterr().err


def test_no_wait_returns_at_once(run, made, capsys):
  swap.main([str(run.path), '--reward.threshold', '0.8', '--no-wait'])
  assert capsys.readouterr().out == 'Request 1 is written.\n'
