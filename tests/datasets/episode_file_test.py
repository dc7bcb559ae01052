import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.datasets import episode_file


def arrays(**changes):
  """The arrays of an episode of three frames and two goals."""
  rng = np.random.default_rng(0)
  return {
    'pixels': rng.integers(0, 256, (3, 4, 5, 3), np.uint8),
    'goal': 1,
    'achieved': np.array([[0, 0], [1, 0], [-1, 1]], np.int8),
    'action': np.array([7, -1], np.int32),
    'policy': 'solver',
    'seed': 2**40,
  } | changes


def same(a, b):
  assert (a.goal, a.policy, a.seed) == (b.goal, b.policy, b.seed)
  for name in ('pixels', 'achieved', 'action'):
    one, two = getattr(a, name), getattr(b, name)
    assert one.dtype == two.dtype
    np.testing.assert_array_equal(one, two)
  return True


def test_what_was_saved_is_loaded(tmp_path):
  episode = episode_file.Episode(**arrays())
  path = tmp_path / '00000000.npz'
  episode_file.save(path, episode)
  assert same(episode_file.load(path, 2), episode)
  assert [file.name for file in tmp_path.iterdir()] == ['00000000.npz']


def test_the_same_episode_gives_the_same_bytes(tmp_path):
  for name in ('a', 'b'):
    episode_file.save(tmp_path / name, episode_file.Episode(**arrays()))
  assert (tmp_path / 'a').read_bytes() == (tmp_path / 'b').read_bytes()


def test_properties_count_frames_and_take_the_goals_column():
  episode = episode_file.Episode(**arrays())
  assert episode.num_frames == 3
  np.testing.assert_array_equal(episode.goal_achieved, [0, 0, 1])


def test_a_reader_without_numpy_finds_plain_npy_members(tmp_path):
  """Magic, header and little-endian bytes, read by hand in another process."""
  path = tmp_path / 'e.npz'
  episode_file.save(path, episode_file.Episode(**arrays()))
  code = """
import ast, json, struct, sys, zipfile
out = {}
with zipfile.ZipFile(sys.argv[1]) as archive:
  for name in archive.namelist():
    data = archive.read(name)
    assert data[:8] == b'\\x93NUMPY\\x01\\x00', data[:8]
    size, = struct.unpack('<H', data[8:10])
    header = ast.literal_eval(data[10:10 + size].decode('latin1'))
    out[name] = [header['descr'], header['shape'], header['fortran_order'],
                 list(data[10 + size:])]
assert 'numpy' not in sys.modules
print(json.dumps(out))
"""
  read = json.loads(
    subprocess.run(
      [sys.executable, '-c', code, str(path)],
      check=True,
      capture_output=True,
      text=True,
    ).stdout
  )
  given = arrays()
  assert read['pixels.npy'] == [
    '|u1',
    [3, 4, 5, 3],
    False,
    given['pixels'].ravel().tolist(),
  ]
  assert read['achieved.npy'] == ['|i1', [3, 2], False, [0, 0, 1, 0, 255, 1]]
  assert read['action.npy'][:2] == ['<i4', [2]]
  assert read['action.npy'][3] == [7, 0, 0, 0, 255, 255, 255, 255]
  assert read['goal.npy'] == ['<i4', [], False, [1, 0, 0, 0]]
  assert read['seed.npy'] == ['<i8', [], False, [0] * 5 + [1, 0, 0]]
  assert read['policy.npy'][0] == '<U6'
  assert bytes(read['policy.npy'][3]).decode('utf-32-le') == 'solver'


def zeros(*shape, dtype=np.uint8):
  return np.zeros(shape, dtype)


