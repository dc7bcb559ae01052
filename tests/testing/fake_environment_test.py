import numpy as np
import pytest
from absl.testing import absltest

from acme_vlm import errors
from acme_vlm.testing import environment_suite, fake_environment


class FakeEnvironmentTest(
  environment_suite.GoalEnvironmentTestMixin, absltest.TestCase
):
  def make_environment(self, seed, end_on_success):
    return fake_environment.make(seed, end_on_success=end_on_success)


def test_expert_opens_the_goal_within_two_steps():
  environment = fake_environment.make(0, end_on_success=True)
  lengths = []
  for _ in range(50):
    timestep = environment.reset()
    steps = 0
    while not timestep.last():
      assert not environment.goal_achieved()
      timestep = environment.step(environment.expert_action())
      steps += 1
    assert (timestep.reward, timestep.discount) == (1.0, 0.0)
    assert environment.goal_achieved()
    lengths.append(steps)
  assert set(lengths) == {1, 2}


def test_true_reward_is_paid_once_and_the_episode_runs_to_its_time_out():
  environment = fake_environment.make(1, end_on_success=False, max_steps=8)
  timestep = environment.reset()
  rewards = []
  while not timestep.last():
    action = environment.expert_action()
    if environment.goal_achieved():
      action = environment.action_spec().num_values - 2
    timestep = environment.step(action)
    rewards.append(timestep.reward)
  assert (len(rewards), sum(rewards)) == (8, 1.0)
  assert timestep.discount == 1.0


def test_swipes_back_and_home_move_between_screens():
  environment = fake_environment.make(2, max_steps=100, end_on_success=False)
  page_0 = environment.reset().observation['pixels']
  taps = environment.action_spec().num_values - 4
  next_page, previous_page, back, home = range(taps, taps + 4)

  def after(*actions):
    for action in actions:
      timestep = environment.step(action)
    return timestep.observation['pixels']

  page_1 = after(next_page)
  assert not np.array_equal(page_0, page_1)
  np.testing.assert_array_equal(after(next_page), page_1)
  np.testing.assert_array_equal(after(previous_page), page_0)
  np.testing.assert_array_equal(after(next_page, home), page_0)
  opened = [a for a in range(taps) if not np.array_equal(after(a), page_0)]
  assert opened, 'a tap on a tile opens it, and taps there change nothing'
  np.testing.assert_array_equal(after(back), page_0)


def test_unknown_goal_is_one_clear_line():
  with pytest.raises(errors.UnknownNameError, match="unknown goal 'mauve'"):
    fake_environment.make(0, goals=('red square', 'mauve'))


def test_splits_share_no_episode():
  first = [
    fake_environment.make(seed, split=split).reset().observation['pixels']
    for split in fake_environment.SPLITS
    for seed in range(10)
  ]
  assert len({frame.tobytes() for frame in first}) == len(first)
  with pytest.raises(errors.UnknownNameError, match="unknown split 'test'"):
    fake_environment.make(0, split='test')
