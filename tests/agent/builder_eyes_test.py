"""Tests of the joint: what policies see, and what they may not know of."""

import contextlib
import functools

import jax
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.agent import builder
from acme_vlm.agent.config import EnvironmentConfig
from acme_vlm.environments.playhouse import goals as home_goals
from acme_vlm.metrics import writer as writer_lib
from acme_vlm.networks import policy_eyes
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.rewards import RewardConfig, scorer
from acme_vlm.testing import fake_environment, fake_eyes, fake_reward_model
from tests.agent import tiny_experiment

GOALS = fake_environment.GOALS[:4]


@contextlib.contextmanager
def _running(parts):
  stages = builder.Stages(parts, writer_lib.MetricsWriter([]))
  try:
    yield stages
  finally:
    stages.loop.close()
    stages.close()


class _HeldOut(fake_environment.FakeEnvironment):
  """Episodes of all goals, so that nothing but the labels is at stake."""

  training_goals = (0, 3)


_make_held_out = functools.partial(
  tiny_experiment.make_environment, kind=_HeldOut
)


def test_a_held_out_goal_is_never_asked_about():
  parts = tiny_experiment.parts(tiny_experiment.config(), _make_held_out)
  assert parts.training_goals == (0, 3)
  taken = []
  with _running(parts) as stages:
    step = stages.learner._sgd_step
    stages.learner._sgd_step = lambda *row: taken.append(row[1]) or step(*row)
    tiny_experiment.learn(stages, 6)
  allowed = parts.goal_instructions[[0, 3]]
  length = allowed.shape[1]
  asked = np.concatenate([b.outcome_goal.reshape(-1, length) for b in taken])
  mask = np.concatenate([b.outcome_mask.reshape(-1) for b in taken])
  assert mask.sum() > 50
  counts = [np.all(asked == words, axis=1).sum() for words in allowed]
  assert min(counts) > 0
  assert sum(counts) == len(asked)


SIGHTED = PolicyConfig(
  eyes='reward_model',
  grid=None,
  action_heads=(4, 2, 2),
  instruction_size=8,
  hidden_size=8,
  core_size=8,
)


def _sighted(eyes=None, **changes):
  config = tiny_experiment.config(policy=SIGHTED, **changes)
  return builder.Parts(
    config,
    tiny_experiment.make_environment,
    fake_reward_model.FakeRewardModel(),
    eyes=eyes,
  )


def test_a_sight_goes_all_the_way_and_pixels_do_not():
  parts = _sighted(fake_eyes.FakeEyes())
  taken = []
  with _running(parts) as stages:
    step = stages.learner._sgd_step
    stages.learner._sgd_step = lambda *row: taken.append(row[1:]) or step(*row)
    tiny_experiment.learn(stages, 2)
  for batch, rows in taken:
    assert rows is None and not batch.pixels.size
    # On four devices, a stream each.
    assert batch.sight.shape == (4, 1, tiny_experiment.UNROLL + 1, 16)
    assert batch.sight[..., 12].max() > 0.5
    assert not batch.outcome_mask.any()
  evaluation = parts.evaluator().evaluate(
    'sampled', variables=stages.learner.get_variables()[0]
  )
  assert len(evaluation.episodes) == 4


def test_a_reward_model_without_eyes_is_told_before_anything_starts():
  with pytest.raises(errors.ConfigError, match='eyes: expected a reward model'):
    _sighted()


def test_eyes_are_the_reward_models_and_see_the_environments_phrases(
  monkeypatch,
):
  made = []

  class Seeing(fake_eyes.FakeEyes):
    def __init__(self, *row):
      super().__init__()
      made.append(row)

    def warm_up(self, frame_size):
      made.append(frame_size)

  monkeypatch.setattr(builder.sight, 'Sight', Seeing)
  clip = object.__new__(scorer.DualEncoderScorer)
  monkeypatch.setattr(
    scorer.DualEncoderScorer, 'warm_up', lambda self, size: None
  )
  monkeypatch.setattr(scorer.DualEncoderScorer, 'threshold', 0.5)
  config = tiny_experiment.config(
    policy=SIGHTED, environment=EnvironmentConfig(background='nothing')
  )
  parts = builder.Parts(config, tiny_experiment.make_environment, clip)
  assert isinstance(parts.eyes, Seeing)
  assert made == [(clip, tuple((g,) for g in GOALS), 'nothing'), (48, 36)]


def test_the_background_is_that_of_the_homes():
  assert EnvironmentConfig().background == home_goals.BACKGROUND


def test_another_reward_leaves_the_eyes_and_so_does_an_oracle():
  eyes = fake_eyes.FakeEyes()
  parts = _sighted(eyes)
  parts.adopt(RewardConfig(), fake_reward_model.FakeRewardModel(threshold=0.2))
  assert parts.eyes is eyes
  config = tiny_experiment.with_run(
    tiny_experiment.config(policy=SIGHTED), oracle_reward=True
  )
  oracle = builder.Parts(
    config,
    tiny_experiment.make_environment,
    fake_reward_model.FakeRewardModel(),
    eyes=eyes,
  )
  assert oracle.eyes is eyes
  assert oracle.reward_model is oracle.ledger


def test_eyes_that_the_policy_does_not_use_are_not_asked():
  eyes = fake_eyes.FakeEyes()
  parts = builder.Parts(
    tiny_experiment.config(),
    tiny_experiment.make_environment,
    fake_reward_model.FakeRewardModel(),
    eyes=eyes,
  )
  assert parts.eyes is None and parts.policy.sight_size == 1


OWN = PolicyConfig(
  eyes='own',
  eyes_size=4,
  grid=None,
  channels=(4, 8),
  strides=(3,),
  instruction_size=8,
  hidden_size=8,
  core_size=8,
)


def test_own_eyes_learn_from_the_scores_of_training_goals_and_no_others():
  parts = tiny_experiment.parts(
    tiny_experiment.config(policy=OWN), _make_held_out
  )
  assert parts.eyes is None
  np.testing.assert_array_equal(
    parts.policy.goal_words, parts.goal_instructions[[0, 3]]
  )
  model, taken = parts.vlm, []
  with _running(parts) as stages:
    before = stages.learner.get_variables()[0].params['params']
    step = stages.learner._sgd_step
    stages.learner._sgd_step = lambda *row: taken.append(row[1:]) or step(*row)
    tiny_experiment.learn(stages, 4)
    after = stages.learner.get_variables()[0].params['params']
  scored = 0
  for batch, rows in taken:
    scores, first = batch.goal_scores[:, 0], batch.first[:, 0]
    assert scores.shape == (*first.shape, 2)
    np.testing.assert_array_equal(
      np.isnan(scores), np.repeat(first[..., None], 2, axis=-1)
    )
    for b, t in zip(*np.nonzero(~first), strict=True):
      frame = rows.pixels[b][rows.position[b, 0, t]]
      expected = model.score_goals(frame[None], [GOALS[0], GOALS[3]])
      np.testing.assert_array_equal(scores[b, t], expected[0])
      scored += 1
    assert not batch.outcome_mask.any()
  assert scored > 30
  # Each learns: the eyes from the scores, the rest from the reward.
  for name in (policy_eyes.EYES, 'policy'):
    pairs = jax.tree.map(
      lambda a, b: bool(np.any(a != b)), before[name], after[name]
    )
    assert any(jax.tree.leaves(pairs)), name
