"""Tests of one training run, threads and all, on the fake phone."""

import dataclasses
import functools
import json
import threading

import jax
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.agent import builder, swap_requests
from acme_vlm.agent import config as config_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.metrics import csv
from acme_vlm.rewards import RewardConfig
from acme_vlm.testing import fake_environment, fake_reward_model
from launch import nodes, training
from tests.agent import tiny_experiment


class _Broken(fake_environment.FakeEnvironment):
  def step(self, action):
    raise ArithmeticError('the screen is torn')


@pytest.fixture
def phone(monkeypatch):
  """Sessions act on a fake phone; returns a function that says which."""
  real = builder.Parts

  def use(kind):
    make = functools.partial(tiny_experiment.make_environment, kind=kind)
    monkeypatch.setattr(
      builder,
      'Parts',
      lambda config: real(config, make, fake_reward_model.FakeRewardModel()),
    )

  use(fake_environment.FakeEnvironment)
  return use


def _config(root, **run):
  return tiny_experiment.with_run(
    tiny_experiment.config(), root=str(root), disk_mib=0, **run
  )


def test_a_run_is_trained_stopped_resumed_and_evaluated(
  phone, tmp_path, capsys
):
  config = _config(tmp_path, learner_steps=3)
  first = training.Session(config)
  saved = json.loads(first.run.config.read_text())
  assert (
    config_lib.from_json(config_lib.ExperimentConfig, saved['config']) == config
  )
  first.train()
  before = first._variables
  assert before.version >= 3

  longer = _config(tmp_path, learner_steps=before.version + 2)
  second = training.Session(longer, first.run)
  # What it goes on from is what the first has left, to the last bit.
  jax.tree.map(
    np.testing.assert_array_equal, second._restored.params, before.params
  )
  assert second._extra['counts'] == first._extra['counts']
  assert second._extra['restarts'] == 1
  second.train()
  after = second._variables
  assert after.version >= before.version + 2
  rows = csv.read_rows(first.run.metrics)
  assert np.all(np.diff([row['environment_frames'] for row in rows]) >= 0)
  assert np.all(np.diff([row['seconds'] for row in rows]) >= 0)

  capsys.readouterr()
  second.evaluate()
  summary = json.loads(first.run.summary.read_text())
  assert summary['learner_steps'] == after.version
  assert summary['policy_version'] == after.version
  assert summary['training_seconds'] > 0
  assert str(first.run.path) in capsys.readouterr().out


class _SwappableParts(builder.Parts):
  """Parts whose reward models are fakes with the threshold asked for."""

  def __init__(self, config):
    model = self.load_reward(config.reward)
    super().__init__(config, tiny_experiment.make_environment, model)

  def evaluator(self, variable_source=None):
    self.made = super().evaluator(variable_source)
    return self.made

  def load_reward(self, reward, *, like=None):
    return fake_reward_model.FakeRewardModel(threshold=reward.threshold)


def test_a_run_is_resumed_with_the_newest_of_its_rewards(
  monkeypatch, tmp_path, capsys
):
  monkeypatch.setattr(builder, 'Parts', _SwappableParts)
  first = training.Session(_config(tmp_path))
  mailbox = swap_requests.Mailbox(first.run.requests)

  def ask_and_stop():
    for threshold in (0.3, 0.4):
      number = mailbox.ask(RewardConfig(threshold=threshold), 'relabel')
    while number in mailbox.waiting():
      threading.Event().wait(0.05)
    # One that comes too late: the run ends at the same time.
    mailbox.ask(RewardConfig(threshold=0.6))
    first.stop()

  timer = threading.Timer(1.0, ask_and_stop)
  timer.start()
  first.train()
  timer.join()
  assert not mailbox.waiting()
  alive = {thread.name for thread in threading.enumerate()}
  assert 'reward-loader' not in alive
  thresholds = [r['reward']['threshold'] for r in first.run.rewards()]
  assert thresholds[:3] == [0.7, 0.3, 0.4]
  assert 'trajectories relabeled' in capsys.readouterr().out
  # The evaluator of the session has gone over to the newest as well.
  evaluation = first._parts.made.evaluate('random', num_episodes=1)
  assert evaluation.threshold == thresholds[-1]

  saved = json.loads(first.run.config.read_text())['config']
  config = config_lib.from_json(config_lib.ExperimentConfig, saved)
  assert config.reward.threshold == thresholds[-1]
  past = [reward | {'frames': 10**9} for reward in first.run.rewards()]
  first.run.write_config(saved, past)
  # What a session that was killed has left undone is not done by the next.
  undone = mailbox.ask(RewardConfig(threshold=0.2))
  second = training.Session(config, first.run)
  assert mailbox.answer(undone)['state'] == 'refused'
  # The same reward is no new one; and nothing lies in the run's future.
  again = second.run.rewards()
  assert [reward['version'] for reward in again] == [
    reward['version'] for reward in past
  ]
  frames = second._extra['counts']['environment_frames']
  assert all(reward['frames'] <= frames for reward in again)
  # An option at the resume is a change as well.
  other = tiny_experiment.config(run=config.run, reward=RewardConfig())
  third = training.Session(
    dataclasses.replace(other, reward=RewardConfig(threshold=0.9)), first.run
  )
  assert len(third.run.rewards()) == len(past) + 1
  assert third.run.rewards()[-1]['reward']['threshold'] == 0.9


