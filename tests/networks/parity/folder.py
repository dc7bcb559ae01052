"""Writes a published configuration with seeded weights as a checkpoint.

  python -m tests.networks.parity.folder NAME PATH [--depth VISION,TEXT]

Runs in the reference environment: the tokenizer is OpenAI's, whose vocabulary
comes with open_clip.
"""

import argparse
import gzip
import importlib.util
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from tests.networks.parity import configurations, random_weights

# Every byte, alone and at the end of a word, and both ends.
REDUCED_VOCABULARY = 2 * 256 + 2


def vocabulary_file() -> pathlib.Path:
  """OpenAI's list of merges, as its own tokenizer reads it."""
  # Found, not imported: the package would ask for more than its tokenizer.
  spec = importlib.util.find_spec('open_clip')
  assert spec is not None
  assert spec.submodule_search_locations is not None
  folder = pathlib.Path(spec.submodule_search_locations[0])
  return folder / 'bpe_simple_vocab_16e6.txt.gz'


def merges() -> list[str]:
  """The 48,894 merges of the vocabulary of 49,408."""
  text = gzip.decompress(vocabulary_file().read_bytes()).decode('utf-8')
  return text.split('\n')[1 : 49152 - 256 - 2 + 1]


def vocabulary(rules: list[str]) -> dict[str, int]:
  """Ids of OpenAI's tokenizer: bytes, merges, ends.

  Args:
    rules: merges, the first applied first.

  Returns:
    Id by word.
  """
  visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
  letters = [chr(i) for i in visible]
  # The other bytes are written as letters from 256 on.
  letters += [chr(256 + n) for n in range(256 - len(visible))]
  words = letters + [f'{letter}</w>' for letter in letters]
  words += [rule.replace(' ', '') for rule in rules]
  words += ['<|startoftext|>', '<|endoftext|>']
  return {word: i for i, word in enumerate(words)}


def write_tokenizer(
  path: pathlib.Path, rules: list[str], *, ids: dict[str, int] | None = None
) -> None:
  """Writes OpenAI's tokenizer as `vocab.json` and `merges.txt`.

  Args:
    path: the folder.
    rules: merges, the first applied first.
    ids: vocabulary, if not the whole one in the order of the merges.
  """
  write_json(path / 'vocab.json', vocabulary(rules) if ids is None else ids)
  lines = ['#version: 0.2', *rules, '']
  (path / 'merges.txt').write_text('\n'.join(lines), encoding='utf-8')
  write_json(
    path / 'tokenizer_config.json',
    {
      'tokenizer_class': 'CLIPTokenizer',
      'model_max_length': 77,
      'do_lower_case': True,
      'bos_token': '<|startoftext|>',
      'eos_token': '<|endoftext|>',
      'pad_token': '<|endoftext|>',
      'unk_token': '<|endoftext|>',
    },
  )


def write_gemma_tokenizer(path: pathlib.Path, size: int) -> None:
  """Writes a tokenizer like Gemma's that knows single bytes only.

  Args:
    path: the folder.
    size: of the table of tokens, over which the ids are spread.
  """
  special = ('<pad>', '<eos>', '<bos>', '<unk>', '<mask>')
  ids = {token: i for i, token in enumerate(special)}
  step = (size - len(special)) // 256
  ids |= {f'<0x{b:02X}>': len(special) + b * step for b in range(256)}
  flags = ('single_word', 'lstrip', 'rstrip', 'normalized')
  space, end = {'String': ' '}, [{'Sequence': {'id': 'A', 'type_id': 0}}]
  end += [{'SpecialToken': {'id': '<eos>', 'type_id': 0}}]
  content = {
    'version': '1.0',
    'added_tokens': [
      {'id': ids[token], 'content': token, 'special': True}
      | dict.fromkeys(flags, False)
      for token in special
    ],
    'normalizer': {'type': 'Replace', 'pattern': space, 'content': '▁'},
    'post_processor': {
      'type': 'TemplateProcessing',
      'single': end,
      'pair': end,
      'special_tokens': {
        '<eos>': {'id': '<eos>', 'ids': [1], 'tokens': ['<eos>']}
      },
    },
    'model': {
      'type': 'BPE',
      'unk_token': '<unk>',
      'fuse_unk': True,
      'byte_fallback': True,
      'vocab': ids,
      'merges': [],
    },
  }
  write_json(path / 'tokenizer.json', content)
  names = {f'{token.strip("<>")}_token': token for token in special}
  write_json(
    path / 'tokenizer_config.json',
    {'tokenizer_class': 'GemmaTokenizer', 'padding_side': 'right', **names},
  )


def write_json(path: pathlib.Path, content: object) -> None:
  """Writes JSON with the letters of every language as they are."""
  text = json.dumps(content, ensure_ascii=False)
  path.write_text(text + '\n', encoding='utf-8')


def write(
  name: str, path: pathlib.Path, depth: tuple[int, int] | None = None
) -> int:
  """Writes the checkpoint.

  Args:
    name: of a published configuration.
    path: the folder; made if absent.
    depth: blocks of the image and of the text tower, if not all.

  Returns:
    Number of parameters.
  """
  config = configurations.config(name, depth=depth)
  path.mkdir(parents=True, exist_ok=True)
  write_json(path / 'config.json', config)
  write_json(
    path / 'preprocessor_config.json', configurations.preprocessor(name)
  )
  if config['model_type'] == 'clip':
    write_tokenizer(path, merges())
  elif config['model_type'] == 'siglip2':
    write_gemma_tokenizer(path, config['text_config']['vocab_size'])
  else:
    # Single bytes, their ids spread over the table of tokens.
    size = config['text_config']['vocab_size']
    step = size // REDUCED_VOCABULARY
    words = vocabulary([])
    write_tokenizer(path, [], ids={w: i * step for w, i in words.items()})
  return random_weights.write(path / 'model.safetensors', config)


def write_reduced(
  name: str, path: pathlib.Path, **changes: Mapping[str, object]
) -> dict[str, Any]:
  """Writes the checkpoint with few blocks and a vocabulary of single bytes.

  Needs nothing but NumPy. The wide towers have one block, the others two.

  Args:
    name: of a published configuration.
    path: the folder; made if absent.
    changes: of `vision_config` or `text_config`, applied to `config.json`
      alone; the weights stay.

  Returns:
    Content of `config.json`, before the changes.
  """
  width = configurations.config(name)['vision_config']['hidden_size']
  blocks = 2 if width < 1024 else 1
  config = configurations.config(
    name, depth=(blocks, blocks), vocabulary=REDUCED_VOCABULARY
  )
  path.mkdir(parents=True, exist_ok=True)
  changed = {
    key: value | changes.get(key, {}) if isinstance(value, dict) else value
    for key, value in config.items()
  }
  write_json(path / 'config.json', changed)
  write_json(
    path / 'preprocessor_config.json', configurations.preprocessor(name)
  )
  write_tokenizer(path, [])
  random_weights.write(path / 'model.safetensors', config)
  return config


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('name', choices=configurations.NAMES)
  parser.add_argument('path', type=pathlib.Path)
  parser.add_argument('--depth', type=lambda s: tuple(map(int, s.split(','))))
  options = parser.parse_args()
  print(write(options.name, options.path, options.depth))


if __name__ == '__main__':
  main()
