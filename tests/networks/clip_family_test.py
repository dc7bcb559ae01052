"""What the family of CLIPs does not read, and what it makes."""

import re

import jax.numpy as jnp
import pytest

from acme_vlm.networks import clip, clip_config, clip_family, dual_encoder


@pytest.mark.parametrize(
  'name,constant',
  [
    ('text_model.embeddings.position_ids', True),
    ('vision_model.embeddings.position_ids', True),
    ('vision_model.embeddings.position_embedding.weight', False),
    ('text_model.embeddings.position_ids.weight', False),
    ('my_text_model.embeddings.position_ids', False),
  ],
)
def test_only_the_buffers_of_old_files_are_left(name, constant):
  found = re.fullmatch(clip_family.FAMILY.constants, name)
  assert bool(found) is constant


def test_modules_are_of_the_types_asked_for():
  assert dual_encoder.find('clip') is clip_family.FAMILY
  config = clip_config.ClipConfig()
  module = clip_family.FAMILY.make_module(config, jnp.bfloat16, jnp.float16)
  assert module == clip.Clip(
    config, dtype=jnp.bfloat16, param_dtype=jnp.float16
  )
