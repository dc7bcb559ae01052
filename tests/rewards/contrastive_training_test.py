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
  spatial_clip,
  spatial_config,
)
from acme_vlm.ops import detection, pixels
from acme_vlm.rewards import (
  contrastive,
  contrastive_evaluation,
  contrastive_training,
  frame_pool,
  truth_contrastive,
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
  # The first update, which compiles, does not count.
  trained = _train(model, start(), _batches(), config)
  assert int(trained.step) == 2
  assert int(_train(model, trained, _batches(), config).step) == 2


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


# Squares of three colours, small or big, on grey: which there are, what is big.
_SQUARES = ('red', 'green', 'blue')
_BANK = (
  *(f'near a {word}' for word in _SQUARES),
  'near nothing',
  *(f'a {word}' for word in _SQUARES),
)
_GROUP = np.array([7, 7, 7, 7, -1, -1, -1], np.int32)


def _scene(rng):
  """A frame, the truth of the bank, and which 8x8 cells each square covers."""
  frame = rng.normal(128, 8, (32, 48, 3))
  truth, cells = np.zeros(7, np.int8), {}
  truth[3] = 1
  quarters = rng.permutation(6)
  for n, kind in enumerate(rng.permutation(3)[: rng.integers(4)]):
    big = n == 0 and rng.random() < 0.5
    side = 12 if big else 6
    top, left = 16 * (quarters[n] // 3), 16 * (quarters[n] % 3)
    top, left = (low + rng.integers(17 - side) for low in (top, left))
    inside = np.zeros((32, 48), bool)
    inside[top : top + side, left : left + side] = True
    frame[inside] = _COLORS[_SQUARES[kind]] + rng.normal(0, 8, 3)
    cells[kind] = inside.reshape(4, 8, 6, 8).any(axis=(1, 3))
    truth[4 + kind] = 1
    if big:
      truth[3], truth[kind] = 0, 1
  return np.clip(frame, 0, 255).astype(np.uint8), truth, cells


def _chunk(seed, num=64):
  rng = np.random.default_rng(seed)
  frames, truth, _ = zip(*[_scene(rng) for _ in range(num)], strict=True)
  return frame_pool.Chunk(np.stack(frames), frame_pool.pack(np.stack(truth)))


@pytest.fixture(scope='module')
def spatial():
  tokenizer = clip_tokenizer_training.train(
    (*_BANK, 'nothing'), num_merges=60, context_length=6
  )
  config = spatial_config.SpatialClipConfig(
    vision=spatial_config.SpatialConfig(
      image_height=32,
      image_width=48,
      stem_width=16,
      hidden_width=24,
      coarse_width=32,
      feature_width=48,
      branch_width=8,
      branch_features=16,
    ),
    text=clip_config.TextConfig(
      hidden_size=16,
      intermediate_size=32,
      num_hidden_layers=1,
      num_attention_heads=2,
      vocab_size=len(tokenizer),
      max_position_embeddings=6,
      eos_token_id=tokenizer.eos_token_id,
    ),
    projection_dim=24,
  )
  preprocessing = spatial_clip.read_preprocessing({}, config)
  return spatial_clip.SpatialClip(config), tokenizer, preprocessing


@pytest.fixture(scope='module')
def spatial_start(spatial):
  state = contrastive_training.initial_state(spatial[0], _config())
  return lambda: jax.tree.map(np.array, state)


def _train_truth(spatial, state, batches, config):
  module, tokenizer, preprocessing = spatial
  return contrastive_training.train(
    state,
    batches,
    module=module,
    tokenizer=tokenizer,
    preprocessing=preprocessing,
    config=config,
    report=lambda state, metrics: None,
  )


def _truth_config(**fields):
  # Room for more captions than there are: padding must not matter.
  return _config(max_captions=9, max_shift=2, background='nothing', **fields)


def test_whole_frames_teach_what_is_where(spatial, spatial_start):
  config = _truth_config(num_steps=500)
  # Filled beforehand, so that the batches do not depend on the clock.
  pool = frame_pool.FramePool(2048, _BANK, _GROUP)
  for seed in range(32):
    pool.add(_chunk(seed))
  batches = pool.batches(32, seed=0)
  state = _train_truth(spatial, spatial_start(), batches, config)
  module, tokenizer, preprocessing = spatial
  variables = {'params': state.params}
  rng = np.random.default_rng(10**6)
  frames, truth, cells = zip(*[_scene(rng) for _ in range(300)], strict=True)
  truth = np.stack(truth)
  run = jax.jit(module.apply, static_argnames='method')
  images, patches = map(
    clip.normalize,
    run(
      variables,
      pixels.preprocess(np.stack(frames), preprocessing),
      method='encode_image_and_patches',
    ),
  )
  ids, mask = tokenizer([*_BANK, 'nothing'])
  texts = np.asarray(
    clip.normalize(run(variables, ids, mask, method='encode_text'))
  )
  scale = np.exp(state.params['logit_scale'])
  logits = scale * images @ texts[:4].T
  right = np.asarray(logits.argmax(axis=1)) == truth[:, :4].argmax(axis=1)
  assert right.mean() > 0.95
  maps = scale * np.einsum('nrcd,kd->nkrc', patches, texts[4:7] - texts[7])
  highest = maps.max(axis=(2, 3))
  for kind in range(3):
    precision = detection.average_precision(
      highest[:, kind], truth[:, 4 + kind] == 1
    )
    assert precision > 0.95
  # Nobody said where, yet the maximum falls on one of the 24 cells that the
  # square covers (two on average), and is above a half.
  found = [
    shown[kind].ravel()[maps[n, kind].argmax()]
    for n, shown in enumerate(cells)
    for kind in shown
  ]
  assert np.mean(found) > 0.75
  fires = highest > 0
  assert (fires == (truth[:, 4:7] == 1)).mean() > 0.9


def test_training_with_truth_resumes(spatial, spatial_start):
  config = _truth_config(num_steps=4)
  pool = frame_pool.FramePool(64, _BANK, _GROUP)
  pool.add(_chunk(0))
  batches = [pool.sample(32, np.random.default_rng(n)) for n in range(4)]
  whole = _train_truth(spatial, spatial_start(), batches, config)
  head = _train_truth(spatial, spatial_start(), batches[:2], config)
  resumed = _train_truth(spatial, head, batches[2:], config)
  jax.tree.map(np.testing.assert_array_equal, whole.params, resumed.params)
  assert int(resumed.step) == 4


def test_a_bank_without_room_is_refused(spatial, spatial_start):
  config = _config(max_captions=6)
  pool = frame_pool.FramePool(64, _BANK, _GROUP)
  pool.add(_chunk(0))
  with pytest.raises(errors.ConfigError, match='max_captions = 6 '):
    _train_truth(spatial, spatial_start(), pool.batches(4, seed=0), config)


def test_places_name_captions_whatever_their_order(spatial):
  """Of what the update is given, each place has the caption that it had."""
  _, tokenizer, _ = spatial
  captions = ('a', 'b', 'c', 'd', 'e', 'f')
  group = np.array([0, -2, -1, 0, -2, -1], np.int32)
  places = np.array([[[[5, 1], [-1, 4], [2, -2]]]], np.int16)
  batch = truth_contrastive.TruthBatch(
    np.zeros((1, 8, 24, 3), np.uint8),
    captions,
    np.zeros((1, 6), np.int8),
    group,
    places,
  )
  inputs = contrastive_training._Inputs(tokenizer, _truth_config()).of_truth(
    batch, None, {}
  )
  for got, number in zip(inputs.places.ravel(), places.ravel(), strict=True):
    if number < 0:
      assert got == number
    else:
      assert inputs.alone[got] == number
      assert inputs.column[got] == -1 - group[number]
  assert set(inputs.alone) == {1, 2, 4, 5, -1}


def test_known_places_say_where_things_are(spatial, spatial_start):
  """With labels of places, and none of frames, the maps are right."""
  config = _truth_config(num_steps=300)
  group = np.where(_GROUP < 0, -1, _GROUP)
  pool = frame_pool.FramePool(2048, _BANK, group)
  rng = np.random.default_rng(3)
  for _ in range(16):
    frames, truth, cells = zip(*[_scene(rng) for _ in range(64)], strict=True)
    truth = np.full_like(np.stack(truth), -1)
    places = np.full((64, 4, 6, 1), -1, np.int16)
    for n, shown in enumerate(cells):
      for kind, inside in shown.items():
        places[n, inside, 0] = 4 + kind
    pool.add(frame_pool.Chunk(np.stack(frames), frame_pool.pack(truth), places))
  batches = pool.batches(32, seed=0)
  state = _train_truth(spatial, spatial_start(), batches, config)
  module, tokenizer, preprocessing = spatial
  frames, _, cells = zip(*[_scene(rng) for _ in range(200)], strict=True)
  variables = {'params': state.params}
  _, patches = module.apply(
    variables,
    pixels.preprocess(np.stack(frames), preprocessing),
    method='encode_image_and_patches',
  )
  ids, mask = tokenizer([*_BANK[4:7], 'nothing'])
  texts = np.asarray(
    clip.normalize(module.apply(variables, ids, mask, method='encode_text'))
  )
  maps = np.einsum(
    'nrcd,kd->nkrc', clip.normalize(patches), texts[:3] - texts[3:]
  )
  found = [
    shown[kind].ravel()[maps[n, kind].argmax()]
    for n, shown in enumerate(cells)
    for kind in shown
  ]
  assert np.mean(found) > 0.9
