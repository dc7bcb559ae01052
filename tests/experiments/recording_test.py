import dataclasses

import dm_env
import numpy as np
import pytest

from acme_vlm import environments, errors
from acme_vlm.testing import fake_environment
from experiments import recording

FAKE = 'import:acme_vlm.testing.fake_environment.FakeEnvironment'
PHONE = 'android/open_common_apps'


class Endless(fake_environment.FakeEnvironment):
  """Times out never, and has no solver."""

  expert_action = None

  def __init__(self, *, seed):
    super().__init__(seed=seed, max_steps=10**9, end_on_success=False)


class Continuous(fake_environment.FakeEnvironment):
  def action_spec(self):
    return dm_env.specs.BoundedArray((2,), np.float32, -1, 1)


def plan(environment=FAKE, **changes):
  return recording.Plan(environment=environment, **changes)


def equal(a, b):
  return all(
    np.array_equal(getattr(a, field.name), getattr(b, field.name))
    for field in dataclasses.fields(a)
  )


@pytest.mark.parametrize('environment', [FAKE, PHONE])
def test_an_episode_can_be_played_again_from_its_seed(environment):
  """Frame by frame, truth by truth, from nothing but the recording."""
  for index in range(6):
    episode = recording.play(plan(environment), index)
    replayed = recording.make_environment(plan(environment), episode.seed)
    timestep = replayed.reset()
    assert replayed.goal_index == episode.goal
    for step in range(episode.num_frames):
      if step:
        timestep = replayed.step(int(episode.action[step - 1]))
      np.testing.assert_array_equal(
        timestep.observation['pixels'], episode.pixels[step]
      )
      truth = np.zeros(len(replayed.goals))
      truth[list(replayed.achieved_goals())] = 1
      np.testing.assert_array_equal(truth, episode.achieved[step])
    replayed.close()


def test_episodes_depend_on_their_number_and_the_seed_only():
  forward = [recording.play(plan(seed=1), index) for index in range(6)]
  for index in reversed(range(6)):
    assert equal(recording.play(plan(seed=1), index), forward[index])
  assert not equal(recording.play(plan(seed=2), 0), forward[0])
  assert len({episode.seed for episode in forward}) == 6


@pytest.mark.parametrize(
  ('solver_fraction', 'noisy_fraction'), [(0.5, 0.5), (0.9, 0.1), (0.2, 0.75)]
)
def test_policies_come_in_their_shares_from_the_start(
  solver_fraction, noisy_fraction
):
  given = plan(solver_fraction=solver_fraction, noisy_fraction=noisy_fraction)
  played = [recording.policy_of(given, index) for index in range(400)]
  noisy = solver_fraction * noisy_fraction
  for name, share in (
    ('solver', solver_fraction - noisy),
    ('noisy', noisy),
    ('random', 1 - solver_fraction),
  ):
    assert abs(played.count(name) - 400 * share) <= 2
    # Whoever stops early has a mixture too.
    assert abs(played[:40].count(name) - 40 * share) <= 2


@pytest.mark.parametrize(
  ('fractions', 'name'),
  [((0, 0.5), 'random'), ((1, 0), 'solver'), ((1, 1), 'noisy')],
)
def test_one_policy_alone(fractions, name):
  given = plan(solver_fraction=fractions[0], noisy_fraction=fractions[1])
  played = {recording.policy_of(given, index) for index in range(100)}
  assert played == {name}


def test_the_solver_lingers_after_success():
  for linger in (0, 3):
    given = plan(PHONE, solver_fraction=1.0, noisy_fraction=0.0, linger=linger)
    for index in range(5):
      episode = recording.play(given, index)
      assert episode.policy == 'solver'
      first = int(np.argmax(episode.goal_achieved))
      assert episode.num_frames == first + 1 + linger
      assert episode.goal_achieved[first:].all()


def test_who_errs_misses_nearly():
  """Other goals than the episode's are achieved on its way."""
  given = plan(PHONE, solver_fraction=1.0, noisy_fraction=1.0, epsilon=0.6)
  episodes = [recording.play(given, index) for index in range(20)]
  others = [
    np.delete(episode.achieved, episode.goal, axis=1).any()
    for episode in episodes
  ]
  assert sum(others) >= 3
  succeeded = [episode.goal_achieved.any() for episode in episodes]
  assert sum(succeeded) >= 10
  sure = dataclasses.replace(given, epsilon=0.0)
  for index in range(5):
    episode = recording.play(sure, index)
    assert not np.delete(episode.achieved, episode.goal, axis=1).any()


def test_random_episodes_last_until_their_time_is_out():
  episode = recording.play(plan(PHONE, solver_fraction=0.0), 0)
  assert (episode.policy, episode.num_frames) == ('random', 21)
  assert len(set(episode.action.tolist())) > 10


def test_endless_episodes_are_cut_and_need_no_solver():
  given = plan(f'import:{__name__}.Endless', solver_fraction=0.0, max_steps=30)
  assert recording.play(given, 0).num_frames == 31


def test_options_and_split_reach_the_environment():
  given = plan(PHONE, split='evaluation', options={'screen': (60, 36)})
  env = recording.make_environment(given, 0)
  assert env.reset().observation['pixels'].shape == (60, 36, 3)
  assert env.phone.look.split == 'evaluation'
  env.close()


MISTAKES = (
  ({'environment': 'nowhere'}, "unknown environment 'nowhere'"),
  ({'environment': 'import:nowhere.Home'}, "No module named 'nowhere'"),
  ({'environment': 'import:os.nothing'}, "no attribute 'nothing'"),
  ({'environment': 'import:collections.OrderedDict'}, 'got OrderedDict'),
  ({'environment': 'import:os.getcwd'}, 'to take a seed'),
  ({'environment': f'import:{__name__}.Continuous'}, 'discrete actions'),
  ({'environment': PHONE, 'options': {'screen': 7}}, "{'screen': 7}, got"),
  ({'environment': PHONE, 'options': {'colour': 7}}, "'colour'"),
  ({'environment': PHONE, 'split': 'test'}, "unknown split 'test'"),
)


@pytest.mark.parametrize(('changes', 'message'), MISTAKES)
def test_mistakes_are_told_in_one_line(changes, message):
  with pytest.raises(errors.AcmeVlmError) as caught:
    recording.make_environment(recording.Plan(**changes), 0)
  assert message in str(caught.value)
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
  'changes',
  [
    {'solver_fraction': 1.1},
    {'noisy_fraction': -0.1},
    {'epsilon': float('nan')},
    {'seed': -1},
    {'linger': -1},
    {'max_steps': 0},
  ],
)
def test_numbers_out_of_range_are_refused(changes):
  (name,) = changes
  with pytest.raises(errors.ConfigError, match=f'expected {name}'):
    plan(**changes)


def test_every_registered_environment_has_a_solver_and_records():
  for name in environments.names():
    episode = recording.play(plan(name), 0)
    assert episode.policy == 'noisy'
    assert episode.achieved.shape[1] == len(environments.goals(name))
