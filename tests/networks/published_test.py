"""Sizes of published models against what others count and state of them."""

import math

import jax.numpy as jnp
import pytest

from acme_vlm import errors
from acme_vlm.networks import dual_encoder, published, weights
from tests.networks.parity import configurations

# Millions of parameters, counted by the open_clip project from the modules it
# loads the same weights into (its docs/model_profile.csv; SigLIP 2: its paper).
_MILLIONS = {
  'vit_b_16': 149.62,
  'vit_l_14_336': 427.94,
  'laion_vit_g_14': 1366.68,
  'laion_vit_bigg_14': 2539.57,
  'siglip_l_16_384': 652.48,
  'siglip2_b_16': 375.19,
}


@pytest.mark.parametrize('name', _MILLIONS)
def test_as_many_parameters_as_others_count(name):
  config = published.find(name).config
  family = dual_encoder.family_of(config)
  module = family.make_module(config, jnp.float32, jnp.float32)
  shapes = weights.parameter_shapes(module, config)
  number = sum(math.prod(shape) for shape in shapes.values())
  assert number / 1e6 == pytest.approx(_MILLIONS[name], abs=0.006)


def test_the_same_as_the_configurations_that_parity_is_tested_with():
  by_repository = {m.repository: m.config for m in published.MODELS.values()}
  compared = []
  for name, repository in configurations.REPOSITORIES.items():
    if repository in by_repository:
      raw = configurations.config(name)
      family = dual_encoder.find(raw['model_type'])
      assert family.read_config(raw) == by_repository[repository], name
      compared.append(name)
  assert len(compared) >= 8


def test_reimplementations_have_the_sizes_of_what_they_reimplement():
  for ours, theirs in (
    ('metaclip_b_16', 'vit_b_16'),
    ('metaclip_l_14', 'vit_l_14'),
  ):
    one, other = (published.find(n).config for n in (ours, theirs))
    assert one.vision == other.vision
    assert one.projection_dim == other.projection_dim
  # MetaCLIP keeps OpenAI's activation, LAION does not.
  meta, laion = (
    published.find(name).config.vision
    for name in ('metaclip_h_14', 'laion_vit_h_14')
  )
  assert (meta.hidden_act, laion.hidden_act) == ('quick_gelu', 'gelu')


def test_an_unknown_name_lists_the_known():
  with pytest.raises(errors.UnknownNameError, match='vit_l_14_336, laion'):
    published.find('resnet50')
