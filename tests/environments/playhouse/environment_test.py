import concurrent.futures
import multiprocessing
import subprocess
import sys
import threading

import numpy as np
import pytest
from absl.testing import absltest

from acme_vlm import environments, errors
from acme_vlm.environments.playhouse import config, environment, goals
from acme_vlm.testing import environment_suite

FIND, LIFT, PLACE = (f'playhouse/{family}' for family in goals.FAMILIES)
SMALL = {'screen': (24, 32), 'max_steps': 12}


class _Suite(environment_suite.GoalEnvironmentTestMixin):
  name = FIND
  home = config.HomeConfig()

  def make_environment(self, seed, end_on_success):
    return environments.make(
      self.name,
      seed=seed,
      end_on_success=end_on_success,
      home=self.home,
      **SMALL,
    )


class FindTest(_Suite, absltest.TestCase):
  pass


class LiftTest(_Suite, absltest.TestCase):
  name = LIFT


class PickAndPlaceTest(_Suite, absltest.TestCase):
  name = PLACE


class ManyRoomsOfEverythingTest(_Suite, absltest.TestCase):
  name = PLACE
  home = config.HomeConfig(
    goal_set='diverse', rooms=(3, 5), room_kinds=config.ROOMS
  )


def play(seed=0, name=FIND, steps=25, **options):
  """Frames, rewards and instructions of random actions."""
  env = environments.make(name, seed=seed, **(SMALL | options))
  rng = np.random.default_rng(seed)
  timesteps = [env.reset()]
  timesteps += [env.step(int(rng.integers(50))) for _ in range(steps)]
  return [
    (
      t.observation['pixels'].tobytes(),
      str(t.observation['instruction']),
      t.reward,
      t.step_type,
    )
    for t in timesteps
  ]


def test_environments_in_one_thread_and_in_many_see_the_same():
  """Interleaved in one thread, side by side in three, and in a new process."""
  expected = {seed: play(seed) for seed in range(3)}
  envs = [environments.make(FIND, seed=s, **SMALL) for s in range(3)]
  rngs = [np.random.default_rng(s) for s in range(3)]
  for step in range(len(expected[0])):
    for seed, (env, rng) in enumerate(zip(envs, rngs, strict=True)):
      t = env.step(int(rng.integers(50))) if step else env.reset()
      assert t.observation['pixels'].tobytes() == expected[seed][step][0]
  with concurrent.futures.ThreadPoolExecutor(3) as pool:
    barrier = threading.Barrier(3)

    def together(seed):
      barrier.wait(60)
      return play(seed)

    for seed, got in enumerate(pool.map(together, range(3))):
      assert got == expected[seed]
  context = multiprocessing.get_context('spawn')
  with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
    assert pool.submit(play, 1).result(timeout=120) == expected[1]


def test_splits_and_seeds_share_no_episode():
  first = {
    (split, seed): play(seed, split=split, steps=0)[0][0]
    for split in ('train', 'validation', 'evaluation')
    for seed in range(3)
  }
  assert len(set(first.values())) == 9


def test_goals_of_the_splits():
  drawn = {}
  for split in ('train', 'validation', 'evaluation'):
    env = environments.make(LIFT, seed=0, split=split, **SMALL)
    drawn[split] = set()
    for _ in range(25):
      env.reset()
      drawn[split].add(env.task.held_out)
      assert env.goal == env.task.words
    assert all(not env._chosen[n].held_out for n in env.training_goals)
  assert drawn == {
    'train': {False},
    'validation': {False, True},
    'evaluation': {True},
  }


def test_a_success_is_rewarded_once_and_ends_the_episode_only_if_asked():
  for end in (True, False):
    env = environments.make(
      FIND, seed=1, max_steps=40, screen=(24, 32), end_on_success=end
    )
    solver = environments.solver(env)
    timestep = env.reset()
    rewards = []
    while not timestep.last():
      timestep = env.step(solver(timestep))
      rewards.append(timestep.reward)
    assert sum(rewards) == 1
    if end:
      assert rewards[-1] == 1 and timestep.discount == 0
      assert env.goal_achieved()
      assert env.goal_index in env.achieved_goals()
    else:
      assert len(rewards) == 40 and timestep.discount == 1
    assert env.step(0).first()


