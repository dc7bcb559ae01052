import pathlib

import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm.networks import dual_encoder


def _checkpoint(parameters):
  nothing = None
  return dual_encoder.Checkpoint(
    nothing, parameters, nothing, nothing, nothing, pathlib.Path()
  )


def test_temperature_is_that_of_the_training():
  # CLIP's logits are multiplied by 100 after training.
  trained = _checkpoint({'logit_scale': jnp.log(100.0)})
  assert trained.temperature == pytest.approx(0.01, rel=1e-5)
  assert trained.logit_bias == 0


def test_a_bias_may_be_a_vector_of_one():
  model = _checkpoint(
    {'logit_scale': np.zeros(1), 'logit_bias': np.array([-10.0])}
  )
  assert model.logit_bias == -10
  assert model.temperature == 1
