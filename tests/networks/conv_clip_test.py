"""The convolutional CLIP against loops, and from a folder to rewards."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import (
  clip_checkpoint,
  clip_config,
  conv_clip,
  dual_encoder,
  random_parameters,
)
from acme_vlm.ops import pixels
from acme_vlm.rewards import RewardConfig, make_reward_model

_TOWER = conv_clip.ConvConfig(
  image_size=17, widths=(4, 6), depths=(1, 2), kernel_size=3
)


def _norm(x, p):
  x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)
  return x * p['scale'] + p['bias']


def _patches(x, p, stride):
  """A convolution whose windows do not overlap, window by window."""
  rows, columns = x.shape[0] // stride, x.shape[1] // stride
  out = np.zeros((rows, columns, p['kernel'].shape[-1]))
  for i in range(rows):
    for j in range(columns):
      window = x[i * stride : (i + 1) * stride, j * stride : (j + 1) * stride]
      out[i, j] = np.tensordot(window, p['kernel'], 3) + p['bias']
  return out


def _depthwise(x, p):
  """Each channel by itself, zeros around the image."""
  rows, columns, channels = x.shape
  padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
  out = np.zeros_like(x)
  for i in range(rows):
    for j in range(columns):
      for c in range(channels):
        window = padded[i : i + 3, j : j + 3, c]
        out[i, j, c] = (window * p['kernel'][:, :, 0, c]).sum()
  return out + p['bias']


def _gelu(x):
  return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def _reference(image, params):
  x = image
  for level, depth in enumerate(_TOWER.depths):
    x = _patches(x, params[f'downsample_{level}'], 2 if level else 4)
    x = _norm(x, params[f'norms_{level}'])
    for i in range(depth):
      p = params[f'stages_{level}_{i}']
      y = _norm(_depthwise(x, p['dwconv']), p['norm'])
      y = _gelu(y @ p['fc1']['kernel'] + p['fc1']['bias'])
      x = x + y @ p['fc2']['kernel'] + p['fc2']['bias']
  norm = params['final_norm']
  return _norm(x.mean(axis=(0, 1)), norm), _norm(x, norm)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """A checkpoint with a tokenizer of a shipped one."""
  tiny = clip_checkpoint.load('in_domain/phone_tiny')
  config = conv_clip.ConvClipConfig(
    vision=_TOWER, text=tiny.config.text, projection_dim=8
  )
  family = dual_encoder.family_of(config)
  module = family.make_module(config, jnp.float32, jnp.float32)
  path = tmp_path_factory.mktemp('conv_clip')
  clip_checkpoint.save(
    path,
    config=config,
    parameters=random_parameters.draw(module, config, 0),
    preprocessing=family.read_preprocessing({}, config),
    tokenizer=tiny.tokenizer,
    dtype=np.float32,
  )
  return path


def test_the_image_tower_is_the_loops(folder):
  model = clip_checkpoint.load(str(folder))
  rng = np.random.default_rng(0)
  # Fresh biases and scales are zeros and ones, which a mistake may miss.
  params = jax.tree.map(
    lambda x: np.asarray(x) + 0.1 * rng.normal(size=x.shape),
    model.parameters['vision_model'],
  )
  params = jax.tree.map(np.float32, params)
  images = rng.normal(size=(2, 17, 17, 3)).astype(np.float32)
  variables = {'params': {**model.parameters, 'vision_model': params}}
  kernel = np.asarray(model.parameters['visual_projection']['kernel'])
  pooled, patches = (
    np.stack(parts) @ kernel
    for parts in zip(*[_reference(x, params) for x in images], strict=True)
  )
  got = model.module.apply(variables, images, method='encode_image')
  np.testing.assert_allclose(got, pooled, atol=1e-5)
  both = model.module.apply(
    variables, images, method='encode_image_and_patches'
  )
  np.testing.assert_allclose(both[0], pooled, atol=1e-5)
  np.testing.assert_allclose(both[1], patches, atol=1e-5)
  assert both[1].shape[1:3] == dual_encoder.patch_grid(model.config)


def test_the_files_are_what_torch_would_write(folder):
  tensors = safetensors_numpy.load_file(folder / 'model.safetensors')
  shapes = {name: value.shape for name, value in tensors.items()}
  tower = 'vision_model.'
  assert shapes[f'{tower}downsample.1.weight'] == (6, 4, 2, 2)
  assert shapes[f'{tower}stages.1.1.dwconv.weight'] == (6, 1, 3, 3)
  assert shapes[f'{tower}stages.1.0.fc1.weight'] == (24, 6)
  assert shapes['visual_projection.weight'] == (8, 6)
  assert 'text_model.encoder.layers.0.mlp.fc1.weight' in shapes


def test_it_is_a_reward_model(folder, caplog):
  model = make_reward_model(
    RewardConfig(
      checkpoint=str(folder),
      head='cosine',
      prompt_templates=('a screen of [TASK]',),
      num_negatives=1,
    ),
    ('Gmail', 'Clock'),
  )
  frames = np.random.default_rng(0).integers(0, 256, (3, 24, 20, 3), np.uint8)
  scores = model.score_goals(frames, ['Gmail', 'Clock'])
  loaded = clip_checkpoint.load(str(folder))
  variables = {'params': loaded.parameters}
  images = np.asarray(
    loaded.module.apply(
      variables,
      pixels.preprocess(frames, loaded.preprocessing),
      method='encode_image',
    )
  )
  ids, mask = loaded.tokenize(['a screen of Gmail', 'a screen of Clock'])
  texts = np.asarray(
    loaded.module.apply(variables, ids, mask, method='encode_text')
  )
  lengths = np.outer(
    np.linalg.norm(images, axis=1), np.linalg.norm(texts, axis=1)
  )
  np.testing.assert_allclose(scores, images @ texts.T / lengths, atol=1e-5)
  assert np.ptp(scores[:, 0]) > 1e-4 < np.ptp(scores[0])
  # transformers knows no such model type, and need not say so.
  assert 'conv_clip' not in caplog.text


@pytest.mark.parametrize(
  'fields,message',
  [
    ({'widths': (4,)}, 'as many widths as depths'),
    ({'widths': (), 'depths': ()}, 'as many widths'),
    ({'depths': (1, 0)}, 'sizes of at least 1'),
    ({'image_size': 7}, 'image_size >= 8 for 2 levels, got 7'),
  ],
)
def test_impossible_sizes_are_refused(fields, message):
  with pytest.raises(errors.CheckpointError, match=message):
    dataclasses.replace(_TOWER, **fields)


def test_config_is_written_and_read_back():
  config = conv_clip.ConvClipConfig(
    vision=_TOWER, text=clip_config.TextConfig(eos_token_id=7)
  )
  raw = config.to_dict()
  assert raw['model_type'] == 'conv_clip'
  raw['vision_config']['widths'] = list(raw['vision_config']['widths'])
  assert conv_clip.ConvClipConfig.from_dict(raw) == config
