"""A pool of frames with their truth that is refilled while training samples."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.rewards import truth_contrastive


class Chunk(NamedTuple):
  """What a process that renders hands over.

  Attributes:
    frames: uint8 [n, H, W, 3].
    truth: uint8 [n, ceil(M / 4)], by `pack`.
    places: int16 [n, rows, columns, K], see `truth_contrastive.TruthBatch`, of
      all M captions; or None.
  """

  frames: np.ndarray
  truth: np.ndarray
  places: np.ndarray | None = None


def pack(truth: np.ndarray) -> np.ndarray:
  """Packs four truths into a byte.

  Args:
    truth: int8 [n, M] of 1, 0 and -1.

  Returns:
    uint8 [n, ceil(M / 4)].
  """
  n, m = truth.shape
  padded = np.zeros((n, -(-m // 4) * 4), np.uint8)
  padded[:, :m] = truth + 1
  return (padded.reshape(n, -1, 4) << _SHIFTS).sum(axis=2, dtype=np.uint8)


def unpack(packed: np.ndarray, num_captions: int) -> np.ndarray:
  """The inverse of `pack`.

  Args:
    packed: uint8 [n, ceil(M / 4)].
    num_captions: M.

  Returns:
    int8 [n, M].
  """
  pairs = (packed[:, :, None] >> _SHIFTS) & 3
  flat = pairs.reshape(len(packed), -1)[:, :num_captions]
  return flat.astype(np.int8) - np.int8(1)


_SHIFTS = np.array([0, 2, 4, 6], np.uint8)


class FramePool:
  """The newest frames, up to a number, to sample from. Safe to use in threads.

  The order of use:

      pool = FramePool(capacity, captions, group)
      with pool.following(contrastive_training.in_background(make_chunk)):
        train(state, pool.batches(64, seed), ...)
  """

  def __init__(self, capacity: int, captions: Sequence[str], group: np.ndarray):
    """Makes an empty pool.

    Args:
      capacity: most frames, at least 1; a new one takes the oldest's place.
      captions: the M texts of the bank.
      group: int32 [M], see `truth_contrastive.TruthBatch`.

    Raises:
      ConfigError: no room, or not one group a caption.
    """
    if capacity < 1:
      raise errors.ConfigError(f'expected capacity >= 1, got {capacity}')
    if np.shape(group) != (len(captions),):
      raise errors.ConfigError(
        f'expected a group for each of {len(captions)} captions, got '
        f'{np.shape(group)}'
      )
    self._capacity = capacity
    self._captions = tuple(captions)
    self._group = np.asarray(group, np.int32)
    self._frames = np.zeros((0, 0, 0, 3), np.uint8)
    self._truth = np.zeros((0, 0), np.uint8)
    self._places: np.ndarray | None = None
    self._added = 0
    self._sampled = 0
    self._failure: BaseException | None = None
    self._closed = False
    self._changed = threading.Condition()

  def __len__(self) -> int:
    """Frames in the pool."""
    return min(self._added, self._capacity)

  @property
  def added(self) -> int:
    """Frames ever added."""
    return self._added

  @property
  def sampled(self) -> int:
    """Frames ever sampled."""
    return self._sampled

  def add(self, chunk: Chunk) -> None:
    """Adds frames, in the place of the oldest if the pool is full.

    Args:
      chunk: frames of the same size as all others, and their truth.

    Raises:
      ValueError: truth of another number of captions or frames; places
        where the first chunk had none, or none where it had some.
    """
    num, wide = len(chunk.frames), -(-len(self._captions) // 4)
    if chunk.truth.shape != (num, wide):
      raise ValueError(
        f'expected packed truth [{num}, {wide}], got {chunk.truth.shape}'
      )
    with self._changed:
      if self._added and (chunk.places is None) != (self._places is None):
        raise ValueError('expected places in all chunks or in none')
      if not self._added:
        # Memory that nothing is written to yet costs nothing.
        shape = (self._capacity, *chunk.frames.shape[1:])
        self._frames = np.empty(shape, np.uint8)
        self._truth = np.empty((self._capacity, wide), np.uint8)
        if chunk.places is not None:
          shape = (self._capacity, *chunk.places.shape[1:])
          self._places = np.empty(shape, np.int16)
      kept = slice(max(0, num - self._capacity), num)
      places = np.arange(self._added, self._added + num)[kept] % self._capacity
      self._frames[places] = chunk.frames[kept]
      self._truth[places] = chunk.truth[kept]
      if self._places is not None and chunk.places is not None:
        self._places[places] = chunk.places[kept]
      self._added += num
      self._changed.notify_all()

  def sample(
    self,
    size: int,
    rng: np.random.Generator,
    max_captions: int | None = None,
  ) -> truth_contrastive.TruthBatch:
    """Draws frames, each as likely as any other.

    Args:
      size: N, at least 1; a frame may be drawn twice.
      rng: of the draws.
      max_captions: most captions of the batch; None for the whole bank. Those
        that are true of a frame of the batch come before others, and those
        of which nothing is known last.

    Returns:
      The batch.

    Raises:
      ValueError: an empty pool.
    """
    with self._changed:
      if not len(self):
        raise ValueError('expected frames in the pool, got none')
      places = rng.integers(len(self), size=size)
      frames, packed = self._frames[places], self._truth[places]
      at = None if self._places is None else self._places[places]
      self._sampled += size
      self._changed.notify_all()
    truth = unpack(packed, len(self._captions))
    kept = np.arange(len(self._captions))
    if max_captions is not None and max_captions < len(kept):
      order = rng.permutation(kept)
      # The highest of -1, 0 and 1: true of a frame, false, or unknown of all.
      true_first = np.argsort(-truth.max(axis=0)[order], kind='stable')
      kept = np.sort(order[true_first[:max_captions]])
    captions = tuple(self._captions[place] for place in kept)
    if at is not None:
      # Captions that are not of the batch are unknown there.
      new = np.full(
        len(self._captions) + 2, truth_contrastive.UNKNOWN, np.int16
      )
      new[kept], new[-1] = np.arange(len(kept)), truth_contrastive.NOTHING
      at = new[at]
    return truth_contrastive.TruthBatch(
      frames, captions, truth[:, kept], self._group[kept], at
    )

  def batches(
    self,
    size: int,
    seed: int,
    *,
    least: int | None = None,
    max_captions: int | None = None,
  ) -> Iterator[truth_contrastive.TruthBatch]:
    """Batches without end; waits until there are frames enough.

    Args:
      size: frames of a batch.
      seed: of the draws.
      least: frames that there must be before the first batch; None: a batch.
      max_captions: see `sample`.

    Yields:
      The batches.

    Raises:
      RuntimeError: whoever fills the pool failed, or ended too early.
    """
    rng = np.random.default_rng(seed)
    least = min(self._capacity, size if least is None else least)
    while True:
      with self._changed:
        self._changed.wait_for(
          lambda: len(self) >= least or self._failure or self._closed
        )
        if self._failure is not None:
          raise RuntimeError('no more frames for the pool') from self._failure
        if len(self) < least:
          raise RuntimeError(
            f'expected {least} frames before training, got {len(self)}'
          )
      yield self.sample(size, rng, max_captions)

  def following(
    self, chunks: Iterable[Chunk], reuse: float | None = None
  ) -> '_Follower':
    """Fills the pool from an iterator, in a thread of its own.

    Args:
      chunks: see `contrastive_training.in_background` for some that another
        process makes.
      reuse: how often a frame is sampled, on average, before there is another
        one; None: frames come as fast as they can. A full pool waits for
        that, so that rendering leaves the processor to training.

    Returns:
      A context; the thread runs within it. When it ends, so do the chunks.
    """
    return _Follower(self, chunks, reuse)


class _Follower:
  """The thread that fills a pool."""

  def __init__(
    self, pool: FramePool, chunks: Iterable[Chunk], reuse: float | None
  ):
    self._pool = pool
    self._chunks = iter(chunks)
    self._reuse = reuse
    self._stopped = False
    self._thread = threading.Thread(target=self._fill, daemon=True)

  def __enter__(self) -> FramePool:
    self._pool._closed = False
    self._thread.start()
    return self._pool

  def __exit__(self, *_: object) -> None:
    with self._pool._changed:
      self._stopped = True
      self._pool._changed.notify_all()
    self._thread.join()

  def _fill(self) -> None:
    pool = self._pool
    try:
      for chunk in self._chunks:
        if self._stopped:
          break
        pool.add(chunk)
        with pool._changed:
          pool._changed.wait_for(self._wanted)
        if self._stopped:
          break
    except BaseException as error:
      pool._failure = error
    finally:
      close = getattr(self._chunks, 'close', None)
      if close is not None:
        close()
      with pool._changed:
        pool._closed = True
        pool._changed.notify_all()

  def _wanted(self) -> bool:
    pool = self._pool
    ahead = pool.added - pool._capacity
    return (
      self._stopped
      or self._reuse is None
      or ahead * self._reuse <= pool.sampled
    )
