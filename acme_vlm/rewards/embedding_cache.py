"""Embeddings of frames already seen, by the frames' content."""

import collections
import hashlib
import threading

import numpy as np


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
  """A bounded map from digests to embeddings; least recently used goes first.

  Safe to use from several threads.
  """

  def __init__(self, capacity: int):
    """Makes an empty cache.

    Args:
      capacity: embeddings kept, at least 0; 0 keeps none.
    """
    self._capacity = capacity
    self._rows: collections.OrderedDict[bytes, np.ndarray] = (
      collections.OrderedDict()
    )
    self._lock = threading.Lock()

  def __len__(self) -> int:
    with self._lock:
      return len(self._rows)

  def get(self, key: bytes) -> np.ndarray | None:
    """Looks an embedding up and marks it as used.

    Args:
      key: as `digest` makes it.

    Returns:
      float32 [D], or None.
    """
    with self._lock:
      row = self._rows.get(key)
      if row is not None:
        self._rows.move_to_end(key)
      return row

  def put(self, key: bytes, row: np.ndarray) -> np.ndarray:
    """Remembers an embedding, unless the key is known already.

    The first one stays: batches of different sizes may differ in the last bit,
    and one frame must have one score.

    Args:
      key: as `digest` makes it.
      row: float32 [D].

    Returns:
      The row that stands in the cache (or `row`, if it keeps none).
    """
    with self._lock:
      known = self._rows.setdefault(key, row)
      if len(self._rows) > self._capacity:
        self._rows.popitem(last=False)
      return known
