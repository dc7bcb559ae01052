import dataclasses

import jax
import jax.numpy as jnp
import pytest

from acme_vlm.networks import clip_checkpoint
from acme_vlm.rewards import fingerprint


@pytest.fixture(scope='module')
def clip(clip_folder):
  return clip_checkpoint.load(clip_folder)


def test_a_copy_is_the_same_model(clip, clip_folder, tmp_path):
  copy = tmp_path / 'elsewhere'
  clip_checkpoint.save(
    copy,
    config=clip.config,
    parameters=clip.parameters,
    preprocessing=clip.preprocessing,
    tokenizer=clip.tokenizer,
    dtype=jnp.float32,
  )
  there = clip_checkpoint.load(str(copy))
  assert fingerprint.fingerprint(there) == fingerprint.fingerprint(clip)
  again = clip_checkpoint.load(clip_folder)
  assert fingerprint.fingerprint(again) == fingerprint.fingerprint(clip)


def test_each_part_counts(clip, clip_folder):
  leaves, tree = jax.tree.flatten(clip.parameters)
  leaves[3] = leaves[3].at[(0,) * leaves[3].ndim].add(1e-6)
  others = [
    clip,
    clip_checkpoint.load(clip_folder, dtype=jnp.bfloat16),
    dataclasses.replace(clip, parameters=jax.tree.unflatten(tree, leaves)),
    dataclasses.replace(
      clip,
      preprocessing=dataclasses.replace(clip.preprocessing, filter='bilinear'),
    ),
  ]
  assert len({fingerprint.fingerprint(other) for other in others}) == 4


def test_parameters_in_bfloat16_have_one_too(clip):
  half = dataclasses.replace(
    clip,
    parameters=jax.tree.map(lambda x: x.astype(jnp.bfloat16), clip.parameters),
  )
  assert fingerprint.fingerprint(half) != fingerprint.fingerprint(clip)
