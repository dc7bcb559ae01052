"""The suite must catch what it is there to catch."""

import unittest

import numpy as np
import pytest

from acme_vlm.testing import environment_suite, fake_environment


class Leaky(fake_environment.FakeEnvironment):
  """Ends the episode on success although it was asked not to."""

  def step(self, action):
    timestep = super().step(action)
    if timestep.reward == 1.0:
      self._needs_reset = True
      return timestep._replace(step_type=type(timestep.step_type).LAST)
    return timestep


class Unseeded(fake_environment.FakeEnvironment):
  def __init__(self, **options):
    super().__init__(**options)
    self._rng = np.random.default_rng()


class Overwriting(fake_environment.FakeEnvironment):
  """Hands out one frame again and again, drawn over."""

  _buffer = None

  def _observation(self):
    observation = super()._observation()
    if self._buffer is None:
      self._buffer = observation['pixels'].copy()
    self._buffer[:] = observation['pixels']
    return observation | {'pixels': self._buffer}


class Mute(fake_environment.FakeEnvironment):
  """The same words for every goal."""

  def _observation(self):
    return super()._observation() | {'instruction': np.array('open it')}


def failures(kind):
  class Case(environment_suite.GoalEnvironmentTestMixin, unittest.TestCase):
    def make_environment(self, seed, end_on_success):
      return kind(seed=seed, end_on_success=end_on_success)

  result = unittest.TestResult()
  unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
  return {case.id().split('.')[-1] for case, _ in result.failures} | {
    case.id().split('.')[-1] for case, _ in result.errors
  }


@pytest.mark.parametrize(
  'kind, caught_by',
  [
    (Leaky, 'test_without_end_on_success_only_the_reward_tells_of_it'),
    (Unseeded, 'test_same_seed_and_actions_give_the_same_timesteps'),
    (Overwriting, 'test_frames_handed_out_do_not_change_later'),
    (Mute, 'test_goal_belongs_to_the_task_set_and_is_told_in_words'),
  ],
)
def test_each_fault_is_caught(kind, caught_by):
  assert caught_by in failures(kind)


def test_a_sound_environment_passes():
  assert failures(fake_environment.FakeEnvironment) == set()
