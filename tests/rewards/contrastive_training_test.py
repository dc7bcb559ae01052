"""A tiny CLIP learns colours; stopping and going on changes nothing."""

import operator
import pathlib

import jax
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.networks import (
  clip,
  clip_config,
  clip_tokenizer_training,
  dual_encoder,
)
from acme_vlm.ops import pixels
from acme_vlm.rewards import (
  contrastive,
  contrastive_evaluation,
  contrastive_training,
)

_COLORS = {
  'red': (220, 30, 30),
  'green': (30, 200, 40),
  'blue': (40, 40, 220),
  'nothing': (128, 128, 128),
}
_PREPROCESSING = pixels.Preprocessing(resize=(16, 16), crop=None)


def _frames(seed, num):
  rng = np.random.default_rng(seed)
  words = [list(_COLORS)[i] for i in rng.integers(4, size=num)]
  colors = np.array([_COLORS[word] for word in words])[:, None, None]
  noise = rng.normal(0, 25, (num, 20, 12, 3))
  return np.clip(colors + noise, 0, 255).astype(np.uint8), words


def _batches(first=0):
  seed = first
  while True:
    frames, words = _frames(seed, 32)
    yield frames, [f'a photo of {word}' for word in words]
    seed += 1


@pytest.fixture(scope='module')
def model():
  tokenizer = clip_tokenizer_training.train(
    [f'a photo of {word}' for word in _COLORS], num_merges=60, context_length=8
  )
  tower = {
    'hidden_size': 16,
    'intermediate_size': 32,
    'num_hidden_layers': 1,
    'num_attention_heads': 2,
  }
  config = clip_config.ClipConfig(
    vision=clip_config.VisionConfig(image_size=16, patch_size=8, **tower),
    text=clip_config.TextConfig(
      vocab_size=len(tokenizer),
      max_position_embeddings=8,
      eos_token_id=tokenizer.eos_token_id,
      **tower,
    ),
    projection_dim=8,
  )
  return clip.Clip(config), tokenizer


@pytest.fixture(scope='module')
def start(model):
  """Makes initial states; training gives the one it is handed away."""
  state = contrastive_training.initial_state(model[0], _config())
  return lambda: jax.tree.map(np.array, state)


def _config(**fields):
  return contrastive.TrainingConfig(
    **{
      'num_steps': 60,
      'learning_rate': 5e-3,
      'max_captions': 4,
      **fields,
    }
  )


def _train(model, state, batches, config, report=lambda state, metrics: None):
  module, tokenizer = model
  return contrastive_training.train(
    state,
    batches,
    module=module,
    tokenizer=tokenizer,
    preprocessing=_PREPROCESSING,
    config=config,
    report=report,
  )


def test_learns_what_it_is_shown(model, start):
  config, reports = _config(report_every=10), []
  state = _train(
    model,
    start(),
    _batches(),
    config,
    lambda state, metrics: reports.append((int(state.step), metrics)),
  )
  assert [step for step, _ in reports] == [10, 20, 30, 40, 50, 60]
  assert reports[-1][1]['accuracy'] > 0.9
  checkpoint = dual_encoder.Checkpoint(
    model[0],
    state.params,
    _PREPROCESSING,
    model[1],
    model[0].config,
    pathlib.Path(),
  )
  frames, words = _frames(10_000, 203)
  report = contrastive_evaluation.evaluate(
    checkpoint,
    frames,
    words,
    goals=('red', 'green', 'blue'),
    neutral='nothing',
    template='a photo of [TASK]',
    batch_size=64,
  )
  assert report.num_frames == 203
  assert report.accuracy > 0.98 and report.average_precision > 0.98
  assert report.precision > 0.98 and report.recall > 0.95
  assert report.neutral_false_positives < 0.05


def test_stopped_and_resumed_is_the_same_training(model, start, tmp_path):
  config = _config(num_steps=6)
  whole = _train(model, start(), _batches(), config)
  batches = _batches()
  head = _train(model, start(), [next(batches) for _ in range(3)], config)
  assert int(head.step) == 3
  file = tmp_path / 'states' / 'state.msgpack'
  contrastive_training.save_state(file, head)
  loaded = contrastive_training.load_state(file, start())
  resumed = _train(model, loaded, _batches(3), config)
  assert int(resumed.step) == 6
  assert float(resumed.seconds) > float(head.seconds) > 0
  jax.tree.map(
    np.testing.assert_array_equal,
    (whole.params, whole.opt_state),
    (resumed.params, resumed.opt_state),
  )


def test_minutes_end_the_training(model, start):
  config = _config(num_steps=1_000_000, minutes=1e-9)
  assert int(_train(model, start(), _batches(), config).step) == 1


def test_more_captions_than_room_are_refused(model, start):
  config = _config(max_captions=3)
  with pytest.raises(errors.ConfigError, match='max_captions = 3 '):
    _train(model, start(), _batches(), config)


def test_a_broken_state_is_refused(start, tmp_path):
  file = tmp_path / 'state.msgpack'
  file.write_bytes(b'\x81nothing')
  with pytest.raises(errors.CheckpointError, match='expected a training state'):
    contrastive_training.load_state(file, start())


def test_background_process_works_ahead_in_order():
  results = contrastive_training.in_background(operator.neg, first=3)
  assert [next(results) for _ in range(4)] == [-3, -4, -5, -6]
  results.close()
