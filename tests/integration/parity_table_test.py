"""The docs state the parity that was measured, and it is within the bounds."""

import json
import pathlib

from tests.networks.parity import configurations, table

_DOCS = pathlib.Path(__file__).parents[2] / 'docs' / 'reward_models.md'


def test_the_docs_show_every_run_as_it_was_saved():
  shown = {
    tuple(cell.strip() for cell in line.strip('| \n').split(' | '))
    for line in _DOCS.read_text().splitlines()
    if line.startswith('| `')
  }
  rows = table.rows()
  assert len(rows) > 10
  assert not set(rows) - shown


def test_every_published_size_was_run_and_is_within_the_bounds():
  saved = json.loads(table.RESULTS.read_text())
  assert {name.partition(':')[0] for name in saved} >= {*configurations.NAMES}
  for record in saved.values():
    single, half = record['float32'], record['bfloat16']
    assert max(single[key] for key in ('image', 'text', 'logits')) <= 1e-4
    assert max(half[key] for key in ('image', 'text')) <= 2e-3
    assert half['logits'] < 5e-2
    assert record['same_ids'] and record['pixels_in_255ths'] <= 1.0
    assert min(record['spread'].values()) > 0.01
