"""One recorded episode, and the .npz file that it lies in."""

import dataclasses
import io
import os
import pathlib
import zipfile
import zlib
from typing import Any

import numpy as np

from acme_vlm import errors

ACHIEVED, NOT_ACHIEVED, UNKNOWN = 1, 0, -1

# Deflate at this level packs phone frames at 500 MB/s, 20 to 1.
_COMPRESSION = 3
_MIN_SEED, _MAX_SEED = -(2**63), 2**63 - 1


@dataclasses.dataclass(frozen=True, eq=False)
class Episode:
  """T steps through an environment, and what was true after each.

  Attributes:
    pixels: frames, uint8 `[T+1, H, W, 3]`, RGB; T may be 0 (a single image).
    goal: index of the episode's goal in the dataset's G goals.
    achieved: int8 `[T+1, G]`: 1 where the frame truly achieves the goal, 0
      where it does not, -1 where nobody knows.
    action: int32 `[T]`; `action[t]` led from frame t to frame t + 1. -1 where
      it is not known.
    policy: who acted, for tables: 'solver', 'random', 'images', ...
    seed: an environment made with it plays this episode first; any number
      where there is no such environment.

  Raises:
    DatasetError: if an array has another shape or dtype, holds no pixels or
      other marks than -1, 0 and 1, or the goal is out of range.
  """

  pixels: np.ndarray
  goal: int
  achieved: np.ndarray
  action: np.ndarray
  policy: str
  seed: int

  def __post_init__(self):
    _expect('pixels', self.pixels, np.uint8, 4)
    if self.pixels.shape[3] != 3 or 0 in self.pixels.shape:
      raise errors.DatasetError(
        'expected pixels [T+1, H, W, 3], none of them 0, got '
        f'{list(self.pixels.shape)}'
      )
    frames = len(self.pixels)
    _expect('achieved', self.achieved, np.int8, 2)
    if len(self.achieved) != frames or not self.achieved.shape[1]:
      raise errors.DatasetError(
        f'expected achieved [{frames}, G], a row for each frame, got '
        f'{list(self.achieved.shape)}'
      )
    if np.any((self.achieved < UNKNOWN) | (self.achieved > ACHIEVED)):
      raise errors.DatasetError('expected achieved to hold only 1, 0 and -1')
    _expect('action', self.action, np.int32, 1)
    if len(self.action) != frames - 1:
      raise errors.DatasetError(
        f'expected action [{frames - 1}], one less than frames, got '
        f'{list(self.action.shape)}'
      )
    if not 0 <= self.goal < self.achieved.shape[1]:
      raise errors.DatasetError(
        f'expected a goal in [0, {self.achieved.shape[1]}), got {self.goal}'
      )
    if not _MIN_SEED <= self.seed <= _MAX_SEED:
      raise errors.DatasetError(f'expected a 64-bit seed, got {self.seed}')

  @property
  def num_frames(self) -> int:
    """T + 1."""
    return len(self.pixels)

  @property
  def goal_achieved(self) -> np.ndarray:
    """int8 `[T+1]`, the column of `achieved` of the episode's own goal."""
    return self.achieved[:, self.goal]


def _expect(name: str, array: object, dtype: type, dimensions: int) -> None:
  if not isinstance(array, np.ndarray):
    raise errors.DatasetError(
      f'expected {name} to be an array, got {type(array).__name__}'
    )
  if array.dtype != dtype or array.ndim != dimensions:
    raise errors.DatasetError(
      f'expected {name} of {np.dtype(dtype).name} in {dimensions} dimensions, '
      f'got {array.dtype.name} {list(array.shape)}'
    )


def save(path: pathlib.Path, episode: Episode) -> None:
  """Writes an episode whole or not at all.

  The same episode gives the same bytes. A file that lies there is replaced.

  Raises:
    DatasetError: if it cannot be written.
  """
  arrays = {
    'pixels': episode.pixels,
    'goal': np.int32(episode.goal),
    'achieved': episode.achieved,
    'action': episode.action,
    'policy': np.array(episode.policy, np.str_),
    'seed': np.int64(episode.seed),
  }
  partial = path.with_name(f'.{path.name}.partial')
  try:
    with open(partial, 'wb') as file:
      with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
          # A ZipInfo without a date, or the same episode had other bytes.
          archive.writestr(
            zipfile.ZipInfo(f'{name}.npy'),
            _npy(np.asanyarray(array)),
            zipfile.ZIP_DEFLATED,
            _COMPRESSION,
          )
      file.flush()
      os.fsync(file.fileno())
    partial.replace(path)
  except OSError as error:
    raise errors.DatasetError(
      f'expected to write {path}, got: {error.strerror}'
    ) from error


def load(path: pathlib.Path, num_goals: int) -> Episode:
  """Reads an episode.

  Args:
    path: of the .npz file.
    num_goals: goals of the dataset, G.

  Raises:
    DatasetError: if the file is missing, truncated, lacks an array, or an
      array is not what `Episode` says. Pickled objects are refused.
  """
  try:
    # Opened here: of a bad file numpy would leave it open.
    with open(path, 'rb') as raw, np.load(raw, allow_pickle=False) as file:
      episode = Episode(
        pixels=file['pixels'],
        goal=_scalar(file['goal'], 'iu', int),
        achieved=file['achieved'],
        action=file['action'],
        policy=_scalar(file['policy'], 'U', str),
        seed=_scalar(file['seed'], 'iu', int),
      )
  except FileNotFoundError as error:
    raise errors.DatasetError(
      f'expected an episode in {path}, which is missing'
    ) from error
  except errors.DatasetError as error:
    raise errors.DatasetError(f'{path}: {error}') from error
  except KeyError as error:
    name = error.args[0].split()[0]
    raise errors.DatasetError(
      f'{path}: expected an array {name!r}, which is missing'
    ) from error
  except (
    AttributeError,
    EOFError,
    OSError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
  ) as error:
    raise errors.DatasetError(
      f'expected an episode in {path}, which is truncated or no .npz file of '
      f'plain arrays ({" ".join(str(error).split())[:90]})'
    ) from error
  if episode.achieved.shape[1] != num_goals:
    raise errors.DatasetError(
      f'{path}: expected achieved of the {num_goals} goals of the dataset, got '
      f'{episode.achieved.shape[1]}'
    )
  return episode


def _npy(array: np.ndarray) -> bytes:
  member = io.BytesIO()
  np.lib.format.write_array(member, array, allow_pickle=False)
  return member.getvalue()


def _scalar(array: np.ndarray, kinds: str, kind: type) -> Any:
  if array.ndim or array.dtype.kind not in kinds:
    raise errors.DatasetError(
      f'expected one {kind.__name__}, got {array.dtype} {list(array.shape)}'
    )
  return kind(array[()])
