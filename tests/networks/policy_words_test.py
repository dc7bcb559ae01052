import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import policy_words


def test_an_instruction_is_the_mean_of_its_words():
  encoder = policy_words.InstructionEncoder(num_words=6, size=4)
  words = jnp.array([[3, 5, 0], [5, 3, 3], [0, 0, 0]], jnp.int32)
  params = encoder.init(jax.random.key(0), words)
  p = jax.tree.map(np.asarray, params['params'])
  table = p['words']['embedding']
  means = np.stack(
    [
      (table[3] + table[5]) / 2,
      (2 * table[3] + table[5]) / 3,
      np.zeros(4),
    ]
  )
  expected = means @ p['output']['kernel'] + p['output']['bias']
  np.testing.assert_allclose(
    encoder.apply(params, words), np.maximum(expected, 0), atol=1e-5
  )
