"""Prints `results.json` as the table of docs/reward_models.md.

python -m tests.networks.parity.table
"""

import json
import pathlib
from typing import Any

RESULTS = pathlib.Path(__file__).with_name('results.json')
_HEAD = (
  'run',
  'parameters',
  'blocks',
  'image',
  'text',
  'logits',
  'image, bf16',
  'text, bf16',
  'logits, bf16',
  "logits, torch's bf16",
)


def rows() -> list[tuple[str, ...]]:
  """Cells of the table, the smallest model first."""
  saved: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text())
  table = []
  for name, record in sorted(
    saved.items(), key=lambda item: item[1]['parameters']
  ):
    found, half = record['float32'], record['bfloat16']
    cells = [f'`{name}`', f'{record["parameters"] / 1e6:,.1f}M']
    cells += [_blocks(record)]
    cells += [f'{found[key]:.1e}' for key in ('image', 'text', 'logits')]
    cells += [f'{half[key]:.1e}' for key in ('image', 'text', 'logits')]
    cells += [f'{record["reference_bfloat16"]["logits"]:.1e}']
    table.append(tuple(cells))
  return table


def _blocks(record: dict[str, Any]) -> str:
  if 'vision_blocks' not in record:
    return 'all'
  towers = [record[f'{tower}_blocks'] for tower in ('vision', 'text')]
  whole = all(len(set(blocks.split(' of '))) == 1 for blocks in towers)
  return 'all' if whole else ' + '.join(towers)


def main() -> None:
  for cells in (_HEAD, tuple('---' for _ in _HEAD), *rows()):
    print(f'| {" | ".join(cells)} |')


if __name__ == '__main__':
  main()
