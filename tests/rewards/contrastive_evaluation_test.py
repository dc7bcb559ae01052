"""Held-out numbers against counting by hand."""

import numpy as np

from acme_vlm.networks import clip_checkpoint
from acme_vlm.ops import pixels
from acme_vlm.rewards import contrastive_evaluation


def test_counts_are_those_of_the_pairs():
  # Columns: Clock, Maps, home. The last row is sure of nothing.
  probabilities = np.array(
    [
      [0.8, 0.1, 0.1],  # Clock, right
      [0.1, 0.8, 0.1],  # Maps, right
      [0.1, 0.8, 0.1],  # Clock, taken for Maps
      [0.8, 0.1, 0.1],  # home, taken for Clock
      [0.1, 0.1, 0.8],  # home, right
      [0.4, 0.3, 0.3],  # Clock, likeliest but not above the threshold
    ],
    np.float32,
  )
  report = contrastive_evaluation.count(
    probabilities,
    np.array([0, 1, 0, 2, 2, 0]),
    ('Clock', 'Maps', 'home'),
    threshold=0.5,
    temperature=0.1,
  )
  np.testing.assert_allclose(report.precision, 2 / 4)
  np.testing.assert_allclose(report.recall, 2 / 4)
  np.testing.assert_allclose(report.accuracy, 4 / 6)
  np.testing.assert_allclose(report.neutral_false_positives, 1 / 2)
  assert sorted(report.worst) == ['Clock > Maps: 1', 'home > Clock: 1']
  assert (report.num_frames, report.temperature) == (6, 0.1)


def test_nothing_fires_without_a_division_by_zero():
  report = contrastive_evaluation.count(
    np.full((2, 3), 1 / 3, np.float32),
    np.array([0, 1]),
    ('Clock', 'Maps', 'home'),
    threshold=0.5,
    temperature=1.0,
  )
  assert report.precision == report.recall == 0.0
  assert report.neutral_false_positives == 0.0


def test_frames_are_compared_place_by_place_in_batches_that_are_not_full():
  checkpoint = clip_checkpoint.load('in_domain/home_small')
  rng = np.random.default_rng(0)
  frames = rng.integers(0, 256, (5, 72, 96, 3), dtype=np.uint8)
  texts = rng.normal(size=(3, checkpoint.dimension)).astype(np.float32)
  images, seen = contrastive_evaluation.embed_with_patches(
    checkpoint, frames, texts, 0.5, batch_size=4
  )
  for frame, image, row in zip(frames, images, seen, strict=True):
    inputs = pixels.preprocess(frame[None], checkpoint.preprocessing)
    whole, places = (
      checkpoint.module.apply(
        {'params': checkpoint.parameters}, inputs, method=method
      )
      for method in ('encode_image', 'encode_patches')
    )
    whole = np.asarray(whole[0], np.float64)
    np.testing.assert_allclose(image, whole / np.linalg.norm(whole), atol=1e-5)
    for text, got in zip(texts, row, strict=True):
      total = 0.0
      for place in np.asarray(places[0], np.float64).reshape(-1, len(text)):
        total += np.exp(place @ text / np.linalg.norm(place) / 0.5)
      np.testing.assert_allclose(got, np.log(total), rtol=1e-4)
