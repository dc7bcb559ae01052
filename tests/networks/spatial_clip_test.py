"""The tower that keeps position against loops, and from a folder to frames."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from acme_vlm.networks import (
  clip_checkpoint,
  dual_encoder,
  random_parameters,
  spatial_clip,
  spatial_config,
)
from acme_vlm.ops import pixels

_TOWER = spatial_config.SpatialConfig(
  image_height=16,
  image_width=24,
  stem_width=5,
  hidden_width=6,
  depth=2,
  coarse_width=64,
  feature_width=7,
  branch_width=4,
  branch_features=3,
  context_layers=2,
  attention_heads=2,
)


def _norm(x, p):
  x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)
  return x * p['scale'] + p['bias']


def _conv(x, p, stride):
  """Window by window; zeros around the image, as evenly as can be."""
  side = p['kernel'].shape[0]
  rows, columns = (-(-size // stride) for size in x.shape[:2])
  pads = []
  for size, steps in zip(x.shape, (rows, columns), strict=False):
    missing = max(0, (steps - 1) * stride + side - size)
    pads.append((missing // 2, missing - missing // 2))
  x = np.pad(x, (*pads, (0, 0)))
  out = np.zeros((rows, columns, p['kernel'].shape[-1]))
  for i in range(rows):
    for j in range(columns):
      top, left = i * stride, j * stride
      window = x[top : top + side, left : left + side]
      out[i, j] = np.tensordot(window, p['kernel'], 3) + p['bias']
  return out


def _dense(x, p):
  return x @ p['kernel'] + p['bias']


def _relu(x):
  return np.maximum(x, 0)


def _block(x, p, heads=2):
  """Of a transformer, place by place and head by head."""
  y, mixed = _norm(x, p['layer_norm1']), np.zeros_like(x)
  q, k, v = (_dense(y, p['self_attn'][f'{n}_proj']) for n in 'qkv')
  size = x.shape[1] // heads
  for head in range(heads):
    own = slice(head * size, (head + 1) * size)
    for i in range(len(x)):
      weights = np.exp(k[:, own] @ q[i, own] / np.sqrt(size))
      mixed[i, own] = weights @ v[:, own] / weights.sum()
  x = x + _dense(mixed, p['self_attn']['out_proj'])
  y = _dense(_norm(x, p['layer_norm2']), p['mlp']['fc1'])
  return x + _dense(y / (1 + np.exp(-1.702 * y)), p['mlp']['fc2'])


def _reference(image, p):
  x = _relu(_conv(image, p['stem'], 4))
  x = _relu(_conv(x, p['downsample'], 2))
  for i in range(_TOWER.depth):
    x = _relu(x + _conv(_norm(x, p[f'norms_{i}']), p[f'convs_{i}'], 1))
  z = _relu(_conv(_norm(x, p['fine_norm']), p['coarse'], 2))
  z = _relu(z + _conv(_norm(z, p['coarse_norm']), p['coarse_conv'], 1))
  flat = z.reshape(-1, z.shape[-1]) + p['places'][0]
  for i in range(_TOWER.context_layers):
    flat = _block(flat, p['context'][f'layers_{i}'])
  z = z + _dense(_norm(flat, p['context_norm']), p['in_context']).reshape(
    z.shape
  )
  z = _norm(z, p['seen_norm'])
  told = _dense(z, p['told'])
  for i in range(x.shape[0]):
    for j in range(x.shape[1]):
      x[i, j] += told[i // 2, j // 2]
  x = _norm(x, p['final_norm'])
  patches = _relu(_dense(x, p['patches']))
  branch = _relu(_dense(z, p['branch'])).reshape(-1)
  branch = _dense(branch, p['branch_features'])
  pooled = np.concatenate([patches.max(axis=(0, 1)), branch])
  pooled = _dense(_norm(pooled, p['pooled_norm']), p['pooled'])
  flat = patches.reshape(-1, patches.shape[-1])
  attended = []
  for head in range(_TOWER.attention_heads):
    weights = np.exp(
      _dense(flat, p['queries'])[:, head] + p['where'][0, :, head]
    )
    attended.append((weights / weights.sum()) @ flat)
  attended = _norm(np.concatenate(attended), p['attended_norm'])
  pooled = _relu(pooled + _dense(attended, p['attended']))
  mixed = _relu(_dense(_norm(pooled, p['mixed_norm']), p['mixed']))
  return pooled + mixed, patches


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """A checkpoint with a tokenizer of a shipped one."""
  tiny = clip_checkpoint.load('in_domain/phone_tiny')
  config = spatial_config.SpatialClipConfig(
    vision=_TOWER, text=tiny.config.text, projection_dim=8
  )
  family = dual_encoder.family_of(config)
  module = family.make_module(config, jnp.float32, jnp.float32)
  path = tmp_path_factory.mktemp('spatial_clip')
  clip_checkpoint.save(
    path,
    config=config,
    parameters=random_parameters.draw(module, config, 0),
    preprocessing=family.read_preprocessing({}, config),
    tokenizer=tiny.tokenizer,
    dtype=np.float32,
  )
  return path


def test_image_and_patches_are_the_loops(folder):
  model = clip_checkpoint.load(str(folder))
  rng = np.random.default_rng(0)
  # Fresh biases and scales are zeros and ones, which a mistake may miss.
  params = jax.tree.map(
    lambda x: np.float32(np.asarray(x) + 0.1 * rng.normal(size=x.shape)),
    model.parameters['vision_model'],
  )
  images = rng.normal(size=(2, 16, 24, 3)).astype(np.float32)
  variables = {'params': {**model.parameters, 'vision_model': params}}
  kernel = np.asarray(model.parameters['visual_projection']['kernel'])
  pooled, patches = (
    np.stack(parts) @ kernel
    for parts in zip(*[_reference(x, params) for x in images], strict=True)
  )
  run = lambda method: model.module.apply(variables, images, method=method)  # noqa: E731
  both = run('encode_image_and_patches')
  np.testing.assert_allclose(run('encode_image'), pooled, atol=1e-5)
  np.testing.assert_allclose(both[0], pooled, atol=1e-5)
  np.testing.assert_allclose(both[1], patches, atol=1e-5)
  np.testing.assert_allclose(run('encode_patches'), patches, atol=1e-5)
  assert both[1].shape[1:3] == dual_encoder.patch_grid(model.config) == (2, 3)


@pytest.mark.parametrize('missing', range(1, 4))
def test_blocks_and_attention_begin_by_changing_nothing(folder, missing):
  """A tower that had none goes on as it was."""
  model = clip_checkpoint.load(str(folder))
  vision = spatial_config.beginnings(_TOWER)[missing]
  assert vision != _TOWER
  without = spatial_clip.SpatialClip(
    dataclasses.replace(model.config, vision=vision)
  )
  images = np.random.default_rng(0).normal(size=(2, 16, 24, 3))
  images = images.astype(np.float32)
  ids = np.zeros((1, 2), np.int32)
  old = without.init(jax.random.key(1), images, ids)['params']
  new = model.module.init(jax.random.key(2), images, ids)['params']
  tower = {**new['vision_model'], **old['vision_model']}
  assert len(tower) > len(old['vision_model'])
  before, after = (
    module.apply({'params': params}, images, method='encode_image')
    for module, params in (
      (without, old),
      (model.module, {**old, 'vision_model': tower}),
    )
  )
  np.testing.assert_array_equal(before, after)


def test_the_gradient_of_the_maximum_is_that_of_the_plain_one():
  x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 5, 3, 4)))
  weights = jnp.asarray(np.random.default_rng(1).normal(size=(3, 4)))
  ours = jax.grad(lambda x: (spatial_clip._highest(x) * weights).sum())(x)
  plain = jax.grad(lambda x: (x.max(axis=(1, 2)) * weights).sum())(x)
  np.testing.assert_allclose(ours, plain, rtol=1e-6)
  np.testing.assert_array_equal(spatial_clip._highest(x), x.max(axis=(1, 2)))


def test_frames_of_its_own_size_are_not_resampled(folder):
  preprocessing = clip_checkpoint.load(str(folder)).preprocessing
  frames = np.random.default_rng(0).integers(0, 256, (2, 16, 24, 3), np.uint8)
  np.testing.assert_allclose(
    pixels.preprocess(frames, preprocessing), frames / 127.5 - 1, atol=1e-6
  )
  other = np.zeros((1, 32, 32, 3), np.uint8)
  assert pixels.preprocess(other, preprocessing).shape == (1, 16, 24, 3)


def test_the_files_are_what_torch_would_write(folder):
  tensors = safetensors_numpy.load_file(folder / 'model.safetensors')
  shapes = {name: value.shape for name, value in tensors.items()}
  assert shapes['vision_model.stem.weight'] == (5, 3, 8, 8)
  assert shapes['vision_model.convs.1.weight'] == (6, 6, 3, 3)
  assert shapes['visual_projection.weight'] == (8, 7)
  assert 'text_model.encoder.layers.0.mlp.fc1.weight' in shapes


def test_images_of_another_size_are_refused(folder):
  model = clip_checkpoint.load(str(folder))
  with pytest.raises(ValueError, match=r'\[N, \*\(16, 24, 3\)\]'):
    model.module.apply(
      {'params': model.parameters},
      np.zeros((1, 24, 16, 3), np.float32),
      method='encode_patches',
    )


def test_sizes_rise():
  counts = []
  for vision in spatial_config.SIZES.values():
    tower = spatial_clip._SpatialTower(vision, jnp.float32, jnp.float32)
    shape = jax.eval_shape(
      tower.init, jax.random.key(0), jnp.zeros((1, 72, 96, 3))
    )
    counts.append(sum(leaf.size for leaf in jax.tree.leaves(shape)))
  assert counts == sorted(counts) and counts[-1] > 4 * counts[0]
