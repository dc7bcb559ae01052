"""Both towers against the reference implementation, and their invariants."""

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
from acme_vlm.ops import pixels as pixels_ops

_GOLDENS = pathlib.Path(__file__).parent / 'goldens'
_HALF = {'mean': (0.5,) * 3, 'std': (0.5,) * 3, 'crop': None}


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


def _naflex_pixels(golden, name):
  budget = pixels_ops.PatchBudget(4, int(golden[f'{name}.budget']))
  return pixels_ops.preprocess(
    golden[f'{name}.frames'],
    pixels_ops.Preprocessing(resize=budget, filter='bilinear', **_HALF),
  )


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
  return images.transpose(0, 1, 3, 2, 4, 5).reshape(
    3, rows * 4, columns * 4, 3
  )


_CASES = [
  (_fixed, ''),
  (_naflex, 'high'),
  (_naflex, 'wide'),
  (_naflex, 'square'),
]


@pytest.mark.parametrize('make,name', _CASES)
def test_parity_in_float32(make, name):
  case = make()
  prefix = f'{name}.' if name else ''
  x, ids = _inputs(case, name), case.golden['ids']
  out = case.function('__call__')(x, ids)
  for ours, key, atol in (
    (case.function('encode_image')(x), 'image_features', 2e-5),
    (case.function('encode_text')(ids), 'text_features', 2e-5),
    (out.image_embeddings, 'image_embeddings', 1e-5),
    (out.text_embeddings, 'text_embeddings', 1e-5),
    (out.logits, 'logits', 1e-4),
    (jax.nn.sigmoid(out.logits), 'probabilities', 1e-5),
  ):
    np.testing.assert_allclose(
      ours, case.golden[prefix + key], rtol=0, atol=atol, err_msg=key
    )


@pytest.mark.parametrize('make,name', _CASES[:2])
def test_parity_in_bfloat16(make, name):
  case = make()
  prefix = f'{name}.' if name else ''
  images = case.function('encode_image', jnp.bfloat16)(_inputs(case, name))
  texts = case.function('encode_text', jnp.bfloat16)(case.golden['ids'])
  for ours, key in ((images, 'image'), (texts, 'text')):
    assert ours.dtype == jnp.bfloat16
    np.testing.assert_allclose(
      clip.normalize(ours),
      case.golden[f'{prefix}{key}_embeddings'],
      rtol=0,
      atol=2e-2,
    )
