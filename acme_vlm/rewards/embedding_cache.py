"""Embeddings of frames already seen, by model and the frames' content."""

import collections
import hashlib
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import embedding_store


def digest(frame: np.ndarray) -> bytes:
  """Names a frame by its content.

  Args:
    frame: uint8 [H, W, 3], any strides.

  Returns:
    16 bytes, blake2b of the shape and the pixels; two different frames share
    one with a probability of about 2^-128.
  """
  state = hashlib.blake2b(repr(frame.shape).encode(), digest_size=16)
  state.update(np.ascontiguousarray(frame).data)
  return state.digest()


class EmbeddingCache:
  """A bounded map from keys to embeddings; least recently used goes first.

  In memory, and optionally on disk behind that. One cache may serve several
  models, whose keys differ. Safe to use from several threads.
  """

  def __init__(
    self, capacity: int, store: embedding_store.EmbeddingStore | None = None
  ):
    """Makes a cache that is empty but for what the store holds.

    Args:
      capacity: embeddings kept in memory, at least 0; 0 keeps none.
      store: where embeddings are kept on disk; None keeps none there.
    """
    self._capacity = capacity
    self._store = store
    self._rows: collections.OrderedDict[bytes, np.ndarray] = (
      collections.OrderedDict()
    )
    self._lock = threading.Lock()

  def __len__(self) -> int:
    """Embeddings in memory."""
    with self._lock:
      return len(self._rows)

  def look_up(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
    """Finds embeddings, in memory first, and marks them as used.

    Args:
      keys: of frames and a model.

    Returns:
      float32 [D] by key, of those that are known.
    """
    found: dict[bytes, np.ndarray] = {}
    with self._lock:
      for key in keys:
        row = self._rows.get(key)
        if row is not None:
          self._rows.move_to_end(key)
          found[key] = row
    if self._store is not None and len(found) < len(keys):
      missing = [key for key in dict.fromkeys(keys) if key not in found]
      found |= self._keep(self._store.get(missing))
    return found

  def remember(
    self, rows: Mapping[bytes, np.ndarray]
  ) -> dict[bytes, np.ndarray]:
    """Remembers embeddings, but for keys that are known already.

    The first one stays: batches of different sizes may differ in the last bit,
    and one frame must have one score.

    Args:
      rows: float32 [D] by key.

    Returns:
      The rows that stand in the cache (or `rows`, if it keeps none).
    """
    kept = self._keep(rows)
    if self._store is not None:
      self._store.put(kept)
    return kept

  def _keep(self, rows: Mapping[bytes, np.ndarray]) -> dict[bytes, np.ndarray]:
    kept: dict[bytes, np.ndarray] = {}
    with self._lock:
      for key, row in rows.items():
        kept[key] = self._rows.setdefault(key, row)
        if len(self._rows) > self._capacity:
          self._rows.popitem(last=False)
    return kept


def make(service: config_lib.ServiceConfig) -> EmbeddingCache:
  """Makes the cache of a configuration.

  Args:
    service: its bounds and the file, if there is one.

  Returns:
    The cache.

  Raises:
    ConfigError: a file that cannot be used.
  """
  store = None
  if service.cache_path:
    store = embedding_store.EmbeddingStore(
      service.cache_path, service.cache_mib
    )
  return EmbeddingCache(service.cache_frames, store)
