"""Every mistake of a user is one line and exit code 2, before a run starts."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from acme_vlm.networks import clip_source
from launch import local

_EXPERIMENT = 'experiments/open_common_apps.py'


def _refused(capsys, tmp_path, *options, experiment=_EXPERIMENT):
  """Runs the command line; returns the one line that it must print."""
  root = tmp_path / 'runs'
  with pytest.raises(SystemExit) as stop:
    local.main([experiment, '--run.root', str(root), *options])
  shown = capsys.readouterr()
  assert stop.value.code == 2
  lines = shown.err.strip().splitlines()
  assert len(lines) == 1, shown.err
  assert not list(root.glob('*/*')), 'a run was begun'
  return lines[0]


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    (['--reward.treshold', '0.5'], '--reward.treshold'),
    (['--run.minutes', 'five'], 'five'),
    (['--reward.threshold', '1.01'], 'threshold in [0, 1], got 1.01'),
    (['--reward.temperature', '-1'], 'temperature > 0, got -1.0'),
    (['--reward.prompt-templates', 'Open it'], '[TASK]'),
    (['--reward.checkpoint', '/no/such/model'], '/no/such/model'),
    (['--environment.goals', 'Gmail', 'Nope'], "unknown goal 'Nope'"),
    (['--environment.name', 'android/none'], "environment 'android/none'"),
    (['--policy.grid', '5', '6'], 'grid'),
    (['--replay.batch-size', '63'], '63'),
    (['--run.disk-mib', '1000000000'], '1000000000 MiB free'),
    (['--resume'], 'expected a run to resume'),
  ],
)
def test_options(capsys, tmp_path, options, said):
  assert said in _refused(capsys, tmp_path, *options)


def test_no_experiment(capsys, tmp_path):
  line = _refused(capsys, tmp_path, experiment='experiments/nothing.py')
  assert 'experiments/nothing.py' in line


def _copy_of_shipped(tmp_path):
  shipped = clip_source.SHIPPED / 'in_domain' / 'phone_small'
  folder = tmp_path / 'model'
  shutil.copytree(shipped, folder)
  return folder


def _cut(folder):
  path = folder / 'model.safetensors'
  path.write_bytes(path.read_bytes()[:-1000])


def _misshape(folder):
  path = folder / 'model.safetensors'
  tensors = load_file(path)
  name = 'visual_projection.weight'
  save_file(tensors | {name: np.zeros((3, 3), np.float32)}, path)


def _pickle(folder):
  (folder / 'model.safetensors').rename(folder / 'pytorch_model.bin')


def _other_architecture(folder):
  path = folder / 'config.json'
  values = json.loads(path.read_text()) | {'model_type': 'bert'}
  path.write_text(json.dumps(values))


@pytest.mark.parametrize(
  ('harm', 'said'),
  [
    (_cut, 'expected whole safetensors in model.safetensors'),
    (_misshape, 'visual_projection.weight'),
    (_pickle, 'pickle'),
    (_other_architecture, 'bert'),
  ],
)
def test_checkpoints(capsys, tmp_path, harm, said):
  folder = _copy_of_shipped(tmp_path)
  harm(folder)
  line = _refused(capsys, tmp_path, '--reward.checkpoint', str(folder))
  assert said in line
