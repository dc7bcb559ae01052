"""Makes recorded episodes of images and videos that people labeled.

  python -m experiments.import_episodes SOURCE --out FOLDER

SOURCE is either a folder with a folder of images for each goal, named as the
goal (`_none` holds images that show no goal):

    images/a red mug/1.png  images/a red mug/2.jpg  images/_none/desk.png

or a CSV file with the columns file, goal, label (1 or 0) and, for videos,
optionally first and last, the frames that the row speaks of:

    file,goal,label,first,last
    run1.mp4,a red mug,0,0,79
    run1.mp4,a red mug,1,80,140
    desk.png,a red mug,0,,

Each image or video becomes an episode. docs/recorded_episodes.md says more.
"""

import dataclasses
import datetime
import pathlib
import shutil
import sys
from collections.abc import Iterator

import numpy as np

from acme_vlm import datasets, errors
from acme_vlm.datasets import importing
from acme_vlm.evaluation import frame_files
from experiments import recording_report
from launch import command_line

PROG = 'python -m experiments.import_episodes'
_INTERRUPTED = 130
_MOST_BYTES = 2 << 30
_VIDEOS = ('.avi', '.gif', '.m4v', '.mkv', '.mov', '.mp4', '.mpg', '.webm')


@dataclasses.dataclass(frozen=True)
class ImportEpisodes:
  """Makes recorded episodes of images and videos that people labeled."""

  out: pathlib.Path = pathlib.Path('recordings')
  """Folder to write to; new or empty."""

  exclusive: bool = True
  """Folders of images: whether an image shows no goal but its folder's. If not,
  nothing is said of the others."""

  every: int = 1
  """Videos: takes one frame of so many; at least 1."""

  height: int = 0
  """Makes taller frames as tall as this, pixels; 0 leaves them as they are."""

  sheet: bool = True
  """Draws some episodes into sheet.png in the folder."""

  def __post_init__(self):
    for name, least in (('every', 1), ('height', 0)):
      if getattr(self, name) < least:
        raise errors.ConfigError(
          f'expected {name} >= {least}, got {getattr(self, name)}'
        )


def of_folders(
  source: pathlib.Path, args: ImportEpisodes
) -> tuple[tuple[str, ...], Iterator[datasets.Episode]]:
  """Goals, and an episode of one frame for each image.

  Images without a goal are asked for each goal in turn.
  """
  folders = importing.goal_folders(source)
  images = [
    (goal, path)
    for goal, folder in folders.items()
    for path in frame_files.find_images([str(folder)])
  ]
  goals = tuple(goal for goal in folders if goal is not None)

  def episodes() -> Iterator[datasets.Episode]:
    for number, (name, path) in enumerate(images):
      goal = None if name is None else goals.index(name)
      yield importing.episode(
        [_shrink(frame_files.read_image(path).pixels, args)],
        importing.one_goal(goal, len(goals), exclusive=args.exclusive),
        number % len(goals) if goal is None else goal,
        number,
      )

  return goals, episodes()


def of_table(
  source: pathlib.Path, args: ImportEpisodes
) -> tuple[tuple[str, ...], Iterator[datasets.Episode]]:
  """Goals, and an episode for each file that the table names."""
  table = importing.read_table(source)
  for name in table.files:
    if not (source.parent / name).is_file():
      raise errors.DatasetError(
        f'expected the files that {source} names, {name} is missing'
      )

  def episodes() -> Iterator[datasets.Episode]:
    for number, (name, marks) in enumerate(table.files.items()):
      numbers, frames = _read(source.parent / name, args)
      try:
        achieved = importing.truth(marks, numbers, table.goals)
      except errors.DatasetError as error:
        raise errors.DatasetError(f'{source}: {name}: {error}') from error
      yield importing.episode(frames, achieved, marks[0].goal, number)

  return table.goals, episodes()


def _read(
  path: pathlib.Path, args: ImportEpisodes
) -> tuple[list[int], list[np.ndarray]]:
  """Numbers and pixels of the frames of a file."""
  if path.suffix.lower() not in _VIDEOS:
    return [0], [_shrink(frame_files.read_image(path).pixels, args)]
  numbers, frames, size = [], [], 0
  for frame in frame_files.read_video(path, every=args.every):
    numbers.append(frame.number)
    frames.append(_shrink(frame.pixels, args))
    size += frames[-1].nbytes
    if size > _MOST_BYTES:
      raise errors.DatasetError(
        f'expected at most {_MOST_BYTES >> 30} GiB of frames of a video, '
        f'{path} has more; take fewer (--every) or smaller ones (--height)'
      )
  return numbers, frames


def _shrink(pixels: np.ndarray, args: ImportEpisodes) -> np.ndarray:
  return frame_files.shrink(pixels, args.height) if args.height else pixels


def import_episodes(source: pathlib.Path, args: ImportEpisodes) -> None:
  """Writes the dataset and tells what it holds."""
  read = of_table if source.suffix.lower() == '.csv' else of_folders
  goals, episodes = read(source, args)
  writer = datasets.create(
    args.out,
    goals=goals,
    environment=source.resolve().name,
    metadata={
      'command': [*PROG.split(), *sys.argv[1:]],
      'date': datetime.datetime.now(datetime.UTC).isoformat('T', 'seconds'),
    },
  )
  try:
    for episode in episodes:
      writer.append(episode)
  except BaseException as error:
    # It was new or empty: all that is in it is half a dataset.
    shutil.rmtree(args.out)
    if not isinstance(error, KeyboardInterrupt):
      raise
    print(f'\nstopped after {len(writer)} episodes, which are gone')
    raise SystemExit(_INTERRUPTED) from None
  dataset = datasets.open_dataset(args.out)
  print(recording_report.table(dataset))
  if args.sheet:
    path = args.out / 'sheet.png'
    recording_report.draw_sheet(dataset).save(path, optimize=True)
    print(path)


def main() -> None:
  prog = f'{PROG} SOURCE'
  with command_line.user_mistakes():
    if sys.argv[1:2] in ([], ['--help'], ['-h']):
      command_line.parse(ImportEpisodes(), ['--help'], prog=prog)
    if sys.argv[1].startswith('-'):
      raise errors.ConfigError(
        'expected a folder or CSV file before the options, got ' + sys.argv[1]
      )
    args = command_line.parse(ImportEpisodes(), sys.argv[2:], prog=prog)
    import_episodes(pathlib.Path(sys.argv[1]), args)


if __name__ == '__main__':
  main()
