import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from acme_vlm import datasets
from experiments import record

FAKE = 'import:acme_vlm.testing.fake_environment.FakeEnvironment'


def run(monkeypatch, *args):
  monkeypatch.setattr(sys, 'argv', ['record', *map(str, args)])
  record.main()


def episode_bytes(folder):
  return [path.read_bytes() for path in sorted(folder.glob('episodes/*.npz'))]


def test_a_recording_holds_what_was_asked_for(monkeypatch, tmp_path, capsys):
  out = tmp_path / 'set'
  run(
    monkeypatch,
    FAKE,
    '--out',
    out,
    '--episodes',
    20,
    '--options',
    '{"grid": [3, 2]}',
  )
  dataset = datasets.open_dataset(out)
  assert len(dataset) == 20
  assert dataset.environment == FAKE
  assert dataset.goals[0] == 'red square'
  assert dataset.instructions[0] == ('open the red square',)
  assert dataset[0].pixels.shape[1:] == (36, 24, 3)
  assert dataset.metadata['plan']['options'] == {'grid': [3, 2]}
  assert dataset.metadata['plan']['seed'] == 0
  assert dataset.metadata['command'][-1] == '{"grid": [3, 2]}'
  assert len(dataset.metadata['commit']) >= 7
  printed = capsys.readouterr().out
  frames = sum(episode.num_frames for episode in dataset)
  words = {tuple(line.split()[:3]) for line in printed.splitlines()}
  assert ('all', '20', str(frames)) in words
  for goal, name in enumerate(dataset.goals):
    positives = sum(int(np.sum(one.achieved[:, goal] == 1)) for one in dataset)
    asked = sum(one.goal == goal for one in dataset)
    line = next(row for row in printed.splitlines() if row.startswith(name))
    assert line.split()[-2:] == [str(positives), str(asked)]
  with Image.open(out / 'sheet.png') as sheet:
    colours = {colour for _, colour in sheet.convert('RGB').getcolors(1 << 24)}
    assert {(34, 160, 84), (240, 160, 30)} <= colours


def test_ctrl_c_stops_and_resume_gives_what_one_command_gives(
  monkeypatch, tmp_path, capsys
):
  parts, whole = tmp_path / 'parts', tmp_path / 'whole'
  command = [FAKE, '--sheet', 'False', '--episodes', '1000000', '--out']
  # A shell's background jobs ignore Ctrl-C, and so would their children.
  before = signal.signal(signal.SIGINT, signal.default_int_handler)
  try:
    process = subprocess.Popen(
      [sys.executable, '-m', 'experiments.record', *command, str(parts)],
      cwd=pathlib.Path(record.__file__).parents[1],
      stdout=subprocess.PIPE,
      stderr=subprocess.PIPE,
      text=True,
    )
  finally:
    signal.signal(signal.SIGINT, before)
  deadline = time.monotonic() + 100
  while len(list(parts.glob('episodes/*.npz'))) < 3:
    assert process.poll() is None and time.monotonic() < deadline
    time.sleep(0.02)
  process.send_signal(signal.SIGINT)
  printed, mistakes = process.communicate(timeout=60)
  assert process.returncode == 130
  assert mistakes == ''
  recorded = len(datasets.open_dataset(parts))
  assert f'stopped after {recorded} of 1000000 episodes' in printed
  assert '--resume' in printed
  more = ['--sheet', 'False', '--episodes', recorded + 4, '--out']
  run(monkeypatch, FAKE, *more, parts, '--resume')
  run(monkeypatch, FAKE, *more, whole)
  assert len(episode_bytes(whole)) == recorded + 4
  assert episode_bytes(parts) == episode_bytes(whole)


def test_processes_change_no_episode(monkeypatch, tmp_path):
  more = ['--sheet', 'False', '--episodes', 8, '--out']
  for processes in (1, 2):
    folder = tmp_path / str(processes)
    run(monkeypatch, FAKE, *more, folder, '--processes', processes)
  assert episode_bytes(tmp_path / '1') == episode_bytes(tmp_path / '2')


def mistake(monkeypatch, capsys, *args):
  with pytest.raises(SystemExit) as stop:
    run(monkeypatch, *args)
  assert stop.value.code == 2
  line = capsys.readouterr().err
  assert line.startswith('error: ') and line.count('\n') == 1
  return line


def test_mistakes_are_one_line_before_anything_is_written(
  monkeypatch, tmp_path, capsys
):
  out = tmp_path / 'set'
  for args, message in (
    (['nowhere'], "unknown environment 'nowhere'"),
    (['--seed', '1'], 'name of an environment before the options, got --seed'),
    ([FAKE, '--options', '{'], 'expected options as JSON'),
    ([FAKE, '--options', '[1]'], 'a JSON object'),
    ([FAKE, '--options', '{"goals": ["purple"]}'], "unknown goal 'purple'"),
    ([FAKE, '--episodes', '0'], 'expected episodes >= 1'),
    ([FAKE, '--processes', '0'], 'expected processes >= 1'),
    ([FAKE, '--epsilon', '2'], 'expected epsilon in [0, 1]'),
    ([f'import:{__name__}.Unsolved'], 'Unsolved has none'),
  ):
    told = mistake(monkeypatch, capsys, *args, '--out', out)
    assert message in told
  assert not out.exists()


def test_going_on_with_another_plan_is_refused(monkeypatch, tmp_path, capsys):
  out = tmp_path / 'set'
  run(monkeypatch, FAKE, '--out', out, '--episodes', '2')
  before = episode_bytes(out)
  told = mistake(monkeypatch, capsys, FAKE, '--out', out)
  assert 'new or empty folder' in told
  told = mistake(
    monkeypatch, capsys, FAKE, '--out', out, '--seed', '1', '--resume'
  )
  assert f'go on with seed 0 of {out}, got 1' in told
  assert episode_bytes(out) == before


class Unsolved(record.recording.interfaces.GoalEnvironment):
  """An environment whose way to the goal nobody has written down."""

  goals, instructions, goal_index = ('a',), (('a',),), 0

  def __init__(self, seed):
    del seed

  def achieved_goals(self):
    return ()

  def reset(self):
    raise NotImplementedError

  def step(self, action):
    raise NotImplementedError

  def observation_spec(self):
    raise NotImplementedError

  def action_spec(self):
    return record.recording.specs.DiscreteArray(2)
