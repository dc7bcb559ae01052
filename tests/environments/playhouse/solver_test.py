import pytest

from acme_vlm import environments, errors
from acme_vlm.environments.playhouse import config, environment, goals

SMALL = {'screen': (16, 16), 'split': 'validation'}


def solved(family, seeds, **options):
  """Share of episodes that are solved within the family's steps."""
  env = environments.make(f'playhouse/{family}', seed=11, **SMALL, **options)
  solver = environments.solver(env)
  count = 0
  for _ in range(seeds):
    timestep = env.reset()
    while not timestep.last():
      timestep = env.step(solver(timestep))
    count += timestep.reward > 0
  return count / seeds


@pytest.mark.parametrize('family', goals.FAMILIES)
def test_homes_of_one_room_are_solved(family):
  assert solved(family, 15) >= 0.85


def test_ways_lead_through_many_rooms():
  home = config.HomeConfig(rooms=(4, 5))
  assert solved('find', 6, home=home) >= 0.8


def test_other_steps_and_all_kinds():
  home = config.HomeConfig(
    goal_set='diverse', step_metres=0.25, step_degrees=20.0, pitch_degrees=15.0
  )
  assert solved('lift', 6, home=home) >= 0.8


def test_it_looks_but_does_not_touch():
  """The home is the same before and after its planning."""
  env = environments.make('playhouse/pick_and_place', seed=0, **SMALL)
  solver = environments.solver(env)
  timestep = env.reset()
  for _ in range(12):
    pose, state = env.world.pose, env.world.data.qpos.copy()
    held, frame = env.world.held, env.world.frame(24, 32)
    action = solver(timestep)
    assert env.world.pose == pose and env.world.held == held
    assert (env.world.data.qpos == state).all()
    assert (env.world.frame(24, 32) == frame).all()
    timestep = env.step(action)


def test_its_actions_are_a_function_of_the_episode():
  def acts():
    env = environments.make('playhouse/lift', seed=3, **SMALL)
    solver = environments.solver(env)
    timestep, made = env.reset(), []
    for _ in range(20):
      made.append(solver(timestep))
      timestep = env.step(made[-1])
    return made

  assert acts() == acts()


def test_subclasses_have_the_solver_too():
  class Other(environment.Playhouse):
    pass

  env = Other('find', seed=0, screen=(16, 16))
  assert 0 <= environments.solver(env)(env.reset()) < 50


def test_continuous_control_has_none_and_says_so():
  env = environments.make(
    'playhouse/find', seed=0, home=config.HomeConfig(control='continuous')
  )
  with pytest.raises(errors.ConfigError, match="got 'continuous'"):
    environments.solver(env)
