"""A published configuration with few blocks, beside what torch says of it."""

import contextlib
import dataclasses
import functools
import pathlib
import shutil
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from safetensors import numpy as safetensors_numpy

from acme_vlm.networks import clip_checkpoint, dual_encoder
from tests.networks.parity import folder, inputs, ours

_PATH = pathlib.Path(__file__).with_name('goldens.safetensors')


class Case(contextlib.AbstractContextManager):
  """A checkpoint on disk, gone when the context ends: they are large.

  Attributes:
    inputs: pixels, ids and mask for both sides.
  """

  def __init__(self, name: str, path: pathlib.Path, **changes: dict[str, Any]):
    """Writes it.

    Args:
      name: of a published configuration.
      path: a folder.
      changes: of the sections of its `config.json`, to make it wrong.
    """
    self._path = path / 'checkpoint'
    config = folder.write_reduced(name, self._path, **changes)
    self.inputs = inputs.pixels(config), *inputs.ids(config)
    self._golden = {
      key.removeprefix(f'{name}/'): value
      for key, value in _goldens().items()
      if key.startswith(f'{name}/')
    }

  def __exit__(self, *_: object) -> None:
    shutil.rmtree(self._path)

  @property
  def spread(self) -> float:
    """How far apart the embeddings of one kind are, at least.

    In units of the root mean square of their entries: 0 if all are the same.
    """
    return min(
      np.ptp(self._golden[key], axis=0).max()
      * self._golden[key].shape[1] ** 0.5
      for key in ('image', 'text')
    )

  def differences(self, dtype: DTypeLike = jnp.float32) -> dict[str, float]:
    """Largest absolute differences by name; see `ours.differences`."""
    checkpoint = dataclasses.replace(
      self._checkpoint, module=self._checkpoint.module.clone(dtype=dtype)
    )
    found = ours.embed(checkpoint, *self.inputs, fast_compilation=True)
    assert found.keys() == self._golden.keys()
    assert all(x.dtype == np.float32 for x in jax.tree.leaves(found))
    scale = 1 / checkpoint.temperature
    return ours.differences(found, self._golden, scale)

  @functools.cached_property
  def _checkpoint(self) -> dual_encoder.Checkpoint:
    return clip_checkpoint.load(str(self._path))


@functools.cache
def _goldens() -> dict[str, np.ndarray]:
  return safetensors_numpy.load_file(_PATH)
