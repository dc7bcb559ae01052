"""A run on the real phone with the shipped CLIP: stopped, resumed, finished."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from acme_vlm.metrics import csv

_ROOT = pathlib.Path(__file__).parents[2]
_COMMAND = (
  sys.executable,
  '-m',
  'launch.local',
  'experiments/open_common_apps.py',
)
_SMALL = (
  *('--actor.num-environments', '4'),
  *('--replay.batch-size', '4', '--replay.unroll-length', '4'),
  *('--replay.labeled-max-size', '8'),
  *('--evaluation.num-environments', '2', '--evaluation.episodes', '2'),
  *('--evaluation.final-episodes', '4', '--evaluation.recorded-episodes', '2'),
  *('--run.minutes', '0', '--run.report-seconds', '0.2'),
  # A small network compiles in a fraction of the time.
  *('--policy.channels', '4', '8', '--policy.strides', '3'),
  *('--policy.instruction-size', '8', '--policy.film-size', '8'),
  *('--policy.hidden-size', '8', '--policy.core-size', '8'),
)
_PATIENCE = 240.0


def _start(root, *options):
  # One device compiles faster than four, and the second process finds what
  # the first has compiled.
  environment = os.environ | {
    'XLA_FLAGS': '',
    'JAX_PLATFORMS': 'cpu',
    'JAX_COMPILATION_CACHE_DIR': str(root / '.jax_cache'),
    'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0',
  }
  # A shell's background jobs ignore Ctrl-C, and so would their children; a
  # signal that is handled here is as usual in a new program.
  before = signal.signal(signal.SIGINT, signal.default_int_handler)
  try:
    return subprocess.Popen(
      [*_COMMAND, *_SMALL, '--run.root', str(root), *options],
      cwd=_ROOT,
      env=environment,
      stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT,
      text=True,
      start_new_session=True,
    )
  finally:
    signal.signal(signal.SIGINT, before)


def _folder(root):
  (folder,) = (root / 'open_common_apps').iterdir()
  return folder


def _wait_for_learning(root, steps):
  deadline = time.monotonic() + _PATIENCE
  while time.monotonic() < deadline:
    for path in root.glob('*/*/metrics.csv'):
      if path.stat().st_size:
        rows = csv.read_rows(path)
        if rows and rows[-1].get('learner/learner_steps', 0) >= steps:
          return
    time.sleep(0.2)
  pytest.fail(f'no {steps} learner steps in {_PATIENCE} s')


@pytest.mark.timeout(600)  # Two processes that compile; slow on a busy machine.
def test_interrupt_resume_finish(tmp_path):
  with _start(tmp_path) as process:
    try:
      _wait_for_learning(tmp_path, 3)
      process.send_signal(signal.SIGINT)
      said, _ = process.communicate(timeout=_PATIENCE)
    finally:
      process.kill()
  assert process.returncode == 130, said
  assert 'Traceback' not in said
  assert '--resume' in said
  with pytest.raises(ProcessLookupError):
    os.killpg(process.pid, 0)  # Nobody is left of its process group.
  folder = _folder(tmp_path)
  step = max(int(p.name) for p in (folder / 'checkpoints').iterdir())
  assert step >= 3
  before = csv.read_rows(folder / 'metrics.csv')[-1]

  end = step + 5
  with _start(tmp_path, '--resume', '--run.learner-steps', str(end)) as resumed:
    try:
      said, _ = resumed.communicate(timeout=_PATIENCE)
    finally:
      resumed.kill()
  assert resumed.returncode == 0, said
  assert _folder(tmp_path) == folder
  summary = json.loads((folder / 'summary.json').read_text())
  # The counters went on from the checkpoint's.
  assert summary['learner_steps'] >= end
  assert summary['environment_frames'] > before['environment_frames']
  assert summary['training_seconds'] > before['seconds']
  frames = [
    row['environment_frames'] for row in csv.read_rows(folder / 'metrics.csv')
  ]
  assert np.all(np.diff(frames) >= 0)
  for name in ('random', 'trained, sampled', 'trained, greedy', str(folder)):
    assert name in said
  for path in (
    'plots/returns.png',
    'plots/precision_recall.png',
    'plots/success_by_goal.png',
    'videos/evaluation.mp4',
    'config.json',
  ):
    assert (folder / path).stat().st_size > 0
