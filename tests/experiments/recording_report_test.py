import numpy as np

from acme_vlm import datasets
from experiments import recording_report


def write(folder, goals, achieved, frames=3, size=(40, 30)):
  """One episode a row of `achieved` [episodes, frames, goals]."""
  writer = datasets.create(folder, goals=goals, environment='test')
  for number, marks in enumerate(achieved):
    writer.append(
      datasets.Episode(
        pixels=np.full((frames, *size, 3), 90, np.uint8),
        goal=0,
        achieved=np.asarray(marks, np.int8),
        action=np.zeros(frames - 1, np.int32),
        policy='images' if number else 'solver',
        seed=number,
      )
    )
  return datasets.open_dataset(folder)


def test_unknown_truth_counts_as_nothing(tmp_path):
  dataset = write(
    tmp_path / 'set',
    ['a', 'b'],
    [[[-1, 1], [-1, 1], [0, -1]], [[1, 0], [0, 0], [1, 0]]],
  )
  lines = recording_report.table(dataset).splitlines()
  rows = [line.split() for line in lines]
  assert ['solver', '1', '3', '0.0%'] in rows
  assert ['images', '1', '3', '100.0%'] in rows
  assert ['all', '2', '6', '50.0%'] in rows
  assert ['a', '2', '2'] in rows
  assert ['b', '2', '0'] in rows


def test_of_many_goals_the_least_shown_are_told(tmp_path):
  goals = [f'goal{index}' for index in range(20)]
  marks = np.ones((1, 3, 20), np.int8)
  marks[:, :, 7] = 0
  text = recording_report.table(write(tmp_path / 'set', goals, marks))
  assert ['goal7', '0', '0'] in [line.split() for line in text.splitlines()]
  assert 'goal19' not in text
  assert 'median of 20' in text


def test_frames_are_framed_by_what_they_achieve(tmp_path):
  marks = [[[0, 0], [0, 1], [1, 1]], [[-1, 0], [0, 0], [0, -1]]]
  dataset = write(tmp_path / 'set', ['a', 'b'], marks)
  sheet = np.asarray(recording_report.draw_sheet(dataset))
  # The left border of the frames, in the middle of the first row of them.
  row = sheet[100]
  green = np.flatnonzero((row == (34, 160, 84)).all(axis=1))
  orange = np.flatnonzero((row == (240, 160, 30)).all(axis=1))
  assert len(green) and len(orange)
  assert orange.max() < green.min()
  second = sheet[100 + len(sheet) // 2]
  assert not (second == (34, 160, 84)).all(axis=1).any()
  assert not (second == (240, 160, 30)).all(axis=1).any()


def test_frames_of_any_shape_are_drawn(tmp_path):
  for number, size in enumerate(((1, 1), (4, 400), (300, 3))):
    dataset = write(
      tmp_path / str(number), ['a'], np.zeros((1, 3, 1)), size=size
    )
    sheet = recording_report.draw_sheet(dataset)
    assert sheet.width < 3000 and sheet.height < 1000
