import dataclasses
import functools

import numpy as np
import pytest

from acme_vlm import errors, replicate
from acme_vlm.networks import clip_checkpoint, siglip_config
from acme_vlm.ops import pixels
from acme_vlm.rewards import embedding_cache, embedding_store, image_encoder


@pytest.fixture(scope='module')
def clip(clip_folder):
  return clip_checkpoint.load(clip_folder)


def _encoder(clip, *, cache=0, store=None, devices=1):
  return image_encoder.ImageEncoder(
    clip,
    batch_sizes=(3, 6),
    cache=embedding_cache.EmbeddingCache(cache, store),
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


def test_what_is_on_disk_is_not_computed_again(clip, tmp_path):
  frames = _frames(5)
  with_store = functools.partial(
    embedding_store.EmbeddingStore, tmp_path / 'embeddings', max_mib=1
  )
  rows = _encoder(clip, store=with_store()).embed(frames)
  later = _encoder(clip, store=with_store())
  np.testing.assert_array_equal(later.embed(frames), rows)
  assert later.counters()['embedded'] == 0


def test_models_share_a_cache_and_no_embedding(clip, other_clip_folder):
  cache, frames = embedding_cache.EmbeddingCache(100), _frames(3)
  models = [clip, clip_checkpoint.load(other_clip_folder)]
  first, second = (
    image_encoder.ImageEncoder(model, batch_sizes=(3,), cache=cache)
    for model in models
  )
  assert first.fingerprint != second.fingerprint
  assert np.abs(first.embed(frames) - second.embed(frames)).max() > 0.01
  assert second.counters()['embedded'] == 3
  again = image_encoder.ImageEncoder(clip, batch_sizes=(3,), cache=cache)
  np.testing.assert_array_equal(again.embed(frames), first.embed(frames))
  assert again.counters()['embedded'] == 0


def test_frames_known_by_their_digests_need_not_be_there(clip):
  encoder, frames = _encoder(clip, cache=100), _frames(4)
  digests = [embedding_cache.digest(frame) for frame in frames]
  assert encoder.recall(digests) is None
  rows = encoder.embed(frames[:3])
  assert encoder.recall(digests) is None
  np.testing.assert_array_equal(
    encoder.recall([digests[2], digests[0], digests[2]]), rows[[2, 0, 2]]
  )


@pytest.mark.parametrize(
  ('frames', 'came'),
  [
    (np.zeros((2, 24, 16, 3), np.float32), r'float32 \[2, 24, 16, 3\]'),
    (np.zeros((2, 24, 16, 1), np.uint8), r'uint8 \[2, 24, 16, 1\]'),
    (np.zeros((2, 0, 16, 3), np.uint8), r'uint8 \[2, 0, 16, 3\]'),
    (np.zeros((24, 16, 3), np.uint8), r'uint8 \[24, 16, 3\]'),
  ],
)
def test_what_is_no_frame_is_refused(clip, frames, came):
  with pytest.raises(ValueError, match=f'one pixel, got {came}'):
    _encoder(clip).embed(frames)


def test_seeing_gives_patches_and_leaves_the_embeddings(clip):
  encoder, frames = _encoder(clip, cache=100, devices=2), _frames(7)
  patches = encoder.see(frames)
  assert patches.dtype == np.float32
  inputs = pixels.preprocess(frames, clip.preprocessing)
  expected = np.asarray(
    clip.module.apply(
      {'params': clip.parameters}, inputs, method='encode_patches'
    )
  )
  expected = expected / np.linalg.norm(expected, axis=-1, keepdims=True)
  np.testing.assert_allclose(patches, expected, atol=1e-5)
  before = encoder.counters()
  assert before == {'frames': 7, 'embedded': 7, 'padded': 10}
  rows = encoder.embed(frames)
  assert encoder.counters()['embedded'] == before['embedded']
  fresh = _encoder(clip, devices=2)
  np.testing.assert_allclose(rows, fresh.embed(frames), atol=1e-5)
  compiled = encoder.compilations
  encoder.see(frames[:5])
  assert encoder.compilations == compiled


def test_a_frame_seen_twice_keeps_its_first_embedding(clip):
  encoder, frames = _encoder(clip, cache=100), _frames(4)
  rows = encoder.embed(frames[:1])
  encoder.see(np.concatenate([frames, frames]))
  np.testing.assert_array_equal(encoder.embed(frames[:1]), rows)
  assert len(encoder.recall([embedding_cache.digest(f) for f in frames])) == 4


def test_a_model_without_patches_says_so(clip):
  config = siglip_config.SiglipConfig()
  encoder = _encoder(dataclasses.replace(clip, config=config))
  with pytest.raises(errors.CheckpointError, match='got a SiglipConfig'):
    encoder.see(_frames(1))
