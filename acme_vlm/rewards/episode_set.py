"""Episode numbers, of which the oldest are forgotten first."""

import collections
from collections.abc import Iterable, Iterator, MutableSet


class EpisodeSet(MutableSet[int]):
  """A bounded set; asking is safe while another thread adds."""

  def __init__(self, most: int, episodes: Iterable[int] = ()):
    """Begins with some episodes.

    Args:
      most: bound on the episodes remembered, at least 1.
      episodes: in the order in which they will be forgotten.
    """
    self._most = most
    self._episodes: collections.OrderedDict[int, None] = (
      collections.OrderedDict()
    )
    for episode in episodes:
      self.add(episode)

  def __contains__(self, episode: object) -> bool:
    return episode in self._episodes

  def __iter__(self) -> Iterator[int]:
    return iter(self._episodes)

  def __len__(self) -> int:
    return len(self._episodes)

  def add(self, value: int) -> None:
    """Adds an episode; one that is known already grows no younger."""
    self._episodes[value] = None
    if len(self._episodes) > self._most:
      self._episodes.popitem(last=False)

  def discard(self, value: int) -> None:
    """Forgets an episode, if it is known."""
    self._episodes.pop(value, None)
