import jax
import numpy as np
import pytest

from acme_vlm.rewards import head_programs, heads

SIZES = (4, 8)
NUMBERS = head_programs.Numbers(
  (heads.Parameters(0.5, 0.0, 0.5), heads.Parameters(0.25, 0.0, 0.5)), 0.4
)


def _units(rng, *shape):
  rows = rng.normal(size=shape).astype(np.float32)
  return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _texts(rng, num, dimension):
  return heads.Texts(
    _units(rng, num, dimension),
    rng.random((num, 3)) < 0.7,
    _units(rng, 3, dimension),
    np.zeros(dimension, np.float32),
  )


def _softmax(image, texts, n, temperature):
  """Eq. 1 of one image and the n-th goal, in float64."""
  image = np.float64(image)
  own = np.exp(texts.goal[n] @ image / temperature)
  others = np.exp(texts.negatives @ image / temperature)
  return own / (own + others[texts.negative_mask[n]].sum())


@pytest.mark.parametrize('num', [1, 5, 11])
def test_members_lie_side_by_side(num):
  """Two models of 3 and 5 dimensions, windows of two frames."""
  rng = np.random.default_rng(num)
  programs = head_programs.shared(heads.get('softmax'), 'min', (3, 5))
  parts = [_units(rng, num, 2, 3), _units(rng, num, 2, 5)]
  texts = (_texts(rng, num, 3), _texts(rng, num, 5))
  mask = np.ones((num, 2), bool)
  mask[::2, 0] = False
  windows = np.concatenate(parts, axis=2)
  scores = programs.windows(windows, mask, texts, NUMBERS, SIZES)
  for n in range(num):
    singles = []
    for rows, of_member, own in zip(parts, texts, NUMBERS.members, strict=True):
      mean = np.float64(rows[n][mask[n]]).mean(axis=0)
      image = mean / np.linalg.norm(mean)
      singles.append(_softmax(image, of_member, n, own.temperature))
    assert scores[n] == pytest.approx(min(singles), rel=1e-4)


def test_all_goals_are_the_goals_one_by_one():
  rng = np.random.default_rng(0)
  programs = head_programs.shared(heads.get('softmax'), 'mean', (3, 5))
  images = np.concatenate([_units(rng, 6, 3), _units(rng, 6, 5)], axis=1)
  texts = (_texts(rng, 4, 3), _texts(rng, 4, 5))
  table = programs.goals(images, texts, NUMBERS, SIZES)
  for n in range(6):
    for g in range(4):
      singles = [
        _softmax(images[n, :3], texts[0], g, 0.5),
        _softmax(images[n, 3:], texts[1], g, 0.25),
      ]
      assert table[n, g] == pytest.approx(np.mean(singles), rel=1e-4)


def test_other_texts_and_numbers_compile_nothing():
  rng = np.random.default_rng(0)
  programs = head_programs.HeadPrograms(heads.get('softmax'), 'agree', (3, 5))
  images = np.concatenate([_units(rng, 6, 3), _units(rng, 6, 5)], axis=1)

  def score(threshold, temperature):
    numbers = head_programs.Numbers(
      tuple(p._replace(temperature=temperature) for p in NUMBERS.members),
      threshold,
    )
    texts = (_texts(rng, 4, 3), _texts(rng, 4, 5))
    return programs.goals(images, texts, numbers, SIZES)

  score(0.4, 0.5)
  compiled: list[str] = []
  jax.monitoring.register_event_duration_secs_listener(
    lambda name, *_, **__: (
      compiled.append(name) if 'backend_compile' in name else None
    )
  )
  assert programs.compilations == 1
  # Beneath every score all agree; in their midst they do not.
  assert not np.isnan(score(0.0, 0.3)).any()
  assert np.isnan(score(0.4, 0.3)).any()
  assert programs.compilations == 1
  assert not compiled


def test_those_who_ask_for_the_same_share_programs():
  softmax, cosine = heads.get('softmax'), heads.get('cosine')
  shared = head_programs.shared(softmax, 'mean', (3,))
  assert head_programs.shared(softmax, 'mean', (3,)) is shared
  assert head_programs.shared(softmax, 'mean', (4,)) is not shared
  assert head_programs.shared(cosine, 'mean', (3,)) is not shared
