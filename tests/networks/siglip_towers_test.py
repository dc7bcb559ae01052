"""Both towers against the reference implementation, and their invariants."""

import dataclasses
import functools
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util
from safetensors import numpy as safetensors_numpy

from acme_vlm.networks import clip, dual_encoder, siglip_config, siglip_towers

_GOLDENS = pathlib.Path(__file__).parent / 'goldens'


class _Case:
  """A golden and jitted functions of the model it belongs to."""

  def __init__(self, name, config_class):
    folder = _GOLDENS / name
    raw = json.loads((folder / 'config.json').read_text())
    self.config = config_class.from_dict(raw)
    self.golden = safetensors_numpy.load_file(folder / 'golden.safetensors')
    tensors = safetensors_numpy.load_file(folder / 'model.safetensors')
    shapes = jax.eval_shape(
      siglip_towers.Siglip(self.config).init,
      jax.random.key(0),
      jnp.zeros((1, *self.config.image_shape)),
      jnp.zeros((1, self.config.context_length), jnp.int32),
    )['params']
    params = {}
    for path, leaf in traverse_util.flatten_dict(shapes).items():
      place = dual_encoder.hugging_face_place(path, len(leaf.shape))
      value = tensors.pop(place.name)
      if place.axes is not None:
        value = value.transpose(np.argsort(place.axes))
      assert value.shape == leaf.shape, path
      params[path] = jnp.asarray(value)
    assert not tensors
    self.params = traverse_util.unflatten_dict(params)

  @functools.cache  # noqa: B019
  def function(self, method, dtype=jnp.float32):
    module = siglip_towers.Siglip(self.config, dtype=dtype)
    return functools.partial(
      jax.jit(functools.partial(module.apply, method=method)),
      {'params': self.params},
    )


@functools.cache
def _fixed():
  return _Case('siglip_fixed', siglip_config.SiglipConfig)


@functools.cache
def _naflex():
  return _Case('siglip_naflex', siglip_config.NaflexConfig)


def _inputs(case, name):
  """Pixels of a case; NaFlex's are put together from the golden's patches."""
  golden = case.golden
  if not name:
    return golden['pixels']
  (rows, columns), *rest = golden[f'{name}.shapes'].tolist()
  assert all(shape == [rows, columns] for shape in rest)
  count = rows * columns
  assert golden[f'{name}.mask'].sum(1).tolist() == [count] * 3
  patches = golden[f'{name}.patches'][:, :count]
  images = patches.reshape(3, rows, columns, 4, 4, 3)
  return images.transpose(0, 1, 3, 2, 4, 5).reshape(3, rows * 4, columns * 4, 3)


_CASES = [
  (_fixed, ''),
  (_naflex, 'high'),
  (_naflex, 'wide'),
]


def _check(case, name, ours, keys, atol=1e-5):
  prefix = f'{name}.' if name else ''
  for value, key in zip(ours, keys, strict=True):
    np.testing.assert_allclose(
      value, case.golden[prefix + key], rtol=0, atol=atol, err_msg=key
    )


@pytest.mark.parametrize('make,name', _CASES)
def test_image_parity_in_float32(make, name):
  case = make()
  features = case.function('encode_image')(_inputs(case, name))
  _check(case, name, [features], ['image_features'], 2e-5)
  _check(case, name, [clip.normalize(features)], ['image_embeddings'])


@pytest.mark.parametrize('make,name', _CASES[:2])
def test_text_and_logit_parity_in_float32(make, name):
  case = make()
  out = case.function('__call__')(_inputs(case, name), case.golden['ids'])
  _check(
    case,
    name,
    [out.image_embeddings, out.text_embeddings, jax.nn.sigmoid(out.logits)],
    ['image_embeddings', 'text_embeddings', 'probabilities'],
  )
  _check(case, name, [out.logits], ['logits'], 1e-4)


def test_text_features_in_float32():
  features = _fixed().function('encode_text')(_fixed().golden['ids'])
  _check(_fixed(), '', [features], ['text_features'], 2e-5)


def test_parity_in_bfloat16():
  case = _fixed()
  texts = case.function('encode_text', jnp.bfloat16)(case.golden['ids'])
  images = case.function('encode_image', jnp.bfloat16)(_inputs(case, ''))
  assert images.dtype == texts.dtype == jnp.float32
  _check(case, '', [clip.normalize(images)], ['image_embeddings'], 1e-2)
  _check(case, '', [clip.normalize(texts)], ['text_embeddings'], 1e-5)


def test_parity_of_resized_positions_in_bfloat16():
  images = _naflex().function('encode_image', jnp.bfloat16)(
    _inputs(_naflex(), 'high')
  )
  assert images.dtype == jnp.float32
  embeddings = clip.normalize(images)
  _check(_naflex(), 'high', [embeddings], ['image_embeddings'], 1e-2)


def test_the_goldens_differ_by_more_than_any_tolerance():
  for case, name in ((_fixed(), ''), (_naflex(), 'high.')):
    for key in ('image_embeddings', 'text_embeddings'):
      rows = case.golden[name + key]
      assert np.abs(rows - rows.mean(0)).max() > 0.05


def test_padding_is_attended_to_and_the_mask_is_not_looked_at():
  case = _fixed()
  encode = case.function('encode_text')
  ids = case.golden['ids']  # row 1 has three tokens, then padding
  expected = encode(ids)
  np.testing.assert_array_equal(encode(ids, np.zeros_like(ids)), expected)
  other = ids.copy()
  other[1, 5] = 7
  assert np.abs(encode(other)[1] - expected[1]).max() > 1e-2


def test_rest_at_the_right_and_bottom_is_unseen_by_a_fixed_size():
  case = _fixed()  # 18 pixels, patches of 4
  encode, x = case.function('encode_image'), case.golden['pixels']
  unseen = x.copy()
  unseen[:, 16:], unseen[:, :, 16:] = 9.0, -9.0
  np.testing.assert_array_equal(encode(unseen), encode(x))


def test_refuses_other_sizes():
  golden = _fixed().golden
  with pytest.raises(ValueError, match=r'\[N, \*\(18, 18, 3\)\], got'):
    _fixed().function('encode_image')(golden['pixels'][:, :16])
  with pytest.raises(ValueError, match='at most 8 tokens, got 16'):
    _fixed().function('encode_text')(golden['ids'].repeat(2, axis=1))
  for shape in ((1, 16, 18, 3), (1, 16, 0, 3), (1, 16, 16, 1)):
    with pytest.raises(ValueError, match='whole 4-px patches, got'):
      _naflex().function('encode_image')(jnp.zeros(shape))


def test_initial_parameters_are_finite_and_of_the_type_asked_for():
  one = dataclasses.replace
  config = _naflex().config
  # No block: compiling random numbers is slow.
  config = one(
    config,
    vision=one(config.vision, num_hidden_layers=0),
    text=one(config.text, num_hidden_layers=0),
  )
  module = siglip_towers.Siglip(config, param_dtype=jnp.bfloat16)
  params = jax.jit(module.init)(
    jax.random.key(0), jnp.zeros((1, 8, 8, 3)), jnp.zeros((1, 8), jnp.int32)
  )['params']
  flat = traverse_util.flatten_dict(params)
  assert flat.pop(('logit_scale',)) == np.log(np.float32(10))
  assert flat.pop(('logit_bias',)) == -10
  assert {leaf.dtype for leaf in flat.values()} == {jnp.dtype(jnp.bfloat16)}
  assert all(np.isfinite(np.float32(leaf)).all() for leaf in flat.values())
