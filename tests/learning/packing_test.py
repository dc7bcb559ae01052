import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.learning import packing
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.types import LabeledBatch


def _batch(streams=4, rows=8, change=0.2, side=8):
  """Frames and instructions that now and then differ from the row before."""
  rng = np.random.default_rng(0)
  pixels = np.zeros((streams, rows, side, side, 3), np.uint8)
  words = np.zeros((streams, rows, 2), np.int32)
  for b in range(streams):
    for t in range(rows):
      if t:
        pixels[b, t], words[b, t] = pixels[b, t - 1], words[b, t - 1]
      if rng.random() < change:
        # One byte is enough.
        pixels[b, t, -1, -1, 2] = rng.integers(256)
      if rng.random() < change:
        words[b, t, 1] = rng.integers(5)
  return LabeledBatch(
    pixels=pixels,
    sight=pixels[:, :, -1, -1].astype(np.float32),
    instruction=words,
    first=rng.random((streams, rows)) < 0.2,
    action=None,
    log_prob=None,
    reward=None,
    discount=None,
    mask=None,
    core_state=rng.normal(size=(streams, 4)).astype(np.float32),
    outcome_goal=None,
    outcome=None,
    outcome_mask=None,
    goal_scores=None,
  )


def test_index_gives_the_batch_back_on_every_device():
  # 7 x 7 x 3 bytes are no multiple of a machine word.
  for side in (8, 7):
    batch = _batch(side=side)
    for num_devices in (1, 2, 4):
      rows = packing.pack(batch, num_devices)
      for name in ('pixels', 'sight', 'instruction'):
        parts = [
          getattr(rows, name)[d][rows.position[d]] for d in range(num_devices)
        ]
        np.testing.assert_array_equal(
          np.concatenate(parts), getattr(batch, name)
        )


def test_rows_that_repeat_are_left_out_in_few_sizes():
  still = packing.pack(_batch(change=0.0), 1)
  assert still.pixels.shape[:2] == (1, 16)
  assert len(np.unique(still.position)) == 4
  assert packing.pack(_batch(change=0.15), 1).pixels.shape[1] == 16
  assert packing.pack(_batch(change=1.0), 1).pixels.shape[1] == 32
  assert packing.pack(_batch(change=1.0), 2).pixels.shape[:2] == (2, 16)


def test_a_light_batch_has_no_frames_and_else_all_that_rows_lack():
  batch = _batch()
  light = packing.lighten(batch, pixels=True)
  for name in ('pixels', 'sight', 'instruction'):
    assert not getattr(light, name).size
  np.testing.assert_array_equal(light.first, batch.first)
  sighted = packing.lighten(batch, pixels=False)
  assert sighted.pixels.shape == (4, 8, 0, 8, 3)
  for name in ('sight', 'instruction', 'first', 'core_state'):
    np.testing.assert_array_equal(getattr(sighted, name), getattr(batch, name))


def test_the_share_of_rows_that_are_computed():
  batch = _batch(change=0.0)
  assert packing.share(packing.pack(batch, 2), batch) == 0.5
  assert packing.share(None, batch) == 1.0


def test_values_and_gradients_are_those_of_the_whole_batch():
  batch = _batch()
  policy = policy_lib.make_policy(
    PolicyConfig(grid=(2, 2), channels=(4,), strides=(), core_size=4),
    num_actions=6,
    frame_shape=(8, 8, 3),
    num_words=5,
  )
  params = policy.init(jax.random.key(0))
  rows = jax.tree.map(lambda x: jnp.asarray(x[0]), packing.pack(batch, 1))
  pixels, words, first, core = (
    jnp.asarray(x)
    for x in (batch.pixels, batch.instruction, batch.first, batch.core_state)
  )
  weights = jnp.asarray(np.random.default_rng(1).normal(size=(4, 8, 6)))

  def total(params, distinct):
    if distinct:
      logits, values = policy.unroll_distinct(params, rows, first, core)
    else:
      logits, values = policy.unroll(params, pixels, words, first, core)
    return jnp.sum(logits * weights) + jnp.sum(values), (logits, values)

  gradient = jax.jit(jax.grad(total, has_aux=True), static_argnums=1)
  grads, came = gradient(params, True)
  wanted_grads, wanted = gradient(params, False)
  assert jnp.std(wanted[0]) > 1e-3
  jax.tree.map(
    lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-4),
    (grads, came),
    (wanted_grads, wanted),
  )
