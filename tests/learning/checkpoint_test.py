import shutil

import jax
import numpy as np
import optax
import pytest

from acme_vlm import errors
from acme_vlm.learning import checkpoint
from acme_vlm.learning.state import TrainingState


def _state(seed, width=3):
  rng = np.random.default_rng(seed)
  params = {
    'kernel': rng.normal(size=(64, width)).astype(np.float32),
    'bias': rng.normal(size=width).astype(np.float32),
  }
  return TrainingState(
    params=params,
    opt_state=jax.tree.map(np.asarray, optax.adam(1e-3).init(params)),
    steps=np.asarray(seed, np.int32),
    key=np.asarray([seed, 2**32 - 1], np.uint32),
  )


@pytest.fixture
def store(tmp_path):
  store = checkpoint.CheckpointStore(tmp_path / 'checkpoints', keep=2)
  yield store
  store.close()


def test_comes_back_bit_for_bit(store):
  state = _state(7)
  # Values that text or another dtype would lose.
  state.params['bias'][:] = (np.nextafter(1, 2), np.nan, -0.0)
  store.save(7, state, {'environment_frames': 12345, 'name': 'x'})
  came, extra = store.restore(_state(0))
  assert jax.tree.structure(came) == jax.tree.structure(state)
  for wanted, got in zip(
    jax.tree.leaves(state), jax.tree.leaves(came), strict=True
  ):
    assert wanted.dtype == got.dtype
    assert wanted.tobytes() == got.tobytes()
  assert extra == {'environment_frames': 12345, 'name': 'x'}


def test_keeps_the_newest_and_restores_the_one_asked_for(store, tmp_path):
  assert store.latest_step() is None
  for step in (1, 2, 5):
    store.save(step, _state(step))
  folders = {p.name for p in (tmp_path / 'checkpoints').iterdir()}
  assert folders == {'2', '5'}
  assert store.latest_step() == 5
  assert store.restore(_state(0))[0].steps == 5
  assert store.restore(_state(0), step=2)[0].steps == 2


def test_a_missing_checkpoint_is_one_clear_line(store, tmp_path):
  with pytest.raises(errors.CheckpointError, match='expected checkpoint'):
    store.restore(_state(0))
  store.save(1, _state(1))
  with pytest.raises(errors.CheckpointError, match=r'checkpoint 4 .* got none'):
    store.restore(_state(0), step=4)
  (tmp_path / 'file').write_text('')
  with pytest.raises(errors.CheckpointError):
    checkpoint.CheckpointStore(tmp_path / 'file').save(1, _state(1))


def _truncate(path):
  path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path):
  raw = bytearray(path.read_bytes())
  raw[len(raw) // 2] ^= 1
  path.write_bytes(raw)


@pytest.mark.parametrize('harm', [_truncate, _flip, lambda path: path.unlink()])
def test_a_harmed_file_is_one_clear_line(store, tmp_path, harm):
  store.save(3, _state(3))
  folder = tmp_path / 'checkpoints' / '3'
  files = sorted(p for p in folder.rglob('*') if p.is_file())
  harmed = [p for p in files if p.stat().st_size]
  assert len(harmed) >= 5
  for path in harmed:
    whole = path.read_bytes()
    harm(path)
    with pytest.raises(errors.CheckpointError) as caught:
      store.restore(_state(0), step=3)
    assert '\n' not in str(caught.value)
    assert str(folder) in str(caught.value)
    path.write_bytes(whole)
  assert store.restore(_state(0))[0].steps == 3


def test_another_configurations_checkpoint_is_refused(store):
  store.save(1, _state(1, width=3))
  with pytest.raises(errors.CheckpointError) as caught:
    store.restore(_state(0, width=5))
  assert '\n' not in str(caught.value)
  assert 'expected' in str(caught.value)


def test_a_half_written_checkpoint_is_not_one(store, tmp_path):
  store.save(1, _state(1))
  # Orbax has renamed it, and then the run died.
  shutil.copytree(
    tmp_path / 'checkpoints' / '1', tmp_path / 'checkpoints' / '2'
  )
  (tmp_path / 'checkpoints' / '2' / 'digests.json').unlink()
  again = checkpoint.CheckpointStore(tmp_path / 'checkpoints')
  assert again.latest_step() == 1
  assert again.restore(_state(0))[0].steps == 1
  again.save(2, _state(2))
  assert again.restore(_state(0))[0].steps == 2
  again.close()


def test_keep_must_be_positive(tmp_path):
  with pytest.raises(errors.ConfigError, match=r'keep: .*at least 1, got 0'):
    checkpoint.CheckpointStore(tmp_path, keep=0)
