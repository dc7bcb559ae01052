import numpy as np
import pytest

from acme_vlm.environments.playhouse import captions, config, frames, goals
from acme_vlm.networks import clip_checkpoint, clip_source
from acme_vlm.ops import detection, pixels
from experiments import home_scores

MODEL = 'in_domain/home_small'


def test_probabilities_are_eq_1_against_all_others_of_a_sort():
  rng = np.random.default_rng(0)
  scaled = rng.normal(size=(4, 41)) * 3
  expected = np.empty((4, 40))
  for i in range(4):
    for goal in range(40):
      negatives = [
        n for n in range(41) if n != goal and (n == 40 or n % 2 == goal % 2)
      ]
      own = np.exp(scaled[i, goal])
      others = sum(np.exp(scaled[i, n]) for n in negatives)
      expected[i, goal] = own / (own + others)
  np.testing.assert_allclose(
    home_scores.probabilities(scaled, np.arange(40) % 2), expected, rtol=1e-9
  )


def test_scores_are_the_softmax_against_all_others_of_the_sort_and_none():
  """Eq. 1 in a loop, from the embeddings of a frame and of every text."""
  model = clip_checkpoint.load(MODEL)
  rng = np.random.default_rng(0)
  shown = rng.integers(0, 256, (2, 72, 96, 3), np.uint8)
  compared = home_scores.compare(model, shown, 'common')
  inputs = pixels.preprocess(shown, model.preprocessing)
  images = np.asarray(
    model.module.apply(
      {'params': model.parameters}, inputs, method='encode_image'
    )
  )
  images = images / np.linalg.norm(images, axis=1, keepdims=True)
  scale = float(np.exp(model.parameters['logit_scale']))
  for family in goals.FAMILIES:
    names = (*goals.task_set(family, 'common'), goals.NEUTRAL[family])
    texts = home_scores.embed_texts(model, names)
    for n, image in enumerate(images):
      exps = [np.exp(scale * float(image @ text)) for text in texts]
      expected = []
      for goal, own in zip(names[:-1], exps, strict=False):
        beside = ' next to ' in goal
        rivals = [
          other
          for name, other in zip(names, exps, strict=True)
          if name == names[-1] or (' next to ' in name) == beside
        ]
        expected.append(own / sum(rivals))
      got = compared.probabilities(family)[n]
      np.testing.assert_allclose(got, expected, atol=2e-4)


@pytest.mark.parametrize(
  'name', [n for n in clip_source.shipped() if '/home_' in n]
)
def test_shipped_models_know_what_is_near_in_homes_never_seen(name):
  seen = frames.captioned(
    config.HomeConfig(rooms=(1, 2)), split='validation', seed=7, num=150
  )
  compared = home_scores.compare(
    clip_checkpoint.load(name), seen.frames, 'common'
  )
  own = captions.bank('common').group == goals.FAMILIES.index('find')
  true = (seen.truth[:, own][:, :-1] == captions.TRUE).ravel()
  scores = compared.probabilities('find').ravel()
  precision = detection.average_precision(scores, true)
  # By chance 0.01; the smallest model has about 0.8.
  assert precision > 0.5
