import numpy as np
from absl.testing import absltest
from dm_env import test_utils

from acme_vlm.acting import blind, instructions
from acme_vlm.testing import fake_environment

VOCABULARY = instructions.Vocabulary(
  f'open the {goal}' for goal in fake_environment.GOALS
)


class Noisy(fake_environment.FakeEnvironment):
  """Pays noise in place of the true reward."""

  def __init__(self, **options):
    super().__init__(**options)
    self._noise = np.random.default_rng(123)

  def step(self, action):
    timestep = super().step(action)
    if timestep.first():
      return timestep
    return timestep._replace(reward=self._noise.normal())


def make(kind=fake_environment.FakeEnvironment, seed=0):
  environment = kind(seed=seed, end_on_success=False)
  return blind.BlindEnvironment(environment, VOCABULARY)


class ConformanceTest(test_utils.EnvironmentTestMixin, absltest.TestCase):
  def make_object_under_test(self):
    return make()

  def make_action_sequence(self):
    rng = np.random.default_rng(0)
    return [np.int32(a) for a in rng.integers(16, size=100)]


def play(environment, steps=300):
  rng = np.random.default_rng(1)
  yield environment.reset()
  for action in rng.integers(16, size=steps):
    yield environment.step(action)


def test_noise_in_the_true_reward_changes_nothing():
  plain, noisy = make(), make(Noisy)
  true_returns = []
  for a, b in zip(play(plain), play(noisy), strict=True):
    assert (a.step_type, a.reward, a.discount) == (
      b.step_type,
      b.reward,
      b.discount,
    )
    assert a.observation.keys() == b.observation.keys()
    for key, value in a.observation.items():
      np.testing.assert_array_equal(value, b.observation[key])
    true_returns.append((plain.true_return, noisy.true_return))
  plain_returns, noisy_returns = np.transpose(true_returns)
  assert plain_returns.max() == 1.0
  assert not np.isin(noisy_returns, (0.0, 1.0)).all()


def test_the_true_return_is_that_of_the_current_episode():
  environment = make()
  inner = fake_environment.FakeEnvironment(seed=0, end_on_success=False)
  expected = 0.0
  for ours, theirs in zip(play(environment), play(inner), strict=True):
    expected = 0.0 if theirs.first() else expected + theirs.reward
    assert environment.true_return == expected
    assert ours.reward in (None, 0.0)


def test_observation_names_the_goal_in_word_ids():
  environment = make()
  inner = fake_environment.FakeEnvironment(seed=0, end_on_success=False)
  for ours, theirs in zip(play(environment), play(inner), strict=True):
    assert ours.observation['goal'] == inner.goal_index
    np.testing.assert_array_equal(
      ours.observation['instruction'],
      VOCABULARY.encode(str(theirs.observation['instruction'])),
    )
