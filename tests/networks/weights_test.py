"""Names and axes of the files against the files themselves."""

import dataclasses
import json
import pathlib
import tracemalloc

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from flax import traverse_util
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import (
  clip,
  clip_config,
  clip_family,
  dual_encoder,
  safetensors_files,
  weights,
)

_GOLDENS = pathlib.Path(__file__).parent / 'goldens'


def _golden(case):
  """Parameters as read, and the tensors of the file."""
  raw = json.loads((_GOLDENS / case / 'config.json').read_text())
  config = clip_config.ClipConfig.from_dict(raw)
  module = clip.Clip(config)
  params = weights.from_tensors(
    safetensors_files.Tensors(_GOLDENS / case),
    weights.parameter_shapes(module, config),
    clip_family.FAMILY,
  )
  tensors = safetensors_numpy.load_file(_GOLDENS / case / 'model.safetensors')
  return params, tensors


def _written(params, *args):
  return dict(weights.to_tensors(params, clip_family.FAMILY.place, *args))


@pytest.mark.parametrize('case', ['quick_gelu_legacy_eos', 'gelu_first_eos'])
def test_there_and_back_is_exactly_the_file(case):
  params, tensors = _golden(case)
  written = _written(params)
  assert written.keys() == tensors.keys()
  for name, value in tensors.items():
    assert written[name].shape == value.shape
    np.testing.assert_array_equal(written[name], value, err_msg=name)


def test_axes_are_those_of_the_layers():
  params, tensors = _golden('gelu_first_eos')
  stored = tensors['vision_model.embeddings.patch_embedding.weight']
  kernel = params['vision_model']['embeddings']['patch_embedding']['kernel']
  assert stored[5, 2, 1, 7] == kernel[1, 7, 2, 5]
  stored = tensors['text_model.encoder.layers.1.mlp.fc1.weight']
  layer = params['text_model']['encoder']['layers_1']['mlp']['fc1']
  assert stored[30, 3] == layer['kernel'][3, 30]


def test_half_precision_storage_rounds_once():
  params, tensors = _golden('gelu_first_eos')
  stored = _written(params, np.float16)
  for name, value in tensors.items():
    np.testing.assert_array_equal(stored[name], value.astype(np.float16))


def _packed(path, rank):
  """torch's MultiheadAttention: three projections in one tensor."""
  where = dual_encoder.hugging_face_place(path, rank)
  module, leaf = where.name.rsplit('.', 1)
  if module not in ('query', 'key', 'value'):
    return where
  part = ('query', 'key', 'value').index(module)
  return dual_encoder.Place(f'in_proj_{leaf}', where.axes, part, 3)


def test_packed_projections_are_taken_apart(tmp_path):
  attention = _attention()
  params = attention['parameters']
  written = dict(weights.to_tensors(params, _packed))
  assert written.keys() == attention['tensors'].keys()
  for name, value in attention['tensors'].items():
    np.testing.assert_array_equal(written[name], value, err_msg=name)
  safetensors_numpy.save_file(written, tmp_path / 'model.safetensors')
  shapes = {
    path: value.shape
    for path, value in traverse_util.flatten_dict(params).items()
  }
  family = dataclasses.replace(clip_family.FAMILY, place=_packed)
  read = weights.from_tensors(
    safetensors_files.Tensors(tmp_path), shapes, family
  )
  jax.tree.map(np.testing.assert_array_equal, read, params)


def _attention():
  """Width 4, read as x @ in_proj_weight.T + in_proj_bias, thirds of it."""
  rng = np.random.default_rng(0)
  weight = rng.normal(size=(12, 4)).astype(np.float32)
  bias = rng.normal(size=12).astype(np.float32)
  out = rng.normal(size=(4, 4)).astype(np.float32)
  thirds = {
    name: {
      'kernel': weight[4 * i : 4 * i + 4].T,
      'bias': bias[4 * i : 4 * i + 4],
    }
    for i, name in enumerate(('query', 'key', 'value'))
  }
  return {
    'parameters': {**thirds, 'out': {'kernel': out.T}},
    'tensors': {
      'in_proj_weight': weight,
      'in_proj_bias': bias,
      'out.weight': out,
    },
  }


def test_a_rule_may_not_put_two_parameters_in_one_place():
  with pytest.raises(ValueError, match='two parameters claim the tensor a'):
    weights.layout(
      {('b',): (2,), ('c',): (2,)}, lambda path, rank: dual_encoder.Place('a')
    )


def test_bfloat16_files_and_parameters(tmp_path):
  # Eight bits of mantissa: 1/3 rounds to 171/512.
  stored = np.array([1 / 3, -2.5], ml_dtypes.bfloat16)
  safetensors_numpy.save_file({'b': stored}, tmp_path / 'model.safetensors')
  tensors = safetensors_files.Tensors(tmp_path)
  for dtype in (jnp.float32, jnp.bfloat16):
    read = weights.from_tensors(
      tensors, {('b',): (2,)}, clip_family.FAMILY, dtype
    )
    assert read['b'].dtype == dtype
    np.testing.assert_array_equal(
      np.float32(read['b']), np.float32([171 / 512, -2.5])
    )
  written = dict(
    weights.to_tensors(read, clip_family.FAMILY.place, ml_dtypes.bfloat16)
  )
  np.testing.assert_array_equal(written['b'], stored)


def test_numbers_that_are_no_weights_are_refused(tmp_path):
  tensors = {'b': np.zeros(2, np.int8)}
  safetensors_numpy.save_file(tensors, tmp_path / 'model.safetensors')
  with pytest.raises(errors.CheckpointError, match='numbers b but got I8'):
    weights.from_tensors(
      safetensors_files.Tensors(tmp_path), {('b',): (2,)}, clip_family.FAMILY
    )


def test_one_tensor_at_a_time_is_held(tmp_path):
  """Beside the parameters, reading takes the memory of one tensor."""
  rng = np.random.default_rng(0)
  tensors = {
    f'layers.{i}.bias': rng.normal(size=(256, 1024)) for i in range(16)
  }
  safetensors_numpy.save_file(tensors, tmp_path / 'model.safetensors')
  one = tensors['layers.0.bias'].nbytes
  shapes = {(f'layers_{i}', 'bias'): (256, 1024) for i in range(16)}
  files = safetensors_files.Tensors(tmp_path)
  tracemalloc.start()
  weights.from_tensors(files, shapes, clip_family.FAMILY, jnp.bfloat16)
  peak = tracemalloc.get_traced_memory()[1]
  tracemalloc.stop()
  assert peak < 3 * one, (peak, one)


def test_a_long_list_is_cut(tmp_path):
  config = clip_config.ClipConfig()
  safetensors_numpy.save_file(
    {'a': np.zeros(1)}, tmp_path / 'model.safetensors'
  )
  with pytest.raises(errors.CheckpointError, match=r'and \d+ more;') as caught:
    weights.from_tensors(
      safetensors_files.Tensors(tmp_path),
      weights.parameter_shapes(clip.Clip(config), config),
      clip_family.FAMILY,
    )
  assert len(str(caught.value)) < 1500
