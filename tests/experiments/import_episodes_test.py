import pathlib
import re
import shlex
import sys

import imageio
import numpy as np
import pytest
from PIL import Image

from acme_vlm import datasets
from experiments import import_episodes, record
from launch import command_line

DOCUMENT = (
  pathlib.Path(record.__file__).parents[1] / 'docs/recorded_episodes.md'
)


def blocks(language):
  """The fenced blocks of the document, without their fences."""
  text = DOCUMENT.read_text(encoding='utf-8')
  found = re.findall(r'^```(\w*)\n(.*?)^```$', text, re.DOTALL | re.MULTILINE)
  return [body for name, body in found if name == language]


def run(monkeypatch, *args):
  monkeypatch.setattr(sys, 'argv', ['import', *map(str, args)])
  import_episodes.main()


def draw(path, value, size=(8, 6)):
  path.parent.mkdir(parents=True, exist_ok=True)
  Image.new('RGB', size, (value, value, value)).save(path)


def film(path, values):
  with imageio.get_writer(
    path, fps=10, codec='libx264rgb', output_params=['-qp', '0']
  ) as writer:
    for value in values:
      writer.append_data(np.full((32, 48, 3), value, np.uint8))


def test_folders_of_the_document_are_imported(monkeypatch, tmp_path, capsys):
  (listing,) = (body for body in blocks('') if body.startswith('photos/'))
  paths = listing.split('\n')[:-1]
  assert len(paths) == 4
  for value, path in enumerate(paths):
    draw(tmp_path / path, 10 * value)
  run(monkeypatch, tmp_path / 'photos', '--out', tmp_path / 'out')
  dataset = datasets.open_dataset(tmp_path / 'out')
  assert dataset.goals == ('a green roll', 'a red mug')
  assert dataset.environment == 'photos'
  truth = {
    int(episode.pixels[0, 0, 0, 0]) // 10: episode.achieved.tolist()
    for episode in dataset
  }
  # JPEG keeps a grey of its own; 9 would be 10 too.
  assert truth[0] == [[0, 1]] and truth[2] == [[1, 0]] and truth[3] == [[0, 0]]
  assert len(dataset) == 4
  for episode in list(dataset)[:3]:
    assert episode.goal_achieved.tolist() == [1]
  assert (tmp_path / 'out' / 'sheet.png').exists()
  assert 'a red mug' in capsys.readouterr().out


def test_goals_that_do_not_exclude_each_other_stay_unknown(
  monkeypatch, tmp_path
):
  draw(tmp_path / 'in' / 'a' / '0.png', 0)
  draw(tmp_path / 'in' / 'b' / '0.png', 0)
  draw(tmp_path / 'in' / '_none' / '0.png', 0)
  run(
    monkeypatch,
    tmp_path / 'in',
    '--out',
    tmp_path / 'out',
    '--exclusive',
    'False',
  )
  dataset = datasets.open_dataset(tmp_path / 'out')
  assert [episode.achieved.tolist() for episode in dataset] == [
    [[1, -1]],
    [[-1, 1]],
    [[0, 0]],
  ]


def test_the_table_of_the_document_is_imported(monkeypatch, tmp_path):
  (text,) = blocks('csv')
  (tmp_path / 'labels.csv').write_text(text)
  film(tmp_path / 'run1.mp4', [60 if n < 80 else 200 for n in range(100)])
  draw(tmp_path / 'desk.png', 30, size=(20, 500))
  (command,) = (body for body in blocks('') if 'labels.csv' in body)
  words = shlex.split(command)[3:]
  monkeypatch.chdir(tmp_path)
  run(monkeypatch, *words)
  dataset = datasets.open_dataset(tmp_path / 'runs' / 'mine')
  assert dataset.goals == ('a red mug', 'a green roll')
  video, desk = dataset
  # --every 5 of 100 frames; truth goes with the picture.
  assert video.pixels.shape == (20, 32, 48, 3)
  bright = video.pixels[:, 5, 5, 0] > 130
  np.testing.assert_array_equal(video.achieved[:, 0], bright)
  assert bright.sum() == 4
  assert (video.achieved[:, 1] == -1).all()
  # --height 224.
  assert desk.pixels.shape == (1, 224, 9, 3)
  assert desk.achieved.tolist() == [[0, 1]]
  assert (video.policy, desk.policy) == ('video', 'images')


