"""A tokenizer trained here against the layout of CLIP's."""

import numpy as np
import pytest

from acme_vlm.networks import clip_tokenizer_training


@pytest.fixture(scope='module')
def tokenizer():
  return clip_tokenizer_training.train(
    ['Open the Clock app', 'Screenshot of Clock'] * 3,
    num_merges=100,
    context_length=8,
  )


def test_layout_is_clips(tokenizer):
  ids, mask = tokenizer(['clock', ''])
  bos, eos = len(tokenizer) - 2, len(tokenizer) - 1
  assert tokenizer.eos_token_id == eos
  # A word seen often is one token; padding is the end token, unmasked.
  assert ids[0, 0] == bos and ids[0, 2] == eos and 512 <= ids[0, 1] < bos
  np.testing.assert_array_equal(ids[0, 3:], eos)
  np.testing.assert_array_equal(mask[0], [1, 1, 1, 0, 0, 0, 0, 0])
  np.testing.assert_array_equal(ids[1, :2], [bos, eos])
  assert ids.dtype == mask.dtype == np.int32


def test_any_text_has_ids_of_its_own(tokenizer):
  ids, _ = tokenizer(['日', '月', 'x!', 'x?', '7', '8'])
  assert len({tuple(row) for row in ids}) == len(ids)
  assert ids.max() < len(tokenizer)


def test_more_merges_make_shorter_texts():
  texts = ['screenshot of calculator on android'] * 3
  lengths = []
  for merges in (5, 50):
    tokenizer = clip_tokenizer_training.train(
      texts, num_merges=merges, context_length=64
    )
    lengths.append(int(tokenizer(texts[:1])[1].sum()))
  assert lengths[0] > lengths[1] == 5 + 2
