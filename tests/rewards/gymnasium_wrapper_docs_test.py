"""The examples of docs/reward_wrappers.md run as they stand."""

import pathlib
import re
import warnings

DOCUMENT = pathlib.Path(__file__).parents[2] / 'docs' / 'reward_wrappers.md'


def test_every_example_runs(monkeypatch):
  monkeypatch.setenv('SDL_VIDEODRIVER', 'dummy')
  text = DOCUMENT.read_text(encoding='utf-8')
  blocks = re.findall(r'^```python\n(.*?)^```$', text, re.M | re.S)
  assert len(blocks) == 4
  names = {}
  with warnings.catch_warnings():
    warnings.simplefilter('ignore', UserWarning)  # Of pygame's import.
    warnings.simplefilter('ignore', DeprecationWarning)
    for block in blocks:
      exec(compile(block, str(DOCUMENT), 'exec'), names)
  assert names['reward'].shape == (4,)
