import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm.networks import clip_checkpoint


def _with(parameters):
  return dataclasses.replace(
    clip_checkpoint.load('in_domain/phone_tiny'), parameters=parameters
  )


def test_temperature_is_that_of_the_training():
  # CLIP's logits are multiplied by 100 after training.
  trained = _with({'logit_scale': jnp.log(100.0)})
  assert trained.temperature == pytest.approx(0.01, rel=1e-5)
  assert trained.logit_bias == 0


def test_a_bias_may_be_a_vector_of_one():
  model = _with({'logit_scale': np.zeros(1), 'logit_bias': np.array([-10.0])})
  assert model.logit_bias == -10
  assert model.temperature == 1
