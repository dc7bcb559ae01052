"""Which frames an episode consists of, without opening it.

A frame is named by a digest of its content. Beside a dataset these names are
kept in `FOLDER/frames/00000000.npz`, ..., one for each episode, so that what
is known of a frame already (its embedding) is found without reading it.
"""

import os
import pathlib
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.datasets import episodes

_FOLDER = 'frames'


class FrameIndex(NamedTuple):
  """What of an episode is known without its frames.

  Attributes:
    goal: index of the episode's goal in the dataset's.
    digests: names of its T + 1 frames.
  """

  goal: int
  digests: tuple[bytes, ...]


def read(folder: pathlib.Path, index: int) -> FrameIndex | None:
  """Reads the index of an episode.

  Args:
    folder: of the dataset.
    index: number of the episode.

  Returns:
    The index, or None if there is none, or the episode's file is not the one
    that it was made of.
  """
  try:
    # Opened here: of a bad file numpy would leave it open.
    with (
      open(_path(folder, index), 'rb') as raw,
      np.load(raw, allow_pickle=False) as file,
    ):
      if file['of'].tolist() != _stamp(folder, index):
        return None
      digests = tuple(row.tobytes() for row in file['digests'])
      return FrameIndex(int(file['goal']), digests)
  except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
    return None


def write(
  folder: pathlib.Path,
  index: int,
  episode: episodes.Episode,
  digest: Callable[[np.ndarray], bytes],
) -> FrameIndex:
  """Makes the index of an episode, and keeps it beside the dataset.

  Args:
    folder: of the dataset.
    index: number of the episode.
    episode: as it was read.
    digest: names a frame, uint8 `[H, W, 3]`, by its content; always with
      equally many bytes.

  Returns:
    The index.

  Raises:
    DatasetError: if it cannot be written.
  """
  digests = tuple(digest(frame) for frame in episode.pixels)
  path = _path(folder, index)
  partial = path.with_name(f'.{path.name}.{os.getpid()}.partial')
  try:
    path.parent.mkdir(exist_ok=True)
    with open(partial, 'wb') as file:
      np.savez(
        file,
        of=np.array(_stamp(folder, index)),
        goal=np.int32(episode.goal),
        digests=np.array([list(name) for name in digests], np.uint8),
      )
    partial.replace(path)
  except OSError as error:
    raise errors.DatasetError(
      f'expected to write {path}, got: {error.strerror}'
    ) from error
  return FrameIndex(episode.goal, digests)


def _path(folder: pathlib.Path, index: int) -> pathlib.Path:
  return folder / _FOLDER / f'{index:08d}.npz'


def _stamp(folder: pathlib.Path, index: int) -> list[int]:
  """Size and time of the episode's file: another one was put in its place."""
  found = episodes.episode_path(folder, index).stat()
  return [found.st_size, found.st_mtime_ns]
