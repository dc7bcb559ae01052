"""A CLIP tokenizer of one's own, for checkpoints trained from scratch."""

import json
from collections.abc import Iterable

import tokenizers
import transformers
from tokenizers import models, normalizers, pre_tokenizers, trainers

from acme_vlm.networks import clip_tokenizer

_BOS, _EOS = '<|startoftext|>', '<|endoftext|>'
_WORD_END = '</w>'


def train(
  texts: Iterable[str], *, num_merges: int, context_length: int
) -> clip_tokenizer.Tokenizer:
  """Learns byte-pair merges as CLIP's tokenizer has them.

  The vocabulary is laid out like CLIP's: all bytes, all bytes at the end of a
  word, the merges, the start token, the end token; so every text has ids, and
  the end token's is the largest.

  Args:
    texts: what the merges are learnt from, in any case.
    num_merges: how many merges at most.
    context_length: length of every sequence, in tokens, with both ends.

  Returns:
    A tokenizer that lower-cases and that `Tokenizer.save` writes to files.
  """
  alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
  learner = tokenizers.Tokenizer(models.BPE(end_of_word_suffix=_WORD_END))
  learner.normalizer = normalizers.Lowercase()
  learner.pre_tokenizer = pre_tokenizers.Sequence(
    [
      pre_tokenizers.Split(
        tokenizers.Regex(r'[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+'),
        behavior='removed',
        invert=True,
      ),
      pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
  )
  learner.train_from_iterator(
    texts,
    trainers.BpeTrainer(
      vocab_size=2 * len(alphabet) + num_merges,
      initial_alphabet=alphabet,
      end_of_word_suffix=_WORD_END,
      show_progress=False,
    ),
  )
  # The merges are public only in the serialised form; there are too many,
  # since the trainer counts only those ends of words that it has seen.
  learnt = json.loads(learner.to_str())['model']['merges'][:num_merges]
  merges = [(left, right) for left, right in learnt]
  tokens = [*alphabet, *(letter + _WORD_END for letter in alphabet)]
  tokens += [left + right for left, right in merges]
  # Two pairs can merge to the same token; it has one id.
  tokens = [*dict.fromkeys(tokens), _BOS, _EOS]
  tokenizer = transformers.CLIPTokenizer(
    vocab={token: index for index, token in enumerate(tokens)}, merges=merges
  )
  tokenizer.model_max_length = context_length
  return clip_tokenizer.Tokenizer(tokenizer, context_length)
