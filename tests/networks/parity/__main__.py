"""Compares checkpoints with the reference implementation, one by one.

  python -m tests.networks.parity --reference PYTHON NAME_OR_PATH[:V,T] ...

A name of `configurations` is written with seeded weights into a scratch folder,
which is removed again; `:V,T` gives its towers V and T blocks instead of all.
Anything else is a real checkpoint: a folder, a shipped name, or a name on the
hub. `scripts/parity.sh` finds the reference's Python and calls this.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any

from acme_vlm.networks import clip_checkpoint
from launch import command_line
from tests.networks.parity import configurations, table

_ROOT = pathlib.Path(__file__).parents[3]
_PACKAGE = 'tests.networks.parity'

_REFERENCES = ('clip', 'siglip', 'siglip2')
# What the comparison promises. Cosines in bfloat16, since a logit is a cosine
# times 100: at that scale bfloat16 itself is off by more, the reference's too.
_BOUNDS = {
  ('float32', 'image'): 1e-4,
  ('float32', 'text'): 1e-4,
  ('float32', 'logits'): 1e-4,
  ('bfloat16', 'image'): 2e-2,
  ('bfloat16', 'text'): 2e-2,
  ('bfloat16', 'cosine'): 2e-2,
}


def measure(name: str, reference: str, scratch: str, threads: int) -> dict:
  """Runs both sides.

  Args:
    name: see the module.
    reference: Python of the reference environment.
    scratch: folder for what is written and removed.
    threads: of the reference.

  Returns:
    What `ours` prints, with the sizes and the seconds of each side.
  """
  known, _, depth = name.partition(':')
  with tempfile.TemporaryDirectory(dir=scratch, prefix='parity') as work:
    output, record = pathlib.Path(work, 'reference.safetensors'), {}
    if known in configurations.NAMES:
      folder = pathlib.Path(work, 'checkpoint')
      extra = ['--depth', depth] if depth else []
      _run(reference, 'folder', known, str(folder), *extra)
      raw = json.loads((folder / 'config.json').read_text())
      whole = configurations.config(known)
      record['repository'] = configurations.REPOSITORIES[known]
      for tower in ('vision', 'text'):
        blocks = raw[f'{tower}_config']['num_hidden_layers']
        all_blocks = whole[f'{tower}_config']['num_hidden_layers']
        record[f'{tower}_blocks'] = f'{blocks} of {all_blocks}'
    else:
      checkpoint = clip_checkpoint.load(name)
      kind = checkpoint.config.to_dict()['model_type']
      if kind not in _REFERENCES:
        command_line.fail(
          f'{name}: expected a model that transformers has too, one of '
          f'{", ".join(_REFERENCES)}, got {kind}'
        )
      folder = checkpoint.path
    began = time.perf_counter()
    count = ['--threads', str(threads)]
    _run(reference, 'reference', str(folder), str(output), *count)
    middle = time.perf_counter()
    ours = _run(sys.executable, 'ours', str(folder), str(output))
    record |= json.loads(ours.splitlines()[-1])
    record['reference_seconds'] = round(middle - began)
    record['our_seconds'] = round(time.perf_counter() - middle)
    record['within_bounds'] = all(
      record[dtype][what] <= bound for (dtype, what), bound in _BOUNDS.items()
    )
    return record


def _run(python: str, module: str, *arguments: str) -> str:
  command = [python, '-m', f'{_PACKAGE}.{module}', *arguments]
  done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
  if done.returncode:
    sys.exit(f'parity: {module} failed:\n{done.stderr[-4000:]}')
  return done.stdout


def _check(options: argparse.Namespace) -> None:
  """Ends with one line if something cannot be run."""
  if shutil.which(options.reference) is None:
    command_line.fail(
      f'expected the Python of the reference, got {options.reference}'
    )
  if not os.path.isdir(options.scratch):
    command_line.fail(f'expected a scratch folder, got {options.scratch}')
  if options.threads < 1:
    command_line.fail(f'expected threads >= 1, got {options.threads}')
  for name in options.names:
    known, colon, depth = name.partition(':')
    wrong = colon and not re.fullmatch('[0-9]+,[0-9]+', depth)
    if known in configurations.NAMES and wrong:
      command_line.fail(f'expected blocks as in {known}:12,8, got {name}')


def line(name: str, record: dict[str, Any]) -> str:
  """One line of the table."""
  cells = [name.ljust(18)]
  for dtype in ('float32', 'bfloat16'):
    found = record[dtype]
    cells += [f'{found[key]:8.1e}' for key in ('image', 'text', 'logits')]
  cells += [f'{record["pixels_in_255ths"]:6.2f}/255']
  cells += ['ids equal' if record['same_ids'] else 'IDS DIFFER']
  good = record['within_bounds'] and record['same_ids']
  return ' '.join([*cells, 'ok' if good else 'OUT OF BOUNDS'])


def main() -> None:
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
  )
  parser.add_argument('names', nargs='+', metavar='NAME_OR_PATH[:V,T]')
  parser.add_argument('--reference', required=True, help='Python with torch')
  parser.add_argument('--scratch', default=tempfile.gettempdir())
  parser.add_argument('--threads', type=int, default=1)
  parser.add_argument('--save', action='store_true', help='into results.json')
  options = parser.parse_args()
  _check(options)
  print(f'{"":18} float32: image, text, logits; bfloat16: the same; pixels')
  good = True
  for name in options.names:
    record = measure(name, options.reference, options.scratch, options.threads)
    print(line(name, record), flush=True)
    good &= record['within_bounds'] and record['same_ids']
    if options.save:
      path = table.RESULTS
      saved = json.loads(path.read_text()) if path.exists() else {}
      saved[name] = record
      path.write_text(json.dumps(saved, indent=1, sort_keys=True) + '\n')
  sys.exit(0 if good else 1)


if __name__ == '__main__':
  with command_line.user_mistakes():
    main()
