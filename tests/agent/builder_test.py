"""Tests of the joint: what is checked, what is given to whom, what ends."""

import contextlib
import dataclasses
import threading

import jax
import numpy as np
import pytest

from acme_vlm import environments, errors
from acme_vlm.agent import builder
from acme_vlm.agent.config import EnvironmentConfig
from acme_vlm.environments.playhouse import goals as home_goals
from acme_vlm.environments.playhouse.config import HomeConfig
from acme_vlm.learning import learner as learner_lib
from acme_vlm.metrics import writer as writer_lib
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.replay.config import ReplayConfig
from acme_vlm.rewards import RewardConfig, prompts, scorer
from acme_vlm.testing import fake_environment, fake_reward_model
from tests.agent import tiny_experiment

GOALS = fake_environment.GOALS[:4]


class _Counted(fake_environment.FakeEnvironment):
  """Knows how it was made and whether it was closed."""

  action_grid = type('Grid', (), {'rows': 4, 'columns': 3})

  def __init__(self, *, log, seed, split):
    super().__init__(seed=seed, end_on_success=False)
    self.made_for = (seed, split)
    self.closed = False
    log.append(self)

  def close(self):
    self.closed = True


def _parts(config=None, model=None):
  log = []

  def make(*, seed, split):
    return _Counted(log=log, seed=seed, split=split)

  return tiny_experiment.parts(config or tiny_experiment.config(), make), log


def test_parts_are_sized_by_the_environment():
  parts, log = _parts()
  assert parts.goals == GOALS
  assert parts.frame_shape == (48, 36, 3)
  assert parts.policy.num_actions == 16
  # open, the, square and four colours; beside padding and the unknown word.
  assert parts.policy.num_words == 2 + 7
  for goal, ids in zip(GOALS, parts.goal_instructions, strict=True):
    np.testing.assert_array_equal(
      ids, parts.vocabulary.encode(f'open the {goal}')
    )
  assert [e.closed for e in log] == [True]


@pytest.mark.parametrize(
  ('changes', 'line'),
  [
    (
      {'replay': ReplayConfig(batch_size=6)},
      'batch_size that divides among 4 devices, got 6',
    ),
    (
      {'policy': PolicyConfig(grid=(2, 3))},
      r"grid to be the environment's, \(4, 3\), got \(2, 3\)",
    ),
    ({'policy': PolicyConfig(grid=(4, 3), patch=7)}, 'frame height'),
  ],
)
def test_what_does_not_fit_is_told_and_nothing_is_left_open(changes, line):
  log = []

  def make(*, seed, split):
    return _Counted(log=log, seed=seed, split=split)

  with pytest.raises(errors.ConfigError, match=line):
    tiny_experiment.parts(tiny_experiment.config(**changes), make)
  assert log and all(environment.closed for environment in log)


def test_environments_of_a_run_and_of_its_resumes_differ():
  config = tiny_experiment.config(seed=2)
  parts, log = _parts(config)
  del log[:]
  for restarts in range(3):
    stages = builder.Stages(
      parts, writer_lib.MetricsWriter([]), restarts=restarts
    )
    stages.loop.step()
    stages.loop.close()
    stages.close()
  other, other_log = _parts(tiny_experiment.config(seed=3))
  del other_log[:]
  other.training_environment(0)
  made = [e.made_for for e in log + other_log]
  assert len(set(made)) == len(made) == 4
  assert {split for _, split in made} == {'train'}
  assert all(e.closed for e in log)


def test_training_sees_neither_reward_nor_success():
  parts, _ = _parts()
  environment = parts.training_environment(0)
  for timestep in [environment.reset()] + [
    environment.step(step % 12) for step in range(60)
  ]:
    assert not timestep.reward
    assert set(timestep.observation) == {'pixels', 'instruction', 'goal'}


