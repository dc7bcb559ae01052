"""What is true in frames that others labeled, as episodes have it.

Two sources: a folder for each goal, and a table of labels. Reading images and
videos is left to the caller.
"""

import csv
import dataclasses
import pathlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from acme_vlm import errors
from acme_vlm.datasets import episode_file

NO_GOAL = '_none'
"""Name of the folder of frames that show no goal."""

_NEEDED, _RANGE = ('file', 'goal', 'label'), ('first', 'last')


@dataclasses.dataclass(frozen=True)
class Mark:
  """One row of a table of labels.

  Attributes:
    goal: index of the goal.
    label: 1 if frames achieve it, 0 if not.
    first: number of the first frame that it speaks of, from 0.
    last: number of the last one; None for the end.
  """

  goal: int
  label: int
  first: int = 0
  last: int | None = None


@dataclasses.dataclass(frozen=True)
class Table:
  """Labels of files.

  Attributes:
    goals: distinct goals, in the order in which they appear.
    files: marks of each file, in the order in which the files appear; paths
      are relative to the table's folder or absolute.
  """

  goals: tuple[str, ...]
  files: Mapping[str, tuple[Mark, ...]]


def read_table(path: pathlib.Path) -> Table:
  """Reads a CSV file with the columns file, goal, label.

  Columns `first` and `last`, where there are any, say which frames of a video
  a row speaks of: numbers from 0, both included; left empty, all.

  Raises:
    DatasetError: if it cannot be read, lacks a column, or a row makes no sense;
      the line is named.
  """
  goals: dict[str, int] = {}
  files: dict[str, list[Mark]] = {}
  try:
    with open(path, newline='', encoding='utf-8-sig') as file:
      rows = csv.DictReader(file, skipinitialspace=True)
      columns = tuple(rows.fieldnames or ())
      for name in _NEEDED:
        if name not in columns:
          raise errors.DatasetError(
            f'expected columns {", ".join(_NEEDED)} in {path}, got '
            f'{", ".join(columns) or "none"}'
          )
      for row in rows:
        try:
          name, mark = _read_row(row, goals)
        except ValueError as error:
          raise errors.DatasetError(
            f'{path}, line {rows.line_num}: {error}'
          ) from error
        files.setdefault(name, []).append(mark)
  except (OSError, UnicodeDecodeError, csv.Error) as error:
    raise errors.DatasetError(
      f'expected a table of labels in {path}, got: {error}'
    ) from error
  if not files:
    raise errors.DatasetError(f'expected labels in {path}, found none')
  return Table(
    tuple(goals), {name: tuple(marks) for name, marks in files.items()}
  )


def _read_row(
  row: Mapping[str, str | None], goals: dict[str, int]
) -> tuple[str, Mark]:
  """The file and the mark; a new goal joins `goals`."""
  cells = {name: (row.get(name) or '').strip() for name in (*_NEEDED, *_RANGE)}
  if not cells['file'] or not cells['goal']:
    raise ValueError('expected a file and a goal')
  if cells['label'] not in ('0', '1'):
    raise ValueError(f'expected a label of 0 or 1, got {cells["label"]!r}')
  for name in _RANGE:
    if cells[name] and not (cells[name].isascii() and cells[name].isdigit()):
      raise ValueError(f'expected {name} as a number, got {cells[name]!r}')
  first = int(cells['first'] or 0)
  last = int(cells['last']) if cells['last'] else None
  if last is not None and last < first:
    raise ValueError(f'expected first <= last, got {first} and {last}')
  goal = goals.setdefault(cells['goal'], len(goals))
  return cells['file'], Mark(goal, int(cells['label']), first, last)


def truth(
  marks: Iterable[Mark], numbers: Sequence[int], goals: Sequence[str]
) -> np.ndarray:
  """Returns what marks say of frames.

  Args:
    marks: of one file.
    numbers: of the T+1 frames that were taken from it, ascending.
    goals: G goals.

  Returns:
    int8 `[T+1, G]`, -1 where no mark speaks of it.

  Raises:
    DatasetError: if two marks contradict each other, or one speaks of frames
      beyond the end.
  """
  achieved = np.full(
    (len(numbers), len(goals)), episode_file.UNKNOWN, dtype=np.int8
  )
  frames = np.asarray(numbers)
  # Between the last frame taken and the end there may be others.
  end = 2 * numbers[-1] - numbers[-2] if len(numbers) > 1 else numbers[-1] + 1
  for mark in marks:
    if mark.first >= end:
      raise errors.DatasetError(
        f'expected labels of its frames, the last of which is {numbers[-1]}, '
        f'got one from frame {mark.first} on'
      )
    spoken = frames >= mark.first
    if mark.last is not None:
      spoken &= frames <= mark.last
    column = achieved[:, mark.goal]
    clash = spoken & (column == 1 - mark.label)
    if clash.any():
      raise errors.DatasetError(
        f'expected one label of each frame and goal, got 0 and 1 of frame '
        f'{frames[clash][0]} and {goals[mark.goal]!r}'
      )
    column[spoken] = mark.label
  return achieved


def goal_folders(folder: pathlib.Path) -> dict[str | None, pathlib.Path]:
  """Returns the folder of each goal, by goal, sorted; last of None.

  A folder's name is the goal in words; that of `NO_GOAL` holds frames that
  show none and stands under None.

  Raises:
    DatasetError: if there is no such folder, or no goal in it.
  """
  if not folder.is_dir():
    raise errors.DatasetError(
      f'expected a folder with a folder of images for each goal, got {folder}, '
      'which is none'
    )
  found: dict[str | None, pathlib.Path] = {
    path.name: path
    for path in sorted(folder.iterdir())
    if path.is_dir() and not path.name.startswith(('.', '_'))
  }
  if not found:
    raise errors.DatasetError(
      f'expected a folder of images for each goal in {folder}, found none'
    )
  if (folder / NO_GOAL).is_dir():
    found[None] = folder / NO_GOAL
  return found


def one_goal(
  goal: int | None, num_goals: int, *, exclusive: bool
) -> np.ndarray:
  """Returns what is true of a frame that shows one goal.

  Args:
    goal: the goal shown; None if it shows none.
    num_goals: G.
    exclusive: whether it then shows no other; if not, nobody knows.

  Returns:
    int8 `[1, G]`.
  """
  known = exclusive or goal is None
  other = episode_file.NOT_ACHIEVED if known else episode_file.UNKNOWN
  achieved = np.full((1, num_goals), other, np.int8)
  if goal is not None:
    achieved[0, goal] = episode_file.ACHIEVED
  return achieved


def episode(
  frames: Sequence[np.ndarray], achieved: np.ndarray, goal: int, number: int
) -> episode_file.Episode:
  """Returns frames and what is true of them as an episode.

  Args:
    frames: T+1 of uint8 `[H, W, 3]`, of one size.
    achieved: int8 `[T+1, G]`.
    goal: what the episode asks for.
    number: of the episode; stands in the place of a seed.
  """
  return episode_file.Episode(
    pixels=np.stack(frames),
    goal=goal,
    achieved=achieved,
    action=np.full(len(frames) - 1, -1, np.int32),
    policy='images' if len(frames) == 1 else 'video',
    seed=number,
  )
