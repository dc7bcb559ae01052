import numpy as np
import pytest

from acme_vlm import replicate
from acme_vlm.networks import clip_checkpoint
from acme_vlm.rewards import image_encoder


@pytest.fixture(scope='module')
def clip(clip_folder):
  return clip_checkpoint.load(clip_folder)


def _encoder(clip, *, cache=0, devices=1):
  return image_encoder.ImageEncoder(
    clip,
    batch_sizes=(3, 6),
    cache_frames=cache,
    devices=replicate.local_devices(devices),
  )


def _frames(num, seed=0):
  rng = np.random.default_rng(seed)
  return rng.integers(0, 256, (num, 24, 16, 3), dtype=np.uint8)


def test_rows_have_unit_length_and_the_order_of_the_frames(clip):
  encoder, frames = _encoder(clip, cache=100), _frames(11)
  rows = encoder.embed(frames)
  assert rows.dtype == np.float32
  assert rows.shape == (11, encoder.dimension)
  np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
  order = np.random.default_rng(1).permutation(11)
  np.testing.assert_array_equal(encoder.embed(frames[order]), rows[order])


def test_batches_divide_among_the_devices(clip):
  assert _encoder(clip, devices=4).batch_sizes == (4, 8)


def test_counters_tell_what_was_computed(clip):
  encoder, frames = _encoder(clip, cache=100), _frames(4)
  encoder.embed(np.concatenate([frames, frames[:2]]))
  encoder.embed(frames[1:3])
  assert encoder.counters() == {'frames': 8, 'embedded': 4, 'padded': 6}


def test_a_full_cache_computes_anew(clip):
  encoder, frames = _encoder(clip, cache=2), _frames(3)
  first = encoder.embed(frames)
  np.testing.assert_allclose(encoder.embed(frames), first, rtol=1e-5)
  assert encoder.counters()['embedded'] > 3


def test_a_frame_keeps_its_first_embedding_to_the_bit(clip):
  encoder, frames = _encoder(clip, cache=100), _frames(6)
  alone = encoder.embed(frames[:1])
  together = encoder.embed(frames)
  np.testing.assert_array_equal(together[0], alone[0])


def test_frames_of_another_type_are_refused(clip):
  with pytest.raises(ValueError, match=r'got float32 \[2, 24, 16, 3\]'):
    _encoder(clip).embed(_frames(2).astype(np.float32))
