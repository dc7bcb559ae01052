"""Tests of a run's folder."""

import json
import os
import re
import shutil
import subprocess
import sys
import types

import pytest

from acme_vlm import errors
from acme_vlm.agent import run_directory

RunDirectory = run_directory.RunDirectory


def _create(root, seed=3, need_mib=0):
  return RunDirectory.create(root, 'open', seed, need_mib)


def test_a_new_run_lies_under_its_experiment_and_names_its_seed(tmp_path):
  run = _create(tmp_path)
  assert run.path.parent == tmp_path / 'open'
  assert re.fullmatch(r'\d{8}-\d{6}-seed3', run.path.name)
  made = {path.name for path in run.path.iterdir()}
  assert made == {'checkpoints', 'plots', 'videos', 'reward'}
  assert run.checkpoints.is_dir() and run.plots.is_dir() and run.videos.is_dir()


def test_files_of_a_run_lie_in_its_folder_under_their_names(tmp_path):
  run = RunDirectory(tmp_path)
  for path, name in (
    (run.config, 'config.json'),
    (run.metrics, 'metrics.csv'),
    (run.summary, 'summary.json'),
  ):
    assert path == tmp_path / name


def test_runs_of_one_second_do_not_meet_and_sort_by_time(tmp_path):
  runs = [_create(tmp_path).path for _ in range(4)]
  assert len(set(runs)) == 4
  assert runs == sorted(runs)


def test_the_newest_run_with_a_configuration_is_found(tmp_path):
  first, second, third = (_create(tmp_path, seed=n) for n in (9, 1, 5))
  for run in (first, second):
    run.config.write_text('{}')
  # The third crashed before it had one.
  assert third.path > second.path
  assert RunDirectory.newest(tmp_path, 'open') == second


def test_a_resumed_run_keeps_the_commit_that_it_began_with(
  tmp_path, monkeypatch
):
  run = RunDirectory(tmp_path)
  assert run.commits() == []
  for n, commit in enumerate(('one', 'two', 'three')):
    monkeypatch.setattr(run_directory, 'git_commit', lambda c=commit: c)
    run.write_config({'seed': n})
  values = json.loads(run.config.read_text())
  assert values == {
    'commit': 'one',
    'resumed': ['two', 'three'],
    'config': {'seed': 2},
    'rewards': [],
  }
  assert run.commits() == ['one', 'two', 'three']


@pytest.mark.parametrize('made', [False, True])
def test_no_run_to_resume(tmp_path, made):
  if made:
    _create(tmp_path)
  with pytest.raises(errors.RunDirectoryError, match='expected a run to resum'):
    RunDirectory.newest(tmp_path, 'open')


def test_a_full_disk_is_told_before_anything_is_made(tmp_path, monkeypatch):
  full = types.SimpleNamespace(total=1 << 40, used=1 << 40, free=99 << 20)
  monkeypatch.setattr(shutil, 'disk_usage', lambda path: full)
  with pytest.raises(errors.RunDirectoryError) as caught:
    _create(tmp_path, need_mib=100)
  assert re.match(
    r'expected 100 MiB free in .*open.*, found 99 MiB', str(caught.value)
  )
  assert not list((tmp_path / 'open').iterdir())
  assert _create(tmp_path, need_mib=99).path.is_dir()


def test_a_folder_that_cannot_be_is_told_in_one_line(tmp_path):
  (tmp_path / 'file').write_text('')
  with pytest.raises(errors.RunDirectoryError, match='a writable folder'):
    _create(tmp_path / 'file')


def test_json_is_written_whole_or_not_at_all(tmp_path):
  run = RunDirectory(tmp_path)
  run.write_json(run.summary, {'a': 1, 'b': [1.5, None]})
  assert json.loads(run.summary.read_text()) == {'a': 1, 'b': [1.5, None]}
  with pytest.raises(TypeError):
    run.write_json(run.summary, {'a': object()})
  assert json.loads(run.summary.read_text())['a'] == 1
  assert os.listdir(tmp_path) == ['summary.json']


def test_the_commit_is_that_of_the_repository():
  said = run_directory.git_commit()
  head = subprocess.run(
    ['git', 'rev-parse', 'HEAD'],
    cwd=os.path.dirname(run_directory.__file__),
    capture_output=True,
    text=True,
  )
  if head.returncode:
    assert said == 'unknown'
  else:
    commit, _, changed = said.partition('-')
    assert len(commit) == 12
    assert head.stdout.startswith(commit)
    assert changed in ('', 'dirty')


def test_without_git_the_commit_is_unknown(monkeypatch, tmp_path):
  monkeypatch.setenv('PATH', str(tmp_path))
  assert run_directory.git_commit() == 'unknown'


def test_each_reward_is_noted_with_the_configuration_that_it_brings(tmp_path):
  run = RunDirectory(tmp_path)
  assert run.rewards() == []
  run.write_config({'threshold': 0.5}, [{'version': 'a', 'frames': 0}])
  before = json.loads(run.config.read_text())
  run.add_reward({'threshold': 0.8}, {'version': 'b', 'frames': 9})
  assert run.rewards() == [
    {'version': 'a', 'frames': 0},
    {'version': 'b', 'frames': 9},
  ]
  after = json.loads(run.config.read_text())
  assert after['config'] == {'threshold': 0.8}
  # The commits stay: nothing was resumed.
  assert run.commits() == [before['commit']]


def test_a_run_is_held_by_one_process_and_only_while_it_lives(tmp_path):
  run = RunDirectory(tmp_path)
  assert not run.is_held()
  with run.hold():
    assert run.is_held()
    with (
      pytest.raises(errors.RunDirectoryError, match=f'process {os.getpid()}'),
      run.hold(),
    ):
      pass
  assert not run.is_held()
  # A process that is killed leaves its file, but not its hold.
  code = (
    'import pathlib, sys, time\n'
    'from acme_vlm.agent.run_directory import RunDirectory\n'
    f'with RunDirectory(pathlib.Path({str(tmp_path)!r})).hold():\n'
    '  print("held", flush=True)\n'
    '  time.sleep(60)\n'
  )
  with subprocess.Popen(
    [sys.executable, '-c', code], stdout=subprocess.PIPE, text=True
  ) as process:
    try:
      assert process.stdout.readline() == 'held\n'
      assert run.is_held()
    finally:
      process.kill()
  assert not run.is_held()
  with run.hold():
    pass
