import subprocess
import sys

import pytest

from acme_vlm import environments, errors
from acme_vlm.environments.android import open_app
from acme_vlm.testing import fake_environment

NAMES = ('android/open_common_apps', 'android/open_diverse_apps')


def test_names_are_those_of_the_phone():
  assert set(NAMES) <= set(environments.names())


def test_importing_the_registry_imports_no_domain():
  code = (
    'import sys, acme_vlm.environments as e; e.names(); '
    'print([m for m in ("android_env", "mujoco", "PIL") if m in sys.modules])'
  )
  result = subprocess.run(
    [sys.executable, '-c', code], capture_output=True, text=True, check=True
  )
  assert result.stdout.strip() == '[]'


def test_goals_are_those_of_the_environment():
  assert len(environments.goals(NAMES[0])) == 10
  assert len(environments.goals(NAMES[1])) == 60
  env = environments.make(NAMES[0], seed=0)
  assert env.goals == environments.goals(NAMES[0])
  env.close()


def test_split_and_options_reach_the_environment():
  env = environments.make(
    NAMES[0], seed=0, split='evaluation', goals=('Clock',), screen=(60, 36)
  )
  timestep = env.reset()
  assert timestep.observation['pixels'].shape == (60, 36, 3)
  assert env.goal == 'Clock'
  assert env.phone.look.split == 'evaluation'
  env.close()


@pytest.mark.parametrize(
  ('name', 'options', 'parts'),
  [
    ('android/open_doors', {}, ("environment 'android/open_doors'", NAMES[0])),
    (NAMES[0], {'colour': 1}, ("'colour'", 'screen')),
    (NAMES[0], {'split': 'test'}, ("split 'test'", 'evaluation')),
    (NAMES[0], {'goals': ('Gmail', 'Nope')}, ("goal 'Nope'", 'Sheets')),
  ],
)
def test_unknown_names_are_told_in_one_line(name, options, parts):
  with pytest.raises(errors.UnknownNameError) as caught:
    environments.make(name, seed=0, **options)
  message = str(caught.value)
  assert '\n' not in message
  for part in parts:
    assert part in message


def test_a_goal_that_stands_there_twice_is_refused():
  with pytest.raises(errors.ConfigError) as caught:
    environments.make(NAMES[0], seed=0, goals=('Gmail', 'Clock', 'Gmail'))
  assert str(caught.value) == (
    "expected distinct goals, got ('Gmail', 'Clock', 'Gmail')"
  )


def test_goals_of_an_unknown_environment():
  with pytest.raises(errors.UnknownNameError):
    environments.goals('nowhere')


class MyPhone(open_app.OpenApp):
  """A subclass, as users write."""


def _solve(env, steps):
  """Whether the solver reaches the goal of the first episode."""
  solver, timestep = environments.solver(env), env.reset()
  for _ in range(steps):
    timestep = env.step(solver(timestep))
    if env.goal_achieved():
      return True
  return False


def test_solvers_of_registered_classes_and_of_their_subclasses():
  for env in (
    environments.make(NAMES[0], seed=1),
    MyPhone('open_common_apps', seed=2),
  ):
    assert _solve(env, 3)
    env.close()


def test_an_environment_with_an_expert_action_is_its_own_solver():
  assert _solve(fake_environment.FakeEnvironment(seed=0), 3)


class _Unsolved(fake_environment.FakeEnvironment):
  expert_action = None


def test_an_environment_without_a_solver_is_told():
  with pytest.raises(errors.ConfigError) as caught:
    environments.solver(_Unsolved(seed=0))
  message = str(caught.value)
  assert 'expected an environment with a scripted solver' in message
  assert '_Unsolved has none' in message
  assert '\n' not in message
