"""JSON objects of a checkpoint, and files that hold something else."""

import pytest

from acme_vlm import errors
from acme_vlm.networks import json_files


def test_written_and_read_back(tmp_path):
  file = tmp_path / 'config.json'
  json_files.write(file, {'b': [1, 2.5], 'a': {'ü': None}})
  assert json_files.read(file) == {'a': {'ü': None}, 'b': [1, 2.5]}


@pytest.mark.parametrize(
  'content,message',
  [
    (b'[]', 'expected a JSON object in config.json'),
    (b'{', 'expected JSON in config.json'),
    (b'\xff{}', 'expected JSON in config.json'),
    (b'[' * 100_000, 'expected JSON in config.json'),
  ],
)
def test_other_content_is_refused(tmp_path, content, message):
  file = tmp_path / 'config.json'
  file.write_bytes(content)
  with pytest.raises(errors.CheckpointError, match=message) as caught:
    json_files.read(file)
  assert '\n' not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
  with pytest.raises(errors.CheckpointError, match='no such file'):
    json_files.read(tmp_path / 'config.json')
