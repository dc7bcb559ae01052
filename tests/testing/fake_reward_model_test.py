import numpy as np
import pytest

from acme_vlm import errors, interfaces
from acme_vlm.testing import fake_environment, fake_reward_model


def frames_and_truth(num_steps=600):
  environment = fake_environment.make(0, end_on_success=False)
  rng = np.random.default_rng(0)
  timestep = environment.reset()
  frames, goals, truth = [], [], []
  for _ in range(num_steps):
    action = rng.integers(environment.action_spec().num_values)
    if rng.random() < 0.3 and not timestep.last():
      action = environment.expert_action()
    timestep = environment.step(action)
    frames.append(timestep.observation['pixels'])
    goals.append(environment.goal_index)
    truth.append(environment.goal_achieved())
  return np.stack(frames), np.array(goals, np.int32), np.array(truth)


def test_exact_model_agrees_with_the_environment():
  frames, goals, truth = frames_and_truth()
  model = fake_reward_model.FakeRewardModel()
  assert isinstance(model, interfaces.RewardModel)
  episodes = np.zeros(len(goals), np.int64)
  rewards = model.rewards(frames, goals, episodes)
  assert 20 < truth.sum() < len(truth)
  np.testing.assert_array_equal(rewards, truth.astype(np.float32))


def test_error_rates_are_those_asked_for_and_repeatable():
  frames, goals, truth = frames_and_truth()
  # Distinct frames, else few contents would decide the rate.
  frames = frames.copy()
  frames[:, -1, -1, 0] += np.arange(len(frames), dtype=np.uint8) % 8
  model = fake_reward_model.FakeRewardModel(
    false_positive_rate=0.2, false_negative_rate=0.4
  )
  names = [fake_environment.GOALS[g] for g in goals]
  scores = model.score(frames, names)
  np.testing.assert_array_equal(scores, model.score(frames, names))
  said = scores > model.threshold
  assert abs(said[~truth].mean() - 0.2) < 0.08
  assert abs(said[truth].mean() - 0.6) < 0.15


def test_version_follows_every_ingredient():
  make = fake_reward_model.FakeRewardModel
  versions = {
    make().version,
    make(threshold=0.6).version,
    make(seed=1).version,
    make(false_positive_rate=0.1).version,
    make(fake_environment.GOALS[:2]).version,
  }
  assert len(versions) == 5
  assert make().version == make().version
  assert all(0 <= version < 2**63 for version in versions)


def test_bad_rates_are_refused():
  with pytest.raises(errors.ConfigError, match='error rate in'):
    fake_reward_model.FakeRewardModel(false_positive_rate=1.5)
