"""Splitting, padding and averaging, against NumPy, on 1, 2 and 4 devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_vlm import replicate

DEVICES = (1, 2, 4)


def _batch(num_rows: int) -> dict[str, np.ndarray]:
  rng = np.random.default_rng(num_rows)
  return {
    'pixels': rng.integers(0, 256, (num_rows, 3, 2), dtype=np.uint8),
    'reward': rng.normal(size=num_rows).astype(np.float32),
  }


def test_local_devices_are_the_first_of_this_process():
  assert replicate.local_devices() == jax.local_devices()
  assert replicate.local_devices(2) == jax.local_devices()[:2]
  assert len(jax.local_devices()) == 4


@pytest.mark.parametrize('n', (0, -1, 5))
def test_more_devices_than_there_are(n):
  with pytest.raises(ValueError, match=rf'between 1 and 4 \(cpu\), got {n}\.'):
    replicate.local_devices(n)


@given(rows=st.integers(1, 5), num_devices=st.sampled_from(DEVICES))
def test_shard_gives_each_device_its_rows_in_order(rows, num_devices):
  batch = _batch(rows * num_devices)
  sharded = replicate.shard(batch, num_devices)
  for name, whole in batch.items():
    parts = np.split(whole, num_devices)
    assert len(sharded[name]) == num_devices
    for got, expected in zip(sharded[name], parts, strict=True):
      np.testing.assert_array_equal(got, expected)
    joined = replicate.unshard(sharded)[name]
    assert joined.dtype == whole.dtype
    np.testing.assert_array_equal(joined, whole)


def test_shard_of_jax_arrays_equals_that_of_numpy():
  batch = _batch(8)
  got = replicate.shard(jax.tree.map(jnp.asarray, batch), 4)
  jax.tree.map(np.testing.assert_array_equal, got, replicate.shard(batch, 4))


def test_shard_says_which_leaf_does_not_divide():
  tree = {'a': np.zeros(8), 'b': [np.zeros((6, 2))]}
  with pytest.raises(
    ValueError,
    match=r"divides among 4 devices, got shape \(6, 2\) at \['b'\]\[0\]\.",
  ):
    replicate.shard(tree, 4)


@pytest.mark.parametrize(
  ('call', 'message'),
  (
    (lambda: replicate.shard(np.float32(1), 2), r'got shape \(\)\.'),
    (lambda: replicate.shard(np.zeros(4), 0), 'at least one device, got 0'),
    (lambda: replicate.unshard(np.zeros(4)), r'got shape \(4,\)\.'),
    (lambda: replicate.pad_to(np.zeros((5, 2)), 4), r'4 rows, got shape .5, 2'),
    (lambda: replicate.pad_to(np.zeros(()), 4), r'got shape \(\)\.'),
  ),
)
def test_wrong_shapes_give_one_line(call, message):
  with pytest.raises(ValueError, match=message) as error:
    call()
  assert '\n' not in str(error.value)


@given(num_rows=st.integers(0, 9), extra=st.integers(0, 4))
def test_padding_keeps_the_rows_and_the_dtype(num_rows, extra):
  pixels = _batch(num_rows)['pixels']
  values, mask = replicate.pad_to(pixels, num_rows + extra)
  assert values.dtype == pixels.dtype
  assert mask.dtype == bool
  assert len(values) == len(mask) == num_rows + extra
  np.testing.assert_array_equal(values[mask], pixels)
  assert not values[~mask].any()
  assert mask.sum() == num_rows


@pytest.mark.parametrize('num_devices', DEVICES)
@pytest.mark.parametrize('num_rows', (1, 5, 8))
def test_a_ragged_batch_goes_round(num_devices, num_rows):
  devices = replicate.local_devices(num_devices)
  rng = np.random.default_rng(0)
  weights = rng.normal(size=(6, 2)).astype(np.float32)
  frames = rng.integers(0, 256, (num_rows, 6), dtype=np.uint8)
  score = replicate.pmap(
    lambda w, x: jnp.dot(x.astype(jnp.float32), w), devices=devices
  )

  padded, mask = replicate.pad_to(frames, 8)
  result = score(
    replicate.replicate(weights, devices), replicate.shard(padded, num_devices)
  )

  np.testing.assert_allclose(
    np.asarray(replicate.unshard(result))[mask],
    frames.astype(np.float32) @ weights,
    rtol=1e-5,
  )


@pytest.mark.parametrize('num_devices', DEVICES)
def test_mean_over_devices_equals_the_mean_of_the_batch(num_devices):
  devices = replicate.local_devices(num_devices)
  x = np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32)
  mean = replicate.pmap(
    lambda x: replicate.pmean({'mean': jnp.mean(x, axis=0)}), devices=devices
  )
  result = mean(replicate.shard(x, num_devices))['mean']
  # Every device holds the same mean, not only the first.
  np.testing.assert_allclose(
    result, np.broadcast_to(x.mean(0), (num_devices, 3)), rtol=1e-5
  )


@pytest.mark.parametrize('num_devices', DEVICES)
def test_replicate_puts_one_copy_on_every_device_and_back(num_devices):
  devices = replicate.local_devices(num_devices)
  tree = {'w': np.arange(6, dtype=np.float32).reshape(2, 3), 'n': np.int32(7)}
  copies = replicate.replicate(tree, devices)
  assert copies['w'].devices() == set(devices)
  assert copies['w'].shape == (num_devices, 2, 3)
  for copy in np.asarray(copies['w']):
    np.testing.assert_array_equal(copy, tree['w'])
  back = replicate.unreplicate(copies)
  jax.tree.map(np.testing.assert_array_equal, back, tree)
  assert back['n'].dtype == np.int32
  assert back['w'].devices() == {devices[0]}


def test_replicate_takes_all_devices_when_not_told():
  assert replicate.replicate(np.zeros(2)).devices() == set(jax.local_devices())


def test_an_argument_may_be_whole():
  devices = replicate.local_devices(2)
  add = replicate.pmap(
    lambda x, y: x + y, 'cores', in_axes=(0, None), devices=devices
  )
  x = np.arange(6, dtype=np.float32).reshape(2, 3)
  y = np.array([1, 2, 3], np.float32)
  np.testing.assert_array_equal(add(x, y), x + y)


def test_pmap_runs_on_the_devices_it_is_given():
  last = replicate.local_devices()[2:]
  double = replicate.pmap(lambda x: 2 * x, devices=last)
  assert double(np.ones((2, 3), np.float32)).devices() == set(last)


def test_unreplicate_of_results_and_of_host_arrays():
  devices = replicate.local_devices(4)
  ranks = replicate.pmap(lambda x: x + 1, devices=devices)(np.arange(4))
  assert replicate.unreplicate(ranks) == 1
  assert replicate.unreplicate(np.array([7, 8])) == 7
