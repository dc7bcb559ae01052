"""The strict surroundings of every test."""

import os

# All of it is read once, when the libraries are imported. Several CPU devices,
# so that what is replicated over devices is really tested, on any machine.
os.environ['JAX_PLATFORMS'] = 'cpu'
os.environ['XLA_FLAGS'] = ' '.join(
  (
    os.environ.get('XLA_FLAGS', ''),
    '--xla_force_host_platform_device_count=4',
  )
).strip()
os.environ.setdefault('LP_NUM_THREADS', '0')
os.environ.setdefault('MPLBACKEND', 'Agg')
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

import contextlib
import pathlib
import random

import hypothesis
import jax
import jaxtyping
import numpy as np
import pytest

# Shapes written in types are checked at run time, from the first import on.
jaxtyping.install_import_hook(
  ['acme_vlm.networks', 'acme_vlm.ops', 'acme_vlm.types'], 'beartype.beartype'
)
# It puts the stop handlers where acme looks for launchpad: before any test file
# imports acme.
import acme_vlm  # noqa: E402, F401

jax.config.update('jax_numpy_rank_promotion', 'raise')

# The same examples on every run; compilation makes the first one slow.
hypothesis.settings.register_profile(
  'repeatable', derandomize=True, deadline=None, print_blob=True
)
hypothesis.settings.load_profile('repeatable')

# Flax's LayerNorm in bfloat16 and optax's schedules and Adam promote dtypes
# themselves, so only what is free of them is held to strict promotion.
_STRICT_DTYPES = ('ops', 'replicate_test.py')
_TESTS = pathlib.Path(__file__).parent


@pytest.fixture(autouse=True)
def _repeatable():
  random.seed(0)
  np.random.seed(0)


@pytest.fixture(autouse=True)
def _strict_dtypes(request):
  part = request.path.relative_to(_TESTS).parts[0]
  strict = part in _STRICT_DTYPES
  with (
    jax.numpy_dtype_promotion('strict') if strict else contextlib.nullcontext()
  ):
    yield
