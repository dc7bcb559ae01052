import multiprocessing
import sqlite3
import threading
from concurrent import futures

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.rewards import embedding_store


def _rows(first, num, dimension=64):
  rng = np.random.default_rng(first)
  return {
    n.to_bytes(32, 'big'): rng.normal(size=dimension).astype(np.float32)
    for n in range(first, first + num)
  }


def _fill(path, first):
  store = embedding_store.EmbeddingStore(path, 10)
  for start in range(first, first + 500, 50):
    store.put(_rows(start, 50))
  store.close()


def test_what_one_run_wrote_the_next_reads_to_the_bit(tmp_path):
  path, rows = tmp_path / 'new' / 'embeddings', _rows(0, 1234)
  store = embedding_store.EmbeddingStore(path, 10)
  store.put(rows)
  store.close()
  store = embedding_store.EmbeddingStore(path, 10)
  found = store.get([*rows, b'unknown'])
  assert found.keys() == rows.keys()
  for key, row in rows.items():
    np.testing.assert_array_equal(found[key], row)


def test_the_first_row_of_a_key_stays(tmp_path):
  store = embedding_store.EmbeddingStore(tmp_path / 'embeddings', 10)
  store.put({b'key': np.ones(3, np.float32)})
  store.put({b'key': np.zeros(3, np.float32)})
  assert store.get([b'key'])[b'key'].tolist() == [1, 1, 1]
  assert len(store) == 1


def test_the_file_stays_within_its_bound_and_keeps_the_newest(tmp_path):
  path = tmp_path / 'embeddings'
  store = embedding_store.EmbeddingStore(path, 1)
  for start in range(0, 8000, 200):
    store.put(_rows(start, 200))
  newest = _rows(7800, 200)
  assert store.get([*newest]).keys() == newest.keys()
  assert not store.get([*_rows(0, 200)])
  assert 1000 < len(store) < 4000  # 256 bytes of row, 32 of key, an index
  store.close()
  # One batch of rows may come on top before the oldest go.
  assert path.stat().st_size < 1.3 * 2**20


def test_processes_share_a_file(tmp_path):
  path = tmp_path / 'embeddings'
  context = multiprocessing.get_context('spawn')
  other = context.Process(target=_fill, args=(path, 10_000))
  other.start()
  _fill(path, 0)
  other.join(60)
  assert other.exitcode == 0
  assert len(embedding_store.EmbeddingStore(path, 10)) == 1000


def test_many_may_open_a_new_file_at_the_same_moment(tmp_path):
  num = 8
  together = threading.Barrier(num)

  def open_one(path):
    together.wait()
    store = embedding_store.EmbeddingStore(path, 1)
    store.put(_rows(0, 3))
    return len(store)

  with futures.ThreadPoolExecutor(num) as pool:
    for attempt in range(10):
      path = tmp_path / f'{attempt}.sqlite'
      assert list(pool.map(open_one, [path] * num)) == [3] * num


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path):
  text = tmp_path / 'notes.txt'
  text.write_text('not a database ' * 100)
  with pytest.raises(errors.ConfigError, match='expected a file of embeddings'):
    embedding_store.EmbeddingStore(text, 1)
  assert text.read_text() == 'not a database ' * 100
  other = tmp_path / 'other.sqlite'
  with sqlite3.connect(other) as database:
    database.execute('CREATE TABLE people (name TEXT)')
  database.close()
  with pytest.raises(errors.ConfigError, match='something else'):
    embedding_store.EmbeddingStore(other, 1)
  (tmp_path / 'file').touch()
  with pytest.raises(errors.ConfigError, match='expected a file of embeddings'):
    embedding_store.EmbeddingStore(tmp_path / 'file' / 'inside', 1)


def test_a_disk_that_fails_costs_a_warning_and_nothing_else(tmp_path, caplog):
  path = tmp_path / 'embeddings'
  store = embedding_store.EmbeddingStore(path, 1)
  with sqlite3.connect(path) as database:
    database.execute('DROP TABLE embeddings')
  database.close()
  store.put(_rows(0, 3))
  store.put(_rows(0, 3))
  assert not store.get([*_rows(0, 3)])
  assert len(store) == 0
  assert [r.levelname for r in caplog.records] == ['WARNING']
