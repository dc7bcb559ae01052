import concurrent.futures
import subprocess
import sys

import dm_env
import numpy as np
import pytest
from absl.testing import absltest
from android_env.components import config_classes

from acme_vlm import errors
from acme_vlm.environments.android import actions, look, open_app
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import launcher
from acme_vlm.testing import environment_suite


class ConformanceTest(
  environment_suite.GoalEnvironmentTestMixin, absltest.TestCase
):
  def make_environment(self, seed, end_on_success):
    return open_app.OpenApp(
      'open_common_apps', seed=seed, end_on_success=end_on_success
    )


def _make(name='open_common_apps', seed=0, **options):
  return open_app.OpenApp(name, seed=seed, **options)


def _tap_of(env, app):
  """The first tap of the action grid that hits the app's icon, by geometry."""
  phone, grid = env.phone, env.action_grid
  slot = phone.look.find(app)[1]
  height, width = phone.screen
  for action in range(grid.num_taps):
    x, y = grid.decode(action)[0]['touch_position']
    hit = launcher.slot_at(phone.look.grid, x * width, y * height, phone.screen)
    if hit == slot:
      return action
  raise AssertionError(f'no tap reaches the icon of {app}')


def _gesture(env, name):
  return env.action_grid.names.index(name)


def _solve(env, app=None):
  """Yields the time steps of opening an app from the first home page."""
  app = app or env.goal
  for _ in range(env.phone.look.find(app)[0]):
    yield env.step(_gesture(env, 'next page'))
  yield env.step(_tap_of(env, app))


@pytest.mark.parametrize(
  ('name', 'split', 'options'),
  [
    ('open_common_apps', 'train', {}),
    ('open_common_apps', 'evaluation', {'screen': (384, 216)}),
    ('open_diverse_apps', 'validation', {}),
  ],
)
def test_a_solver_that_sees_the_layout_always_succeeds(name, split, options):
  env = _make(name, split=split, **options)
  for _ in range(40):
    first = env.reset()
    assert first.first() and not env.goal_achieved()
    *before, last = _solve(env)
    assert all(timestep.reward == 0.0 for timestep in before)
    # In the very step that shows the goal.
    assert last.reward == 1.0 and env.goal_achieved()
    assert last.last() and last.discount == 0.0
  env.close()


def _play(env, action_sequence):
  timesteps = [env.reset()]
  for action in action_sequence:
    timesteps.append(env.step(action))
  env.close()
  return timesteps


def _random_actions(seed, num):
  return np.random.default_rng(seed).integers(64, size=num).tolist()


def test_same_seed_and_actions_give_the_same_bits():
  sequence = _random_actions(0, 300)
  one, two = (_play(_make(seed=7), sequence) for _ in range(2))
  for first, second in zip(one, two, strict=True):
    assert first[:3] == second[:3]
    for key in ('pixels', 'instruction'):
      np.testing.assert_array_equal(
        first.observation[key], second.observation[key]
      )


def test_seeds_and_splits_give_other_phones():
  frames = {
    _make(seed=seed, split=split).reset().observation['pixels'].tobytes()
    for seed in range(3)
    for split in ('train', 'validation', 'evaluation')
  }
  assert len(frames) == 9


def test_true_success_shows_nowhere_but_in_the_reward():
  # The same phones and actions under two goals: only the reward may tell.
  sequence = _random_actions(1, 1500)
  runs = [
    _play(_make(seed=3, goals=(goal,), end_on_success=False), sequence)
    for goal in ('Gmail', 'Clock')
  ]
  for first, second in zip(*runs, strict=True):
    assert first.step_type == second.step_type
    assert first.discount == second.discount
    np.testing.assert_array_equal(
      first.observation['pixels'], second.observation['pixels']
    )
  rewards = [[step.reward or 0.0 for step in run] for run in runs]
  assert sum(rewards[0]) > 0 and sum(rewards[1]) > 0
  assert rewards[0] != rewards[1]


def test_success_is_rewarded_once_and_seen_again():
  env = _make(end_on_success=False)
  env.reset()
  assert [*_solve(env)][-1].reward == 1.0
  closed = env.step(_gesture(env, 'home'))
  assert closed.reward == 0.0 and not env.goal_achieved()
  again = env.step(_tap_of(env, env.goal))
  assert again.reward == 0.0 and env.goal_achieved()
  assert again.mid()
  env.close()


def test_a_launch_that_is_logged_again_is_not_rewarded_again():
  env = _make(end_on_success=False)
  env.reset()
  assert [*_solve(env)][-1].reward == 1.0
  # Killed for want of memory, say: the next start is cold and logged.
  env.phone.force_stop(catalogue.BY_NAME[env.goal].package)
  again = env.step(_tap_of(env, env.goal))
  assert again.reward == 0.0 and env.goal_achieved()
  env.close()


