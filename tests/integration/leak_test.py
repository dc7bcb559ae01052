"""Proof that no true reward reaches training.

The whole chain runs twice on the real replay: once on the environment as it
is, once with its true reward replaced by noise. What has been learned must be
the same to the last bit.
"""

import dataclasses

import jax
import numpy as np
import pytest

from acme_vlm.acting.config import ActorConfig
from acme_vlm.agent import builder
from acme_vlm.agent.config import ExperimentConfig, RunConfig
from acme_vlm.metrics import writer
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.replay.config import ReplayConfig
from acme_vlm.testing import fake_environment, fake_reward_model

_UNROLL = 8
_BATCH = 4
_LEARNER_STEPS = 4


class _NoisyEnvironment(fake_environment.FakeEnvironment):
  """Lies about its reward and about its success, differently at each step."""

  _noise = np.random.default_rng(13)

  def step(self, action):
    timestep = super().step(action)
    if timestep.first():
      return timestep
    return timestep._replace(reward=float(self._noise.normal()))

  def goal_achieved(self):
    return bool(self._noise.integers(2))


def _config(termination, oracle=False):
  return ExperimentConfig(
    name='leak',
    replay=ReplayConfig(
      unroll_length=_UNROLL, batch_size=_BATCH, labeled_max_size=64
    ),
    actor=ActorConfig(num_environments=1, termination=termination),
    policy=PolicyConfig(grid=(4, 3), patch=4, strides=(3, 1)),
    run=RunConfig(oracle_reward=oracle),
  )


def _learned(kind, config):
  """Parameters after some steps of all stages in turn, and the rewards."""

  def make(*, seed, split):
    del split
    return kind(seed=seed, end_on_success=False)

  log = []
  parts = builder.Parts(config, make, fake_reward_model.FakeRewardModel())
  stages = builder.Stages(
    parts, writer.MetricsWriter([]), episode_log=log.append
  )
  rewards = []
  labeled = 0
  try:
    for _ in range(_LEARNER_STEPS):
      # More than a batch of steps: unrolls overlap by a row. A fixed number,
      # so that the parameters change at the same steps in both runs.
      for _ in range(_BATCH * (_UNROLL + 1)):
        stages.loop.step()
      while labeled < _BATCH:
        labeled += stages.service.step(timeout=10.0)
      labeled -= _BATCH
      rewards.append(stages.learner.step()['reward_mean'])
    return stages.learner.get_variables()[0].params, rewards, log
  finally:
    stages.loop.close()
    stages.close()


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_noise_in_the_true_reward_changes_no_bit(termination):
  config = _config(termination)
  plain, rewards, log = _learned(fake_environment.FakeEnvironment, config)
  noisy, noisy_rewards, noisy_log = _learned(_NoisyEnvironment, config)
  # The noise was there: the logs saw it.
  assert [e.true_return for e in log] != [e.true_return for e in noisy_log]
  assert rewards == noisy_rewards
  jax.tree.map(np.testing.assert_array_equal, plain, noisy)


def test_the_proof_can_fail():
  """An oracle run, which does learn from the truth, tells the two apart."""
  config = _config('online', oracle=True)
  plain, rewards, _ = _learned(fake_environment.FakeEnvironment, config)
  noisy, noisy_rewards, _ = _learned(_NoisyEnvironment, config)
  assert rewards != noisy_rewards
  differs = jax.tree.map(lambda a, b: not np.array_equal(a, b), plain, noisy)
  assert any(jax.tree.leaves(differs))


def test_parameters_are_learned_at_all():
  config = _config('online')
  one, _, _ = _learned(fake_environment.FakeEnvironment, config)
  other = dataclasses.replace(config, seed=1)
  two, _, _ = _learned(fake_environment.FakeEnvironment, other)
  differs = jax.tree.map(lambda a, b: not np.array_equal(a, b), one, two)
  assert any(jax.tree.leaves(differs))