def test_only_an_oracle_run_is_labeled_by_the_truth():
  config = tiny_experiment.config()
  parts, _ = _parts(config)
  assert parts.reward_model is parts.vlm
  truth, _ = _parts(tiny_experiment.with_run(config, oracle_reward=True))
  assert truth.reward_model is truth.ledger
  environment = truth.training_environment(0)
  frame = environment.reset().observation['pixels']
  np.testing.assert_array_equal(truth.ledger.score(frame[None], GOALS[:1]), [0])
  # What is compared is judged by the same model in both runs.
  never = fake_reward_model.FakeRewardModel(false_negative_rate=1.0)
  truth.vlm = never
  (episode,) = truth.evaluator().evaluate('random', num_episodes=1).episodes
  assert not episode.vlm_success


def test_evaluation_plays_its_own_split():
  parts, log = _parts()
  del log[:]
  evaluation = parts.evaluator().evaluate('random')
  assert len(evaluation.episodes) == 4
  assert [e.made_for for e in log] == [(0, 'evaluation'), (1, 'evaluation')]
  assert all(e.closed for e in log)


def test_negatives_come_from_all_goals_also_if_few_are_trained(monkeypatch):
  asked = {}

  class _Model(fake_reward_model.FakeRewardModel):
    def warm_up(self, screen):
      asked['screen'] = screen

  def make_reward_model(config, goals, *, service, like):
    asked['goals'] = goals
    return _Model(GOALS)

  monkeypatch.setattr(builder, 'make_reward_model', make_reward_model)
  parts = builder.Parts(
    tiny_experiment.config(
      environment=EnvironmentConfig(goals=('Gmail', 'Clock'), screen=(60, 36)),
      policy=PolicyConfig(grid=None, patch=4, strides=(3, 1)),
    )
  )
  assert parts.goals == ('Gmail', 'Clock')
  assert asked['goals'] == environments.goals('android/open_common_apps')
  assert asked['screen'] == parts.frame_shape[:2] == (60, 36)


def test_negatives_of_a_home_come_from_its_goal_set(monkeypatch):
  asked = {}

  class _Model(fake_reward_model.FakeRewardModel):
    def warm_up(self, screen):
      pass

  def make_reward_model(config, goals, *, service, like):
    asked['words'] = prompts.make(config, goals).words
    return _Model(GOALS)

  monkeypatch.setattr(builder, 'make_reward_model', make_reward_model)
  everything = home_goals.task_set('find', 'diverse')
  builder.Parts(
    tiny_experiment.config(
      environment=EnvironmentConfig(
        name='playhouse/find',
        goals=('a red duck up close',),
        screen=(60, 36),
        home=HomeConfig(goal_set='diverse', objects=(2, 4)),
      ),
      policy=PolicyConfig(grid=None, patch=4, strides=(3, 1)),
      reward=RewardConfig(num_negatives=len(everything), extra_negatives=()),
    )
  )
  assert set(asked['words']) == set(everything)
  assert set(everything) > set(home_goals.task_set('find', 'common'))


def test_another_reward_may_take_over_the_towers_of_the_one_in_use(monkeypatch):
  parts = tiny_experiment.parts(tiny_experiment.config())
  monkeypatch.setattr(
    builder,
    'make_reward_model',
    lambda config, goals, *, service, like: (config, goals, service, like),
  )
  wanted = RewardConfig(threshold=0.25)
  # Of a CLIP there is something to take over, of anything else there is not.
  clip = object.__new__(scorer.DualEncoderScorer)
  for like, taken in ((clip, clip), (parts.vlm, None)):
    assert parts.load_reward(wanted, like=like) == (
      wanted,
      parts.goals,
      parts.config.service,
      taken,
    )


def test_prompts_of_a_goal_that_is_none_are_a_mistake():
  parts = tiny_experiment.parts(tiny_experiment.config())
  wanted = RewardConfig(
    checkpoint='in_domain/phone_tiny',
    num_negatives=1,
    goal_prompts={'Klock': ('a clock',)},
  )
  with pytest.raises(errors.UnknownNameError, match="goal_prompts 'Klock'"):
    parts.load_reward(wanted)
  # What is a negative only may have prompts of its own too.
  parts.load_reward(
    dataclasses.replace(
      wanted,
      goal_prompts={
        parts.goals[0]: ('one', 'two'),
        'the home screen': ('nothing',),
      },
    )
  )


