import hashlib
import os

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.datasets import episodes, frame_index


def _digest(frame):
  return hashlib.sha1(frame.tobytes()).digest()


@pytest.fixture
def dataset(tmp_path):
  writer = episodes.create(
    tmp_path / 'recorded', goals=['a', 'b'], environment='somewhere'
  )
  rng = np.random.default_rng(0)
  for length in (3, 1):
    writer.append(
      episodes.Episode(
        pixels=rng.integers(0, 256, (length, 4, 5, 3), dtype=np.uint8),
        goal=length % 2,
        achieved=np.zeros((length, 2), np.int8),
        action=np.zeros(length - 1, np.int32),
        policy='random',
        seed=length,
      )
    )
  return episodes.open_dataset(writer.path)


def test_frames_are_known_by_name_without_being_read(dataset):
  assert frame_index.read(dataset.path, 0) is None
  for number, episode in enumerate(dataset):
    made = frame_index.write(dataset.path, number, episode, _digest)
    assert frame_index.read(dataset.path, number) == made
  # What it says does not come from the episode's pixels any more.
  path = episodes.episode_path(dataset.path, 0)
  times = path.stat().st_atime_ns, path.stat().st_mtime_ns
  path.write_bytes(bytes(path.stat().st_size))
  os.utime(path, ns=times)
  index = frame_index.read(dataset.path, 0)
  assert index.goal == 1
  assert len(index.digests) == 3
  rng = np.random.default_rng(0)
  frames = rng.integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
  assert index.digests == tuple(map(_digest, frames))


def test_the_index_of_a_replaced_episode_does_not_count(dataset):
  frame_index.write(dataset.path, 0, dataset[0], _digest)
  path = episodes.episode_path(dataset.path, 0)
  path.write_bytes(episodes.episode_path(dataset.path, 1).read_bytes())
  assert frame_index.read(dataset.path, 0) is None


def test_a_broken_index_is_none(dataset):
  frame_index.write(dataset.path, 0, dataset[0], _digest)
  path = dataset.path / 'frames' / '00000000.npz'
  path.write_bytes(path.read_bytes()[:-40])
  assert frame_index.read(dataset.path, 0) is None
  path.write_bytes(b'')
  assert frame_index.read(dataset.path, 0) is None


def test_a_dataset_that_cannot_be_written_says_so(dataset):
  (dataset.path / 'frames').touch()
  with pytest.raises(errors.DatasetError, match='expected to write'):
    frame_index.write(dataset.path, 0, dataset[0], _digest)
