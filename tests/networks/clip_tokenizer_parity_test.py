"""OpenAI's tokenizer on hard strings, id for id.

The goldens are transformers' ids and, where they are others, those of OpenAI's
own tokenizer (`tests/networks/parity/make_tokenizer_goldens.py`).
"""

import json
import pathlib

import numpy as np
import pytest

from acme_vlm.networks import clip_tokenizer
from tests.networks.parity import strings

_FOLDER = pathlib.Path(__file__).parent / 'parity' / 'openai_tokenizer'
_LENGTH, _END = 77, 49407


def _goldens():
  return json.loads((_FOLDER / 'goldens.json').read_text())


@pytest.fixture(scope='module')
def tokenizer():
  return clip_tokenizer.Tokenizer.load(_FOLDER, _LENGTH)


def test_goldens_are_of_these_strings():
  assert [golden['text'] for golden in _goldens()] == list(strings.STRINGS)


def _check(tokenizer):
  ids, mask = tokenizer(strings.STRINGS)
  wrong = []
  for golden, row, seen in zip(_goldens(), ids, mask, strict=True):
    count = len(golden['ids'])
    padded = golden['ids'] + [_END] * (_LENGTH - count)
    if row.tolist() != padded or seen.tolist() != [
      int(i < count) for i in range(_LENGTH)
    ]:
      wrong.append(golden['text'])
  assert not wrong


def test_ids_and_mask_are_the_references(tokenizer):
  _check(tokenizer)


def test_ids_are_the_same_from_tokenizer_json(tokenizer, tmp_path):
  tokenizer.save(tmp_path)
  assert (tmp_path / 'tokenizer.json').is_file()
  assert not (tmp_path / 'vocab.json').exists()
  _check(clip_tokenizer.Tokenizer.load(tmp_path, _LENGTH))


def test_differences_to_the_original_are_those_that_the_docs_list(tokenizer):
  ids, _ = tokenizer(strings.STRINGS)
  unlike = [golden['text'] for golden in _goldens() if 'original' in golden]
  assert len(unlike) == 16 and len(strings.STRINGS) == 61
  for golden, row in zip(_goldens(), ids, strict=True):
    original = golden.get('original', golden['ids'])
    same = np.array_equal(row[: len(original)], original)
    assert same == ('original' not in golden)
  # What goal texts are made of is tokenised as OpenAI does.
  assert all(
    not text.isascii() or set('<&') & set(text) or not text.isprintable()
    for text in unlike
  )


def test_tokens_are_counted_before_the_cut(tokenizer):
  texts = [' '.join(['cat'] * n) for n in (0, 75, 76, 200)]
  np.testing.assert_array_equal(tokenizer.count(texts), [2, 77, 78, 202])
