import numpy as np

from acme_vlm.environments.playhouse import captions, goals
from acme_vlm.environments.playhouse import config as home_config
from experiments import home_frames

HOME = home_config.HomeConfig(episode_goals='all')


def _played(**changes):
  options = {'split': 'validation', 'seed': 0, 'episodes': 2}
  return home_frames.played(HOME, screen=(24, 32), **(options | changes))


def test_frames_are_a_function_of_split_and_seed():
  shown, truth = _played()
  bank = captions.bank('common')
  assert shown.dtype == np.uint8 and shown.shape[1:] == (24, 32, 3)
  assert truth.shape == (len(shown), len(bank.texts))
  for got, again in zip((shown, truth), _played(), strict=True):
    np.testing.assert_array_equal(got, again)
  for changes in ({'seed': 1}, {'split': 'evaluation'}):
    other = _played(**changes)[0]
    assert len(other) != len(shown) or not np.array_equal(other, shown)


def test_the_solver_ends_where_the_goal_is_true_and_chance_elsewhere():
  truth = _played(episodes=3)[1]
  bank = captions.bank('common')
  for number in range(len(goals.FAMILIES)):
    own = np.flatnonzero(bank.group == number)[:-1]
    true = (truth[:, own] == captions.TRUE).any(axis=1)
    # Three solved episodes at least; random ones are longer and mostly false.
    assert 3 <= true.sum() < 0.6 * len(true)
