"""Datasets of recorded episodes: a folder that one reads lazily.

    FOLDER/dataset.json
    FOLDER/episodes/00000000.npz, 00000001.npz, ...

Version 1 of the format is described field by field in
docs/recorded_episodes.md. It is for reports and calibration: it holds ground
truth, which never reaches training.
"""

import json
import operator
import pathlib
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from acme_vlm import errors
from acme_vlm.datasets import episode_file
from acme_vlm.datasets.episode_file import Episode as Episode

FORMAT, VERSION = 'acme_vlm.episodes', 1
_HEADER, _EPISODES = 'dataset.json', 'episodes'


class EpisodeDataset(Sequence[Episode]):
  """The episodes of a folder, each read from its file when it is asked for.

  Attributes:
    path: the folder.
    goals: the task set, G goals in words.
    instructions: for every goal the ways to say it, at least one.
    environment: name of the environment, or where the frames come from.
    metadata: whatever the writer found worth telling, JSON values.
  """

  def __init__(self, path: pathlib.Path, header: Mapping[str, Any]):
    """Looks for the files; `open_dataset` is the way here."""
    self.path = path
    self.goals: tuple[str, ...] = tuple(header['goals'])
    self.instructions = tuple(map(tuple, header['instructions']))
    self.environment: str = header['environment']
    self.metadata: dict[str, Any] = dict(header['metadata'])
    self._length = count(path)
    if not self._length:
      raise errors.DatasetError(
        f'expected episodes in {path / _EPISODES}, found none'
      )

  def __len__(self) -> int:
    return self._length

  def __getitem__(self, index):  # type: ignore[override]
    """Reads an episode; of a slice, a list of them.

    Raises:
      DatasetError: if its file is truncated or not of the format.
    """
    if isinstance(index, slice):
      return [self[i] for i in range(*index.indices(self._length))]
    place = operator.index(index)
    if not -self._length <= place < self._length:
      raise IndexError(f'{place} of {self._length} episodes')
    path = episode_path(self.path, place % self._length)
    return episode_file.load(path, len(self.goals))

  def __iter__(self) -> Iterator[Episode]:
    return (self[index] for index in range(self._length))


class EpisodeWriter:
  """Appends episodes to a folder; `create` makes one.

  A process that is killed leaves whole episodes only; `create(...,
  resume=True)` goes on after them.

  Attributes:
    path: the folder.
    metadata: of the dataset; where it goes on, what it began with.
  """

  def __init__(self, path: pathlib.Path, header: Mapping[str, Any]):
    """Goes on after the episodes that lie in the folder."""
    self.path = path
    self.metadata: dict[str, Any] = dict(header['metadata'])
    self._num_goals = len(header['goals'])
    self._length = count(path)

  def __len__(self) -> int:
    """Episodes written so far, those of earlier processes too."""
    return self._length

  def append(self, episode: Episode) -> pathlib.Path:
    """Writes an episode, whole or not at all; returns its file.

    Raises:
      DatasetError: if its goals are not those of the dataset, or it cannot be
        written.
    """
    if episode.achieved.shape[1] != self._num_goals:
      raise errors.DatasetError(
        f'expected achieved of the {self._num_goals} goals of the dataset, got '
        f'{episode.achieved.shape[1]}'
      )
    path = episode_path(self.path, self._length)
    episode_file.save(path, episode)
    self._length += 1
    return path


def open_dataset(path: str | pathlib.Path) -> EpisodeDataset:
  """Opens a dataset for reading.

  Raises:
    DatasetError: if the folder holds no dataset, one of a newer version, one
      that lacks an episode in between, or no episodes at all.
  """
  folder = pathlib.Path(path)
  return EpisodeDataset(folder, read_header(folder))


