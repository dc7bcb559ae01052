import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import policy_torso


def test_patches_are_the_squares_of_the_frame():
  rng = np.random.default_rng(0)
  frames = rng.integers(0, 256, (2, 6, 9, 3), dtype=np.uint8)
  came = np.asarray(policy_torso.patches(jnp.asarray(frames), 3))
  assert came.shape == (2, 2, 3, 27)
  for n in range(2):
    for row in range(2):
      for column in range(3):
        square = frames[n, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        np.testing.assert_array_equal(came[n, row, column], square.reshape(-1))


def test_first_layer_is_a_strided_convolution():
  rng = np.random.default_rng(1)
  frames = jnp.asarray(rng.integers(0, 256, (2, 8, 12, 3), dtype=np.uint8))
  torso = policy_torso.Torso(shrink=1, patch=4, channels=(5,), strides=())
  params = torso.init(jax.random.key(0), frames)
  kernel = params['params']['patches']['kernel'].reshape(4, 4, 3, 5)
  expected = jax.lax.conv_general_dilated(
    (frames.astype(jnp.float32) - 127.5) / 64.0,
    kernel,
    (4, 4),
    'VALID',
    dimension_numbers=('NHWC', 'HWIO', 'NHWC'),
  )
  np.testing.assert_allclose(
    torso.apply(params, frames), jnp.maximum(expected, 0.0), atol=1e-5
  )


def test_strides_divide_the_map():
  frames = jnp.zeros((1, 24, 48, 3), jnp.uint8)
  torso = policy_torso.Torso(
    shrink=1, patch=4, channels=(5, 6, 7), strides=(3, 1)
  )
  out, _ = torso.init_with_output(jax.random.key(0), frames)
  assert out.shape == (1, 2, 4, 7)


def test_shrunk_pixels_are_the_means_of_their_squares():
  rng = np.random.default_rng(2)
  frames = rng.integers(0, 256, (2, 6, 9, 3), dtype=np.uint8)
  came = np.asarray(policy_torso.shrunk(jnp.asarray(frames), 3))
  for row in range(2):
    for column in range(3):
      square = frames[:, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
      mean = square.reshape(2, 9, 3).mean(axis=1)
      np.testing.assert_array_equal(came[:, row, column], np.round(mean))


def test_a_larger_frame_is_seen_as_the_smaller_one():
  small = np.random.default_rng(3).integers(0, 256, (1, 8, 12, 3), np.uint8)
  large = small.repeat(3, axis=1).repeat(3, axis=2)
  one, three = (
    policy_torso.Torso(shrink=n, patch=4, channels=(5,), strides=())
    for n in (1, 3)
  )
  params = one.init(jax.random.key(0), jnp.asarray(small))
  np.testing.assert_array_equal(
    one.apply(params, jnp.asarray(small)),
    three.apply(params, jnp.asarray(large)),
  )
