"""Words to token ids, by the tokenizer files that lie beside the weights."""

import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from acme_vlm import errors
from acme_vlm.networks import clip_config

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
        str(folder),
        # Files that do not say whose they are are CLIP's; config.json, which
        # may be of an architecture unknown to transformers, is not asked.
        config=transformers.CLIPConfig(),
        local_files_only=True,
        trust_remote_code=False,
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
      # Not every tokenizer gives it unasked.
      return_attention_mask=True,
    )
    ids = np.asarray(encoded['input_ids'], np.int32)
    return ids, np.asarray(encoded['attention_mask'], np.int32)

  def count(self, texts: Sequence[str]) -> np.ndarray:
    """Counts the tokens of texts before anything is cut.

    Args:
      texts: N strings.

    Returns:
      int32 [N], both ends included.
    """
    if not texts:
      return np.zeros(0, np.int32)
    # Asked to cut nothing, transformers would warn of long texts.
    encoded = self._tokenizer(
      list(texts), truncation=False, padding=False, verbose=False
    )
    return np.array([len(ids) for ids in encoded['input_ids']], np.int32)

  def check(self, texts: Sequence[str]) -> None:
    """Refuses texts of which the model would see the beginning only.

    Args:
      texts: N strings.

    Raises:
      ConfigError: names the first such text, its tokens and the limit.
    """
    for text, tokens in zip(texts, self.count(texts), strict=True):
      if tokens > self.context_length:
        raise errors.ConfigError(
          f'expected texts of at most {self.context_length} tokens, got '
          f'{tokens} in {text!r}'
        )

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
    # transformers then pads and cuts as the text tower asks for.
    self._tokenizer.model_max_length = self.context_length
    self._tokenizer.save_pretrained(str(folder))


def read(folder: pathlib.Path, config: Any) -> Tokenizer:
  """Reads the tokenizer of a text tower like CLIP's, and checks that it fits.

  Args:
    folder: of the checkpoint.
    config: the sizes; its `text` is a `clip_config.TextConfig`.

  Returns:
    The tokenizer.

  Raises:
    CheckpointError: files are missing or unreadable, or ids mean something
      else to the tower: it knows fewer, or it pools elsewhere.
  """
  tokenizer = Tokenizer.load(folder, config.text.max_position_embeddings)
  _check(tokenizer, config.text)
  return tokenizer


def _check(tokenizer: Tokenizer, config: clip_config.TextConfig) -> None:
  if tokenizer.pad_token_id is None:
    raise errors.CheckpointError(
      'expected a tokenizer with a pad token, got one without'
    )
  if tokenizer.largest_id >= config.vocab_size:
    raise errors.CheckpointError(
      f'expected token ids below vocab_size {config.vocab_size}, got a '
      f'tokenizer with ids up to {tokenizer.largest_id}'
    )
  ids, mask = (rows[0] for rows in tokenizer(['clock']))
  end = np.flatnonzero(mask)[-1]
  # Where the tower pools: see `TextConfig.eos_token_id`.
  legacy = config.eos_token_id == 2
  if np.argmax(ids if legacy else ids == config.eos_token_id) != end or not (
    legacy or ids[end] == config.eos_token_id
  ):
    wanted = 'the largest id' if legacy else f'id {config.eos_token_id}'
    raise errors.CheckpointError(
      f'expected a tokenizer whose texts end with {wanted}, as eos_token_id '
      f'{config.eos_token_id} in config.json says, got ids {ids.tolist()} '
      "for 'clock'"
    )
