"""Names and axes of the files against the files themselves."""

import json
import pathlib

import numpy as np
import pytest
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
