"""Both towers against the reference implementation, and CLIP's invariants."""

import dataclasses
import functools
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import traverse_util
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import (
  clip,
  clip_config,
  clip_family,
  safetensors_files,
  weights,
)

_GOLDENS = pathlib.Path(__file__).parent / 'goldens'
_CASES = ('quick_gelu_legacy_eos', 'gelu_first_eos')


class _Case:
  """A golden and jitted functions of the model it belongs to."""

  def __init__(self, case, dtype):
    folder = _GOLDENS / case
    raw = json.loads((folder / 'config.json').read_text())
    self.config = clip_config.ClipConfig.from_dict(raw)
    golden = safetensors_numpy.load_file(folder / 'golden.safetensors')
    self.golden = {k: jnp.asarray(v) for k, v in golden.items()}
    self.module = clip.Clip(self.config, dtype=dtype)
    self.params = weights.from_tensors(
      safetensors_files.Tensors(folder),
      weights.parameter_shapes(self.module, self.config),
      clip_family.FAMILY,
    )

  @functools.cached_property
  def images(self):
    return jax.jit(
      lambda x: self.module.apply(
        {'params': self.params}, x, method='encode_image'
      )
    )

  @functools.cached_property
  def texts(self):
    return jax.jit(
      lambda ids, mask: self.module.apply(
        {'params': self.params}, ids, mask, method='encode_text'
      )
    )


@functools.cache
def _load(case, dtype=jnp.float32):
  return _Case(case, dtype)


@pytest.mark.parametrize('case', _CASES)
def test_parity_in_float32(case):
  model = _load(case)
  golden = model.golden
  out = jax.jit(model.module.apply)(
    {'params': model.params}, golden['pixels'], golden['ids'], golden['mask']
  )
  for ours, name, atol in (
    (model.images(golden['pixels']), 'image_features', 2e-5),
    (model.texts(golden['ids'], golden['mask']), 'text_features', 2e-5),
    (out.image_embeddings, 'image_embeddings', 1e-5),
    (out.text_embeddings, 'text_embeddings', 1e-5),
    (out.logits, 'logits', 1e-4),
  ):
    np.testing.assert_allclose(ours, golden[name], rtol=0, atol=atol)


@pytest.mark.parametrize('case', _CASES)
def test_parity_in_bfloat16(case):
  model = _load(case, jnp.bfloat16)
  golden = model.golden
  images = model.images(golden['pixels'])
  texts = model.texts(golden['ids'], golden['mask'])
  for ours, name, atol in ((images, 'image', 1e-2), (texts, 'text', 1e-5)):
    assert ours.dtype == jnp.float32
    np.testing.assert_allclose(
      clip.normalize(ours), golden[f'{name}_embeddings'], rtol=0, atol=atol
    )


def test_text_is_causal_and_blind_to_padding():
  model = _load('gelu_first_eos')
  ids, mask = model.golden['ids'], model.golden['mask']
  expected = model.texts(ids, mask)[1]
  end = int(jnp.argmax(ids[1] == 33))
  after = ids.at[1, end + 1 :].set(7)
  np.testing.assert_allclose(model.texts(after, mask)[1], expected, atol=1e-6)
  np.testing.assert_allclose(
    model.texts(after, jnp.ones_like(mask))[1], expected, atol=1e-6
  )
  before = ids.at[1, 1].set(29)
  assert np.abs(model.texts(before, mask)[1] - expected).max() > 1e-2


def test_padding_on_the_left_gives_no_nan():
  model = _load('gelu_first_eos')
  mask = jnp.ones_like(model.golden['mask']).at[:, :2].set(0)
  assert np.isfinite(model.texts(model.golden['ids'], mask)).all()


def test_an_images_features_do_not_depend_on_its_batch():
  model = _load('quick_gelu_legacy_eos')
  pixels = model.golden['pixels']
  alone = model.images(pixels.at[1:].set(0.0))[0]
  np.testing.assert_allclose(model.images(pixels)[0], alone, atol=1e-5)


def test_rest_at_the_right_and_bottom_is_unseen():
  model = _load('gelu_first_eos')  # 30 pixels, patches of 8
  pixels = model.golden['pixels']
  unseen = pixels.at[:, 24:].set(9.0).at[:, :, 24:].set(-9.0)
  seen = pixels.at[:, 23].set(9.0)
  expected = model.images(pixels)
  np.testing.assert_array_equal(model.images(unseen), expected)
  assert np.abs(model.images(seen) - expected).max() > 1e-2


