import dataclasses

import numpy as np
import pytest

from acme_vlm import environments
from acme_vlm.environments.playhouse import captions, environment
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.rewards import frame_pool
from experiments import home_frames

HOME = home_config.HomeConfig()
ALL = home_config.HomeConfig(episode_goals='all')


def _played(**changes):
  options = {'split': 'validation', 'seed': 0, 'episodes': 2}
  return home_frames.played(ALL, screen=(24, 32), **(options | changes))


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


def test_each_family_is_solved_and_played_at_random():
  truth = _played(episodes=3)[1]
  bank = captions.bank('common')
  # Episodes of a family come one after another: random ones run their time.
  end = 0
  for number, family in enumerate(goals_lib.FAMILIES):
    own = np.flatnonzero(bank.group == number)[:-1]
    env = environments.make(
      f'playhouse/{family}', seed=1, split='validation', home=ALL
    )
    end += 3 * (environment.MAX_STEPS[family] + 1)
    solver = environments.solver(env)
    for _ in range(3):
      timestep, length = env.reset(), 1
      while not timestep.last():
        timestep, length = env.step(solver(timestep)), length + 1
      end += length
      place = bank.texts.index(env.task.words)
      assert place in own
      assert (truth[end - 1, place] == captions.TRUE) == (timestep.reward > 0)
    assert timestep.reward > 0
  assert end == len(truth)


def test_hidden_captions_are_those_that_name_a_held_out_pair():
  texts = captions.bank('common').texts
  hidden = {texts[place] for place in home_frames.hidden('common')}
  assert goals_lib.held_out('ball', 'green')
  assert not goals_lib.held_out('ball', 'red')
  for caption in (
    'a green ball',
    'a green ball up close',
    'a green ball held up',
    'a green ball on a bed',
  ):
    assert caption in hidden
  for caption in (
    'a red ball',
    'a red ball up close',
    'a bear next to a ball',
    'something green up close',
    'a ball',
    goals_lib.NEUTRAL['find'],
  ):
    assert caption in texts and caption not in hidden


@pytest.mark.parametrize('hide', [False, True])
def test_chunks_hide_captions_where_they_are_told_to(hide):
  chunk = home_frames.chunk(3, home=HOME, num=40, hide_held_out=hide)
  truth = frame_pool.unpack(chunk.truth, len(captions.bank('common').texts))
  assert chunk.frames.shape == (40, *home_frames.SCREEN, 3)
  places = home_frames.hidden('common')
  assert np.all(truth[:, places] == captions.UNKNOWN) == hide
  named = chunk.places[chunk.places >= 0]
  assert len(named) and np.any(np.isin(named, places)) != hide


def test_what_is_nearly_true_is_false_to_a_reward():
  bank = captions.bank('common')
  number = bank.place_of[0, 'a red duck up close']
  nothing = bank.place_of[0, goals_lib.NEUTRAL['find']]
  noun = bank.place_of[captions.NOUNS, 'a red duck']
  truth = np.zeros((3, len(bank.texts)), np.int8)
  truth[:, [number, nothing, noun]] = [[1, 0, 1], [-1, -1, -1], [0, 1, 0]]
  decided = home_frames.decided(truth, 'common')
  np.testing.assert_array_equal(decided[:, number], [1, 0, 0])
  np.testing.assert_array_equal(decided[:, nothing], [0, 1, 1])
  np.testing.assert_array_equal(decided[:, noun], [1, -1, 0])


def test_rendered_frames_are_kept_for_the_next_training(tmp_path):
  options = {'num': 6, 'folder': tmp_path / 'new'}
  rendered = home_frames.chunk(2, home=HOME, **options)
  (file,) = (tmp_path / 'new').iterdir()
  # Those of another number, and of other homes, are other files.
  home_frames.chunk(3, home=HOME, **options)
  other = dataclasses.replace(HOME, objects=(3, 4))
  home_frames.chunk(2, home=other, **options)
  assert len(list((tmp_path / 'new').iterdir())) == 3
  with np.load(file) as arrays:
    kept = dict(arrays)
  np.testing.assert_array_equal(kept['frames'], rendered.frames)
  np.savez(file, **(kept | {'frames': kept['frames'][::-1]}))
  again = home_frames.chunk(2, home=HOME, **options)
  np.testing.assert_array_equal(again.frames, rendered.frames[::-1])
  np.testing.assert_array_equal(again.truth, rendered.truth)


def _known(chunk, group):
  """Whether anything is known of captions of a group, in frames and places."""
  bank = captions.bank('common')
  truth = frame_pool.unpack(chunk.truth, len(bank.texts))[
    :, bank.group == group
  ]
  said = chunk.places[..., -1 - group] if group < 0 else np.zeros(0)
  return np.any(truth != captions.UNKNOWN), np.any(said >= 0)


def test_a_model_of_one_family_learns_nothing_of_the_others():
  for family, known in (
    ('find', (0, captions.NEAR)),
    ('lift', (1, captions.HOLDS)),
    ('pick_and_place', (2, captions.HOLDS, captions.BESIDE)),
  ):
    chunk = home_frames.chunk(3, home=HOME, num=120, families=(family,))
    for group in (0, 1, 2, captions.HOLDS, captions.BESIDE, captions.NEAR):
      anything = group in known
      assert _known(chunk, group) == (anything, anything and group < 0)
  bank = captions.bank('common')
  chunk = home_frames.chunk(3, home=HOME, num=120, families=('lift',))
  truth = frame_pool.unpack(chunk.truth, len(bank.texts))
  on = bank.place_of[captions.HOLDS, 'on a bed']
  assert np.all(truth[:, on] == captions.UNKNOWN)


def test_of_held_out_things_next_to_each_other_nobody_says_so():
  bank = captions.bank('common')
  plain, hiding = (
    home_frames.chunk(5, home=HOME, num=300, hide_held_out=hide)
    for hide in (False, True)
  )
  truth, hidden = (
    frame_pool.unpack(c.truth, len(bank.texts)) for c in (plain, hiding)
  )
  counts = {True: 0, False: 0}
  for goal in goals_lib.goals('pick_and_place', 'common'):
    if not goal.neighbour:
      continue
    shown = truth[:, bank.place_of[2, goal.words]] == captions.TRUE
    counts[goal.held_out] += shown.sum()
    one = bank.place_of[captions.BESIDE, f'next to a {goal.kind}']
    if goal.held_out:
      assert np.all(hidden[shown, one] == captions.UNKNOWN)
      assert not np.any(hiding.places[shown] == one)
  assert min(counts.values()) > 3
  beside = hidden[:, bank.group == captions.BESIDE]
  assert (beside == captions.TRUE).sum() > 3


def test_hidden_captions_enter_no_loss_and_are_not_looked_for():
  bank = captions.bank('common')
  hidden = home_frames.hidden('common')
  plain, group = (
    home_frames.groups('common'),
    home_frames.groups('common', True),
  )
  np.testing.assert_array_equal(plain, bank.group)
  rest = np.setdiff1d(np.arange(len(group)), hidden)
  np.testing.assert_array_equal(group[rest], bank.group[rest])
  assert (bank.group[hidden] < 0).any() and (group[hidden] >= 0).all()
