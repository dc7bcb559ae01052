import sys

import imageio.v2 as imageio
import pytest

from experiments import play


def run(monkeypatch, *args):
  monkeypatch.setattr(sys, 'argv', ['play', *args])
  monkeypatch.delenv('DISPLAY', raising=False)
  play.main()


def test_without_a_display_the_solver_makes_a_video(
  monkeypatch, tmp_path, capsys
):
  run(
    monkeypatch,
    'playhouse/lift',
    *('--episodes', '2', '--out', str(tmp_path), '--height', '96'),
  )
  lines = capsys.readouterr().out.splitlines()
  assert lines[0].split() == ['episode', 'steps', 'success', 'instruction']
  steps = [int(line.split()[1]) for line in lines[1:3]]
  assert lines[3].endswith('of 2 solved')
  frames = imageio.mimread(tmp_path / 'playhouse_lift.mp4')
  # Every frame of every episode, and a moment at the end of each.
  assert len(frames) == sum(steps) + 2 * (1 + 6)
  assert frames[0].shape[0] > 96 and frames[0].shape[1] > 128


@pytest.mark.parametrize(
  ('args', 'said'),
  [
    (['playhouse/fetch'], "unknown environment 'playhouse/fetch'"),
    (['android/open_common_apps'], 'unknown task of the home'),
    (['--seed', '1'], 'the name of a task before the options'),
    (['playhouse/find', '--episodes', '0'], 'expected episodes >= 1, got 0'),
    (['playhouse/find', '--split', 'test'], "unknown split 'test'"),
    (['playhouse/find', '--home.rooms', '0', '1'], 'home.rooms'),
    (['playhouse/find', '--height', '4000'], 'each 16 to 1024 pixels'),
    (
      ['playhouse/find', '--episodes', '1', '--out', '/dev/null/x'],
      'expected a folder to write to',
    ),
  ],
)
def test_mistakes_are_told_in_one_line(monkeypatch, capsys, args, said):
  with pytest.raises(SystemExit) as caught:
    run(monkeypatch, *args)
  assert caught.value.code == 2
  message = capsys.readouterr().err.strip()
  assert said in message and '\n' not in message
