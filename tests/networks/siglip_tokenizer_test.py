"""SigLIP's tokenizers against sentencepiece itself and BPE by hand."""

import itertools
import json
import socket
import string

import numpy as np
import pytest
import sentencepiece

from acme_vlm import errors
from acme_vlm.networks import (
  clip_tokenizer_training,
  siglip_config,
  siglip_tokenizer,
)

_CORPUS = [
  'open the clock app',
  'a photo of a green roll next to the lamp',
  'screenshot of gmail on android 12',
  'the quick brown fox jumps over the lazy dog',
  'café naïve über straße 34567890',
] * 20

_HARD = [
  'a photo of a cat',
  'Screenshot of GMAIL on Android',
  '  spaces  at   both ends  ',
  'tab\tand\nnewline\r\nand\u00a0none\u3000wide',
  '',
  ' ',
  '...!?',
  "don't stop: co-op, snake_case (1,234.5) & <more>/[less] @home #1",
  'CAFÉ STRASSE ÜBER NAÏVE',
  'e\u0301 combined, \u0130stanbul, \uff21\uff22 wide, \ufb01ne',
  '你好 \U0001f600 привет ΣΑΣ',
  '\u2581under \u2581 score \u2019quoted\u2019',
  'open\u200bthe\u00adclock',
  'clock ' * 70,
  'x' * 500,
  '12345678901234567890',
]


def _config(vocab_size, length=64):
  return siglip_config.SiglipConfig(
    text=siglip_config.TextConfig(
      vocab_size=vocab_size, max_position_embeddings=length
    )
  )


@pytest.fixture(scope='module')
def siglip(tmp_path_factory):
  """A folder laid out as SigLIP's: pad and end token are the same."""
  folder = tmp_path_factory.mktemp('siglip')
  sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(_CORPUS),
    model_prefix=str(folder / 'spiece'),
    vocab_size=150,
    hard_vocab_limit=False,
    model_type='unigram',
    pad_id=0,
    eos_id=1,
    unk_id=2,
    bos_id=-1,
    minloglevel=2,
  )
  _write_config(
    folder,
    tokenizer_class='SiglipTokenizer',
    eos_token='</s>',
    pad_token='</s>',
    unk_token='<unk>',
    do_lower_case=True,
  )
  return folder


def _write_config(folder, **fields):
  # The published files ask for no mask.
  fields |= {'model_max_length': 64, 'model_input_names': ['input_ids']}
  (folder / 'tokenizer_config.json').write_text(json.dumps(fields))


def _canonical(text):
  letters = [c for c in text.lower() if c not in string.punctuation]
  return ' '.join(''.join(letters).split())


def _padded(ids, length, end, pad):
  ids = [*ids[: length - 1], end]
  mask = [1] * len(ids) + [0] * (length - len(ids))
  return ids + [pad] * (length - len(ids)), mask


def test_siglip_is_sentencepiece_over_canonical_text(siglip):
  oracle = sentencepiece.SentencePieceProcessor(
    model_file=str(siglip / 'spiece.model')
  )
  tokenizer = siglip_tokenizer.read(siglip, _config(oracle.get_piece_size()))
  ids, mask = tokenizer(_HARD)
  for text, row, row_mask in zip(_HARD, ids.tolist(), mask, strict=True):
    pieces = oracle.encode(_canonical(text))
    expected, expected_mask = _padded(pieces, 64, end=1, pad=1)
    assert row == expected, text
    np.testing.assert_array_equal(row_mask, expected_mask)
    assert tokenizer.count([text])[0] == len(pieces) + 1


_SPECIAL = ('<pad>', '<eos>', '<bos>', '<unk>', '<mask>')
_MERGES = ('t h', 'th e', '▁ the', 'c l', 'o c', 'oc k', 'cl ock', 'a ▁', 'é t')


def _vocabulary():
  tokens = [*_SPECIAL, *(f'<0x{byte:02X}>' for byte in range(256))]
  tokens += ['▁', *string.ascii_lowercase, 'G', 'É', 'é']
  tokens += [merge.replace(' ', '') for merge in _MERGES]
  return {token: index for index, token in enumerate(tokens)}


def _end():
  template = [
    {'Sequence': {'id': 'A', 'type_id': 0}},
    {'SpecialToken': {'id': '<eos>', 'type_id': 0}},
  ]
  return {
    'type': 'TemplateProcessing',
    'single': template,
    'pair': template,
    'special_tokens': {
      '<eos>': {'id': '<eos>', 'ids': [1], 'tokens': ['<eos>']}
    },
  }


