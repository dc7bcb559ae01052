"""Random parameters against the module's own start."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util

from acme_vlm.networks import clip, clip_config, random_parameters

_TOWER = {
  'hidden_size': 128,
  'intermediate_size': 256,
  'num_hidden_layers': 1,
  'num_attention_heads': 4,
}
_CONFIG = clip_config.ClipConfig(
  vision=clip_config.VisionConfig(image_size=32, patch_size=16, **_TOWER),
  text=clip_config.TextConfig(
    vocab_size=200, max_position_embeddings=8, **_TOWER
  ),
  projection_dim=64,
)


@pytest.fixture(scope='module')
def drawn():
  params = random_parameters.draw(clip.Clip(_CONFIG), _CONFIG, 0)
  return traverse_util.flatten_dict(params)


def test_the_tree_and_the_vectors_are_the_modules_own(drawn):
  # The seed is that of `draw`, and so are the vectors drawn from it.
  own = jax.jit(clip.Clip(_CONFIG).init)(
    jax.random.key(0), jnp.zeros((1, 32, 32, 3)), jnp.zeros((1, 8), jnp.int32)
  )
  own = traverse_util.flatten_dict(own['params'])
  assert {p: v.shape for p, v in drawn.items()} == {
    p: v.shape for p, v in own.items()
  }
  for path, value in own.items():
    if value.ndim < 2:
      np.testing.assert_allclose(drawn[path], value, atol=1e-8)
  assert drawn['logit_scale',] == np.float32(2.6592)


def test_matrices_are_normal_of_the_stated_deviation(drawn):
  layer = ('text_model', 'encoder', 'layers_0', 'mlp', 'fc2', 'kernel')
  table = ('text_model', 'embeddings', 'token_embedding', 'embedding')
  patches = ('vision_model', 'embeddings', 'patch_embedding', 'kernel')
  for path, stddev in (
    (layer, 256**-0.5),
    (table, 0.02),
    (patches, (16 * 16 * 3) ** -0.5),
  ):
    values = drawn[path].ravel()
    assert values.dtype == np.float32
    # Of 25,600 normal numbers or more: four standard errors of the estimate.
    assert values.std() == pytest.approx(stddev, rel=4 / np.sqrt(2 * 25_600))
    assert abs(values.mean()) < 4 * stddev / np.sqrt(values.size)


def test_seeds_repeat_and_differ(drawn):
  module = clip.Clip(_CONFIG)
  again = random_parameters.draw(module, _CONFIG, 0)
  other = random_parameters.draw(module, _CONFIG, 1)
  kernel = again['text_projection']['kernel']
  np.testing.assert_array_equal(kernel, drawn['text_projection', 'kernel'])
  assert np.abs(kernel - other['text_projection']['kernel']).max() > 0.1


def test_bfloat16_modules_have_numbers_too():
  config = dataclasses.replace(_CONFIG, projection_dim=8)
  module = clip.Clip(config, param_dtype=jnp.bfloat16)
  params = random_parameters.draw(module, config, 0)
  assert params['text_projection']['kernel'].shape == (128, 8)
