"""Words to token ids, by the tokenizer files that lie beside the weights."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np

from acme_vlm import errors

# Read by transformers when first imported; torch is not part of this system
# and its absence is nothing to warn about on every start.
os.environ.setdefault('TRANSFORMERS_NO_ADVISORY_WARNINGS', '1')

import transformers


class Tokenizer:
  """Tokenises texts to arrays of one length.

  Attributes:
    context_length: length L of every sequence, with both ends.
  """

  def __init__(
    self, tokenizer: 'transformers.PreTrainedTokenizerBase', context_length: int
  ):
    """Wraps a tokenizer.

    Args:
      tokenizer: of transformers.
      context_length: length of every sequence, in tokens; longer texts are
        cut and keep their end token.
    """
    self._tokenizer = tokenizer
    self.context_length = context_length

  @classmethod
  def load(cls, folder: pathlib.Path, context_length: int) -> 'Tokenizer':
    """Reads the tokenizer files of a checkpoint.

    Args:
      folder: of the checkpoint.
      context_length: see the constructor.

    Returns:
      The tokenizer.

    Raises:
      CheckpointError: files are missing or unreadable.
    """
    whole = (folder / 'tokenizer.json').is_file()
    parts = all((folder / n).is_file() for n in ('vocab.json', 'merges.txt'))
    if not whole and not parts:
      raise errors.CheckpointError(
        f'expected tokenizer.json, or vocab.json and merges.txt, in {folder}'
      )
    try:
      tokenizer = transformers.AutoTokenizer.from_pretrained(
        str(folder), local_files_only=True
      )
    # Broken files surface as whatever the reader of that file raises.
    except Exception as error:
      line = str(error).splitlines()[0] if str(error) else repr(error)
      raise errors.CheckpointError(
        f'expected readable tokenizer files in {folder}, got: {line}'
      ) from error
    return cls(tokenizer, context_length)

  def __call__(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokenises.

    Args:
      texts: N strings.

    Returns:
      ids int32 [N, L] and mask int32 [N, L], 1 at tokens and 0 at padding.
    """
    if isinstance(texts, str):
      raise ValueError(f'expected a sequence of strings, got {texts!r}')
    encoded = self._tokenizer(
      list(texts),
      padding='max_length',
      truncation=True,
      max_length=self.context_length,
    )
    ids = np.asarray(encoded['input_ids'], np.int32)
    return ids, np.asarray(encoded['attention_mask'], np.int32)

  @property
  def eos_token_id(self) -> int:
    """Id of the end token."""
    return self._tokenizer.eos_token_id

  @property
  def pad_token_id(self) -> int | None:
    """Id that fills sequences up; None if the tokenizer cannot."""
    return self._tokenizer.pad_token_id

  @property
  def largest_id(self) -> int:
    """The largest id of its vocabulary, which may have gaps."""
    return max(self._tokenizer.get_vocab().values())

  def __len__(self) -> int:
    return len(self._tokenizer)

  def save(self, folder: pathlib.Path) -> None:
    """Writes the tokenizer files.

    Args:
      folder: of the checkpoint, which exists.
    """
    self._tokenizer.save_pretrained(str(folder))
