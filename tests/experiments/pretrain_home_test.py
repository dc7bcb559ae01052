import dataclasses
import pathlib

import numpy as np
import pytest

import acme_vlm
from acme_vlm import errors
from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.rewards import frame_pool
from experiments import pretrain_home

Options = pretrain_home.Options
HOME = home_config.HomeConfig()


def test_what_is_shipped_is_written_only_when_named():
  package = pathlib.Path(acme_vlm.__file__).resolve().parent
  assert not Options().folder.resolve().is_relative_to(package)
  assert Options(out=package / 'x').folder == package / 'x'


@pytest.mark.parametrize(
  ('field', 'value', 'line'),
  [
    ('batch_size', 1, 'expected batch_size >= 2, got 1'),
    ('pool', 10, 'expected pool >= 64, got 10'),
    ('heldout', 7, 'expected heldout >= 8, got 7'),
    ('families', ('find', 'fly'), "expected families of ('find', 'lift', 'pick_and_place'), got ('find', 'fly')"),
    ('episodes', 0, 'expected episodes >= 1, got 0'),
    ('text_steps', 0, 'expected text_steps >= 1, got 0'),
    ('reuse', 0.0, 'expected reuse > 0, got 0.0'),
    ('learning_rate', float('nan'), 'expected learning_rate > 0, got nan'),
  ],
)
def test_an_option_out_of_range_is_one_clear_line(field, value, line):
  with pytest.raises(errors.ConfigError) as caught:
    Options(**{field: value})
  assert str(caught.value) == line


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path):
  (tmp_path / 'file').touch()
  with pytest.raises(errors.ConfigError, match='expected a folder to write to'):
    pretrain_home.pretrain(Options(out=tmp_path / 'file' / 'x'))


def test_hidden_captions_are_those_that_name_a_held_out_pair():
  texts = captions.bank('common').texts
  hidden = {texts[place] for place in pretrain_home.hidden('common')}
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
    'a ball next to a bear',
    'something green up close',
    'a ball',
    goals_lib.NEUTRAL['find'],
  ):
    assert caption in texts and caption not in hidden


def test_other_ways_to_say_it_mean_the_caption():
  said, meant = pretrain_home.phrased()
  pairs = set(zip(said, meant, strict=True))
  assert ('a red duck close by', 'a red duck up close') in pairs
  assert ('a red duck in the hand', 'a red duck held up') in pairs
  assert ('a duck beside a plane', 'a duck next to a plane') in pairs
  assert ('a red duck on top of a bed', 'a red duck on a bed') in pairs
  assert ('a red duck', 'a red duck') in pairs


@pytest.mark.parametrize('hide', [False, True])
def test_chunks_hide_captions_where_they_are_told_to(hide):
  options = Options(chunk=40, hide_held_out=hide, home=HOME)
  chunk = pretrain_home.chunk(3, options=options)
  truth = frame_pool.unpack(chunk.truth, len(captions.bank('common').texts))
  assert chunk.frames.shape == (40, *pretrain_home.SCREEN, 3)
  places = pretrain_home.hidden('common')
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
  decided = pretrain_home.decided(truth, 'common')
  np.testing.assert_array_equal(decided[:, number], [1, 0, 0])
  np.testing.assert_array_equal(decided[:, nothing], [0, 1, 1])
  np.testing.assert_array_equal(decided[:, noun], [1, -1, 0])


def test_rendered_frames_are_kept_for_the_next_training(tmp_path):
  options = Options(chunk=6, frames=tmp_path / 'new', home=HOME)
  rendered = pretrain_home.chunk(2, options=options)
  (file,) = (tmp_path / 'new').iterdir()
  # Those of another number, and of other homes, are other files.
  pretrain_home.chunk(3, options=options)
  other = dataclasses.replace(HOME, objects=(3, 4))
  pretrain_home.chunk(2, options=dataclasses.replace(options, home=other))
  assert len(list((tmp_path / 'new').iterdir())) == 3
  with np.load(file) as arrays:
    kept = dict(arrays)
  np.testing.assert_array_equal(kept['frames'], rendered.frames)
  np.savez(file, **(kept | {'frames': kept['frames'][::-1]}))
  again = pretrain_home.chunk(2, options=options)
  np.testing.assert_array_equal(again.frames, rendered.frames[::-1])
  np.testing.assert_array_equal(again.truth, rendered.truth)


def test_a_model_of_one_family_learns_nothing_of_the_others():
  options = Options(chunk=40, families=('lift',), home=HOME)
  chunk = pretrain_home.chunk(3, options=options)
  bank = captions.bank('common')
  truth = frame_pool.unpack(chunk.truth, len(bank.texts))
  known = {
    number: np.any(truth[:, bank.group == number] != captions.UNKNOWN)
    for number in range(len(goals_lib.FAMILIES))
  }
  assert known == {0: False, 1: True, 2: False}
