"""Preprocessing of hard pictures against the reference's processors.

The goldens are the grey levels of transformers' processors at a few hundred
places of each picture (`tests/networks/parity/make_preprocessing_goldens.py`).
"""

import functools
import pathlib

import jax
import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from acme_vlm.networks import dual_encoder
from acme_vlm.ops import pixels
from tests.networks.parity import configurations, pictures

_GOLDEN = (
  pathlib.Path(__file__).parents[1]
  / 'networks'
  / 'parity'
  / 'preprocessing.safetensors'
)


@functools.cache
def _goldens():
  return safetensors_numpy.load_file(_GOLDEN)


def _steps(name):
  raw = configurations.config(name)
  family = dual_encoder.find(raw['model_type'])
  processor = configurations.preprocessor(name)
  return family.read_preprocessing(processor, family.read_config(raw))


@pytest.mark.parametrize('name,size', pictures.cases())
def test_every_grey_level_is_the_references(name, size):
  key = f'{name}/{size[0]}x{size[1]}'
  run = jax.jit(pixels.preprocess, static_argnums=1)
  ours = np.asarray(run(pictures.pictures(*size), _steps(name)))
  levels = pictures.grey_levels(pictures.sample(ours, key), name)
  np.testing.assert_allclose(levels, _goldens()[key], rtol=0, atol=1e-3)