def test_a_run_is_trained_by_one_session_at_a_time(phone, tmp_path):
  session = training.Session(_config(tmp_path, frames=1))
  with (
    session.run.hold(),
    pytest.raises(errors.RunDirectoryError, match='no other process'),
  ):
    session.train()
  session.train()


def test_what_a_session_is_told_before_it_trains_holds(phone, tmp_path):
  session = training.Session(_config(tmp_path))
  session.stop()
  session.train()
  assert any(session.run.checkpoints.iterdir())


def test_stop_ends_a_run_without_limits(phone, tmp_path):
  session = training.Session(_config(tmp_path))
  timer = threading.Timer(2.0, session.stop)
  timer.start()
  session.train()
  timer.join()
  alive = {thread.name for thread in threading.enumerate()}
  assert not alive & {'actor', 'rewards', 'learner', 'evaluator'}


def test_a_stage_that_dies_ends_the_run_with_its_cause(phone, tmp_path):
  phone(_Broken)
  session = training.Session(_config(tmp_path))
  with pytest.raises(nodes.NodeError, match='the screen is torn') as caught:
    session.train()
  assert isinstance(caught.value.__cause__, ArithmeticError)


def test_a_checkpoint_of_another_network_is_refused(phone, tmp_path):
  first = training.Session(_config(tmp_path))
  first.stop()
  first.train()
  kept = first.run.config.read_text()
  policy = tiny_experiment.config().policy
  other = tiny_experiment.config(
    run=_config(tmp_path).run,
    policy=type(policy)(**(vars(policy) | {'hidden_size': 9})),
  )
  with pytest.raises(errors.CheckpointError, match='expected') as caught:
    training.Session(other, first.run)
  assert '\n' not in str(caught.value)
  assert first.run.config.read_text() == kept


def test_the_end_may_be_a_number_of_frames(phone, tmp_path):
  session = training.Session(_config(tmp_path, frames=1))
  session.train()
  assert session._extra['counts']['environment_frames'] >= 1


def test_oracle_runs_have_a_folder_of_their_own(phone, tmp_path):
  plain, oracle = (
    training.Session(_config(tmp_path, oracle_reward=asked)).run.path
    for asked in (False, True)
  )
  assert plain.parent != oracle.parent
  assert 'oracle' in oracle.parent.name


def test_another_learner_starts_from_the_same_parameters(phone, tmp_path):
  """The seed alone draws them."""
  one, two = (
    training.Session(
      tiny_experiment.config(run=_config(tmp_path).run, learner=learner)
    )._template()
    for learner in (LearnerConfig(), LearnerConfig(learning_rate=1.0))
  )
  jax.tree.map(np.testing.assert_array_equal, one.params, two.params)


def test_a_run_begins_as_the_one_that_it_is_told(phone, tmp_path):
  """And learns from there: here, next to nothing."""
  first = training.Session(_config(tmp_path, learner_steps=3))
  first.train()
  start = str(first.run.path)
  config = _config(tmp_path, learner_steps=1, start=start)
  second = training.Session(
    dataclasses.replace(
      config,
      seed=7,
      learner=dataclasses.replace(config.learner, learning_rate=1e-9),
    )
  )
  second.train()
  jax.tree.map(
    functools.partial(np.testing.assert_allclose, atol=1e-6),
    second._variables.params,
    first._variables.params,
  )
  other = training.Session(dataclasses.replace(_config(tmp_path), seed=7))
  assert not all(
    np.allclose(one, theirs, atol=1e-3)
    for one, theirs in zip(
      jax.tree.leaves(other._template().params),
      jax.tree.leaves(first._variables.params),
      strict=True,
    )
  )
