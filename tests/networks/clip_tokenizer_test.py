"""Texts to ids, and the tokenizer's files."""

import contextlib
import json

import numpy as np
import pytest
import transformers

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


def test_tokens_are_counted_before_the_cut(tokenizer):
  ids, _ = tokenizer(['clock'])
  texts = ['clock', 'clock clock', 'clock ' * 50, '']
  count = tokenizer.count(texts)
  # Both ends; 'clock' has been learnt as one token.
  assert len(set(ids[0])) == 3
  np.testing.assert_array_equal(count, [3, 4, 52, 2])
  assert tokenizer.count([]).shape == (0,)


def test_a_text_that_would_be_cut_is_refused(tokenizer):
  fits = 'clock ' * 6
  tokenizer.check(['clock', fits])
  with pytest.raises(errors.ConfigError) as caught:
    tokenizer.check(['clock', fits + 'clock'])
  assert str(caught.value) == (
    f'expected texts of at most 8 tokens, got 9 in {fits + "clock"!r}'
  )


def test_the_oldest_files_are_a_vocabulary_and_its_merges(tokenizer, tmp_path):
  tokenizer.save(tmp_path)
  model = json.loads((tmp_path / 'tokenizer.json').read_text())['model']
  for file in tmp_path.iterdir():
    file.unlink()
  (tmp_path / 'vocab.json').write_text(json.dumps(model['vocab']))
  merges = [' '.join(pair) for pair in model['merges']]
  (tmp_path / 'merges.txt').write_text('\n'.join(['#version: 0.2', *merges]))
  # An architecture that transformers does not know says nothing of tokenizers.
  (tmp_path / 'config.json').write_text('{"model_type": "conv_clip"}')
  texts = ['Open the CLOCK app, 12:30', 'zebra']
  loaded = clip_tokenizer.Tokenizer.load(tmp_path, 8)
  np.testing.assert_array_equal(loaded(texts)[0], tokenizer(texts)[0])


def test_transformers_cuts_where_the_tower_ends(tokenizer, tmp_path):
  tokenizer.save(tmp_path)
  clip_tokenizer.Tokenizer.load(tmp_path, 5).save(tmp_path)
  theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
  assert len(theirs('clock ' * 9, truncation=True)['input_ids']) == 5


def test_code_beside_the_files_is_not_run(tokenizer, tmp_path):
  tokenizer.save(tmp_path)
  config = json.loads((tmp_path / 'tokenizer_config.json').read_text())
  config['auto_map'] = {'AutoTokenizer': [None, 'theirs.Tokenizer']}
  config['tokenizer_class'] = 'TheirTokenizer'
  (tmp_path / 'tokenizer_config.json').write_text(json.dumps(config))
  ran = tmp_path / 'ran'
  (tmp_path / 'theirs.py').write_text(f'open({str(ran)!r}, "w")')
  with contextlib.suppress(errors.CheckpointError):
    clip_tokenizer.Tokenizer.load(tmp_path, 8)
  assert not ran.exists()


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