def test_the_reward_that_was_adopted_is_the_judge():
  parts = tiny_experiment.parts(tiny_experiment.config())
  model = fake_reward_model.FakeRewardModel(threshold=0.25)
  parts.adopt(RewardConfig(threshold=0.25), model)
  assert parts.reward_model is model
  assert parts.config.reward.threshold == 0.25
  assert parts.judge()[1] == 0.25


def test_true_success_never_ends_an_episode_of_training(monkeypatch):
  asked = []

  def make(name, **options):
    asked.append((name, options))
    return fake_environment.make(
      options['seed'], end_on_success=options['end_on_success']
    )

  monkeypatch.setattr(environments, 'make', make)
  config = tiny_experiment.config()
  parts = builder.Parts(
    config, reward_model=fake_reward_model.FakeRewardModel()
  )
  parts.training_environment(1)
  for name, options in asked:
    assert name == config.environment.name
    assert options['end_on_success'] is False
    assert options['max_steps'] == config.environment.max_steps


def test_homes_are_described_to_playhouses_only(monkeypatch):
  asked = []

  def make(name, **options):
    asked.append((name, options))
    return fake_environment.make(options['seed'], end_on_success=False)

  monkeypatch.setattr(environments, 'make', make)
  home = HomeConfig(objects=(3, 4))
  for name in ('playhouse/find', 'android/open_common_apps'):
    chosen = EnvironmentConfig(name=name, goals=('a',), home=home)
    builder.Parts(
      tiny_experiment.config(environment=chosen),
      reward_model=fake_reward_model.FakeRewardModel(),
    )
  (_, playhouse), (_, phone) = asked
  assert playhouse.pop('home') is home
  assert (
    playhouse
    == phone
    == {
      'seed': 0,
      'split': 'train',
      'goals': ('a',),
      'screen': (120, 72),
      'max_steps': 20,
      'end_on_success': False,
    }
  )


@pytest.fixture
def stages():
  parts, _ = _parts()
  built = builder.Stages(parts, writer_lib.MetricsWriter([]))
  yield built
  built.loop.close()
  built.close()


def test_stages_pass_frames_on_to_new_parameters(stages):
  before = stages.learner.get_variables()[0]
  tiny_experiment.learn(stages, 2)
  after = stages.learner.get_variables()[0]
  assert (before.version, after.version) == (0, 2)
  changed = jax.tree.map(
    lambda a, b: not np.array_equal(a, b), before.params, after.params
  )
  assert all(jax.tree.leaves(changed))
  counts = stages.counter.get_counts()
  steps = 2 * tiny_experiment.BATCH * (tiny_experiment.UNROLL + 1)
  assert counts['environment_frames'] == steps
  assert counts['learner_steps'] == 2


def _blocked(call):
  """Calls in a thread; returns it and the list that gets what was raised."""
  raised = []

  def run():
    try:
      call()
    except Exception as error:
      raised.append(error)

  thread = threading.Thread(target=run, daemon=True)
  thread.start()
  thread.join(0.3)
  assert thread.is_alive(), 'nothing held it'
  return thread, raised


def test_a_learner_that_waits_is_released(stages):
  thread, raised = _blocked(stages.learner.step)
  stages.release_learner()
  thread.join(20.0)
  assert not thread.is_alive()
  assert [type(error) for error in raised] == [learner_lib.BatchesEndedError]


def test_an_actor_that_waits_is_released(stages):
  # Nobody takes what it writes: the rate limiter holds it.
  def act():
    # The adders' blocked write ends with an error.
    with contextlib.suppress(errors.ReplayError):
      while True:
        stages.loop.step()

  thread = threading.Thread(target=act, daemon=True)
  thread.start()
  _until_still(stages)
  stages.release_actor()
  thread.join(20.0)
  assert not thread.is_alive()


def _until_still(stages):
  frames = -1
  while (now := stages.counter.get_counts().get('environment_frames', 0)) != (
    frames
  ):
    frames = now
    threading.Event().wait(0.5)


def test_a_service_that_waits_is_released(stages):
  stop = threading.Event()
  thread = threading.Thread(
    target=stages.service.run, args=(stop,), daemon=True
  )
  thread.start()
  stop.set()
  stages.release_rewards()
  thread.join(20.0)
  assert not thread.is_alive()