def create(
  path: str | pathlib.Path,
  *,
  goals: Sequence[str],
  environment: str,
  instructions: Sequence[Sequence[str]] | None = None,
  metadata: Mapping[str, Any] | None = None,
  resume: bool = False,
) -> EpisodeWriter:
  """Makes a dataset to write to.

  Args:
    path: folder; what is missing of its path is made.
    goals: the task set, at least one goal, none twice.
    environment: name of the environment, or where the frames come from.
    instructions: for every goal the ways to say it; the goal itself if None.
    metadata: JSON values.
    resume: goes on with the dataset of the same goals and environment that
      lies there, if one does; its header stays.

  Raises:
    DatasetError: if there is something in the folder that may not be gone on
      with, or it cannot be written.
  """
  folder, goals = pathlib.Path(path), tuple(goals)
  if instructions is None:
    instructions = [[goal] for goal in goals]
  header = {
    'format': FORMAT,
    'version': VERSION,
    'environment': environment,
    'goals': list(goals),
    'instructions': [list(ways) for ways in instructions],
    'metadata': dict(metadata or {}),
  }
  _check_header(folder, header)
  if resume and (folder / _HEADER).exists():
    found = read_header(folder)
    for field in ('goals', 'environment', 'instructions'):
      if found[field] != header[field]:
        raise errors.DatasetError(
          f'expected the {field} of {folder} to go on with, which are '
          f'{_short(found[field])}, got {_short(header[field])}'
        )
    return EpisodeWriter(folder, found)
  try:
    if folder.exists() and any(folder.iterdir()):
      raise errors.DatasetError(
        f'expected a new or empty folder to record to, {folder} holds '
        'something (resume to go on with a dataset)'
      )
    (folder / _EPISODES).mkdir(parents=True)
    partial = folder / f'.{_HEADER}.partial'
    partial.write_text(json.dumps(header, indent=2) + '\n', encoding='utf-8')
    partial.replace(folder / _HEADER)
  except OSError as error:
    raise errors.DatasetError(
      f'expected to write {folder}, got: {error.strerror}'
    ) from error
  except TypeError as error:
    raise errors.DatasetError(
      f'expected metadata of JSON values, got: {error}'
    ) from error
  return EpisodeWriter(folder, header)


def episode_path(folder: pathlib.Path, index: int) -> pathlib.Path:
  """Returns where the episode of that number lies."""
  return folder / _EPISODES / f'{index:08d}.npz'


def count(folder: pathlib.Path) -> int:
  """Returns the number of episodes in a folder.

  Raises:
    DatasetError: if one is missing in between.
  """
  names = {file.name for file in (folder / _EPISODES).glob('[0-9]*.npz')}
  for index in range(len(names)):
    path = episode_path(folder, index)
    if path.name not in names:
      raise errors.DatasetError(
        f'expected an episode in {path}, which is missing while '
        f'{folder / _EPISODES} holds {len(names)} files'
      )
  return len(names)


def read_header(folder: pathlib.Path) -> dict[str, Any]:
  """Reads and checks dataset.json.

  Raises:
    DatasetError: if it is missing or not of this format and version.
  """
  path = folder / _HEADER
  try:
    header = json.loads(path.read_text(encoding='utf-8'))
  except (FileNotFoundError, NotADirectoryError) as error:
    raise errors.DatasetError(
      f'expected a folder of recorded episodes, {folder} holds no {_HEADER}'
    ) from error
  except OSError as error:
    raise errors.DatasetError(
      f'expected to read {path}, got: {error.strerror}'
    ) from error
  except ValueError as error:
    raise errors.DatasetError(f'expected JSON in {path}: {error}') from error
  _check_header(folder, header)
  return header


def _check_header(folder: pathlib.Path, header: Any) -> None:
  path = folder / _HEADER
  if not isinstance(header, dict) or header.get('format') != FORMAT:
    raise errors.DatasetError(f'expected format {FORMAT!r} in {path}')
  version = header.get('version')
  if not isinstance(version, int) or not 1 <= version <= VERSION:
    raise errors.DatasetError(
      f'expected version 1 to {VERSION} of {FORMAT} in {path}, got {version!r}'
      ' (a newer acme_vlm wrote it)'
    )
  goals, instructions = header.get('goals'), header.get('instructions')
  if not _texts(goals) or len(set(goals)) < len(goals):
    raise errors.DatasetError(
      f'expected goals in {path}, distinct texts, got {_short(goals)}'
    )
  if (
    not isinstance(instructions, list)
    or len(instructions) != len(goals)
    or not all(map(_texts, instructions))
  ):
    raise errors.DatasetError(
      f'expected instructions in {path}, texts for each of the {len(goals)} '
      f'goals, got {_short(instructions)}'
    )
  if not isinstance(header.get('environment'), str) or not isinstance(
    header.get('metadata'), dict
  ):
    raise errors.DatasetError(
      f'expected environment, a text, and metadata, an object, in {path}'
    )


def _texts(values: Any) -> typing.TypeGuard[list[str]]:
  return (
    isinstance(values, list)
    and bool(values)
    and all(isinstance(value, str) and value.strip() for value in values)
  )


def _short(value: Any) -> str:
  text = repr(value)
  return text if len(text) <= 60 else f'{text[:57]}...'