def test_python_of_the_document_runs(monkeypatch, tmp_path, capsys):
  monkeypatch.chdir(tmp_path)
  python = blocks('python')
  assert len(python) == 3
  for body in python:
    exec(compile(body, str(DOCUMENT), 'exec'), {})
  assert capsys.readouterr().out.splitlines() == [
    "my kitchen ('a red mug', 'a green roll') {'camera': 'head'}",
    *['teleoperation (5, 96, 128, 3) [0 0 0 1 1]'] * 3,
    'a red mug [0 0 0 1 1]',
  ]


def test_commands_of_the_document_are_understood():
  commands = [
    shlex.split(line)
    for body in blocks('')
    if body.startswith('python -m experiments.record')
    for line in body.replace('\\\n', '').splitlines()
  ]
  assert len(commands) == 4
  for words in commands:
    assert words[:3] == ['python', '-m', 'experiments.record']
    args = command_line.parse(record.Record(), words[4:], prog='record')
    assert args.out.parts[0] == 'runs'
    assert record.plan_of(words[3], args).environment == words[3]


def mistake(monkeypatch, capsys, *args):
  with pytest.raises(SystemExit) as stop:
    run(monkeypatch, *args)
  assert stop.value.code == 2
  line = capsys.readouterr().err
  assert line.startswith('error: ') and line.count('\n') == 1
  return line


def test_mistakes_are_one_line(monkeypatch, tmp_path, capsys):
  out = tmp_path / 'out'
  draw(tmp_path / 'in' / 'a' / '0.png', 0)
  (tmp_path / 'empty' / 'a').mkdir(parents=True)
  (tmp_path / 'missing.csv').write_text('file,goal,label\nx.png,a,1\n')
  (tmp_path / 'yes.csv').write_text('file,goal,label\nx.png,a,yes\n')
  for args, message in (
    ([tmp_path / 'nowhere'], 'a folder of images for each goal'),
    (['--every', '2'], 'a folder or CSV file before the options, got --every'),
    ([tmp_path / 'empty'], 'expected images in the folder'),
    ([tmp_path / 'in' / 'a'], 'found none'),
    ([tmp_path / 'none.csv'], 'expected a table of labels'),
    ([tmp_path / 'missing.csv'], 'x.png is missing'),
    ([tmp_path / 'yes.csv'], 'line 2: expected a label of 0 or 1'),
    ([tmp_path / 'in', '--every', '0'], 'expected every >= 1'),
    ([tmp_path / 'in', '--height', '-1'], 'expected height >= 0'),
  ):
    assert message in mistake(monkeypatch, capsys, *args, '--out', out)
  assert not out.exists()


def test_mistakes_in_the_files_name_the_file(monkeypatch, tmp_path, capsys):
  draw(tmp_path / 'a.png', 0)
  (tmp_path / 'b.png').write_text('no image')
  (tmp_path / 'b.mp4').write_text('no video')
  for rows, message in (
    ('a.png,a,1\na.png,a,0\n', 'a.png: expected one label of each frame'),
    ('a.png,a,1\nb.png,a,1\n', 'expected an image'),
    ('b.mp4,a,1\n', 'expected a video'),
  ):
    (tmp_path / 'labels.csv').write_text('file,goal,label\n' + rows)
    out = tmp_path / 'out'
    told = mistake(monkeypatch, capsys, tmp_path / 'labels.csv', '--out', out)
    assert message in told
    # Half a dataset would be in the way of the next try.
    assert not out.exists()