def _write_gemma(folder, *, tokenizer_class, ends):
  """A folder laid out as SigLIP 2's: BPE with a token for every byte.

  Returns:
    Ids by token and the merges, the first applied first.
  """
  ids, space = _vocabulary(), {'String': ' '}
  plain = dict.fromkeys(
    ('single_word', 'lstrip', 'rstrip', 'normalized'), False
  )
  content = {
    'version': '1.0',
    'added_tokens': [
      {'id': ids[token], 'content': token, 'special': True, **plain}
      for token in _SPECIAL
    ],
    # As published: the case is left to the caller.
    'normalizer': {'type': 'Replace', 'pattern': space, 'content': '▁'},
    'pre_tokenizer': {
      'type': 'Split',
      'pattern': space,
      'behavior': 'MergedWithPrevious',
      'invert': False,
    },
    'post_processor': _end() if ends else None,
    'model': {
      'type': 'BPE',
      'unk_token': '<unk>',
      'fuse_unk': True,
      'byte_fallback': True,
      'vocab': ids,
      'merges': [merge.split(' ') for merge in _MERGES],
    },
  }
  (folder / 'tokenizer.json').write_text(json.dumps(content))
  _write_config(
    folder,
    **({'tokenizer_class': tokenizer_class} if tokenizer_class else {}),
    add_bos_token=False,
    add_eos_token=True,
    bos_token='<bos>',
    eos_token='<eos>',
    pad_token='<pad>',
    unk_token='<unk>',
  )
  return ids, [tuple(merge.split(' ')) for merge in _MERGES]


def _bpe(text, ids, merges):
  parts = list(text.replace(' ', '▁'))
  while True:
    pairs = set(itertools.pairwise(parts)) & set(merges)
    if not pairs:
      break
    best = min(pairs, key=merges.index)
    joined = []
    for part in parts:
      if joined and (joined[-1], part) == best:
        joined[-1] += part
      else:
        joined.append(part)
    parts = joined
  return [
    index
    for part in parts
    for index in (
      [ids[part]]
      if part in ids
      else [ids[f'<0x{byte:02X}>'] for byte in part.encode()]
    )
  ]


@pytest.mark.parametrize(
  'tokenizer_class', ['GemmaTokenizer', 'GemmaTokenizerFast', '']
)
@pytest.mark.parametrize('ends', [True, False])
def test_siglip_2_is_bpe_over_lower_case(tmp_path, tokenizer_class, ends):
  ids, merges = _write_gemma(
    tmp_path, tokenizer_class=tokenizer_class, ends=ends
  )
  tokenizer = siglip_tokenizer.read(tmp_path, _config(len(ids)))
  rows, mask = tokenizer([*_HARD, 'THE CLOCK', 'ÉTÉ'])
  for n, text in enumerate([*_HARD, 'the clock', 'été']):
    # Letter by letter: a sigma at the end of a word is one like the others.
    pieces = _bpe(''.join(letter.lower() for letter in text), ids, merges)
    expected, expected_mask = _padded(pieces, 64, end=1, pad=0)
    assert rows[n].tolist() == expected, text
    np.testing.assert_array_equal(mask[n], expected_mask)


def test_what_is_saved_gives_the_same_ids(siglip, tmp_path):
  gemma = tmp_path / 'gemma'
  gemma.mkdir()
  _write_gemma(gemma, tokenizer_class='GemmaTokenizer', ends=False)
  for folder in (siglip, gemma):
    config = _config(500)
    tokenizer = siglip_tokenizer.read(folder, config)
    copy = tmp_path / 'copy' / folder.name
    copy.mkdir(parents=True)
    tokenizer.save(copy)
    again = siglip_tokenizer.read(copy, config)
    np.testing.assert_array_equal(again(_HARD)[0], tokenizer(_HARD)[0])


def test_another_tokenizer_may_lie_in_the_folder(tmp_path):
  trained = clip_tokenizer_training.train(
    _CORPUS, num_merges=40, context_length=64
  )
  trained.save(tmp_path)
  tokenizer = siglip_tokenizer.read(tmp_path, _config(len(trained)))
  np.testing.assert_array_equal(tokenizer(_HARD)[0], trained(_HARD)[0])


def test_nothing_is_asked_of_the_network(siglip, monkeypatch):
  def refuse(*unused_args, **unused_options):
    raise AssertionError('a connection was tried')

  monkeypatch.setattr(socket.socket, 'connect', refuse)
  monkeypatch.setattr(socket, 'getaddrinfo', refuse)
  siglip_tokenizer.read(siglip, _config(500))


def test_a_tokenizer_that_does_not_fit_is_refused(siglip, tmp_path):
  with pytest.raises(errors.CheckpointError, match='ids below vocab_size 40'):
    siglip_tokenizer.read(siglip, _config(40))
  with pytest.raises(
    errors.CheckpointError, match=r'spiece\.model .*tokenizer\.json.* neither'
  ):
    siglip_tokenizer.read(tmp_path, _config(500))
  (tmp_path / 'spiece.model').write_bytes(b'no model')
  with pytest.raises(errors.CheckpointError, match='expected readable'):
    siglip_tokenizer.read(tmp_path, _config(500))


def test_spare_pieces_beyond_the_vocabulary_are_no_obstacle(siglip, tmp_path):
  (tmp_path / 'spiece.model').write_bytes(
    (siglip / 'spiece.model').read_bytes()
  )
  size = siglip_tokenizer.read(siglip, _config(500)).largest_id + 1
  _write_config(
    tmp_path,
    tokenizer_class='SiglipTokenizer',
    added_tokens_decoder={
      str(size): {'content': '<extra_id_0>', 'special': True}
    },
  )
  tokenizer = siglip_tokenizer.read(tmp_path, _config(size))
  assert tokenizer.largest_id == size
  assert tokenizer(_HARD)[0].max() < size
