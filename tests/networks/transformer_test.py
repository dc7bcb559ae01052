"""The blocks against a loop over heads, places and keys in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from acme_vlm.networks import clip_config, siglip_config, transformer

_CONFIG = clip_config.TowerConfig(
  hidden_size=6,
  intermediate_size=5,
  num_hidden_layers=1,
  num_attention_heads=2,
)


def _random(module, *args):
  params = module.init(jax.random.key(0), *args)['params']
  leaves, tree = jax.tree.flatten(params)
  keys = jax.random.split(jax.random.key(1), len(leaves))
  return tree.unflatten(
    [jax.random.normal(k, v.shape) for k, v in zip(keys, leaves, strict=True)]
  )


def _dense(params, x):
  return x @ np.asarray(params['kernel']) + np.asarray(params['bias'])


def test_attention_is_a_softmax_over_the_visible_keys_of_each_head():
  rng = np.random.default_rng(0)
  x = rng.normal(size=(2, 4, 6)).astype(np.float32)
  visible = rng.random((2, 1, 4, 4)) < 0.5
  visible |= np.eye(4, dtype=bool)
  module = transformer.Attention(_CONFIG, jnp.float32, jnp.float32)
  params = _random(module, jnp.asarray(x), None)
  q, k, v = (_dense(params[f'{n}_proj'], x) for n in 'qkv')
  mixed = np.zeros_like(x)
  for n, head, t in np.ndindex(2, 2, 4):
    part = slice(3 * head, 3 * head + 3)
    keys = np.flatnonzero(visible[n, 0, t])
    weights = special.softmax(k[n, keys, part] @ q[n, t, part] / np.sqrt(3))
    mixed[n, t, part] = weights @ v[n, keys, part]
  np.testing.assert_allclose(
    module.apply({'params': params}, jnp.asarray(x), jnp.asarray(visible)),
    _dense(params['out_proj'], mixed),
    atol=1e-5,
  )


@pytest.mark.parametrize(
  'name,function',
  [
    ('gelu', lambda x: x * special.ndtr(x)),
    ('quick_gelu', lambda x: x * special.expit(1.702 * x)),
    (
      'gelu_pytorch_tanh',
      lambda x: (
        x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
      ),
    ),
  ],
)
def test_mlp_has_the_activation_of_its_config(name, function):
  config = clip_config.TowerConfig(6, 5, 1, 2, hidden_act=name)
  x = np.random.default_rng(0).normal(size=(1, 9, 6)).astype(np.float32)
  module = transformer.Mlp(config, jnp.float32, jnp.float32)
  params = _random(module, jnp.asarray(x))
  np.testing.assert_allclose(
    module.apply({'params': params}, jnp.asarray(x)),
    _dense(params['fc2'], function(_dense(params['fc1'], x))),
    atol=1e-5,
  )


def test_half_precision_rounds_what_a_block_adds_and_not_what_it_adds_to():
  x = np.random.default_rng(0).normal(size=(1, 4, 6)).astype(np.float32)
  x += np.float32(1000)  # where bfloat16 has steps of 4
  block = transformer.Block(_CONFIG, jnp.float32, jnp.float32)
  params = _random(block, jnp.asarray(x), None)
  exact = block.apply({'params': params}, jnp.asarray(x), None)
  half = block.clone(dtype=jnp.bfloat16)
  ours = half.apply({'params': params}, jnp.asarray(x), None)
  assert ours.dtype == jnp.float32
  added = np.abs(exact - x).max()
  error = np.abs(ours - exact).max()
  assert 1e-4 * added < error < 3e-2 * added


@pytest.mark.parametrize('use_bias', [False, True])
def test_a_patch_is_embedded_as_by_a_strided_convolution(use_bias):
  config = siglip_config.VisionConfig(6, 5, 1, 2, patch_size=2)
  x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype(np.float32)
  module = transformer.PatchEmbedding(
    config, jnp.float32, jnp.float32, use_bias
  )
  params = _random(module, jnp.asarray(x))
  expected = np.zeros((2, 4, 6), np.float32)
  for n, row, column in np.ndindex(2, 2, 2):
    patch = x[n, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
    expected[n, 2 * row + column] = np.tensordot(
      patch, np.asarray(params['kernel']), 3
    )
  if use_bias:
    expected += np.asarray(params['bias'])
  np.testing.assert_allclose(
    module.apply({'params': params}, jnp.asarray(x)), expected, atol=1e-5
  )


def test_a_token_is_embedded_by_its_id_and_its_place():
  config = siglip_config.TextConfig(
    6, 5, 1, 2, vocab_size=7, max_position_embeddings=4, projection_size=6
  )
  ids = np.array([[3, 0, 6], [6, 6, 1]], np.int32)
  module = transformer.TextEmbeddings(config, jnp.float32)
  params = _random(module, jnp.asarray(ids))
  tokens, places = (
    np.asarray(params[f'{name}_embedding']['embedding'])
    for name in ('token', 'position')
  )
  np.testing.assert_array_equal(
    module.apply({'params': params}, jnp.asarray(ids)),
    tokens[ids] + places[:3],
  )
