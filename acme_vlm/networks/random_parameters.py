"""Random parameters for a module of any size, in seconds."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import traverse_util

from acme_vlm.networks import dual_encoder, weights

# Of the tables of tokens and positions, as in Radford et al. 2021.
_EMBEDDING_STDDEV = 0.02


def draw(
  module: nn.Module, config: dual_encoder.Config, seed: int
) -> dict[str, Any]:
  """Draws the parameters of a dual encoder.

  Biases, norms, scales and temperatures begin as the module has them. Matrices
  come from NumPy, since a module's own start runs it once and compiles every
  layer: normal with variance 1 / fan-in (LeCun et al. 1998), tables of
  embeddings normal with standard deviation 0.02.

  Args:
    module: of the family's `make_module`.
    config: the sizes.
    seed: of the random numbers, at least 0.

  Returns:
    The tree of parameters, float32; the same for the same seed.
  """
  shapes = weights.parameter_shapes(module, config)
  flat = _small(module, config, seed)
  rng = np.random.default_rng(seed)
  for path, shape in sorted(shapes.items()):
    if path in flat:
      continue
    fan_in = math.prod(shape[:-1])
    table = path[-1] == 'embedding'
    stddev = _EMBEDDING_STDDEV if table else 1 / math.sqrt(fan_in)
    value = rng.standard_normal(shape, np.float32)
    value *= np.float32(stddev)
    flat[path] = value
  return traverse_util.unflatten_dict(flat)


def _small(
  module: nn.Module, config: dual_encoder.Config, seed: int
) -> dict[dual_encoder.Path, np.ndarray]:
  """Scalars and vectors, as the module begins."""

  @jax.jit
  def initialize(key: jax.Array) -> dict:
    pixels = jnp.zeros((1, *config.image_shape))
    ids = jnp.zeros((1, config.context_length), jnp.int32)
    params = module.init(key, pixels, ids, ids)['params']
    # The rest, and the pass through the towers, is never computed.
    return {
      path: leaf
      for path, leaf in traverse_util.flatten_dict(params).items()
      if leaf.ndim < 2
    }

  return jax.tree.map(np.asarray, initialize(jax.random.key(seed)))
