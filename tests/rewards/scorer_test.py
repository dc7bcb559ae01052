import dataclasses
import threading

import jax
import numpy as np
import pytest

from acme_vlm import errors, replicate, rewards
from acme_vlm.interfaces import RewardModel
from acme_vlm.networks import clip_checkpoint
from acme_vlm.ops import pixels

GOALS = ('gmail', 'sheets', 'clock', 'phone')


def _config(folder, **changes):
  values = {
    'checkpoint': folder,
    'num_negatives': 3,
    'temperature': 0.5,
    'threshold': 0.3,
  }
  return rewards.RewardConfig(**(values | changes))


def _model(folder, sizes=(8, 16), devices=None, cache=0, **changes):
  return rewards.make_reward_model(
    _config(folder, **changes),
    GOALS,
    service=rewards.ServiceConfig(batch_sizes=sizes, cache_frames=cache),
    devices=devices,
  )


def _frames(num, seed=0):
  rng = np.random.default_rng(seed)
  return rng.integers(0, 256, (num, 24, 16, 3), dtype=np.uint8)


def _words(num):
  return [GOALS[n % len(GOALS)] for n in range(num)]


@pytest.fixture(scope='module')
def single(clip_folder):
  return _model(clip_folder, devices=replicate.local_devices(1))


def test_score_is_equation_1_of_the_two_towers(clip_folder, single):
  frames, words = _frames(6), _words(6)
  clip = clip_checkpoint.load(clip_folder)
  apply = jax.jit(clip.module.apply, static_argnames='method')

  def tower(method, *inputs):
    rows = apply({'params': clip.parameters}, *inputs, method=method)
    rows = np.asarray(rows, np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)

  preprocess = jax.jit(pixels.preprocess, static_argnums=1)
  images = tower('encode_image', preprocess(frames, clip.preprocessing))
  prompts = [f'Screenshot of {word} on Android' for word in GOALS]
  negatives = [f'Screenshot of {word} on Android' for word in single.negatives]
  texts = list(dict.fromkeys((*prompts, *negatives)))
  embedded = tower('encode_text', *clip.tokenize(texts))
  expected = []
  for image, word in zip(images, words, strict=True):
    terms = np.exp(embedded @ image / 0.5)
    own = texts.index(f'Screenshot of {word} on Android')
    others = {texts.index(text) for text in negatives} - {own}
    total = terms[own] + sum(terms[other] for other in others)
    expected.append(terms[own] / total)
  scores = single.score(frames, words)
  assert scores.dtype == np.float32
  np.testing.assert_allclose(scores, expected, rtol=1e-4)
  assert len(set(scores.tolist())) == 6


@pytest.mark.parametrize('num_devices', [1, 2, 4])
def test_replicated_scores_equal_single_device_scores_on_ragged_batches(
  clip_folder, single, num_devices
):
  model = _model(
    clip_folder, sizes=(8, 12), devices=replicate.local_devices(num_devices)
  )
  for num in (0, 1, 5, 8, 9, 23):
    frames, words = _frames(num, seed=num), _words(num)
    np.testing.assert_allclose(
      model.score(frames, words),
      single.score(frames, words),
      rtol=1e-4,
      atol=1e-6,
    )


def test_nothing_compiles_after_the_warm_up(clip_folder):
  model = _model(clip_folder, devices=replicate.local_devices(2))
  model.warm_up((24, 16))
  # JAX counts what it compiles itself, beside our own counter.
  compiled: list[str] = []
  jax.monitoring.register_event_duration_secs_listener(
    lambda name, *_, **__: (
      compiled.append(name) if 'backend_compile' in name else None
    )
  )
  before = model.compilations
  assert before >= 4, 'tower and head, two sizes each'
  for num in (1, 7, 8, 9, 16, 17, 40):
    model.score(_frames(num, seed=num), _words(num))
    model.score_goals(_frames(num, seed=num), GOALS)
  assert model.compilations == before
  assert not compiled
  jax.jit(lambda x: x * 3 + num)(np.ones(7))
  assert compiled, 'the listener hears compilations'


