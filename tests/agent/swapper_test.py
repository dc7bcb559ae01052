"""Tests of a change of reward from the request to the switch."""

import threading

import numpy as np
import pytest

from acme_vlm import errors, rewards
from acme_vlm.agent import swap_requests, swapper
from acme_vlm.rewards import RewardConfig
from acme_vlm.testing import fake_reward_model
from tests.agent import tiny_experiment

_PATIENCE = 30


class _Source:
  def take(self, most, timeout):
    return []

  def waiting(self):
    return 0


class _Table(list):
  write = list.append

  def recall(self):
    return []


class _Run:
  """A service, a mailbox and parts whose loading the test controls."""

  def __init__(self, tmp_path, **run):
    config = tiny_experiment.with_run(tiny_experiment.config(), **run)
    self.parts = tiny_experiment.parts(config)
    self.parts.load_reward = self.load
    self.parts.warm_up = lambda model: None
    self.service = rewards.RewardService(
      self.parts.vlm, self.parts.goals, _Source(), _Table()
    )
    self.mailbox = swap_requests.Mailbox(tmp_path / 'reward')
    self.switched = []
    self.frames = 17
    self.loading, self.go_on = threading.Event(), threading.Event()
    self.go_on.set()
    self.swapper = swapper.RewardSwapper(
      self.parts,
      self.service,
      self.mailbox,
      frames=lambda: self.frames,
      on_switched=self.switched.append,
    )

  def load(self, reward, *, like):
    assert like is self.parts.vlm
    self.loading.set()
    assert self.go_on.wait(_PATIENCE)
    if reward.checkpoint == 'broken':
      raise errors.CheckpointError('expected a checkpoint, got rubble')
    if reward.checkpoint == 'torn':
      raise KeyError('layers\n7')
    model = fake_reward_model.FakeRewardModel(threshold=reward.threshold)
    if reward.checkpoint == 'nan':
      model.score = lambda frames, goals: np.full(len(frames), np.nan, 'f4')
    return model

  def until(self, *states, number):
    """Polls as a session does, the service in between."""
    for _ in range(_PATIENCE * 100):
      self.swapper.poll()
      self.service.step(timeout=0)
      answer = self.mailbox.answer(number) or {}
      if answer.get('state') in states:
        return answer
      threading.Event().wait(0.01)
    return pytest.fail(f'no answer {states} to request {number}')


@pytest.fixture
def run(tmp_path):
  return _Run(tmp_path)


def _loaders():
  return [t for t in threading.enumerate() if t.name == 'reward-loader']


def test_a_run_gets_what_is_asked_for(run):
  before = run.service.version
  number = run.mailbox.ask(RewardConfig(threshold=0.25))
  answer = run.until('switched', 'refused', number=number)
  assert answer == {
    'state': 'switched',
    'frames': 17,
    'old_version': f'{before:016x}',
    'new_version': f'{run.service.version:016x}',
    'relabeled': 0,
    'dropped': 0,
    'loading_seconds': answer['loading_seconds'],
    'still_seconds': answer['still_seconds'],
  }
  assert run.service.version != before
  # What is built from now on has it too: the evaluator, the final report.
  assert run.parts.vlm.version == run.service.version
  assert run.parts.config.reward == RewardConfig(threshold=0.25)
  assert run.parts.judge()[1] == 0.25
  (done,) = run.switched
  assert (done.request, done.frames) == (number, 17)


def test_the_old_reward_goes_on_while_the_new_one_loads(run):
  run.go_on.clear()
  before = run.service.version
  number = run.mailbox.ask(RewardConfig(threshold=0.25))
  run.swapper.poll()
  assert run.loading.wait(_PATIENCE)
  for _ in range(3):
    run.swapper.poll()
    run.service.step(timeout=0)
  assert run.mailbox.answer(number) == {'state': 'loading'}
  assert run.service.version == before
  run.go_on.set()
  run.until('switched', number=number)


@pytest.mark.parametrize(
  ('reward', 'line'),
  [
    (
      RewardConfig(checkpoint='broken', threshold=0.25),
      'expected a checkpoint, got rubble',
    ),
    (RewardConfig(checkpoint='torn', threshold=0.25), "KeyError: 'layers"),
    (RewardConfig(checkpoint='nan', threshold=0.25), 'expected finite scores'),
    (RewardConfig(threshold=0.5), 'expected another reward than the one in'),
  ],
)
def test_a_reward_that_cannot_be_had_is_refused_and_the_next_one_taken(
  run, reward, line
):
  before = run.service.version
  bad = run.mailbox.ask(reward)
  good = run.mailbox.ask(RewardConfig(threshold=0.25))
  answer = run.until('switched', 'refused', number=bad)
  assert answer['state'] == 'refused'
  assert line in answer['error']
  assert '\n' not in answer['error']
  assert run.service.version == run.parts.vlm.version == before
  assert run.parts.config.reward.threshold != 0.25
  assert run.until('switched', 'refused', number=good)['state'] == 'switched'


def test_two_at_once_come_in_order(run):
  numbers = [run.mailbox.ask(RewardConfig(threshold=t)) for t in (0.2, 0.3)]
  first, second = (run.until('switched', number=n) for n in numbers)
  assert first['new_version'] == second['old_version']
  assert [done.config.threshold for done in run.switched] == [0.2, 0.3]


def test_what_is_no_request_is_refused(run, tmp_path):
  (tmp_path / 'reward').mkdir()
  (tmp_path / 'reward' / 'request_0001.json').write_text('{"reward": 1}')
  answer = run.until('refused', number=1)
  assert 'expected the fields of a reward' in answer['error']


def test_an_oracle_run_keeps_its_oracle(tmp_path):
  run = _Run(tmp_path, oracle_reward=True)
  number = run.mailbox.ask(RewardConfig(threshold=0.25))
  answer = run.until('switched', 'refused', number=number)
  assert 'got an oracle run' in answer['error']


def test_a_run_that_ends_while_loading_leaves_no_thread(run):
  run.go_on.clear()
  numbers = [run.mailbox.ask(RewardConfig(threshold=t)) for t in (0.2, 0.3)]
  run.swapper.poll()
  assert run.loading.wait(_PATIENCE)
  timer = threading.Timer(0.2, run.go_on.set)
  timer.start()
  run.swapper.close()
  timer.join()
  assert not _loaders()
  for number in numbers:
    answer = run.mailbox.answer(number)
    assert answer['state'] == 'refused'
    assert 'the run ended before' in answer['error']
  assert not run.switched


def test_a_switch_in_the_last_moment_is_told(run):
  number = run.mailbox.ask(RewardConfig(threshold=0.25))
  run.until('loaded', number=number)
  run.service.step(timeout=0)
  run.swapper.close()
  assert run.mailbox.answer(number)['state'] == 'switched'
  assert len(run.switched) == 1


@pytest.mark.parametrize('cancelled', [True, False])
def test_a_service_that_is_gone_switches_no_more(run, cancelled):
  number = run.mailbox.ask(RewardConfig(threshold=0.25))
  before = run.service.version
  run.service.step = lambda timeout: 0
  run.until('loaded', number=number)
  if cancelled:
    stop = threading.Event()
    stop.set()
    run.service.run(stop)
  run.swapper.close()
  assert run.mailbox.answer(number)['state'] == 'refused'
  assert run.service.version == before
