import numpy as np
import pytest

from acme_vlm import replicate, rewards
from acme_vlm.rewards import windows
from acme_vlm.testing import fake_environment, fake_reward_model

GOALS = ('gmail', 'sheets', 'clock', 'phone')


@pytest.fixture(scope='module')
def model(clip_folder):
  config = rewards.RewardConfig(
    checkpoint=clip_folder, num_negatives=3, temperature=0.5, window=3
  )
  return rewards.make_reward_model(
    config,
    GOALS,
    service=rewards.ServiceConfig(batch_sizes=(8,)),
    devices=replicate.local_devices(1),
  )


def _frames(num, seed=0):
  rng = np.random.default_rng(seed)
  return rng.integers(0, 256, (num, 24, 16, 3), dtype=np.uint8)


def _expected(model, frames, goal):
  """The mean of the newest three embeddings, frame by frame."""
  rows = model.embed(frames)
  scores = []
  for n in range(len(frames)):
    window = rows[max(0, n - 2) : n + 1]
    padded = np.zeros((1, 3, rows.shape[1]), np.float32)
    padded[0, : len(window)] = window.mean(axis=0)
    mask = np.arange(3)[None] < len(window)
    scores.append(model.score_windows(padded, mask, [goal])[0])
  return np.array(scores)


def test_a_window_reaches_back_within_its_episode(model):
  one, other = _frames(5), _frames(4, seed=1)
  order = [one[0], other[0], one[1], one[2], other[1], one[3], *other[2:]]
  frames = np.stack([*order, one[4]])
  episodes = np.array([7, 8, 7, 7, 8, 7, 8, 8, 7])
  goals = np.where(episodes == 7, 0, 2).astype(np.int32)
  scorer = windows.EpisodeScorer(model, GOALS, 10)
  scores = scorer.scores(frames, goals, episodes)
  np.testing.assert_allclose(
    scores[episodes == 7], _expected(model, one, 'gmail'), rtol=1e-4
  )
  np.testing.assert_allclose(
    scores[episodes == 8], _expected(model, other, 'clock'), rtol=1e-4
  )


def test_windows_reach_over_calls(model):
  frames = _frames(6)
  goals, episodes = np.zeros(6, np.int32), np.full(6, 3)
  scorer = windows.EpisodeScorer(model, GOALS, 10)
  pieces = [
    scorer.scores(frames[part], goals[part], episodes[part])
    for part in (slice(0, 2), slice(2, 3), slice(3, 6))
  ]
  np.testing.assert_allclose(
    np.concatenate(pieces), _expected(model, frames, 'gmail'), rtol=1e-4
  )


def test_the_longest_unseen_episode_is_forgotten(model):
  frames = _frames(3)
  scorer = windows.EpisodeScorer(model, GOALS, 1)
  zero = np.zeros(1, np.int32)
  scorer.scores(frames[:1], zero, np.array([1]))
  scorer.scores(frames[1:2], zero, np.array([2]))
  again = scorer.scores(frames[2:], zero, np.array([1]))
  alone = model.score(frames[2:], ['gmail'])
  np.testing.assert_allclose(again, alone, rtol=1e-5)


def test_one_frame_windows_take_any_reward_model():
  goals = fake_environment.GOALS[:2]
  environment = fake_environment.FakeEnvironment(
    seed=0, goals=goals, end_on_success=False
  )
  frame = environment.reset().observation['pixels']
  fake = fake_reward_model.FakeRewardModel(goals, threshold=0.5)
  scorer = windows.EpisodeScorer(fake, goals, 10)
  frames = np.stack([frame, frame])
  indices = np.array([0, 1], np.int32)
  episodes = np.array([1, 2])
  np.testing.assert_array_equal(
    scorer.scores(frames, indices, episodes),
    fake.score(frames, list(goals)),
  )
  np.testing.assert_array_equal(
    scorer.rewards(frames, indices, episodes), [0, 0]
  )


def test_a_reward_needs_more_than_the_threshold(model):
  frames, zeros = _frames(8), np.zeros(8, np.int32)
  episodes = np.arange(8)
  scorer = windows.EpisodeScorer(model, GOALS, 10)
  scores = scorer.scores(frames, zeros, episodes)

  class Strict:
    window = 1
    threshold = float(np.sort(scores)[3])

    def score(self, frames, goals):
      return scores

  strict = windows.EpisodeScorer(Strict(), GOALS, 10)
  rewarded = strict.rewards(frames, zeros, episodes)
  assert rewarded.dtype == np.float32
  np.testing.assert_array_equal(rewarded, scores > Strict.threshold)
  assert rewarded.sum() == 4