def test_all_goals_at_once_are_the_goals_one_by_one(single):
  frames = _frames(11)
  together = single.score_goals(frames, GOALS)
  assert together.shape == (11, 4)
  for g, goal in enumerate(GOALS):
    np.testing.assert_allclose(
      together[:, g], single.score(frames, [goal] * 11), rtol=1e-4
    )


def test_identical_frames_are_embedded_once(clip_folder):
  model = _model(clip_folder, cache=100)
  frames = _frames(5)
  twice = np.concatenate([frames, frames])
  first = model.score(twice, ['gmail'] * 10)
  assert model.counters() == {'frames': 10, 'embedded': 5, 'padded': 8}
  np.testing.assert_array_equal(first[:5], first[5:])
  again = model.score(frames[::-1], ['gmail'] * 5)
  np.testing.assert_array_equal(again, first[:5][::-1])
  assert model.counters()['embedded'] == 5


def test_a_goal_outside_the_task_set_is_scored_too(single):
  frames = _frames(4)
  before = single.version
  inside = single.score(frames, ['clock'] * 4)
  mixed = single.score(frames, ['clock', 'maps', 'clock', 'maps'])
  np.testing.assert_allclose(mixed[::2], inside[::2], rtol=1e-5)
  assert not np.allclose(mixed[1::2], inside[1::2])
  assert single.version == before


def test_threads_get_the_scores_of_one_thread(clip_folder, single):
  model = _model(clip_folder, cache=30)
  expected = [single.score(_frames(9, seed=s), _words(9)) for s in range(4)]
  wrong = []

  def work(seed):
    for _ in range(5):
      scores = model.score(_frames(9, seed=seed), _words(9))
      if not np.allclose(scores, expected[seed], rtol=1e-4):
        wrong.append(seed)

  threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert not wrong


def test_bfloat16_agrees_within_its_precision(clip_folder, single):
  half = _model(clip_folder, dtype='bfloat16')
  frames = _frames(8)
  scores = half.score(frames, _words(8))
  assert scores.dtype == np.float32
  np.testing.assert_allclose(scores, single.score(frames, _words(8)), atol=0.03)


def test_the_version_is_that_of_the_reward_not_of_its_speed(
  clip_folder, single
):
  devices = replicate.local_devices(2)
  same = _model(clip_folder, sizes=(4,), devices=devices, cache=3)
  assert same.version == single.version
  assert _model(clip_folder, threshold=0.31).version != single.version


def test_bad_frames_and_goals_give_one_clear_line(single):
  with pytest.raises(ValueError, match=r'\[N, H, W, 3\] of .*, got float32'):
    single.score(_frames(2).astype(np.float32), _words(2))
  with pytest.raises(ValueError, match=r'got uint8 \[24, 16, 3\]'):
    single.score(_frames(1)[0], _words(1))
  with pytest.raises(ValueError, match='expected 2 goals, one a frame, got 3'):
    single.score(_frames(2), _words(3))


def test_negatives_must_fit_the_task_set(clip_folder):
  with pytest.raises(errors.ConfigError, match='of at most the 4 goals'):
    _model(clip_folder, num_negatives=5)


def test_the_configurations_task_set_stands_in_for_none(clip_folder):
  config = dataclasses.replace(_config(clip_folder), task_set=GOALS)
  model = rewards.make_reward_model(config)
  assert isinstance(model, RewardModel)
  assert set(model.negatives) <= {*GOALS, 'the home screen'}


@pytest.mark.parametrize('goals', [None, ()])
def test_no_task_set_at_all_is_refused_before_anything_is_loaded(goals):
  config = rewards.RewardConfig(checkpoint='/no/such/model')
  with pytest.raises(
    errors.ConfigError, match='from the caller or as task_set'
  ):
    rewards.make_reward_model(config, goals)
