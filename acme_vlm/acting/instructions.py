"""Instructions in words to word ids."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Int32

_WORD = re.compile(r'\w+')
PADDING = 0


class Vocabulary:
  """The words of a set of sentences, sorted; deterministic in the set.

  Id 0 is padding, 1 to the number of words are words, and the id after that is
  for every word that the sentences did not have.
  """

  def __init__(self, sentences: Iterable[str]):
    """Collects the words.

    Args:
      sentences: all instructions that the agent is trained on. The longest of
        them sets the length of every encoding.

    Raises:
      ValueError: if there is no word in them.
    """
    split = [_words(sentence) for sentence in sentences]
    words = sorted({word for sentence in split for word in sentence})
    if not words:
      raise ValueError('expected sentences with at least one word, got none')
    self._ids = {word: n for n, word in enumerate(words, start=1)}
    self._length = max(map(len, split))
    self._encoded: dict[str, Int32[np.ndarray, ' l']] = {}

  @property
  def words(self) -> tuple[str, ...]:
    """The words, in the order of their ids."""
    return tuple(self._ids)

  @property
  def num_ids(self) -> int:
    """How many ids there are: words, padding and unknown."""
    return len(self._ids) + 2

  @property
  def unknown(self) -> int:
    """Id of every word that is not in the vocabulary."""
    return len(self._ids) + 1

  @property
  def length(self) -> int:
    """L, the length of every encoding in word ids."""
    return self._length

  def encode(self, sentence: str) -> Int32[np.ndarray, ' l']:
    """Looks the words up; case and punctuation do not matter.

    Args:
      sentence: an instruction of at most L words.

    Returns:
      Word ids, int32 [L], padded with 0; read-only, the same array each time.

    Raises:
      ValueError: if the sentence has more words than L.
    """
    encoded = self._encoded.get(sentence)
    if encoded is None:
      words = _words(sentence)
      if len(words) > self._length:
        raise ValueError(
          f'expected an instruction of at most {self._length} words, got'
          f' {len(words)}: {sentence!r}'
        )
      encoded = np.full(self._length, PADDING, np.int32)
      encoded[: len(words)] = [self._ids.get(w, self.unknown) for w in words]
      encoded.flags.writeable = False
      self._encoded[sentence] = encoded
    return encoded


def shared(sentences: Sequence[str]) -> str:
  """Words that all ways to say one thing have, in the order of the first.

  Args:
    sentences: ways to say it, at least one.

  Returns:
    The words, or the first sentence if they share none.
  """
  others = [set(_words(sentence)) for sentence in sentences]
  words = [w for w in _words(sentences[0]) if all(w in o for o in others)]
  return ' '.join(words) or sentences[0]


def _words(sentence: str) -> list[str]:
  return _WORD.findall(sentence.lower())
