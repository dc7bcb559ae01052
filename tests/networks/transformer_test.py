"""The blocks against a loop over heads, places and keys in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from acme_vlm.networks import clip_config, transformer

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
