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


class Written:
  """A model whose scores are written on its frames."""

  version, threshold = 1, 0.5

  def __init__(self, **attributes):
    for name, value in attributes.items():
      setattr(self, name, value)

  def score(self, frames, goals):
    value = frames[:, 0, 0, 0].astype(np.float32)
    scores = np.select([value == 255, value == 254], [np.nan, np.inf], value)
    return (scores / np.float32(100)).astype(np.float32)

  def score_goals(self, frames, goals):
    return np.stack([self.score(frames, goals)] * len(goals), axis=1)


def _written(values):
  frames = np.zeros((len(values), 1, 1, 3), np.uint8)
  frames[:, 0, 0, 0] = values
  return frames


def _scores(model, values, episodes):
  goals = np.zeros(len(values), np.int32)
  scorer = windows.EpisodeScorer(model, GOALS, 10)
  return scorer.scores(_written(values), goals, np.array(episodes))


def test_hysteresis_takes_any_reward_model():
  model = Written(hysteresis=(2, 3), lowest=-1.0)
  scores = _scores(
    model, [90, 80, 10, 20, 70, 60, 0, 90], [1, 1, 1, 1, 1, 1, 2, 1]
  )
  # The second largest of the newest three; below all while there is but one.
  expected = [-1, 0.8, 0.8, 0.2, 0.2, 0.6, -1, 0.7]
  np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_without_a_range_too_few_scores_are_no_success():
  for threshold in (-0.5, 0.0, 0.5):
    model = Written(hysteresis=(2, 2), threshold=threshold)
    scorer = windows.EpisodeScorer(model, GOALS, 10)
    goals, one = np.zeros(1, np.int32), np.ones(1, np.int64)
    rewarded = [scorer.rewards(_written([90]), goals, one) for _ in range(3)]
    np.testing.assert_array_equal(np.concatenate(rewarded), [0, 1, 1])


def test_an_open_verdict_of_one_frame_need_not_leave_that_of_several_open():
  model = Written(hysteresis=(2, 3), abstains=True)
  nan = 255
  scores = _scores(model, [90, nan, 80, nan, 0, 0], [1] * 6)
  said = np.where(np.isnan(scores), -1, scores > 0.5)
  # One of one; one and perhaps another; two of three; one and perhaps
  # another (the middle one); one and perhaps another; at most one.
  np.testing.assert_array_equal(said, [0, -1, 1, -1, -1, 0])


@pytest.mark.parametrize(
  'value, abstains', [(255, False), (254, False), (254, True)]
)
def test_a_score_that_is_none_is_refused(value, abstains):
  model = Written(abstains=abstains)
  with pytest.raises(ValueError, match=r'a finite score, got .* in episode 8'):
    _scores(model, [50, value], [7, 8])


def test_a_score_as_reward_tells_the_actors_of_no_success():
  model = Written(thresholded=False)
  scorer = windows.EpisodeScorer(model, GOALS, 10)
  goals, episodes = np.zeros(2, np.int32), np.ones(2, np.int64)
  frames = _written([90, 90])
  np.testing.assert_array_equal(scorer.rewards(frames, goals, episodes), [0, 0])
  np.testing.assert_allclose(scorer.scores(frames, goals, episodes), 0.9)
