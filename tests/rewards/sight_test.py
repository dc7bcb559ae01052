"""Sight against its definition in loops, and what it leaves for the scorer."""

import numpy as np
import pytest

from acme_vlm import errors, replicate
from acme_vlm.networks import clip_checkpoint
from acme_vlm.ops import pixels
from acme_vlm.rewards import RewardConfig, ServiceConfig, scorer, sight

_PHRASES = (('red ball', 'ball'), ('blue cup', 'cup'), ('tree', 'green tree'))
_BACKGROUND = 'nothing'


def _scorer(folder, devices=1, **fields):
  config = RewardConfig(
    checkpoint=folder,
    prompt_templates=('a [TASK]',),
    num_negatives=2,
    **fields,
  )
  return scorer.make_reward_model(
    config,
    ('red ball', 'blue cup', 'tree'),
    service=ServiceConfig(batch_sizes=(2, 4)),
    devices=replicate.local_devices(devices),
  )


def _frames(num):
  rng = np.random.default_rng(0)
  return rng.integers(0, 256, (num, 24, 16, 3), dtype=np.uint8)


def _unit(x):
  return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _reference(folder, frames, goals):
  """The rows by the definition, one place at a time."""
  model = clip_checkpoint.load(folder)
  run = lambda method, *args: np.asarray(  # noqa: E731
    model.module.apply({'params': model.parameters}, *args, method=method),
    np.float64,
  )
  inputs = pixels.preprocess(frames, model.preprocessing)
  images = _unit(run('encode_image', inputs))
  patches = _unit(run('encode_patches', inputs))
  embed = lambda text: _unit(run('encode_text', *model.tokenize([text])))[0]  # noqa: E731
  nothing, scale = embed(_BACKGROUND), np.exp(model.parameters['logit_scale'])
  sigmoid = lambda z: 1 / (1 + np.exp(-scale * z))  # noqa: E731
  _, rows, columns, _ = patches.shape
  found = []
  for n, goal in enumerate(goals):
    maps, summary = [], []
    for phrase in _PHRASES[goal]:
      direction = embed(phrase) - nothing
      total, x, y, values = 0.0, 0.0, 0.0, []
      for row in range(rows):
        for column in range(columns):
          value = sigmoid(patches[n, row, column] @ direction)
          values.append(value)
          total += value
          x += value * (-1 + (2 * column + 1) / columns)
          y += value * (1 - (2 * row + 1) / rows)
      most = max(values)
      maps += values
      score = sigmoid(images[n] @ direction)
      summary += [most, x / (total + 1e-3) * most, y / (total + 1e-3) * most]
      summary.append(score)
    found.append(maps + summary)
  return np.array(found)


@pytest.mark.parametrize('devices', [1, 2])
def test_rows_are_the_definition(clip_folder, devices):
  eyes = sight.Sight(_scorer(clip_folder, devices), _PHRASES, _BACKGROUND)
  assert eyes.grid == (2, 2, 2) and eyes.size == 2 * (4 + 4)
  frames, goals = _frames(7), np.array([0, 1, 2, 2, 1, 0, 2], np.int32)
  rows = eyes.see(frames, goals)
  assert rows.dtype == np.float32 and rows.shape == (7, eyes.size)
  expected = _reference(clip_folder, frames, goals)
  np.testing.assert_allclose(rows, expected, atol=2e-5)
  # The numbers differ enough for a mix-up of maps, frames or goals to show.
  assert np.ptp(expected, axis=0).min() > 1e-3


def test_scoring_what_was_seen_computes_no_image(clip_folder):
  model, fresh = _scorer(clip_folder), _scorer(clip_folder)
  frames, goals = _frames(5), np.array([0, 1, 2, 0, 1])
  words = ['red ball', 'blue cup', 'tree', 'red ball', 'blue cup']
  sight.Sight(model, _PHRASES, _BACKGROUND).see(frames, goals)
  embedded = model.counters()['embedded']
  assert embedded == 5
  scores = model.score(frames, words)
  assert model.counters()['embedded'] == embedded
  np.testing.assert_allclose(scores, fresh.score(frames, words), atol=1e-5)


def test_nothing_is_compiled_after_the_warm_up(clip_folder):
  model = _scorer(clip_folder)
  eyes = sight.Sight(model, _PHRASES, _BACKGROUND)
  eyes.warm_up((24, 16))
  compiled = model.compilations
  for num in (1, 2, 3, 7):
    eyes.see(_frames(num), np.zeros(num, np.int32))
  assert model.compilations == compiled
  assert eyes.see(_frames(0), np.zeros(0, np.int32)).shape == (0, eyes.size)


def test_a_place_moves_the_centre_towards_it():
  patches = np.zeros((1, 3, 4, 2), np.float32)
  patches[..., 1] = 1
  patches[0, 0, 3] = (1, 0)
  directions = np.array([[[60.0, -60.0]]], np.float32)
  row = np.asarray(sight._look(patches[:, 0, 0], patches, directions))[0]
  assert row[:12].argmax() == 3
  np.testing.assert_allclose(row[12:], [1, 0.75, 2 / 3, 0], rtol=0, atol=2e-3)


def test_refuses_what_it_cannot_see_with(clip_folder, other_clip_folder):
  model = _scorer(clip_folder)
  with pytest.raises(errors.ConfigError, match=r'same number .* got \[1, 2\]'):
    sight.Sight(model, (('a', 'b'), ('c',)), _BACKGROUND)
  with pytest.raises(errors.ConfigError, match=r'at least 1, .* got \[\]'):
    sight.Sight(model, (), _BACKGROUND)
  several = _scorer(clip_folder, members=(other_clip_folder,))
  with pytest.raises(errors.ConfigError, match='an ensemble of 2'):
    sight.Sight(several, _PHRASES, _BACKGROUND)
  eyes = sight.Sight(model, _PHRASES, _BACKGROUND)
  for goals in ([0], [0, 3], [-1, 0]):
    with pytest.raises(ValueError, match='expected 2 goals, one a frame'):
      eyes.see(_frames(2), np.array(goals))
