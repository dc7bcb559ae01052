"""Texts to ids, and the tokenizer's files."""

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.networks import clip_tokenizer, clip_tokenizer_training


@pytest.fixture(scope='module')
def tokenizer():
  return clip_tokenizer_training.train(
    ['Open the Clock app', 'Screenshot of Clock'] * 3,
    num_merges=100,
    context_length=8,
  )


def test_case_and_spaces_do_not_matter(tokenizer):
  ids, _ = tokenizer(['Screenshot of CLOCK', 'screenshot  of clock'])
  np.testing.assert_array_equal(ids[0], ids[1])


def test_long_texts_are_cut_and_keep_their_end(tokenizer):
  ids, mask = tokenizer(['qwertyuiop' * 4])
  assert ids.shape == (1, 8) and ids[0, -1] == tokenizer.eos_token_id
  np.testing.assert_array_equal(mask, 1)


def test_files_give_the_same_tokenizer(tokenizer, tmp_path):
  tokenizer.save(tmp_path)
  texts = ['Open the clock app, 12:30', 'zebra']
  loaded = clip_tokenizer.Tokenizer.load(tmp_path, 8)
  np.testing.assert_array_equal(loaded(texts)[0], tokenizer(texts)[0])


def test_broken_files_are_refused(tokenizer, tmp_path):
  tokenizer.save(tmp_path)
  (tmp_path / 'tokenizer.json').write_text('{"model"')
  with pytest.raises(errors.CheckpointError, match='expected readable'):
    clip_tokenizer.Tokenizer.load(tmp_path, 8)


def test_one_string_is_no_sequence(tokenizer):
  with pytest.raises(ValueError, match="got 'clock'"):
    tokenizer('clock')