BAD = (
  ({'pixels': zeros(3, 4, 5, 1)}, 'expected pixels [T+1, H, W, 3]'),
  ({'pixels': zeros(3, 0, 5, 3)}, 'none of them 0, got [3, 0, 5, 3]'),
  ({'pixels': zeros(0, 4, 5, 3)}, 'none of them 0, got [0, 4, 5, 3]'),
  ({'pixels': zeros(4, 5, 3)}, 'pixels of uint8 in 4 dimensions, got uint8 [4'),
  ({'pixels': zeros(3, 4, 5, 3, dtype=np.float32)}, 'got float32 [3, 4, 5, 3]'),
  ({'pixels': [[1]]}, 'expected pixels to be an array, got list'),
  ({'achieved': zeros(3, 2)}, 'achieved of int8 in 2 dimensions, got uint8'),
  ({'achieved': zeros(2, 2, dtype=np.int8)}, 'achieved [3, G]'),
  ({'achieved': zeros(3, 0, dtype=np.int8)}, 'achieved [3, G]'),
  ({'achieved': np.full((3, 2), 2, np.int8)}, 'only 1, 0 and -1'),
  ({'achieved': np.full((3, 2), -2, np.int8)}, 'only 1, 0 and -1'),
  ({'action': zeros(3, dtype=np.int32)}, 'expected action [2]'),
  ({'action': zeros(2, dtype=np.int64)}, 'action of int32'),
  ({'goal': 2}, 'a goal in [0, 2), got 2'),
  ({'goal': -1}, 'a goal in [0, 2), got -1'),
  ({'seed': 2**63}, '64-bit seed'),
)


@pytest.mark.parametrize(('changes', 'message'), BAD)
def test_what_is_no_episode_is_refused(changes, message):
  with pytest.raises(errors.DatasetError) as caught:
    episode_file.Episode(**arrays(**changes))
  assert message in str(caught.value)
  assert '\n' not in str(caught.value)


def refused(path, num_goals=2):
  with pytest.raises(errors.DatasetError) as caught:
    episode_file.load(path, num_goals)
  message = str(caught.value)
  assert str(path) in message
  assert '\n' not in message
  return message


def test_a_missing_file_is_told(tmp_path):
  assert 'which is missing' in refused(tmp_path / '00000000.npz')


def test_every_truncated_file_is_told(tmp_path):
  path = tmp_path / 'e.npz'
  episode_file.save(path, episode_file.Episode(**arrays()))
  whole = path.read_bytes()
  for length in range(0, len(whole), 7):
    path.write_bytes(whole[:length])
    assert 'truncated' in refused(path), length


def test_a_file_with_a_flipped_byte_is_told(tmp_path):
  path = tmp_path / 'e.npz'
  episode_file.save(path, episode_file.Episode(**arrays()))
  whole = bytearray(path.read_bytes())
  whole[150] ^= 0xFF
  path.write_bytes(whole)
  assert 'truncated or no .npz file' in refused(path)


@pytest.mark.parametrize('text', [b'', b'hello', b'\x93NUMPY\x01\x00'])
def test_another_kind_of_file_is_told(text, tmp_path):
  path = tmp_path / 'e.npz'
  path.write_bytes(text)
  assert 'no .npz file' in refused(path)


def test_a_plain_npy_file_is_told(tmp_path):
  path = tmp_path / 'e.npz'
  with open(path, 'wb') as file:
    np.save(file, np.zeros(3))
  assert 'no .npz file' in refused(path)


def test_files_that_others_wrote_are_read_and_checked(tmp_path):
  path = tmp_path / 'e.npz'
  np.savez(path, **arrays())
  assert same(episode_file.load(path, 2), episode_file.Episode(**arrays()))
  assert 'of the 3 goals of the dataset, got 2' in refused(path, 3)
  np.savez(path, **arrays(goal=5))
  assert 'a goal in [0, 2), got 5' in refused(path)
  np.savez(path, **arrays(goal=np.float32(1)))
  assert 'expected one int, got float32 []' in refused(path)
  np.savez(path, **arrays(policy=np.zeros(2, np.uint8)))
  assert 'expected one str, got uint8 [2]' in refused(path)
  without = arrays()
  del without['achieved']
  np.savez(path, **without)
  assert "expected an array 'achieved', which is missing" in refused(path)


def test_pickles_are_refused(tmp_path):
  path = tmp_path / 'e.npz'
  np.savez(path, **arrays(policy=np.array({'a': 1}, object)))
  assert 'no .npz file of plain arrays' in refused(path)


def test_a_full_or_missing_folder_is_told(tmp_path):
  with pytest.raises(errors.DatasetError, match='expected to write'):
    episode_file.save(
      tmp_path / 'nowhere' / 'e.npz', episode_file.Episode(**arrays())
    )


def test_frames_are_packed(tmp_path):
  still = np.repeat(arrays()['pixels'][:1], 3, axis=0)
  path = tmp_path / 'e.npz'
  frames = np.tile(still, (1, 30, 30, 1))
  episode_file.save(path, episode_file.Episode(**arrays(pixels=frames)))
  with zipfile.ZipFile(path) as archive:
    assert archive.getinfo('pixels.npy').compress_size < frames.nbytes / 10
