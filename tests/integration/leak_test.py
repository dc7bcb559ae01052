"""Proof that no true reward reaches training.

The whole chain runs twice on the real replay: once on the environment as it
is, once with its true reward replaced by noise. What has been learned must be
the same to the last bit.
"""

import dataclasses
import functools

import jax
import numpy as np
import pytest

from acme_vlm.acting.config import ActorConfig
from acme_vlm.agent import builder
from acme_vlm.metrics import writer
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.testing import fake_environment, fake_eyes
from tests.agent import tiny_experiment

_LEARNER_STEPS = 8
_POLICY = PolicyConfig(
  grid=None,
  channels=(4, 8),
  strides=(3,),
  eyes_size=4,
  instruction_size=8,
  film_size=8,
  hidden_size=8,
  core_size=8,
)


class _NoisyEnvironment(fake_environment.FakeEnvironment):
  """Lies about its reward and about its success, differently at each step."""

  _noise = np.random.default_rng(13)

  def step(self, action):
    timestep = super().step(action)
    if timestep.first():
      return timestep
    return timestep._replace(reward=float(self._noise.normal()))

  def achieved_goals(self):
    return tuple(np.flatnonzero(self._noise.integers(2, size=len(self.goals))))


def _learned(kind, config):
  """Parameters after some steps of all stages in turn, and the rewards."""
  make = functools.partial(tiny_experiment.make_environment, kind=kind)
  log = []
  stages = builder.Stages(
    tiny_experiment.parts(config, make, eyes=fake_eyes.FakeEyes()),
    writer.MetricsWriter([]),
    episode_log=log.append,
  )
  try:
    rewards = tiny_experiment.learn(stages, _LEARNER_STEPS)
    return stages.learner.get_variables()[0].params, rewards, log
  finally:
    stages.loop.close()
    stages.close()


def _differ(one, other):
  differs = jax.tree.map(lambda a, b: not np.array_equal(a, b), one, other)
  return any(jax.tree.leaves(differs))


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_noise_in_the_true_reward_changes_no_bit(termination):
  config = tiny_experiment.config(
    actor=ActorConfig(num_environments=1, termination=termination)
  )
  plain, rewards, log = _learned(fake_environment.FakeEnvironment, config)
  noisy, noisy_rewards, noisy_log = _learned(_NoisyEnvironment, config)
  # The noise was there: the logs saw it.
  assert [e.true_return for e in log] != [e.true_return for e in noisy_log]
  assert any(rewards), 'nothing was learned from'
  assert rewards == noisy_rewards
  jax.tree.map(np.testing.assert_array_equal, plain, noisy)


@pytest.mark.parametrize('eyes', ['reward_model', 'own'])
def test_noise_in_the_true_reward_changes_nothing_that_eyes_see(eyes):
  config = tiny_experiment.config(
    policy=dataclasses.replace(_POLICY, eyes=eyes)
  )
  plain, rewards, _ = _learned(fake_environment.FakeEnvironment, config)
  noisy, noisy_rewards, _ = _learned(_NoisyEnvironment, config)
  assert any(rewards), 'nothing was learned from'
  assert rewards == noisy_rewards
  jax.tree.map(np.testing.assert_array_equal, plain, noisy)


def test_the_proof_can_fail():
  """An oracle run, which does learn from the truth, tells the two apart."""
  config = tiny_experiment.with_run(
    tiny_experiment.config(), oracle_reward=True
  )
  plain, rewards, _ = _learned(fake_environment.FakeEnvironment, config)
  noisy, noisy_rewards, _ = _learned(_NoisyEnvironment, config)
  assert rewards != noisy_rewards
  assert _differ(plain, noisy)


def test_parameters_are_learned_at_all():
  config = tiny_experiment.config()
  one, _, _ = _learned(fake_environment.FakeEnvironment, config)
  two, _, _ = _learned(
    fake_environment.FakeEnvironment, tiny_experiment.config(seed=1)
  )
  assert _differ(one, two)
