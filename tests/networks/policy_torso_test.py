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
  torso = policy_torso.Torso(patch=4, channels=(5,), strides=())
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
  torso = policy_torso.Torso(patch=4, channels=(5, 6, 7), strides=(3, 1))
  out, _ = torso.init_with_output(jax.random.key(0), frames)
  assert out.shape == (1, 2, 4, 7)
