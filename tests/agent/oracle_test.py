"""Tests of the oracle reference."""

import numpy as np

from acme_vlm import environments, interfaces
from acme_vlm.agent import oracle
from acme_vlm.testing import fake_environment


def test_ledger_scores_what_the_environment_said():
  ledger = oracle.Ledger()
  environment = oracle.TellingEnvironment(
    fake_environment.make(seed=3, end_on_success=False), ledger
  )
  inner = environment._environment
  seen = []
  for step in range(200):
    timestep = environment.reset() if step == 0 else None
    action = inner.expert_action() if step % 3 else step % 16
    timestep = environment.step(action)
    seen.append(
      (
        timestep.observation['pixels'],
        environment.goal,
        environment.goal_achieved(),
      )
    )
  frames, goals, truth = zip(*seen, strict=True)
  scores = ledger.score(np.stack(frames), goals)
  assert 0 < sum(truth) < len(truth)
  np.testing.assert_array_equal(scores > ledger.threshold, truth)


def test_what_it_says_of_goals_is_the_wrapped_environments():
  home = environments.make('playhouse/find', split='train', seed=0)
  environment = oracle.TellingEnvironment(home, oracle.Ledger())
  for name in (
    'goals',
    'task_set',
    'phrases',
    'instructions',
    'training_goals',
  ):
    assert getattr(environment, name) == getattr(home, name), name
  # Which are not those that an environment has by default.
  assert len(home.training_goals) < len(home.goals)
  assert home.phrases != interfaces.GoalEnvironment.phrases.fget(home)


def test_the_same_frame_is_judged_by_its_goal():
  ledger = oracle.Ledger()
  frame = np.zeros((4, 4, 3), np.uint8)
  ledger.note(frame, {'Gmail'})
  ledger.note(frame + 1, set())
  scores = ledger.score(np.stack([frame, frame]), ['Clock', 'Gmail'])
  np.testing.assert_array_equal(scores, [0, 1])
  table = ledger.score_goals(np.stack([frame, frame + 1]), ['Clock', 'Gmail'])
  np.testing.assert_array_equal(table, [[0, 1], [0, 0]])
