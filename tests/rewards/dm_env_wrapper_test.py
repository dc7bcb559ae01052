import dm_env
import numpy as np
import pytest
from absl.testing import absltest
from dm_env import specs, test_utils

from acme_vlm import errors
from acme_vlm.rewards import dm_env_wrapper
from acme_vlm.testing import fake_environment, fake_reward_model
from tests.rewards import brightness

Wrapper = dm_env_wrapper.VlmRewardEnvironment
GOALS = fake_environment.GOALS[:4]


class Ramp(dm_env.Environment):
  """Frames get brighter by 40 a step; ends by itself above 230."""

  def __init__(self, nested=False, discount=1.0):
    self._nested, self._discount = nested, discount
    self._value = None

  def reset(self):
    self._value = 10
    return dm_env.restart(self._observation())

  def step(self, action):
    if self._value is None:
      return self.reset()
    self._value += 40
    if self._value > brightness.END:
      observation, self._value = self._observation(), None
      return dm_env.termination(-7.0, observation)
    return dm_env.transition(-7.0, self._observation(), self._discount)

  def observation_spec(self):
    pixels = specs.BoundedArray((4, 6, 3), np.uint8, 0, 255)
    return {'eyes': {'left': pixels}} if self._nested else pixels

  def action_spec(self):
    return specs.DiscreteArray(2)

  def _observation(self):
    pixels = brightness.frame(min(255, self._value))
    return {'eyes': {'left': pixels}} if self._nested else pixels


def _play(environment, num):
  steps = [environment.reset()]
  steps += [environment.step(0) for _ in range(num)]
  return steps


class ConformanceTest(test_utils.EnvironmentTestMixin, absltest.TestCase):
  """dm_env's own checks, on an environment that ends by success too."""

  def make_object_under_test(self):
    environment = fake_environment.FakeEnvironment(
      seed=0, goals=GOALS, max_steps=6
    )
    model = fake_reward_model.FakeRewardModel(GOALS)
    return Wrapper(environment, model, lambda _: environment.goal)

  def make_action_sequence(self):
    for _ in range(40):
      yield self.environment.expert_action()


@pytest.mark.parametrize('nested', [False, True])
def test_an_episode_ends_with_discount_0_where_the_reward_is_1(nested):
  environment = Wrapper(
    Ramp(nested, discount=0.9),
    brightness.BrightnessModel(0.6),
    'bright',
    key='eyes/left' if nested else None,
  )
  steps = _play(environment, 5)
  # Frames 10, 50, 90, 130, 170; 153 is the threshold.
  assert [s.reward for s in steps] == [None, 0.0, 0.0, 0.0, 1.0, None]
  assert [s.discount for s in steps] == [None, 0.9, 0.9, 0.9, 0.0, None]
  assert [s.step_type.name for s in steps] == (
    ['FIRST', *['MID'] * 3, 'LAST', 'FIRST']
  )
  assert environment.true_reward is None
  expected = brightness.frame(10)
  last = steps[-1].observation
  np.testing.assert_array_equal(
    last['eyes']['left'] if nested else last, expected
  )


def test_the_scores_are_those_of_the_model():
  environment = Wrapper(Ramp(), brightness.BrightnessModel(0.6), 'dark')
  environment.reset()
  assert environment.score is None and environment.goal == 'dark'
  environment.step(0)
  assert environment.score == pytest.approx(1 - 50 / 255)


def test_without_termination_the_environment_runs_to_its_own_end():
  environment = Wrapper(
    Ramp(),
    brightness.BrightnessModel(0.6),
    'bright',
    terminate_on_success=False,
    keep_true_reward=True,
  )
  steps = _play(environment, 6)
  assert [s.reward for s in steps] == [None, 0, 0, 0, 1, 1, 1]
  assert steps[-1].last() and steps[-1].discount == 0
  assert environment.true_reward == -7.0
  environment.reset()
  assert environment.true_reward is None


def test_the_score_itself_is_a_reward_that_ends_nothing():
  model = brightness.BrightnessModel(0.1, thresholded=False)
  environment = Wrapper(Ramp(), model, 'bright')
  rewards = [s.reward for s in _play(environment, 5)[1:]]
  np.testing.assert_allclose(rewards, np.array([50, 90, 130, 170, 210]) / 255)
  assert type(environment.reward_spec()) is specs.Array
  spec = Wrapper(Ramp(), brightness.BrightnessModel(), 'x').reward_spec()
  assert isinstance(spec, specs.BoundedArray)
  assert (spec.minimum, spec.maximum) == (0, 1)


def test_hysteresis_forgets_the_episode_before():
  model = brightness.BrightnessModel(0.6, hysteresis=(2, 2))
  environment = Wrapper(Ramp(), model, 'dark', terminate_on_success=True)
  for _ in range(2):
    # 50 and 90 are dark enough; one of them alone is not.
    assert [s.reward for s in _play(environment, 2)] == [None, 0.0, 1.0]


def test_goals_of_an_environment_with_goals_of_its_own():
  inner = fake_environment.FakeEnvironment(seed=1, goals=GOALS)
  model = fake_reward_model.FakeRewardModel(GOALS)
  environment = Wrapper(inner, model, lambda _: inner.goal)
  seen = set()
  for _ in range(12):
    timestep = environment.reset()
    assert environment.goal == inner.goal
    while not timestep.last():
      timestep = environment.step(environment.expert_action())
    assert timestep.reward == 1.0 and inner.goal_achieved()
    seen.add(environment.goal)
  assert len(seen) > 2


@pytest.mark.parametrize(
  ('nested', 'options', 'said'),
  [
    (False, {'goal': ''}, "expected a goal in words, got ''"),
    (True, {}, "unknown key of pixels 'pixels'; expected one of: eyes"),
    (True, {'key': 'eyes/right'}, "'right'; expected one of: left"),
    (False, {'key': 'eye'}, "'eye'; expected one of: (none)"),
    (False, {'layout': 'HWT'}, None),
    (False, {'layout': 'HW'}, "for pixels [4, 6, 3], got 'HW'"),
  ],
)
def test_what_cannot_be_wrapped_is_one_clear_line(nested, options, said):
  model, options = brightness.BrightnessModel(), {'goal': 'x', **options}
  if said is None:
    Wrapper(Ramp(nested), model, **options)
    return
  with pytest.raises(errors.AcmeVlmError) as caught:
    Wrapper(Ramp(nested), model, **options)
  assert said in str(caught.value)