def test_phones_may_be_stepped_in_threads():
  sequence = _random_actions(2, 400)

  def pixels(_):
    run = _play(
      _make('open_diverse_apps', seed=5, split='validation'), sequence
    )
    return [step.observation['pixels'].tobytes() for step in run]

  with concurrent.futures.ThreadPoolExecutor(4) as pool:
    runs = list(pool.map(pixels, range(4)))
  assert runs[0] == runs[1] == runs[2] == runs[3]


def test_another_app_is_no_success():
  env = _make(end_on_success=True)
  for _ in range(10):
    env.reset()
    other = next(app for app in env.goals if app != env.goal)
    *_, last = _solve(env, other)
    assert last.mid() and last.reward == 0.0 and not env.goal_achieved()
  env.close()


@pytest.mark.parametrize('end_on_success', [True, False])
def test_time_out_is_truncation(end_on_success):
  env = _make(max_steps=4, end_on_success=end_on_success)
  env.reset()
  steps = [env.step(_gesture(env, 'back')) for _ in range(5)]
  kinds = [step.step_type for step in steps]
  assert kinds == [dm_env.StepType.MID] * 3 + [
    dm_env.StepType.LAST,
    dm_env.StepType.FIRST,
  ]
  assert steps[3].discount == 1.0 and steps[3].reward == 0.0
  env.close()


def test_success_in_the_last_step_is_no_truncation():
  env = _make(seed=1, max_steps=20)
  env.reset()
  while env.phone.look.find(env.goal)[0]:
    env.reset()
  for _ in range(19):
    env.step(_gesture(env, 'back'))
  last = env.step(_tap_of(env, env.goal))
  assert last.last() and last.discount == 0.0 and last.reward == 1.0
  env.close()


def test_instruction_names_the_goal_and_goals_can_be_restricted():
  env = _make(goals=('Clock', 'Docs'))
  seen = set()
  for _ in range(20):
    observation = env.reset().observation
    assert observation['instruction'].item() == f'open {env.goal}'
    assert env.instruction == f'open {env.goal}'
    assert env.goals[env.goal_index] == env.goal
    # All ten apps stay on the phone.
    assert len(env.phone.look.contents) == 10
    seen.add(env.goal)
  assert seen == {'Clock', 'Docs'}
  env.close()


def test_action_grid_and_launcher_grid_are_options():
  env = _make(
    action_grid=actions.ActionGrid(rows=20, columns=12),
    grid=look.Grid(pages=2, rows=5, columns=4),
  )
  assert env.action_spec().num_values == 244
  env.reset()
  assert len(env.phone.look.pages) == 2
  assert [*_solve(env)][-1].reward == 1.0
  env.close()


def test_another_simulator_has_the_same_specs():
  # Noise of another size, as a device would have: it is scaled to `screen`.
  noise = config_classes.FakeSimulatorConfig(screen_dimensions=(90, 54))
  env = _make('android/open_common_apps', simulator=noise, max_steps=2)
  spec = env.observation_spec()
  for timestep in (env.reset(), env.step(0), env.step(_gesture(env, 'home'))):
    spec['pixels'].validate(timestep.observation['pixels'])
    assert timestep.observation['pixels'].std() > 10
  assert timestep.last() and timestep.discount == 1.0
  assert not env.goal_achieved()
  with pytest.raises(errors.ConfigError, match='got FakeSimulator'):
    _ = env.phone
  env.close()


def test_an_environment_left_open_ends_quietly():
  code = (
    'from acme_vlm import environments; '
    'e = environments.make("android/open_common_apps", seed=0); e.reset()'
  )
  result = subprocess.run(
    [sys.executable, '-c', code], capture_output=True, text=True, check=True
  )
  assert result.stderr == ''


@pytest.mark.parametrize(
  ('options', 'message'),
  [
    ({'seed': -1}, 'seed >= 0, got -1'),
    ({'max_steps': 0}, 'max_steps >= 1, got 0'),
    ({'goals': ()}, 'at least one goal'),
    ({'goals': ('Gmail', 'Nope')}, "unknown goal 'Nope'"),
    ({'name': 'open_doors'}, "unknown task set 'open_doors'"),
    ({'screen': (10, 10)}, 'at least 24 pixels'),
    ({'num_contents': 0}, 'num_contents >= 1'),
  ],
)
def test_mistakes_are_told_in_one_line(options, message):
  with pytest.raises(errors.AcmeVlmError, match=message) as caught:
    _make(**options)
  assert '\n' not in str(caught.value)
