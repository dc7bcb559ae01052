import threading

import numpy as np

from acme_vlm.rewards import embedding_cache


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
  cache.put(b'a', _row(1))
  cache.put(b'b', _row(2))
  assert cache.get(b'a')[0] == 1
  cache.put(b'c', _row(3))
  assert cache.get(b'b') is None
  assert cache.get(b'a')[0] == 1
  assert cache.get(b'c')[0] == 3
  assert len(cache) == 2


def test_the_first_embedding_of_a_frame_stays():
  cache = embedding_cache.EmbeddingCache(2)
  cache.put(b'a', _row(1))
  assert cache.put(b'a', _row(2))[0] == 1
  assert cache.get(b'a')[0] == 1


def test_no_room_remembers_nothing():
  cache = embedding_cache.EmbeddingCache(0)
  assert cache.put(b'a', _row(1))[0] == 1
  assert cache.get(b'a') is None
  assert len(cache) == 0


def test_threads_share_it_within_its_bound():
  cache = embedding_cache.EmbeddingCache(50)
  wrong = []

  def work(seed):
    rng = np.random.default_rng(seed)
    for n in rng.integers(0, 200, 3000):
      key = bytes([n])
      row = cache.get(key)
      if row is None:
        row = cache.put(key, _row(n))
      if row[0] != n or len(cache) > 50:
        wrong.append(n)

  threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert not wrong
