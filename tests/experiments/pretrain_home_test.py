import collections
import dataclasses
import pathlib

import jax
import numpy as np
import pytest

import acme_vlm
from acme_vlm import errors
from acme_vlm.environments.playhouse import captions
from acme_vlm.networks import clip_checkpoint
from experiments import pretrain_home

Options = pretrain_home.Options


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
    (
      'families',
      ('find', 'fly'),
      "expected families of ('find', 'lift', 'pick_and_place'), got"
      " ('find', 'fly')",
    ),
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


def test_other_ways_to_say_it_mean_the_caption():
  said, meant = pretrain_home.phrased()
  pairs = set(zip(said, meant, strict=True))
  assert ('a red duck close by', 'a red duck up close') in pairs
  assert ('a red duck in the hand', 'a red duck held up') in pairs
  assert ('a duck beside a plane', 'a duck next to a plane') in pairs
  assert ('a red duck on top of a bed', 'a red duck on a bed') in pairs
  assert ('a red duck', 'a red duck') in pairs


def test_every_common_caption_is_said_as_often_as_four_others():
  said = collections.Counter(pretrain_home.phrased()[0])
  common = captions.bank('common').texts
  assert all(said[text] >= 4 for text in common)
  others = set(captions.bank('diverse').texts) - set(common)
  assert {said[text] for text in others} == {1}


@pytest.mark.parametrize(
  ('size', 'start'),
  [('tiny', 'in_domain/home_small'), ('small', 'in_domain/phone_small')],
)
def test_it_starts_from_models_of_its_own_size_only(size, start):
  options = Options(size=size, start=start)
  with pytest.raises(errors.CheckpointError) as caught:
    pretrain_home.make_model(options)
  line = str(caught.value)
  assert repr(size) in line and repr(start) in line and '\n' not in line


def test_training_goes_on_from_a_checkpoint_and_leaves_its_words_alone(
  tmp_path,
):
  """Trained, evaluated, written; resumed, it only reports anew."""
  options = Options(
    start='in_domain/home_small',
    num_steps=2,
    batch_size=8,
    pool=16,
    chunk=16,
    heldout=8,
    episodes=1,
    families=('find',),
    frames=tmp_path / 'frames',
    out=tmp_path / 'home_test',
  )
  try:
    pretrain_home.pretrain(options)
    started = clip_checkpoint.load('in_domain/home_small')
    trained = clip_checkpoint.load(str(options.out))
    flat = jax.tree_util.tree_flatten_with_path
    learned = dict(flat(trained.parameters)[0])
    same = [
      ("'text_" in str(path), np.array_equal(x, learned[path]))
      for path, x in flat(started.parameters)[0]
    ]
    assert all(equal for text, equal in same if text)
    assert not all(equal for text, equal in same if not text)
    card = (options.out / 'README.md').read_text()
    assert 'from `in_domain/home_small` on' in card and '2 updates' in card
    assert 'Nouns in view' in card
    written = (options.out / 'model.safetensors').read_bytes()
    (options.out / 'README.md').unlink()
    pretrain_home.pretrain(dataclasses.replace(options, resume=True))
    assert (options.out / 'model.safetensors').read_bytes() == written
    assert '2 updates' in (options.out / 'README.md').read_text()
  finally:
    options.state_file.unlink(missing_ok=True)
