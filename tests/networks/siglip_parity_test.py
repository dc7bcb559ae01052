"""SigLIP at its published sizes against the reference implementation.

The goldens are torch's (`tests/networks/parity/make_goldens.py`): published
widths, heads, patches and resolutions with one or two blocks.
`scripts/parity.sh` compares them at full depth and with their vocabularies.
"""

import pytest
from jax import numpy as jnp

from tests.networks.parity import configurations, goldens

_SIGLIP = [name for name in configurations.NAMES if 'siglip' in name]


@pytest.mark.parametrize('name', _SIGLIP)
def test_published_sizes(name, tmp_path):
  with goldens.Case(name, tmp_path) as case:
    assert case.spread > 1.0
    found = case.differences()
    assert found['image'] < 2e-6 and found['text'] < 2e-6, found
    assert found['logits'] < 5e-5, found  # cosines times 100
    if name == 'siglip_b_16':
      found = case.differences(jnp.bfloat16)
      assert found['text'] < 2e-6 < 1e-4 < found['image'] < 1e-3, found
      # Cosines times 100: torch's own bfloat16 is off by up to 0.13.
      assert found['logits'] < 6e-2, found


# What is wrong in both towers.
_MISTAKES = {
  'activation': {'hidden_act': 'gelu'},
  'epsilon': {'layer_norm_eps': 1e-5},
  'heads': {'num_attention_heads': 16},
}


@pytest.mark.parametrize('mistake', _MISTAKES)
def test_a_mistake_shows(mistake, tmp_path):
  changes = _MISTAKES[mistake]
  with goldens.Case(
    'siglip_b_16', tmp_path, vision_config=changes, text_config=changes
  ) as case:
    found = case.differences()
  # Both gelus are within 5e-4 of each other; the bounds above see it.
  assert min(found['image'], found['text']) > 1e-5, found
  assert found['logits'] > 1e-3, found
