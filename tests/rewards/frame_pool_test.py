"""The pool keeps the newest, samples all of it, and follows a process."""

import threading

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.rewards import frame_pool

_CAPTIONS = tuple('abcde')
_GROUP = np.array([0, 0, 1, -1, -1], np.int32)


def _chunk(first, num):
  """Frames that hold their number, with a truth made of it."""
  numbers = np.arange(first, first + num)
  frames = np.broadcast_to(numbers[:, None, None, None], (num, 2, 3, 3)).astype(
    np.uint8
  )
  return frame_pool.Chunk(frames, frame_pool.pack(_truth(numbers)))


def _truth(numbers):
  powers = 3 ** np.arange(5)
  return (numbers[:, None] // powers % 3 - 1).astype(np.int8)


def _pool(capacity=6):
  return frame_pool.FramePool(capacity, _CAPTIONS, _GROUP)


@pytest.mark.parametrize('num_captions', [1, 4, 5, 9])
def test_packed_truth_is_unpacked(num_captions):
  truth = np.random.default_rng(0).integers(-1, 2, (7, num_captions))
  truth = truth.astype(np.int8)
  packed = frame_pool.pack(truth)
  assert packed.dtype == np.uint8 and packed.shape[1] == -(-num_captions // 4)
  np.testing.assert_array_equal(frame_pool.unpack(packed, num_captions), truth)


def test_new_frames_take_the_oldests_place():
  pool = _pool()
  for first, num in ((0, 4), (4, 4), (8, 1)):
    pool.add(_chunk(first, num))
  assert len(pool) == 6 and pool.added == 9
  batch = pool.sample(500, np.random.default_rng(0))
  numbers, counts = np.unique(batch.frames[:, 0, 0, 0], return_counts=True)
  np.testing.assert_array_equal(numbers, range(3, 9))
  assert counts.min() > 50
  # Every frame still has its own truth.
  np.testing.assert_array_equal(
    batch.truth, _truth(batch.frames[:, 0, 0, 0].astype(int))
  )
  assert batch.captions == _CAPTIONS
  np.testing.assert_array_equal(batch.group, _GROUP)


def test_a_chunk_larger_than_the_pool_leaves_its_end():
  pool = _pool(3)
  pool.add(_chunk(0, 10))
  batch = pool.sample(100, np.random.default_rng(0))
  assert set(batch.frames[:, 0, 0, 0]) == {7, 8, 9}


def test_of_a_large_bank_true_captions_come_first():
  pool = _pool()
  truth = np.array([[0, 0, 1, 0, -1]], np.int8)
  frames = np.zeros((1, 2, 3, 3), np.uint8)
  pool.add(frame_pool.Chunk(frames, frame_pool.pack(truth)))
  seen = set()
  for seed in range(20):
    batch = pool.sample(2, np.random.default_rng(seed), max_captions=3)
    assert 'c' in batch.captions and len(batch.captions) == 3
    columns = [_CAPTIONS.index(caption) for caption in batch.captions]
    assert columns == sorted(columns)
    np.testing.assert_array_equal(batch.truth, truth[[0, 0]][:, columns])
    np.testing.assert_array_equal(batch.group, _GROUP[columns])
    seen |= set(batch.captions)
  # 'e', of which nothing is known, would come after all others.
  assert seen == set('abcd')


def test_batches_wait_for_frames_and_repeat_by_seed():
  pool = _pool()
  batches = pool.batches(4, seed=1, least=5)
  threading.Timer(0.05, lambda: pool.add(_chunk(3, 5))).start()
  first = next(batches)
  again = next(pool.batches(4, seed=1))
  np.testing.assert_array_equal(first.frames, again.frames)
  assert pool.sampled == 8


def test_frames_come_no_faster_than_they_are_used():
  pool = _pool(4)
  made = []

  def chunks():
    for number in range(0, 200, 2):
      made.append(number)
      yield _chunk(number, 2)

  with pool.following(chunks(), reuse=2.0):
    batches = pool.batches(4, seed=0, least=4)
    for _ in range(10):
      next(batches)
    # 40 sampled: at most 20 beyond the full pool are wanted, and one chunk.
    for _ in range(200):
      if pool.added >= 24:
        break
      threading.Event().wait(0.01)
    threading.Event().wait(0.05)
    assert 24 <= pool.added <= 26
  assert len(made) <= 14


def test_the_chunks_end_with_the_context():
  ended = threading.Event()

  def chunks():
    try:
      while True:
        yield _chunk(0, 2)
    finally:
      ended.set()

  pool = _pool()
  with pool.following(chunks()):
    next(pool.batches(2, seed=0))
  assert ended.wait(5)


def test_a_failure_of_the_chunks_is_told():
  def chunks():
    yield _chunk(0, 2)
    raise OSError('no display')

  pool = _pool()
  with (
    pool.following(chunks()),
    pytest.raises(RuntimeError, match='no more frames') as caught,
  ):
    for _ in pool.batches(2, seed=0, least=6):
      pass
  assert 'no display' in str(caught.value.__cause__)


def test_too_few_frames_are_told():
  pool = _pool()
  with (
    pool.following([_chunk(0, 2)]),
    pytest.raises(RuntimeError, match=r'expected 5 frames .* got 2'),
  ):
    next(pool.batches(2, seed=0, least=5))


def test_refuses_what_does_not_fit():
  with pytest.raises(errors.ConfigError, match='capacity >= 1'):
    frame_pool.FramePool(0, _CAPTIONS, _GROUP)
  with pytest.raises(errors.ConfigError, match='a group for each of 5'):
    frame_pool.FramePool(3, _CAPTIONS, _GROUP[:2])
  with pytest.raises(ValueError, match=r'expected packed truth \[2, 2\]'):
    _pool().add(_chunk(0, 2)._replace(truth=np.zeros((2, 1), np.uint8)))
  with pytest.raises(ValueError, match='expected frames in the pool'):
    _pool().sample(1, np.random.default_rng(0))


def test_places_follow_the_captions_of_a_batch():
  pool = _pool()
  truth = np.array([[0, 0, 1, 0, -1]], np.int8)
  places = np.array([[[[3, 4], [-1, 4]], [[3, -2], [-1, -1]]]], np.int16)
  frames = np.zeros((1, 2, 3, 3), np.uint8)
  pool.add(frame_pool.Chunk(frames, frame_pool.pack(truth), places))
  whole = pool.sample(2, np.random.default_rng(0))
  np.testing.assert_array_equal(whole.places, places[[0, 0]])
  for seed in range(20):
    batch = pool.sample(1, np.random.default_rng(seed), max_captions=2)
    said = [None if n < 0 else batch.captions[n] for n in batch.places.ravel()]
    for got, number, there in zip(
      batch.places.ravel(), places.ravel(), said, strict=True
    ):
      if number >= 0 and _CAPTIONS[number] in batch.captions:
        assert there == _CAPTIONS[number]
      else:
        assert got == (number if number < 0 else -2)


def test_places_come_with_all_chunks_or_with_none():
  pool = _pool()
  pool.add(_chunk(0, 2))
  places = np.zeros((2, 1, 1, 1), np.int16)
  with pytest.raises(ValueError, match='places in all chunks'):
    pool.add(_chunk(0, 2)._replace(places=places))
