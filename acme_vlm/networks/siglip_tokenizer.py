"""SigLIP's words to token ids, as its text towers were trained.

SigLIP: a sentencepiece model over lower-cased text without punctuation.
SigLIP 2: Gemma's tokenizer over lower-cased text; published files leave the
lower-casing to the caller. Both end with the end token, are padded on the right
to the whole context, and the padding is attended to.
"""

import pathlib
import re
from typing import Any

import transformers
from tokenizers import processors

from acme_vlm import errors
from acme_vlm.networks import clip_tokenizer, json_files, siglip_config

_SENTENCEPIECE = 'spiece.model'
_WHOLE = 'tokenizer.json'
_CONFIG = 'tokenizer_config.json'
# Pieces that T5's vocabularies carry beyond the tower's; no text has them.
_SPARE = re.compile(r'▁?<extra_id_\d+>')


def read(
  folder: pathlib.Path, config: siglip_config.SiglipConfig
) -> clip_tokenizer.Tokenizer:
  """Reads the tokenizer of a checkpoint, and checks that it fits.

  Args:
    folder: of the checkpoint.
    config: the sizes.

  Returns:
    The tokenizer. Its mask tells tokens from padding; the text tower does not
    look at it.

  Raises:
    CheckpointError: files are missing or unreadable, or the tower knows fewer
      ids.
  """
  kind = _kind(folder)
  length = config.text.max_position_embeddings
  if kind is None:
    tokenizer = clip_tokenizer.Tokenizer.load(folder, length)
    largest = tokenizer.largest_id
  else:
    inner = _load(kind, folder)
    inner.padding_side = inner.truncation_side = 'right'
    if kind is transformers.Siglip2Tokenizer:
      _append_end(inner, _read_config(folder))
    tokenizer = clip_tokenizer.Tokenizer(inner, length)
    largest = max(
      index
      for token, index in inner.get_vocab().items()
      if not _SPARE.fullmatch(token)
    )
  if tokenizer.pad_token_id is None:
    raise errors.CheckpointError(
      'expected a tokenizer with a pad token, got one without'
    )
  if largest >= config.text.vocab_size:
    raise errors.CheckpointError(
      f'expected token ids below vocab_size {config.text.vocab_size}, got a '
      f'tokenizer with ids up to {largest}'
    )
  return tokenizer


def _kind(folder: pathlib.Path) -> Any:
  """The class that reads these files; None for one that is not SigLIP's."""
  if (folder / _SENTENCEPIECE).is_file():
    return transformers.SiglipTokenizer
  name = str(_read_config(folder).get('tokenizer_class', ''))
  name = name.removesuffix('Fast')
  whole = (folder / _WHOLE).is_file()
  # Its base class needs nothing else, and files without a name are its own.
  if whole and name in ('', 'GemmaTokenizer', 'Siglip2Tokenizer'):
    return transformers.Siglip2Tokenizer
  if name in ('', 'SiglipTokenizer', 'GemmaTokenizer', 'Siglip2Tokenizer'):
    raise errors.CheckpointError(
      f'expected the tokenizer in {_SENTENCEPIECE} (SigLIP) or {_WHOLE} '
      f'(SigLIP 2), found neither in {folder}'
    )
  return None


def _load(kind: Any, folder: pathlib.Path) -> Any:
  try:
    return kind.from_pretrained(str(folder), local_files_only=True)
  # Broken files surface as whatever the reader of that file raises.
  except Exception as error:
    line = (str(error).splitlines() or [repr(error)])[0]
    raise errors.CheckpointError(
      f'expected readable tokenizer files in {folder}, got: {line}'
    ) from error


def _read_config(folder: pathlib.Path) -> dict[str, Any]:
  path = folder / _CONFIG
  return json_files.read(path) if path.is_file() else {}


def _append_end(tokenizer: Any, config: dict[str, Any]) -> None:
  """Adds the end token where the config asks for it and the file forgets."""
  end = tokenizer.eos_token_id
  appended = tokenizer('a')['input_ids'][-1:] == [end]
  if config.get('add_eos_token', True) and not appended:
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
      single=f'$A {tokenizer.eos_token}',
      special_tokens=[(tokenizer.eos_token, end)],
    )
