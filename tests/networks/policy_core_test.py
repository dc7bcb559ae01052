import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import policy_core


def _sigmoid(x):
  return 1.0 / (1.0 + np.exp(-x))


def test_equals_the_equations_row_by_row():
  rng = np.random.default_rng(0)
  inputs = rng.normal(size=(2, 5, 3)).astype(np.float32)
  first = np.array([[1, 0, 0, 1, 0], [0, 0, 1, 1, 0]], bool)
  state = rng.normal(size=(2, 4)).astype(np.float32)
  core = policy_core.ResetGRU(4)
  arguments = [jnp.asarray(x) for x in (inputs, first, state)]
  params = core.init(jax.random.key(0), *arguments)
  params = jax.tree.map(lambda x: x + 0.1, params)
  states, last = core.apply(params, *arguments)

  p = jax.tree.map(np.asarray, params['params'])
  h = state
  for t in range(5):
    h = np.where(first[:, t, None], 0.0, h)
    x_r, x_z, x_n = np.split(
      inputs[:, t] @ p['input']['kernel'] + p['input']['bias'], 3, axis=-1
    )
    u_r, u_z, u_n = np.split(h @ p['recurrent'], 3, axis=-1)
    r, z = _sigmoid(x_r + u_r), _sigmoid(x_z + u_z)
    n = np.tanh(x_n + r * (u_n + p['bias']))
    h = (1 - z) * n + z * h
    np.testing.assert_allclose(states[:, t], h, rtol=1e-4, atol=1e-5)
  np.testing.assert_array_equal(last, states[:, -1])
