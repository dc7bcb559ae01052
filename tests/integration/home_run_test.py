"""Every experiment of the home trains, the shipped CLIP as eyes and reward."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).parents[2]
_SMALL = (
  *('--actor.num-environments', '4', '--service.batch-sizes', '4', '16'),
  *('--replay.batch-size', '4', '--replay.unroll-length', '4'),
  *('--replay.labeled-max-size', '8'),
  *('--evaluation.num-environments', '2', '--evaluation.episodes', '2'),
  *('--evaluation.final-episodes', '4', '--evaluation.recorded-episodes', '2'),
  *('--environment.max-steps', '8', '--run.report-seconds', '0.2'),
  *('--run.minutes', '0', '--run.learner-steps', '3'),
  *('--policy.hidden-size', '8', '--policy.core-size', '8'),
)


@pytest.mark.timeout(600)  # A process that compiles; slow on a busy machine.
@pytest.mark.parametrize(
  ('family', 'eyes'),
  [
    ('find', 'reward_model'),
    ('find', 'own'),
    ('lift', 'reward_model'),
    ('pick_and_place', 'reward_model'),
  ],
)
def test_an_experiment_runs_from_start_to_summary(family, eyes, tmp_path):
  environment = os.environ | {'XLA_FLAGS': '', 'JAX_PLATFORMS': 'cpu'}
  done = subprocess.run(
    [
      *(sys.executable, '-m', 'launch.local'),
      *(f'experiments/playhouse_{family}.py', *_SMALL),
      *('--policy.eyes', eyes, '--run.root', str(tmp_path)),
    ],
    cwd=_ROOT,
    env=environment,
    capture_output=True,
    text=True,
    timeout=500,
    check=False,
  )
  assert done.returncode == 0, done.stdout + done.stderr
  (folder,) = (tmp_path / f'playhouse_{family}').iterdir()
  summary = json.loads((folder / 'summary.json').read_text())
  assert summary['learner_steps'] >= 3
  assert summary['environment_frames'] >= 3 * 4 * 4
  assert (folder / 'videos' / 'evaluation.mp4').stat().st_size > 0
  for mode in ('random', 'trained, sampled', 'trained, greedy'):
    assert mode in done.stdout
