import numpy as np
import pytest

from acme_vlm import rewards
from acme_vlm.rewards import hindsight

_GOALS = ('clock', 'sheets', 'gmail')


def _model(clip_folder, **options):
  defaults = {'threshold': 0.4, 'temperature': 0.02, 'num_negatives': 3}
  return rewards.make_reward_model(
    rewards.RewardConfig(checkpoint=clip_folder, **(defaults | options)),
    _GOALS,
    service=rewards.ServiceConfig(batch_sizes=(8,)),
  )


def _frames(num, seed=0):
  rng = np.random.default_rng(seed)
  return rng.integers(0, 256, (num, 24, 16, 3), dtype=np.uint8)


def _first(scores, threshold):
  """The first index above the threshold in a list of numbers, or None."""
  for index, score in enumerate(scores):
    if score > threshold:
      return index
  return None


def test_each_goal_is_judged_as_if_it_had_been_the_episodes_own(clip_folder):
  model, frames = _model(clip_folder), _frames(12)
  labels = hindsight.label(model, model.embed(frames), _GOALS)
  assert labels.scores.shape == (11, 3)
  successes = {}
  for index, goal in enumerate(_GOALS):
    # The first frame is not looked at: no step led to it.
    scores = [model.score(frame[None], [goal])[0] for frame in frames[1:]]
    np.testing.assert_allclose(labels.scores[:, index], scores, rtol=1e-4)
    successes[index] = _first(scores, 0.4)
  assert {a.goal: a.step for a in labels.achieved} == {
    goal: step for goal, step in successes.items() if step is not None
  }
  assert [labels.success(goal) for goal in range(3)] == list(successes.values())
  assert None in successes.values() or len(set(successes.values())) > 1


def test_no_image_is_looked_at_again(clip_folder):
  model, frames = _model(clip_folder), _frames(6)
  rows = model.embed(frames)
  before = model.counters()
  hindsight.label(model, rows, _GOALS)
  other = rewards.make_reward_model(
    rewards.RewardConfig(
      checkpoint=clip_folder,
      prompt_templates=('open [TASK]', 'the [TASK] app'),
      threshold=0.3,
      num_negatives=2,
    ),
    (*_GOALS[:2], 'a new goal'),
    service=rewards.ServiceConfig(batch_sizes=(8,)),
    like=model,
  )
  hindsight.label(other, rows, ('a new goal',))
  assert model.counters() == other.counters() == before


def test_windows_and_hysteresis_count_from_the_start_of_the_episode(
  clip_folder,
):
  plain = _model(clip_folder)
  frames = _frames(10)
  rows = plain.embed(frames)
  alone = hindsight.label(plain, rows, _GOALS).scores
  model = _model(clip_folder, hysteresis=(2, 3))
  scores = hindsight.label(model, rows, _GOALS).scores
  for step in range(len(alone)):
    newest = np.sort(alone[max(0, step - 2) : step + 1], axis=0)
    second = newest[-2] if len(newest) > 1 else np.zeros(3)
    np.testing.assert_allclose(scores[step], second, rtol=1e-4, atol=1e-6)


def test_a_dense_reward_ends_nothing(clip_folder):
  model = _model(clip_folder, thresholded=False)
  labels = hindsight.label(model, model.embed(_frames(8)), _GOALS)
  assert not labels.achieved
  assert labels.scores.max() > 0.4


@pytest.mark.parametrize('num', [1, 2])
def test_the_shortest_episodes(clip_folder, num):
  model = _model(clip_folder, threshold=1.0)
  labels = hindsight.label(model, model.embed(_frames(num)), _GOALS)
  assert labels.scores.shape == (num - 1, 3)
  assert not labels.achieved
