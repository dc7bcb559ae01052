import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import policy_network


def test_cells_gather_the_positions_of_each_cell():
  rng = np.random.default_rng(0)
  x = rng.normal(size=(2, 4, 6, 3)).astype(np.float32)
  came = np.asarray(policy_network.cells(jnp.asarray(x), 2, 3))
  for row in range(2):
    for column in range(3):
      block = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
      np.testing.assert_array_equal(came[:, row, column], block.reshape(2, -1))


def test_film_scales_and_shifts_each_feature():
  x = jnp.arange(24.0).reshape(2, 2, 2, 3)
  z = jnp.array([[1.0, 2.0], [0.0, -1.0]])
  film = policy_network.Film()
  params = film.init(jax.random.key(0), x, z)
  dense = jax.tree.map(np.asarray, params['params']['scale_and_shift'])
  both = np.asarray(z) @ dense['kernel'] + dense['bias']
  for n in range(2):
    expected = np.asarray(x[n]) * (1 + both[n, :3]) + both[n, 3:]
    np.testing.assert_allclose(film.apply(params, x, z)[n], expected, rtol=1e-5)
