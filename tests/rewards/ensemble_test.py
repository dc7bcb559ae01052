import dataclasses
import os
import shutil

import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import errors, replicate, rewards
from acme_vlm.rewards import embedding_cache, ensemble, prompts

GOALS = ('gmail', 'sheets', 'clock', 'phone')
SERVICE = rewards.ServiceConfig(batch_sizes=(4,))


def _config(folder, **changes):
  values = {'checkpoint': folder, 'num_negatives': 3, 'temperature': None}
  return rewards.RewardConfig(**(values | changes))


def _load(config, known=(), service=SERVICE, cache=None):
  return ensemble.load(
    config,
    service,
    cache or embedding_cache.EmbeddingCache(100),
    replicate.local_devices(1),
    known,
  )


def _frames(num, seed=0):
  rng = np.random.default_rng(seed)
  return rng.integers(0, 256, (num, 24, 16, 3), dtype=np.uint8)


@pytest.fixture(scope='module')
def towers(clip_folder, other_clip_folder):
  return _load(_config(clip_folder, members=(other_clip_folder,)))


def test_known_towers_are_taken_over(towers, clip_folder, other_clip_folder):
  config = _config(other_clip_folder, members=(clip_folder,))
  swapped = _load(dataclasses.replace(config, threshold=0.1), towers)
  assert swapped[0] is towers[1]
  assert swapped[1] is towers[0]


@pytest.mark.parametrize(
  'change', [{'dtype': 'bfloat16'}, {'revision': 'main'}]
)
def test_towers_of_another_kind_are_not(towers, clip_folder, change):
  if 'revision' in change:
    # A folder has no revisions; a name asked for with another one is new.
    with pytest.raises(errors.CheckpointError):
      _load(_config(clip_folder, **change), towers)
    return
  (new,) = _load(_config(clip_folder, **change), towers)
  assert new is not towers[0]
  assert jnp.dtype(new.model.module.dtype) == jnp.dtype(change['dtype'])


def test_towers_of_other_batch_sizes_are_not(towers, clip_folder):
  service = rewards.ServiceConfig(batch_sizes=(8,))
  (new,) = _load(_config(clip_folder), towers, service)
  assert new is not towers[0]
  assert new.images.batch_sizes == (8,)


def test_files_written_anew_are_read_anew(clip_folder, tmp_path):
  place = shutil.copytree(clip_folder, tmp_path / 'place')
  config = _config(str(place))
  first = _load(config)
  assert _load(config, first)[0] is first[0]
  os.utime(place / 'model.safetensors', ns=(1, 1))
  assert _load(config, first)[0] is not first[0]
  shutil.rmtree(place)
  with pytest.raises(errors.CheckpointError):
    _load(config, first)


def test_each_member_has_the_numbers_of_its_checkpoint(towers):
  config = _config('any', baseline_alpha=0.3)
  made = prompts.make(config, GOALS)
  own = ensemble.member(towers[0], config, made).numbers
  assert own.temperature == pytest.approx(towers[0].model.temperature)
  assert own.bias == towers[0].model.logit_bias
  assert own.alpha == 0.3
  given = dataclasses.replace(config, temperature=0.2, bias=-3.0)
  numbers = ensemble.member(towers[0], given, made).numbers
  assert (numbers.temperature, numbers.bias) == (0.2, -3.0)


def test_embeddings_and_texts_are_the_members_side_by_side(
  towers, clip_folder, other_clip_folder
):
  config = _config(clip_folder, members=(other_clip_folder,))
  made = prompts.make(config, GOALS)
  both = ensemble.Ensemble([ensemble.member(t, config, made) for t in towers])
  assert both.dimensions == (16, 16)
  frames = _frames(5)
  rows = both.embed(frames)
  for n, tower in enumerate(towers):
    part = slice(16 * n, 16 * n + 16)
    np.testing.assert_array_equal(rows[:, part], tower.images.embed(frames))
    np.testing.assert_allclose(
      both.look_up(GOALS)[n].goal, tower.texts.embed(made.goals), rtol=1e-6
    )
  assert not np.allclose(rows[:, :16], rows[:, 16:])
  digests = [embedding_cache.digest(frame) for frame in frames]
  np.testing.assert_array_equal(both.recall(digests), rows)
  unknown = [embedding_cache.digest(frame) for frame in _frames(1, seed=9)]
  assert both.recall([*digests, *unknown]) is None
