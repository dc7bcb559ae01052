"""What a checkpoint is, whatever its name: a hash of its content."""

import hashlib

import jax
import numpy as np

from acme_vlm.networks import dual_encoder


def fingerprint(model: dual_encoder.Checkpoint) -> bytes:
  """Hashes all that embeddings of images and tokenised texts depend on.

  A copy of a checkpoint has the same fingerprint, a retrained one another; and
  so has the same one computing in another type.

  Args:
    model: the checkpoint.

  Returns:
    16 bytes, blake2b of weights, sizes, preprocessing and module.
  """
  state = hashlib.blake2b(digest_size=16)
  leaves, _ = jax.tree_util.tree_flatten_with_path(model.parameters)
  for path, leaf in leaves:
    array = np.ascontiguousarray(leaf)
    state.update(jax.tree_util.keystr(path).encode())
    state.update(f'{array.dtype}{array.shape}'.encode())
    # Viewed as bytes: not every type of JAX has a buffer of its own.
    state.update(array.reshape(-1).view(np.uint8).data)
  made_of = (type(model.module).__name__, np.dtype(model.module.dtype).name)
  state.update(repr((made_of, model.config, model.preprocessing)).encode())
  return state.digest()
