"""Another threshold, other prompts, another checkpoint for a run that goes on.

The run is a process of its own on the real phone; requests come from here, by
the command, as a user's would.
"""

import json
import signal
import time

import pytest

from acme_vlm.agent import config as config_lib
from acme_vlm.metrics import csv
from launch import swap
from tests.integration import local_run_test

_OPTIONS = (
  *('--reward.checkpoint', 'in_domain/phone_small'),
  *('--service.batch-sizes', '4', '16'),
)
_SWAPS = (
  ('--reward.threshold', '0.5'),
  ('--reward.prompt-templates', 'a phone that shows [TASK]', 'the [TASK] app'),
  ('--reward.checkpoint', 'in_domain/phone_tiny', '--on-swap', 'drop'),
)


def _rows(folder):
  return csv.read_rows(folder / 'metrics.csv')


def _wait_for_labels(folder, version):
  """Until the learner has learned from a reward's labels."""
  column = f'labels/{version}'
  deadline = time.monotonic() + local_run_test._PATIENCE
  while time.monotonic() < deadline:
    if any(row.get(column, 0) > 0 for row in _rows(folder)):
      return
    time.sleep(0.1)
  pytest.fail(f'nothing learned from {version}')


def _steps(rows):
  key = 'learner/learner_steps'
  return [row[key] for row in rows if key in row]


def _learned_from(rows):
  """Trajectories by the reward of their labels, in the whole run."""
  learned = {}
  for row in rows:
    for key, value in row.items():
      stage, _, version = key.partition('/')
      if stage == 'labels' and version != 'newest_share':
        learned[version] = learned.get(version, 0) + value
  return learned


@pytest.mark.timeout(600)  # A process that compiles; slow on a busy machine.
def test_a_running_experiment_changes_its_reward_three_times(tmp_path, capsys):
  with local_run_test._start(tmp_path, *_OPTIONS) as process:
    try:
      local_run_test._wait_for_learning(tmp_path, 2)
      folder = local_run_test._folder(tmp_path)
      for options in _SWAPS:
        swap.main([str(folder), *options])
        rewards = json.loads((folder / 'config.json').read_text())['rewards']
        _wait_for_labels(folder, rewards[-1]['version'])
      # A mistake, and a checkpoint that is none, cost the run nothing.
      with pytest.raises(SystemExit):
        swap.main([str(folder), '--reward.checkpoint', str(tmp_path)])
      learned = max(_steps(_rows(folder)))
      local_run_test._wait_for_learning(tmp_path, learned + 3)
      process.send_signal(signal.SIGINT)
      said, _ = process.communicate(timeout=local_run_test._PATIENCE)
    finally:
      process.kill()
  assert process.returncode == 130, said
  assert 'Traceback' not in said
  assert said.count('Reward ') >= 3
  assert 'labels of the newest reward' in said
  asked = capsys.readouterr().out
  assert asked.count('switched at frame') == 3

  saved = json.loads((folder / 'config.json').read_text())
  rewards = saved['rewards']
  versions = [reward['version'] for reward in rewards]
  assert len(set(versions)) == 4
  assert saved['resumed'] == [], 'the run was started again'
  frames = [reward['frames'] for reward in rewards]
  assert frames == sorted(frames) and frames[0] == 0 < frames[1]
  assert [reward['reward']['threshold'] for reward in rewards[1:]] == [0.5] * 3
  # A run that is resumed reads this: the newest reward, all else as it was.
  config = config_lib.from_json(config_lib.ExperimentConfig, saved['config'])
  assert config.reward.checkpoint == 'in_domain/phone_tiny'
  assert config.reward.prompt_templates == _SWAPS[1][1:]
  assert config.service.batch_sizes == (4, 16)

  rows = _rows(folder)
  learned = _learned_from(rows)
  assert set(learned) == set(versions)
  assert min(learned.values()) > 0
  # Every trajectory that was learned from is counted once, by its reward.
  steps = _steps(rows)
  assert sum(learned.values()) == pytest.approx(4 * max(steps), abs=8)
  assert steps == sorted(steps)
  assert rows[-1]['rewards/swaps'] == 3
  assert rows[-1]['rewards/version_low24'] == int(versions[-1], 16) & 0xFFFFFF
  dropped = sum(reward.get('dropped', 0) for reward in rewards[:3])
  assert dropped == 0