@pytest.mark.parametrize('name', [FIND, LIFT, PLACE])
def test_truth_shows_in_nothing_but_the_reward(name, monkeypatch):
  played = []
  for verdict in (False, True):
    monkeypatch.setattr(
      environment.Playhouse, 'goal_achieved', lambda self, v=verdict: v
    )
    played.append(play(name=name, split='train', end_on_success=False))
  rewards = [[step[2] for step in steps] for steps in played]
  assert rewards[0] != rewards[1]
  rest = [[(a, b, d) for a, b, _, d in steps] for steps in played]
  assert rest[0] == rest[1]


@pytest.mark.parametrize('name', [FIND, LIFT, PLACE])
def test_achieved_goals_are_those_that_hold(name):
  env = environments.make(
    name, seed=0, screen=(24, 32), max_steps=60, end_on_success=False
  )
  solver = environments.solver(env)
  timestep = env.reset()
  seen = []
  while not timestep.last():
    timestep = env.step(solver(timestep))
    seen.append(env.goal_achieved())
    assert (env.goal_index in env.achieved_goals()) == seen[-1]
  assert set(seen) == {False, True}


def test_a_policy_is_told_its_heads_and_what_to_look_for():
  env = environments.make(PLACE, seed=0, **SMALL)
  assert env.action_heads == (5, 5, 2)
  assert len(env.phrases) == len(env.instructions) == len(env.goals)
  assert all(
    thing in goal and place in goal and held == goals.HELD
    for goal, (thing, place, held) in zip(env.goals, env.phrases, strict=True)
  )


def test_continuous_control():
  home = config.HomeConfig(control='continuous')
  env = environments.make(FIND, seed=0, home=home, **SMALL)
  env.reset()
  spec = env.action_spec()
  env.step(np.full(spec.shape, 0.5, spec.dtype))
  with pytest.raises(errors.ConfigError, match='5 finite numbers'):
    env.step(np.zeros(3))


HELD_OUT = next(g.words for g in goals.goals('find', 'common') if g.held_out)
TRAINING = next(
  g.words for g in goals.goals('find', 'common') if not g.held_out
)


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    ({'seed': -1}, 'expected seed >= 0, got -1'),
    ({'max_steps': 0}, 'expected max_steps >= 1, got 0'),
    ({'max_steps': 2.5}, 'expected max_steps >= 1, got 2.5'),
    ({'screen': (72.5, 96)}, 'each 16 to 1024 pixels, got (72.5, 96)'),
    ({'screen': (0, 96)}, 'each 16 to 1024 pixels, got (0, 96)'),
    ({'screen': (72, 2000)}, 'got (72, 2000)'),
    ({'split': 'test'}, "unknown split 'test'"),
    ({'goals': ('a red cow up close',)}, "unknown goal 'a red cow up close'"),
    ({'goals': ()}, 'at least one goal'),
    ({'goals': (HELD_OUT,)}, f'not held out, got {HELD_OUT!r}'),
    ({'colour': 'red'}, "unknown option of playhouse/find 'colour'"),
    (
      {'home': config.HomeConfig(episode_goals='all')},
      'goals for training that are not held out',
    ),
  ],
)
def test_bad_input_is_told_in_one_line(options, said):
  with pytest.raises(errors.AcmeVlmError) as caught:
    environments.make(FIND, **({'seed': 0} | options))
  assert said in str(caught.value)
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize('split', ['train', 'validation', 'evaluation'])
@pytest.mark.parametrize(
  ('goal', 'episode_goals'), [(TRAINING, 'held_out'), (HELD_OUT, 'training')]
)
def test_no_goal_is_left_for_episodes(split, goal, episode_goals):
  with pytest.raises(errors.ConfigError) as caught:
    environments.make(
      FIND,
      seed=0,
      split=split,
      goals=(goal,),
      home=config.HomeConfig(episode_goals=episode_goals),
    )
  assert goal in str(caught.value) and '\n' not in str(caught.value)
  if goal == TRAINING or split != 'train':
    assert f'episode_goals {episode_goals!r}' in str(caught.value)


def test_named_goals_are_evaluated_on_by_default():
  env = environments.make(
    FIND, seed=0, split='evaluation', goals=(TRAINING,), **SMALL
  )
  env.reset()
  assert env.goal == TRAINING


def test_an_unknown_family_is_told():
  with pytest.raises(errors.UnknownNameError, match='playhouse/fetch'):
    environments.make('playhouse/fetch', seed=0)


def test_a_process_that_steps_it_needs_no_jax():
  code = (
    'import sys; from acme_vlm import environments;'
    f' environments.make({FIND!r}, seed=0).reset();'
    " assert 'jax' not in sys.modules"
  )
  subprocess.run([sys.executable, '-c', code], check=True)
