import collections

import pytest
from android_env.components import config_classes

from acme_vlm import environments, errors
from acme_vlm.environments.android import actions, look

COMMON, DIVERSE = 'android/open_common_apps', 'android/open_diverse_apps'


def make(name, seed, **options):
  options = {'split': 'validation', 'max_steps': 10**6} | options
  return environments.make(name, seed=seed, **options)


def search(env, start):
  """Fewest steps to the goal, by trying every action of the real phone."""
  queue, seen = collections.deque([(start, 0)]), {start}
  while queue:
    state, steps = queue.popleft()
    put(env, state)
    if env.goal_achieved():
      return steps
    for action in range(env.action_spec().num_values):
      put(env, state)
      env.step(action)
      after = (env.phone.open_app, env.phone.page)
      if after not in seen:
        seen.add(after)
        queue.append((after, steps + 1))
  raise AssertionError('the goal cannot be reached')


def put(env, state):
  env.phone.open_app, env.phone.page = state


def count(env, timestep, most=20):
  """Steps of the solver to the goal from where the phone is now."""
  solver = environments.solver(env)
  for steps in range(most):
    if env.goal_achieved():
      return steps
    timestep = env.step(solver(timestep))
  raise AssertionError(f'not there after {most} steps')


@pytest.mark.parametrize('name', [COMMON, DIVERSE])
def test_every_phone_is_solved_within_the_limit(name):
  """200 phones; steps are swipes to the page and one tap, as computed."""
  env = make(name, 0, max_steps=20, end_on_success=False)
  for _ in range(200):
    timestep = env.reset()
    page = env.phone.look.find(env.goal)[0]
    assert count(env, timestep) == page + 1
  env.close()


@pytest.mark.parametrize(('name', 'seeds'), [(COMMON, 4), (DIVERSE, 2)])
def test_ways_are_shortest_from_anywhere(name, seeds):
  """Against a search over the real phone's screens, by all 64 actions."""
  for seed in range(seeds):
    env = make(name, seed, end_on_success=False)
    timestep = env.reset()
    last = len(env.phone.look.pages) - 1
    other = next(app for app in env.phone.look.contents if app != env.goal)
    for start in ((None, 0), (None, last), (other, last), (env.goal, 0)):
      fewest = search(env, start)
      put(env, start)
      assert count(env, timestep) == fewest, (env.goal, start)
    env.close()


def test_home_is_the_short_way_back_to_the_first_page():
  env = make(DIVERSE, 0)
  timestep = env.reset()
  while env.phone.look.find(env.goal)[0] != 0:
    timestep = env.reset()
  put(env, (None, 5))
  assert count(env, timestep) == 2
  env.close()


def test_it_stays_where_it_arrived():
  env = make(COMMON, 3, end_on_success=False)
  timestep = env.reset()
  count(env, timestep)
  solver = environments.solver(env)
  for _ in range(5):
    timestep = env.step(solver(timestep))
    assert env.goal_achieved()
  env.close()


@pytest.mark.parametrize(
  'options',
  [
    {'screen': (384, 216)},
    {'action_grid': actions.ActionGrid(20, 12)},
    {'grid': look.Grid(pages=2, rows=5, columns=4)},
  ],
)
def test_other_screens_and_grids_are_solved(options):
  env = make(COMMON, 1, max_steps=20, end_on_success=False, **options)
  for _ in range(20):
    count(env, env.reset())
  env.close()


def test_a_grid_too_coarse_is_told():
  env = make(COMMON, 0, action_grid=actions.ActionGrid(1, 1))
  with pytest.raises(errors.ConfigError) as caught:
    count(env, env.reset())
  assert 'no tap of 1 x 1 reaches the icon of' in str(caught.value)
  env.close()


def test_a_phone_that_is_not_simulated_is_told():
  env = make(COMMON, 0, simulator=config_classes.FakeSimulatorConfig((60, 36)))
  with pytest.raises(errors.ConfigError, match='expected a simulated phone'):
    environments.solver(env)
  env.close()
