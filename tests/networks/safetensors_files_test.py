"""Weights written and read in one file and in several; and broken ones."""

import json

import ml_dtypes
import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import safetensors_files

_RNG = np.random.default_rng(0)
_TENSORS = {
  'a': _RNG.normal(size=(3, 5)).astype(np.float32),
  'b': _RNG.normal(size=7).astype(np.float16),
  'c': np.array(2.5, np.float32),
  'd': _RNG.normal(size=(2, 2)).astype(ml_dtypes.bfloat16),
}


def _write(folder, shard_bytes=None, tensors=_TENSORS):
  safetensors_files.write(folder, tensors.items(), shard_bytes)


def _refused(folder):
  with pytest.raises(errors.CheckpointError) as caught:
    safetensors_files.Tensors(folder)
  assert '\n' not in str(caught.value)
  return str(caught.value)


# a holds 60 bytes, b 14, c 4 and d 8.
@pytest.mark.parametrize(
  'shard_bytes,files',
  [
    (None, [['a', 'b', 'c', 'd']]),
    (86, [['a', 'b', 'c', 'd']]),
    (60, [['a'], ['b', 'c', 'd']]),
    (1, [['a'], ['b'], ['c'], ['d']]),
  ],
)
def test_what_is_written_is_read_back(tmp_path, shard_bytes, files):
  _write(tmp_path, shard_bytes)
  tensors = safetensors_files.Tensors(tmp_path)
  for name, value in _TENSORS.items():
    read = tensors.read(name)
    assert read.dtype == value.dtype and tensors.shapes[name] == value.shape
    np.testing.assert_array_equal(read, value)
  assert tensors.kinds == {'a': 'F32', 'b': 'F16', 'c': 'F32', 'd': 'BF16'}
  # By the format's own library, file by file.
  found = sorted(tmp_path.glob('*.safetensors'))
  assert [sorted(safetensors_numpy.load_file(f)) for f in found] == files
  names = [file.name for file in found]
  if len(files) > 1:
    total = len(files)
    assert names == [
      f'model-{i + 1:05}-of-{total:05}.safetensors' for i in range(total)
    ]
    index = json.loads((tmp_path / safetensors_files.INDEX).read_text())
    assert index['metadata']['total_size'] == 86
    assert index['weight_map']['c'] == names[-2 if total == 4 else -1]
  else:
    assert names == ['model.safetensors']
  assert not list(tmp_path.glob('.*'))


def test_the_newest_way_of_writing_counts(tmp_path):
  _write(tmp_path)
  _write(tmp_path, 60, {**_TENSORS, 'a': _TENSORS['a'] + 1})
  read = safetensors_files.Tensors(tmp_path).read('a')
  np.testing.assert_array_equal(read, _TENSORS['a'] + 1)
  _write(tmp_path)
  read = safetensors_files.Tensors(tmp_path).read('a')
  np.testing.assert_array_equal(read, _TENSORS['a'])


def test_broken_shards_are_named(tmp_path):
  _write(tmp_path, 60)
  second = tmp_path / 'model-00002-of-00002.safetensors'
  whole = second.read_bytes()
  second.write_bytes(whole[:-3])
  message = _refused(tmp_path)
  assert 'expected whole safetensors in model-00002-of-00002' in message
  assert f'({len(whole) - 3} bytes)' in message
  second.unlink()
  assert _refused(tmp_path) == (
    'expected model-00002-of-00002.safetensors, found no such file'
  )


def test_a_header_of_nonsense_is_no_memory(tmp_path):
  # The first eight bytes are the header's length: here 2^60 of them.
  (tmp_path / 'model.safetensors').write_bytes((1 << 60).to_bytes(8, 'little'))
  assert 'expected whole safetensors' in _refused(tmp_path)


def test_an_index_that_disagrees_with_its_shards(tmp_path):
  _write(tmp_path, 60)
  path = tmp_path / safetensors_files.INDEX
  index = json.loads(path.read_text())
  first = 'model-00001-of-00002.safetensors'
  index['weight_map'].update(b=first, e=first)
  path.write_text(json.dumps(index))
  message = _refused(tmp_path)
  assert f'expected tensor b in {first}' in message
  assert 'got model-00002-of-00002.safetensors' in message
  del index['weight_map']['b']
  path.write_text(json.dumps(index))
  assert 'expected tensor e' in _refused(tmp_path)
  assert 'got no such tensor' in _refused(tmp_path)


def test_a_tensor_in_two_shards_is_refused(tmp_path):
  _write(tmp_path, 60)
  first, second = sorted(tmp_path.glob('*.safetensors'))
  both = safetensors_numpy.load_file(second) | {'a': _TENSORS['a']}
  safetensors_numpy.save_file(both, second)
  message = _refused(tmp_path)
  assert f'tensor a in one file, got it in {first.name}' in message


@pytest.mark.parametrize(
  'name',
  [
    '../model.safetensors',
    '/tmp/model.safetensors',
    'a/../../b.safetensors',
    '..\\model.safetensors',
    '.hidden.safetensors',
    'pytorch_model.bin',
    'a\0.safetensors',
    3,
  ],
)
def test_only_files_beside_the_index_are_named(tmp_path, name):
  outside = tmp_path / 'model.safetensors'
  safetensors_numpy.save_file({'a': _TENSORS['a']}, outside)
  folder = tmp_path / 'checkpoint'
  folder.mkdir()
  index = {'weight_map': {'a': name}}
  (folder / safetensors_files.INDEX).write_text(json.dumps(index))
  message = _refused(folder)
  assert 'expected names of .safetensors files beside it' in message
  assert repr(name) in message


@pytest.mark.parametrize(
  'content', [{}, {'weight_map': []}, {'weight_map': {}}]
)
def test_an_index_of_nothing_is_refused(tmp_path, content):
  (tmp_path / safetensors_files.INDEX).write_text(json.dumps(content))
  assert 'expected a weight_map with tensors' in _refused(tmp_path)


def test_pickles_are_told_from_nothing(tmp_path):
  assert _refused(tmp_path) == (
    'expected model.safetensors, found no such file'
  )
  (tmp_path / 'pytorch_model.bin').touch()
  message = _refused(tmp_path)
  assert 'found pytorch_model.bin: pickle weights are refused' in message
