import threading
from typing import NamedTuple

import numpy as np
import pytest

from acme_vlm import types
from acme_vlm.evaluation import config, evaluator
from acme_vlm.testing import fake_environment, fake_eyes, fake_reward_model

GOALS = fake_environment.GOALS[:4]
SIZE = 3
HOME = 15


class Scripted(NamedTuple):
  """Acts by looking at the environments: a policy of known outcome."""

  environments: list
  fails_on: str = ''
  waits: bool = False
  sights: list | None = None

  def init(self, key):
    return 0

  def select_action(self, params, observation, state):
    assert observation['pixels'].shape == (SIZE, 48, 36, 3)
    assert observation['instruction'].shape == (SIZE, 1)
    if self.sights is not None:
      goals = [e.goal_index for e in self.environments]
      row = (observation['pixels'], goals, observation['sight'])
      self.sights.append([np.array(x) for x in row])
    actions = [
      HOME if e.goal == self.fails_on else e.expert_action()
      for e in self.environments
    ]
    actions += [HOME] * (SIZE - len(actions))
    return np.array(actions, np.int32), state + 1


class Source:
  def get_variables(self, names):
    return [types.Variables(41, None)]


def make(*, fails_on='', model=None, sights=None, **options):
  environments = []

  def make_environment(slot):
    if slot == 0:
      environments.clear()
    environments.append(fake_environment.make(100 + slot, end_on_success=False))
    return environments[-1]

  model = model or fake_reward_model.FakeRewardModel(GOALS)

  def score(frames, goals, episodes):
    assert len(episodes) == len(frames)
    return model.score(frames, [GOALS[goal] for goal in goals])

  return evaluator.Evaluator(
    make_environment,
    {'expert': Scripted(environments, fails_on, sights=sights)},
    lambda words: np.array([len(words)], np.int32),
    score,
    model.threshold,
    config.EvaluationConfig(episodes=20, num_environments=SIZE),
    variable_source=Source(),
    **options,
  )


def test_an_expert_is_counted_as_one():
  evaluation = make().evaluate('expert')
  assert len(evaluation.episodes) == 20
  assert evaluation.policy_version == 41
  for episode in evaluation.episodes:
    assert episode.true_success and episode.vlm_success
    assert episode.true_return == 1.0
    assert episode.length in (1, 2)
    np.testing.assert_array_equal(
      episode.achieved, np.arange(episode.length) == episode.length - 1
    )
    np.testing.assert_array_equal(
      episode.scores > evaluation.threshold, episode.achieved
    )


def test_the_policy_acts_on_the_sight_of_the_newest_frames():
  sights = []
  eyes = fake_eyes.FakeEyes(GOALS)
  make(sights=sights, eyes=eyes).evaluate('expert')
  again = fake_eyes.FakeEyes(GOALS)
  assert len(sights) > 10
  for pixels, goals, sight in sights:
    np.testing.assert_array_equal(sight, again.see(pixels, goals))


def test_a_goal_that_is_never_reached_is_counted_as_failed():
  evaluation = make(fails_on='red square').evaluate('expert')
  goals = [episode.goal_name for episode in evaluation.episodes]
  assert 0 < goals.count('red square') < 20
  for episode in evaluation.episodes:
    assert episode.true_success == (episode.goal_name != 'red square')
    if not episode.true_success:
      assert episode.length == 10, 'until the time-out'
      assert set(episode.actions) == {HOME}


def test_a_reward_that_cries_wolf_ends_episodes_unreached():
  model = fake_reward_model.FakeRewardModel(GOALS, false_positive_rate=1.0)
  evaluation = make(fails_on='red square', model=model).evaluate('expert')
  for episode in evaluation.episodes:
    assert episode.vlm_success
    assert episode.length == 1
  assert evaluation.vlm_success.value == 1.0
  assert evaluation.true_success.value < 1.0


def test_a_blind_reward_lets_episodes_run_on_after_true_success():
  model = fake_reward_model.FakeRewardModel(GOALS, false_negative_rate=1.0)
  evaluation = make(model=model).evaluate('expert')
  for episode in evaluation.episodes:
    assert not episode.vlm_success
    assert episode.true_success
    assert episode.length == 10
    assert episode.true_return == 1.0
  assert evaluation.reward.recall.value == 0.0


def test_episodes_are_the_same_each_time_and_shared_out_evenly():
  evaluating = make()
  first, second = (evaluating.evaluate('expert') for _ in range(2))
  for a, b in zip(first.episodes, second.episodes, strict=True):
    assert (a.goal, a.length) == (b.goal, b.length)
    np.testing.assert_array_equal(a.scores, b.scores)
  # Episode n is the (n // 3)-th of environment n % 3, however long others take.
  for slot in range(SIZE):
    alone = fake_environment.make(100 + slot, end_on_success=False)
    for episode in first.episodes[slot::SIZE]:
      alone.reset()
      assert episode.goal == alone.goal_index


def test_frames_of_the_first_episodes_are_kept():
  evaluation = make().evaluate('expert', num_episodes=2, recorded=1)
  recorded, other = evaluation.episodes
  assert other.pixels is None
  assert recorded.pixels.shape == (recorded.length + 1, 48, 36, 3)
  model = fake_reward_model.FakeRewardModel(GOALS)
  again = model.score(
    recorded.pixels[1:], [recorded.goal_name] * recorded.length
  )
  np.testing.assert_array_equal(again, recorded.scores)


def test_episode_numbers_never_meet_an_actors_and_never_repeat():
  seen = []
  evaluating = make()
  score, threshold = evaluating._judge

  def spy(frames, goals, episodes):
    seen.append(set(episodes.tolist()))
    return score(frames, goals, episodes)

  evaluating.judge_by(spy, threshold)
  evaluating.evaluate('expert')
  first = set.union(*seen)
  seen.clear()
  evaluating.evaluate('expert')
  second = set.union(*seen)
  assert len(first) == len(second) == 20
  assert max(first | second) < 0
  assert not first & second


def test_run_reports_until_told_to_stop():
  stop = threading.Event()
  reports = []

  def report(evaluation, began):
    assert began == len(reports)  # The clock when the evaluation began.
    reports.append(evaluation)
    if len(reports) == 3:
      stop.set()

  evaluating = make()
  evaluating._config = config.EvaluationConfig(
    episodes=2, num_environments=SIZE, period_seconds=1e-3
  )
  evaluating.run(stop, report, modes=('expert',), clock=lambda: len(reports))
  assert [len(r.episodes) for r in reports] == [2, 2, 2]


def test_an_evaluation_is_given_up_when_told_to_stop():
  stop = threading.Event()
  stop.set()
  assert not make().evaluate('expert', num_episodes=50, stop=stop).episodes


def test_an_unknown_mode_is_refused():
  with pytest.raises(ValueError, match=r"mode of \['expert'\], got 'drunk'"):
    make().evaluate('drunk')
