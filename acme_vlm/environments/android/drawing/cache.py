"""A cache bounded in bytes, shared by all phones of a process."""

import collections
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_T = TypeVar('_T')


class BoundedCache(Generic[_T]):
  """Keeps the most recently used values, up to a number of bytes."""

  def __init__(self, max_bytes: int):
    self._max_bytes = max_bytes
    self._bytes = 0
    self._values: collections.OrderedDict[Hashable, tuple[_T, int]] = (
      collections.OrderedDict()
    )
    # Actors of one process step their phones in threads.
    self._lock = threading.Lock()

  def get(
    self, key: Hashable, make: Callable[[], _T], size: Callable[[_T], int]
  ) -> _T:
    """Returns the value of `key`, made by `make` if it is not kept.

    Args:
      key: what the value is a pure function of.
      make: computes the value.
      size: the number of bytes of a value.
    """
    with self._lock:
      found = self._values.get(key)
      if found is not None:
        self._values.move_to_end(key)
        return found[0]
    # Made outside the lock: two threads may both make it, to the same result.
    value = make()
    with self._lock:
      if key not in self._values:
        self._values[key] = (value, size(value))
        self._bytes += self._values[key][1]
        while self._bytes > self._max_bytes and len(self._values) > 1:
          _, (_, dropped) = self._values.popitem(last=False)
          self._bytes -= dropped
    return value

  @property
  def num_bytes(self) -> int:
    """The bytes kept now."""
    return self._bytes
