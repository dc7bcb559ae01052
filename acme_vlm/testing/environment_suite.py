"""What every goal environment must hold, as a mixin for its tests.

    class MyEnvironmentTest(
      environment_suite.GoalEnvironmentTestMixin, absltest.TestCase
    ):
      def make_environment(self, seed, end_on_success):
        return MyEnvironment(seed=seed, end_on_success=end_on_success)

It includes dm_env's own conformance tests.
"""

import dm_env
import numpy as np
from dm_env import specs, test_utils

from acme_vlm import interfaces

_STEPS = 200


class GoalEnvironmentTestMixin(test_utils.EnvironmentTestMixin):
  """Conformance of a `GoalEnvironment`; mix into `absltest.TestCase`."""

  def make_environment(
    self, seed: int, end_on_success: bool
  ) -> interfaces.GoalEnvironment:
    """Returns a new environment; the subclass says which."""
    raise NotImplementedError

  def make_object_under_test(self):
    """The environment that dm_env's own tests use."""
    return self.make_environment(0, True)

  def make_action_sequence(self):
    """Random actions, enough of them to pass the end of an episode."""
    rng = np.random.default_rng(0)
    spec = self.environment.action_spec()
    for _ in range(_STEPS):
      yield spec.dtype.type(rng.integers(spec.num_values))

  def test_specs_are_those_of_a_goal_environment(self):
    """Pixels uint8 [H, W, 3], a scalar instruction, discrete actions."""
    spec = self.environment.observation_spec()
    self.assertEqual(set(spec), {'pixels', 'instruction'})
    self.assertEqual(spec['pixels'].dtype, np.uint8)
    self.assertEqual(spec['pixels'].shape[2:], (3,))
    self.assertEqual(spec['instruction'].shape, ())
    self.assertIsInstance(self.environment.action_spec(), specs.DiscreteArray)

  def test_goal_belongs_to_the_task_set_and_is_told_in_words(self):
    """An episode's instruction stands still and is one of its goal's only."""
    environment = self.environment
    self.assertEqual(len(set(environment.goals)), len(environment.goals))
    phrasings = [set(ways) for ways in environment.instructions]
    self.assertEqual(len(phrasings), len(environment.goals))
    self.assertTrue(all(phrasings))
    self.assertEqual(
      len(set.union(*phrasings)),
      sum(map(len, phrasings)),
      'two goals said alike',
    )
    for timestep in _play(environment, seed=1):
      if timestep.first():
        goal = environment.goal_index
        self.assertEqual(environment.goals[goal], environment.goal)
        words = str(timestep.observation['instruction'])
        self.assertIn(words, phrasings[goal])
      self.assertEqual(environment.goal_index, goal)
      self.assertEqual(str(timestep.observation['instruction']), words)

  def test_same_seed_and_actions_give_the_same_timesteps(self):
    """Bit for bit; and another seed gives others."""
    first, second, other = (
      list(_play(self.make_environment(seed, True), seed=2))
      for seed in (3, 3, 4)
    )
    self.assertTrue(all(map(_equal, first, second)))
    self.assertFalse(all(map(_equal, first, other)))

  def test_reset_after_any_step_begins_the_next_episode(self):
    """As if the one before had not been played at all."""
    for steps in (0, 1, 2, 5):
      played, fresh = (self.make_environment(8, True) for _ in range(2))
      for _ in _play(played, seed=9, steps=steps):
        pass
      fresh.reset()
      first, expected = played.reset(), fresh.reset()
      self.assertTrue(first.first())
      self.assertTrue(_equal(first, expected), f'after {steps} steps')
      for timesteps in zip(
        _play(played, seed=10, steps=4),
        _play(fresh, seed=10, steps=4),
        strict=True,
      ):
        self.assertTrue(_equal(*timesteps), f'after {steps} steps')

  def test_frames_handed_out_do_not_change_later(self):
    """A frame may be kept: the environment never writes into it again."""
    kept, copies = [], []
    for timestep in _play(self.environment, seed=5):
      kept.append(timestep.observation['pixels'])
      copies.append(timestep.observation['pixels'].copy())
    for frame, copy in zip(kept, copies, strict=True):
      np.testing.assert_array_equal(frame, copy)

  def test_without_end_on_success_only_the_reward_tells_of_it(self):
    """Same frames up to the success, discount 1 throughout, equal lengths."""
    lengths, length = set(), 0
    environment = self.make_environment(6, False)
    for timestep in _play(environment, seed=7, steps=4 * _STEPS):
      length = 0 if timestep.first() else length + 1
      if not timestep.first():
        self.assertEqual(timestep.discount, 1.0)
      if timestep.last():
        lengths.add(length)
    self.assertLessEqual(
      len(lengths), 1, "an episode's length tells of success"
    )


def _play(environment, *, seed, steps=_STEPS):
  rng = np.random.default_rng(seed)
  num_actions = environment.action_spec().num_values
  yield environment.reset()
  for _ in range(steps):
    yield environment.step(int(rng.integers(num_actions)))


def _equal(a: dm_env.TimeStep, b: dm_env.TimeStep) -> bool:
  return (
    a.step_type == b.step_type
    and a.reward == b.reward
    and a.discount == b.discount
    and np.array_equal(a.observation['pixels'], b.observation['pixels'])
    and str(a.observation['instruction']) == str(b.observation['instruction'])
  )
