import json
import pathlib

import numpy as np
import pytest

from acme_vlm import datasets, errors
from acme_vlm.datasets import episodes

GOALS = ('red square', 'blue square')


def episode(number, frames=2):
  return datasets.Episode(
    pixels=np.full((frames, 4, 5, 3), number, np.uint8),
    goal=number % 2,
    achieved=np.zeros((frames, 2), np.int8),
    action=np.zeros(frames - 1, np.int32),
    policy='random',
    seed=number,
  )


def write(path, numbers, **kwargs):
  writer = datasets.create(path, goals=GOALS, environment='fake', **kwargs)
  for number in numbers:
    writer.append(episode(number))
  return writer


def test_what_was_written_is_read(tmp_path):
  write(
    tmp_path / 'deep' / 'set',
    range(5),
    instructions=[['open red'], ['open blue', 'show blue']],
    metadata={'seed': 3, 'options': {'max_steps': 20}},
  )
  dataset = datasets.open_dataset(tmp_path / 'deep' / 'set')
  assert dataset.goals == GOALS
  assert dataset.instructions == (('open red',), ('open blue', 'show blue'))
  assert dataset.environment == 'fake'
  assert dataset.metadata == {'seed': 3, 'options': {'max_steps': 20}}
  assert len(dataset) == 5
  assert [one.seed for one in dataset] == [0, 1, 2, 3, 4]
  assert dataset[-1].seed == 4
  assert dataset[np.int64(2)].pixels[0, 0, 0, 0] == 2
  assert [one.seed for one in dataset[1::2]] == [1, 3]
  with pytest.raises(IndexError):
    dataset[5]


def test_instructions_are_the_goals_if_none_are_given(tmp_path):
  write(tmp_path / 'set', range(1))
  dataset = datasets.open_dataset(tmp_path / 'set')
  assert dataset.instructions == (('red square',), ('blue square',))


def test_reading_is_lazy(tmp_path):
  """A broken file is told when it is asked for, and not before."""
  write(tmp_path / 'set', range(3))
  episodes.episode_path(tmp_path / 'set', 1).write_bytes(b'')
  dataset = datasets.open_dataset(tmp_path / 'set')
  assert dataset[2].seed == 2
  with pytest.raises(errors.DatasetError, match=r'00000001\.npz'):
    dataset[1]


def test_writing_goes_on_where_it_stopped(tmp_path):
  whole, parts = tmp_path / 'whole', tmp_path / 'parts'
  write(whole, range(5), metadata={'a': 1})
  write(parts, range(2), metadata={'a': 1})
  # What a process leaves that was killed while it wrote.
  (parts / 'episodes' / '.00000002.npz.partial').write_bytes(b'half')
  assert len(datasets.open_dataset(parts)) == 2
  writer = write(parts, (), resume=True)
  assert len(writer) == 2
  for number in range(2, 5):
    writer.append(episode(number))
  assert contents(parts) == contents(whole)


def contents(folder):
  return {
    path.relative_to(folder): path.read_bytes()
    for path in folder.rglob('*')
    if path.is_file()
  }


def test_resume_of_nothing_begins(tmp_path):
  write(tmp_path / 'set', range(2), resume=True)
  assert len(datasets.open_dataset(tmp_path / 'set')) == 2


def refused(action, *args, **kwargs):
  with pytest.raises(errors.DatasetError) as caught:
    action(*args, **kwargs)
  message = str(caught.value)
  assert '\n' not in message
  return message


def test_a_folder_in_use_is_not_written_to(tmp_path):
  write(tmp_path / 'set', range(1))
  assert 'new or empty folder' in refused(write, tmp_path / 'set', ())
  (tmp_path / 'mine').mkdir()
  (tmp_path / 'mine' / 'thesis.txt').write_text('')
  assert 'new or empty folder' in refused(
    write, tmp_path / 'mine', (), resume=True
  )
  (tmp_path / 'file').write_text('')
  assert 'expected' in refused(write, tmp_path / 'file', ())


def test_resuming_another_dataset_is_refused(tmp_path):
  write(tmp_path / 'set', range(1))
  for other in ({'goals': ['red square']}, {'environment': 'other'}):
    given = {'goals': GOALS, 'environment': 'fake'} | other
    message = refused(datasets.create, tmp_path / 'set', resume=True, **given)
    assert next(iter(other)) in message


def test_an_episode_of_other_goals_is_refused(tmp_path):
  writer = datasets.create(
    tmp_path / 'set', goals=['a', 'b', 'c'], environment='fake'
  )
  assert 'of the 3 goals' in refused(writer.append, episode(0))
  assert len(writer) == 0


def header(**changes):
  return {
    'format': 'acme_vlm.episodes',
    'version': 1,
    'environment': 'fake',
    'goals': ['a'],
    'instructions': [['a']],
    'metadata': {},
  } | changes


HEADERS = (
  ('[]', "format 'acme_vlm.episodes'"),
  ('{', 'expected JSON'),
  (header(format='rlds'), "format 'acme_vlm.episodes'"),
  (header(version=2), 'got 2 (a newer acme_vlm wrote it)'),
  (header(version='1'), "got '1'"),
  (header(goals=[]), 'expected goals'),
  (header(goals=['a', 'a'], instructions=[['a']] * 2), 'distinct texts'),
  (header(goals=[' ']), 'distinct texts'),
  (header(goals='a'), 'distinct texts'),
  (header(instructions=[]), 'each of the 1 goals'),
  (header(instructions=[[]]), 'each of the 1 goals'),
  (header(environment=None), 'expected environment'),
  (header(metadata=[]), 'metadata, an object'),
)


@pytest.mark.parametrize(('text', 'message'), HEADERS)
def test_bad_headers_are_told(text, message, tmp_path):
  write_header(tmp_path, text)
  told = refused(datasets.open_dataset, tmp_path)
  assert message in told
  assert str(tmp_path / 'dataset.json') in told


def write_header(folder: pathlib.Path, text):
  text = text if isinstance(text, str) else json.dumps(text)
  (folder / 'dataset.json').write_text(text)


def test_what_is_no_dataset_is_told(tmp_path):
  assert 'holds no dataset.json' in refused(datasets.open_dataset, tmp_path)
  nowhere = tmp_path / 'nowhere'
  assert 'holds no dataset.json' in refused(datasets.open_dataset, nowhere)
  (tmp_path / 'file').write_text('')
  told = refused(datasets.open_dataset, tmp_path / 'file')
  assert 'holds no dataset.json' in told


def test_a_dataset_without_episodes_is_told(tmp_path):
  write(tmp_path / 'set', ())
  told = refused(datasets.open_dataset, tmp_path / 'set')
  assert 'found none' in told


def test_a_missing_episode_is_told(tmp_path):
  write(tmp_path / 'set', range(3))
  episodes.episode_path(tmp_path / 'set', 1).unlink()
  told = refused(datasets.open_dataset, tmp_path / 'set')
  assert '00000001.npz, which is missing while' in told


def test_metadata_that_is_not_json_is_told(tmp_path):
  told = refused(write, tmp_path / 'set', (), metadata={'a': object()})
  assert 'metadata of JSON values' in told
