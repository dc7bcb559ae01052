import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.datasets import importing

Mark = importing.Mark


def table(tmp_path, text, **kwargs):
  path = tmp_path / 'labels.csv'
  path.write_text(text, **kwargs)
  return importing.read_table(path)


def test_a_table_is_read_by_its_columns(tmp_path):
  read = table(
    tmp_path,
    'label, goal, file, last, who\n'
    '1, a red mug, b.mp4, 7, me\n'
    '0, "a roll, green", a.png, , me\n'
    '0, a red mug, b.mp4, , you\n',
    encoding='utf-8-sig',
  )
  assert read.goals == ('a red mug', 'a roll, green')
  assert list(read.files) == ['b.mp4', 'a.png']
  assert read.files['b.mp4'] == (Mark(0, 1, 0, 7), Mark(0, 0))
  assert read.files['a.png'] == (Mark(1, 0),)


HEAD = 'file,goal,label,first,last\n'


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    ('', 'expected columns file, goal, label'),
    ('file,label\n', 'got file, label'),
    (HEAD, 'found none'),
    (
      HEAD + 'a,b,1,,\na,b,yes,,\n',
      "line 3: expected a label of 0 or 1, got 'y",
    ),
    (HEAD + 'a,b\n', "line 2: expected a label of 0 or 1, got ''"),
    (HEAD + ',b,1,,\n', 'line 2: expected a file and a goal'),
    (HEAD + 'a, ,1,,\n', 'line 2: expected a file and a goal'),
    (HEAD + 'a,b,1,-3,\n', "expected first as a number, got '-3'"),
    (HEAD + 'a,b,1,3,x\n', "expected last as a number, got 'x'"),
    (HEAD + 'a,b,1,3,2\n', 'expected first <= last, got 3 and 2'),
  ],
)
def test_bad_tables_are_told_by_the_line(text, message, tmp_path):
  with pytest.raises(errors.DatasetError) as caught:
    table(tmp_path, text)
  assert message in str(caught.value)
  assert 'labels.csv' in str(caught.value)
  assert '\n' not in str(caught.value)


def test_what_is_no_table_is_told(tmp_path):
  (tmp_path / 'labels.csv').write_bytes(b'file,goal,label\n\xff\xfe,a,1\n')
  for path in (tmp_path / 'labels.csv', tmp_path / 'none.csv', tmp_path):
    with pytest.raises(errors.DatasetError, match='expected a table of labels'):
      importing.read_table(path)


def test_truth_says_only_what_the_marks_say():
  marks = (Mark(0, 0, 0, 3), Mark(0, 1, 4, 9), Mark(1, 1, 9, None))
  # Every third frame of a video was taken.
  achieved = importing.truth(marks, [0, 3, 6, 9, 12], ('a', 'b', 'c'))
  assert achieved.dtype == np.int8
  assert achieved.tolist() == [
    [0, -1, -1],
    [0, -1, -1],
    [1, -1, -1],
    [1, 1, -1],
    [-1, 1, -1],
  ]


def test_marks_that_agree_may_overlap_and_those_that_do_not_are_told():
  agree = (Mark(0, 1, 0, 2), Mark(0, 1, 1, 3))
  assert importing.truth(agree, [0, 1, 2, 3], ('a',)).all()
  with pytest.raises(errors.DatasetError) as caught:
    importing.truth((Mark(0, 1, 0, 2), Mark(0, 0, 2, 3)), [0, 1, 2, 3], ('a',))
  assert "0 and 1 of frame 2 and 'a'" in str(caught.value)


@pytest.mark.parametrize(
  ('numbers', 'first', 'told'),
  [
    ([0], 0, False),
    ([0], 1, True),
    ([0, 1, 2], 2, False),
    ([0, 1, 2], 3, True),
    # Frames 21 to 29 may exist and were not taken.
    ([0, 10, 20], 29, False),
    ([0, 10, 20], 30, True),
  ],
)
def test_marks_beyond_the_end_are_told(numbers, first, told):
  if not told:
    importing.truth((Mark(0, 1, first),), numbers, ('a',))
    return
  with pytest.raises(errors.DatasetError, match=f'from frame {first} on'):
    importing.truth((Mark(0, 1, first),), numbers, ('a',))


def test_folders_are_goals(tmp_path):
  for name in ('red mug', 'ball', '_none', '_drafts', '.cache'):
    (tmp_path / name).mkdir()
  (tmp_path / 'notes.txt').write_text('')
  assert importing.goal_folders(tmp_path) == {
    'ball': tmp_path / 'ball',
    'red mug': tmp_path / 'red mug',
    None: tmp_path / '_none',
  }


def test_folders_without_goals_are_told(tmp_path):
  (tmp_path / '_none').mkdir()
  for folder, message in (
    (tmp_path, 'found none'),
    (tmp_path / 'nowhere', 'which is none'),
  ):
    with pytest.raises(errors.DatasetError, match=message):
      importing.goal_folders(folder)


@pytest.mark.parametrize(
  ('goal', 'exclusive', 'row'),
  [
    (1, True, [0, 1, 0]),
    (1, False, [-1, 1, -1]),
    (None, True, [0, 0, 0]),
    (None, False, [0, 0, 0]),
  ],
)
def test_a_frame_of_one_goal(goal, exclusive, row):
  achieved = importing.one_goal(goal, 3, exclusive=exclusive)
  assert achieved.dtype == np.int8
  assert achieved.tolist() == [row]


def test_frames_become_an_episode_of_unknown_actions():
  frames = [np.full((4, 5, 3), value, np.uint8) for value in (1, 2, 3)]
  achieved = np.zeros((3, 2), np.int8)
  made = importing.episode(frames, achieved, 1, 7)
  assert made.pixels[:, 0, 0, 0].tolist() == [1, 2, 3]
  assert made.action.tolist() == [-1, -1]
  assert (made.policy, made.goal, made.seed) == ('video', 1, 7)
  still = importing.episode(frames[:1], achieved[:1], 0, 0)
  assert (still.policy, len(still.action)) == ('images', 0)
