import dataclasses
import shutil

import jax.numpy as jnp
import pytest

from acme_vlm import rewards
from acme_vlm.networks import clip_checkpoint
from acme_vlm.rewards import prompts, version

GOALS = ('gmail', 'sheets', 'clock', 'phone')


@pytest.fixture(scope='module')
def config(clip_folder):
  return rewards.RewardConfig(
    checkpoint=clip_folder,
    num_negatives=3,
    temperature=0.5,
    threshold=0.3,
  )


def _version(config, goals=GOALS):
  clip = clip_checkpoint.load(config.checkpoint, dtype=jnp.dtype(config.dtype))
  return version.reward_version(clip, prompts.make(config, goals), config)


@pytest.mark.parametrize(
  'change',
  [
    {'prompt_template': 'Open [TASK]'},
    {'num_negatives': 2},
    {'negatives_seed': 5},
    {'extra_negatives': ()},
    {'temperature': 0.4},
    {'threshold': 0.31},
    {'window': 2},
    {'dtype': 'bfloat16'},
  ],
)
def test_each_ingredient_changes_it(config, change):
  changed = dataclasses.replace(config, **change)
  assert _version(changed) != _version(config)


def test_the_weights_and_the_task_set_change_it(config, other_clip_folder):
  other = dataclasses.replace(config, checkpoint=other_clip_folder)
  assert _version(other) != _version(config)
  assert _version(config, (*GOALS, 'maps')) != _version(config)


def test_a_copy_of_the_checkpoint_does_not(config, tmp_path):
  copy = shutil.copytree(config.checkpoint, tmp_path / 'copy')
  moved = dataclasses.replace(config, checkpoint=str(copy))
  assert _version(moved) == _version(config)


def test_it_fits_a_signed_64_bit_integer(config):
  versions = [
    _version(dataclasses.replace(config, temperature=0.1 * n))
    for n in range(1, 12)
  ]
  assert all(0 <= v < 2**63 for v in versions)
  assert max(versions) > 2**61