def test_initial_parameters_are_finite_and_of_the_type_asked_for():
  model = _load('quick_gelu_legacy_eos')
  # One block per tower: compiling random numbers is slow.
  one = {'num_hidden_layers': 1}
  config = dataclasses.replace(
    model.config,
    vision=dataclasses.replace(model.config.vision, **one),
    text=dataclasses.replace(model.config.text, **one),
  )
  module = clip.Clip(config, param_dtype=jnp.bfloat16)
  params = jax.jit(module.init)(
    jax.random.key(0), model.golden['pixels'][:1], model.golden['ids'][:1]
  )['params']
  flat = traverse_util.flatten_dict(params)
  assert flat.keys() == set(weights.parameter_shapes(module, config))
  assert flat.pop(('logit_scale',)) == np.float32(2.6592)
  assert {leaf.dtype for leaf in flat.values()} == {jnp.dtype(jnp.bfloat16)}
  assert all(np.isfinite(np.float32(leaf)).all() for leaf in flat.values())


def test_normalize_keeps_zeros():
  rows = clip.normalize(jnp.array([[3.0, 4.0], [0.0, 0.0]]))
  np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]], atol=1e-7)


def test_refuses_other_sizes():
  model = _load('quick_gelu_legacy_eos')
  golden = model.golden
  with pytest.raises(ValueError, match=r'expected pixels \[N, \*\(32, 32, 3\)'):
    model.images(golden['pixels'][:, :24])
  with pytest.raises(ValueError, match='at most 10 tokens, got 20'):
    model.texts(golden['ids'].repeat(2, axis=1), None)


def test_patches_are_the_tokens_after_the_last_norm():
  model = _load('quick_gelu_legacy_eos')
  config = model.config.vision
  pixels = model.golden['pixels']
  image, patches = model.module.apply(
    {'params': model.params}, pixels, method='encode_image_and_patches'
  )
  np.testing.assert_allclose(
    image, model.golden['image_features'], rtol=0, atol=2e-5
  )
  # The tokens behind the last block, and what is left to do, by hand.
  _, state = model.module.apply(
    {'params': model.params},
    pixels,
    method='encode_image',
    capture_intermediates=lambda module, _: module.name == 'encoder',
  )
  tokens = np.asarray(
    state['intermediates']['vision_model']['encoder']['__call__'][0]
  )
  norm = model.params['vision_model']['post_layernorm']
  mean, var = tokens.mean(-1, keepdims=True), tokens.var(-1, keepdims=True)
  tokens = (tokens - mean) / np.sqrt(var + config.layer_norm_eps)
  tokens = tokens * np.asarray(norm['scale']) + np.asarray(norm['bias'])
  expected = tokens @ np.asarray(model.params['visual_projection']['kernel'])
  np.testing.assert_allclose(image, expected[:, 0], rtol=0, atol=2e-5)
  rows, columns = model.config.patch_grid
  assert rows * columns == config.num_patches > 1
  for row in range(rows):
    for column in range(columns):
      np.testing.assert_allclose(
        patches[:, row, column],
        expected[:, 1 + row * columns + column],
        rtol=0,
        atol=2e-5,
      )


def test_a_patch_looks_at_its_place():
  # Without blocks nothing mixes: only the changed patch's embedding changes.
  config = clip_config.ClipConfig(
    vision=clip_config.VisionConfig(16, 32, 0, 2, image_size=12, patch_size=4),
    text=clip_config.TextConfig(16, 32, 1, 2, vocab_size=8, eos_token_id=3),
    projection_dim=6,
  )
  module = clip.Clip(config)
  images = np.random.default_rng(0).normal(size=(1, 12, 12, 3))
  images = images.astype(np.float32)
  ids = jnp.array([[0, 3]], jnp.int32)
  variables = module.init(jax.random.key(0), images, ids)
  changed = images.copy()
  changed[0, 4:8, 8:] = 0
  before, after = (
    np.asarray(module.apply(variables, x, method='encode_patches'))
    for x in (images, changed)
  )
  moved = np.abs(before - after).max(axis=-1)[0] > 1e-4
  expected = np.zeros((3, 3), bool)
  expected[1, 2] = True
  np.testing.assert_array_equal(moved, expected)


def test_a_tower_without_patches_says_so():
  class Mean(nn.Module):
    @nn.compact
    def __call__(self, pixels):
      return nn.Dense(4)(pixels.mean(axis=(1, 2)))

  class MeanClip(clip.Clip):
    def image_tower(self):
      return Mean()

  config = clip_config.ClipConfig(
    vision=clip_config.VisionConfig(image_size=32),
    text=clip_config.TextConfig(16, 32, 1, 2, vocab_size=8, eos_token_id=3),
  )
  images = np.zeros((1, 32, 32, 3), np.float32)
  with pytest.raises(errors.CheckpointError, match='patch features, got Mean'):
    MeanClip(config).init(
      jax.random.key(0), images, method='encode_image_and_patches'
    )
