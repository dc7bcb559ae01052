import threading

import numpy as np

from acme_vlm.rewards import embedding_cache, embedding_store


def _row(value):
  return np.full(3, value, np.float32)


def test_digest_names_content_and_shape_not_memory():
  rng = np.random.default_rng(0)
  frame = rng.integers(0, 255, (6, 4, 3), dtype=np.uint8)
  wide = np.concatenate([frame, frame], axis=1)
  assert embedding_cache.digest(wide[:, :4]) == embedding_cache.digest(frame)
  changed = frame.copy()
  changed[5, 3, 2] ^= 1
  assert embedding_cache.digest(changed) != embedding_cache.digest(frame)
  turned = frame.reshape(4, 6, 3)
  assert embedding_cache.digest(turned) != embedding_cache.digest(frame)


def test_the_least_recently_used_is_forgotten_first():
  cache = embedding_cache.EmbeddingCache(2)
  cache.remember({b'a': _row(1)})
  cache.remember({b'b': _row(2)})
  assert cache.look_up([b'a'])[b'a'][0] == 1
  cache.remember({b'c': _row(3)})
  found = cache.look_up([b'a', b'b', b'c'])
  assert {key: row[0] for key, row in found.items()} == {b'a': 1, b'c': 3}
  assert len(cache) == 2


def test_the_first_embedding_of_a_frame_stays():
  cache = embedding_cache.EmbeddingCache(2)
  cache.remember({b'a': _row(1)})
  assert cache.remember({b'a': _row(2)})[b'a'][0] == 1
  assert cache.look_up([b'a'])[b'a'][0] == 1


def test_no_room_remembers_nothing():
  cache = embedding_cache.EmbeddingCache(0)
  assert cache.remember({b'a': _row(1)})[b'a'][0] == 1
  assert not cache.look_up([b'a'])
  assert len(cache) == 0


def test_what_memory_forgot_is_on_disk(tmp_path):
  store = embedding_store.EmbeddingStore(tmp_path / 'embeddings', 1)
  cache = embedding_cache.EmbeddingCache(1, store)
  cache.remember({b'a': _row(1), b'b': _row(2)})
  assert len(cache) == 1
  found = cache.look_up([b'a', b'b', b'c'])
  assert {key: row[0] for key, row in found.items()} == {b'a': 1, b'b': 2}
  # Memory's own row wins over the file's.
  store.close()
  assert cache.look_up([b'a'])[b'a'][0] == 1


def test_threads_share_it_within_its_bound():
  cache = embedding_cache.EmbeddingCache(50)
  wrong = []

  def work(seed):
    rng = np.random.default_rng(seed)
    for n in rng.integers(0, 200, 3000):
      key = bytes([n])
      row = cache.look_up([key]).get(key)
      if row is None:
        row = cache.remember({key: _row(n)})[key]
      if row[0] != n or len(cache) > 50:
        wrong.append(n)

  threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert not wrong
