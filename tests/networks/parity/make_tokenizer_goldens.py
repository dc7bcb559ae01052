"""Writes the goldens of OpenAI's tokenizer, and the part of it they need.

  scripts/parity_environment.sh FOLDER
  FOLDER/bin/python -m tests.networks.parity.make_tokenizer_goldens

Two references: the original tokenizer, from open_clip's wheel, and that of
transformers. `openai_tokenizer/` keeps, under their own ids, the merges that
the strings make use of: with them the rest of the vocabulary changes nothing.
"""

import importlib.util
import json
import pathlib
import tempfile
from typing import Any

import transformers

from tests.networks.parity import folder, strings

_FOLDER = pathlib.Path(__file__).with_name('openai_tokenizer')
_LENGTH = 77


def _original() -> Any:
  path = folder.vocabulary_file().with_name('tokenizer.py')
  spec = importlib.util.spec_from_file_location('original_tokenizer', path)
  assert spec is not None and spec.loader is not None
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module.SimpleTokenizer()


def _cut(ids: list[int]) -> list[int]:
  """At most the context, the end token kept."""
  return [*ids[: _LENGTH - 1], ids[-1]] if len(ids) > _LENGTH else ids


def _used(tokens: set[str], rules: list[str]) -> list[str]:
  """The merges that lead to these tokens, in their order."""
  made_by = {rule.replace(' ', ''): rule for rule in reversed(rules)}
  found, waiting = set(), list(tokens)
  while waiting:
    rule = made_by.get(waiting.pop())
    if rule is not None and rule not in found:
      found.add(rule)
      waiting += rule.split(' ')
  return [rule for rule in rules if rule in found]


def main() -> None:
  rules, original = folder.merges(), _original()
  with tempfile.TemporaryDirectory() as work:
    folder.write_tokenizer(pathlib.Path(work), rules)
    whole = transformers.CLIPTokenizer.from_pretrained(work)
  ids = [whole(text)['input_ids'] for text in strings.STRINGS]
  used = {i for row in ids for i in row}
  used_rules = _used(set(whole.convert_ids_to_tokens(sorted(used))), rules)
  words = {rule.replace(' ', '') for rule in used_rules}
  vocabulary = whole.get_vocab()
  # The first 512 are single bytes, the last two the ends.
  kept = {
    word: i
    for word, i in sorted(vocabulary.items(), key=lambda item: item[1])
    if i < 512 or i >= len(rules) + 512 or word in words
  }
  _FOLDER.mkdir(exist_ok=True)
  folder.write_tokenizer(_FOLDER, used_rules, ids=kept)
  reduced = transformers.CLIPTokenizer.from_pretrained(_FOLDER)
  goldens = []
  for text, row in zip(strings.STRINGS, ids, strict=True):
    assert reduced(text)['input_ids'] == row, text
    golden = {'text': text, 'ids': _cut(row)}
    bounds = original.sot_token_id, original.eot_token_id
    first = _cut([bounds[0], *original.encode(text), bounds[1]])
    if first != golden['ids']:
      golden['original'] = first
    goldens.append(golden)
  lines = ',\n'.join(json.dumps(golden) for golden in goldens)
  (_FOLDER / 'goldens.json').write_text(f'[\n{lines}\n]\n')
  differing = sum('original' in golden for golden in goldens)
  print(f'{len(goldens)} strings, {differing} unlike the original')


if __name__ == '__main__':
  main()
