import subprocess
import sys

import imageio_ffmpeg
import PIL
import pytest

from experiments import play


def run(monkeypatch, *args):
  monkeypatch.setattr(sys, 'argv', ['play', *args])
  monkeypatch.delenv('DISPLAY', raising=False)
  play.main()


def sizes_of_frames(path):
  """Width and height of each; imageio's reader leaves its pipes open."""
  data = subprocess.run(
    [
      imageio_ffmpeg.get_ffmpeg_exe(),
      *('-i', path, '-f', 'image2pipe', '-c:v', 'ppm', '-'),
    ],
    capture_output=True,
    check=True,
  ).stdout
  sizes = []
  while data:
    _, size, _, data = data.split(b'\n', 3)
    sizes.append(tuple(map(int, size.split())))
    data = data[3 * sizes[-1][0] * sizes[-1][1] :]
  return sizes


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
  sizes = sizes_of_frames(tmp_path / 'playhouse_lift.mp4')
  # Every frame of every episode, and a moment at the end of each.
  assert len(sizes) == sum(steps) + 2 * (1 + 6)
  width, height = sizes[0]
  assert width > 128 and height > 96


@pytest.mark.parametrize(
  ('args', 'said'),
  [
    (['playhouse/fetch'], "unknown environment 'playhouse/fetch'"),
    (['android/open_common_apps'], 'unknown task of the home'),
    (['--seed', '1'], 'the name of a task before the options'),
    (['playhouse/find', '--episodes', '0'], 'expected episodes >= 1, got 0'),
    (['playhouse/find', '--split', 'test'], "unknown split 'test'"),
    (['playhouse/find', '--home.rooms', '0', '1'], 'home.rooms'),
    (
      ['playhouse/find', '--home.control', 'continuous'],
      "home.control 'discrete' to play, got 'continuous'",
    ),
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


def in_a_window(monkeypatch, capsys, *args):
  """What is told with a display set, which no X server is behind."""
  monkeypatch.setattr(sys, 'argv', ['play', 'playhouse/find', *args])
  monkeypatch.setenv('DISPLAY', ':9999')
  with pytest.raises(SystemExit) as caught:
    play.main()
  assert caught.value.code == 2
  message = capsys.readouterr().err.strip()
  assert '\n' not in message
  return message


SMALL = ('--height', '48', '--home.objects', '2', '2')


def test_a_display_that_is_none_is_told_in_one_line(monkeypatch, capsys):
  pytest.importorskip('tkinter')
  message = in_a_window(monkeypatch, capsys, *SMALL)
  assert 'expected Tk and a display for the window' in message


@pytest.mark.parametrize('missing', ['tkinter', 'PIL.ImageTk'])
def test_a_python_without_tk_is_told_in_one_line(monkeypatch, capsys, missing):
  monkeypatch.setitem(sys.modules, missing, None)
  monkeypatch.delattr(PIL, 'ImageTk', raising=False)
  message = in_a_window(monkeypatch, capsys, *SMALL)
  assert 'expected Tk and a display for the window' in message
  assert missing.rpartition('.')[2] in message


def test_continuous_control_opens_no_window(monkeypatch, capsys):
  monkeypatch.setattr(play, 'make', None)
  message = in_a_window(monkeypatch, capsys, '--home.control', 'continuous')
  assert "home.control 'discrete' to play, got 'continuous'" in message
