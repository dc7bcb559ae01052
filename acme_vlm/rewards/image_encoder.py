"""Frames to embeddings, on all local devices."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm import replicate
from acme_vlm.networks import clip, dual_encoder
from acme_vlm.ops import pixels
from acme_vlm.rewards import batching, embedding_cache
from acme_vlm.rewards import fingerprint as fingerprint_lib

# (embeddings float32 [N, D], patches float32 [N, rows, columns, D], more arrays
# [N, ...]) to an array [N, ...]; pure, traced.
Head = Callable[..., jax.Array]


class ImageEncoder:
  """An image tower behind a cache, replicated with `pmap`.

  uint8 frames go to the devices; preprocessing, tower and normalisation are
  one program. Batches are padded to a few fixed sizes, so nothing is compiled
  after the first use of each. Safe to use from several threads.
  """

  def __init__(
    self,
    model: dual_encoder.Checkpoint,
    *,
    batch_sizes: Sequence[int],
    cache: embedding_cache.EmbeddingCache,
    devices: Sequence[jax.Device] | None = None,
  ):
    """Puts the parameters on the devices.

    Args:
      model: the checkpoint; its module's dtype is that of the computation.
      batch_sizes: numbers of frames that are compiled for, rising; rounded up
        to multiples of the number of devices.
      cache: of embeddings; other encoders may share it.
      devices: where to run; None for all local devices.
    """
    self._model = model
    self._devices = list(devices or replicate.local_devices())
    self._sizes = batching.device_sizes(batch_sizes, len(self._devices))
    self._cache = cache
    self._fingerprint = fingerprint_lib.fingerprint(model)
    self._encode = replicate.pmap(self._program, devices=self._devices)
    self._see: Callable[..., np.ndarray] | None = None
    self._parameters = replicate.replicate(model.parameters, self._devices)
    self._lock = threading.Lock()
    self._frames = 0
    self._embedded = 0
    self._padded = 0
    self._compilations = 0

  @property
  def batch_sizes(self) -> tuple[int, ...]:
    """The numbers of frames that are compiled for, rising."""
    return self._sizes

  @property
  def dimension(self) -> int:
    """Length D of an embedding."""
    return self._model.dimension

  @property
  def fingerprint(self) -> bytes:
    """What the checkpoint is, by its content: 16 bytes."""
    return self._fingerprint

  @property
  def compilations(self) -> int:
    """Programs traced so far."""
    return self._compilations

  def counters(self) -> dict[str, int]:
    """Counts since the start.

    Returns:
      `frames` asked for, `embedded` by the tower, `padded` rows computed in
      all (embedded / padded is the fill of the batches).
    """
    with self._lock:
      return {
        'frames': self._frames,
        'embedded': self._embedded,
        'padded': self._padded,
      }

  def warm_up(self, frame_size: tuple[int, int]) -> None:
    """Compiles every shape.

    Args:
      frame_size: height and width of the frames, in pixels.
    """
    for size in self._sizes:
      self._run(
        self._encode, [np.zeros((size, *frame_size, 3), np.uint8)], size
      )

  def embed(self, frames: np.ndarray) -> np.ndarray:
    """Embeds frames, each different one once.

    Args:
      frames: uint8 [N, H, W, 3].

    Returns:
      float32 [N, D], rows of unit length.

    Raises:
      ValueError: frames of another shape or type.
    """
    _check(frames)
    digests = [embedding_cache.digest(frame) for frame in frames]
    rows = self._cache.look_up(self._keys(digests))
    fresh: dict[bytes, int] = {}
    for n, key in enumerate(self._keys(digests)):
      if key not in rows:
        fresh.setdefault(key, n)
    computed = self._embed_fresh(frames[list(fresh.values())])
    if fresh:
      rows |= self._cache.remember(dict(zip(fresh, computed, strict=True)))
    with self._lock:
      self._frames += len(digests)
    return self._stack(digests, rows)

  def see(self, frames: np.ndarray) -> np.ndarray:
    """Embeds every place of frames, and the frames too.

    Those embeddings are remembered, so that `embed` has nothing to compute for
    frames that were just seen; patches are not.

    Args:
      frames: uint8 [N, H, W, 3].

    Returns:
      float32 [N, rows, columns, D], places of unit length.

    Raises:
      ValueError: frames of another shape or type.
      CheckpointError: a model that embeds no patches.
    """
    if self._see is None:
      self._see = self.looking(lambda _, patches: patches)
    return self._see(frames)

  def looking(self, head: Head) -> Callable[..., np.ndarray]:
    """Makes `see` with more behind it, in one program.

    Args:
      head: what is made of embeddings and patches, both of unit length, and of
        the further arrays that the result is called with.

    Returns:
      A function of frames uint8 [N, H, W, 3] and arrays [N, ...] to the head's
      result [N, ...]. It remembers the embeddings as `see` does, is compiled
      for the batch sizes, and may be called from several threads.

    Raises:
      CheckpointError: a model that embeds no patches.
    """
    dual_encoder.patch_grid(self._model.config)

    def program(
      parameters: Mapping, frames: jax.Array, *more: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
      features, patches = self._traced(
        parameters, frames, 'encode_image_and_patches'
      )
      rows = clip.normalize(features)
      return rows, head(rows, clip.normalize(patches), *more)

    look = replicate.pmap(program, devices=self._devices)
    return lambda frames, *more: self._look(look, frames, *more)

  def recall(self, digests: Sequence[bytes]) -> np.ndarray | None:
    """Embeddings of frames that are not at hand, if the cache knows them all.

    Args:
      digests: of N frames, by `embedding_cache.digest`.

    Returns:
      float32 [N, D], or None if one is not known.
    """
    rows = self._cache.look_up(self._keys(digests))
    if len(rows) < len(set(digests)):
      return None
    with self._lock:
      self._frames += len(digests)
    return self._stack(digests, rows)

  def _keys(self, digests: Sequence[bytes]) -> list[bytes]:
    return [self._fingerprint + digest for digest in digests]

  def _stack(
    self, digests: Sequence[bytes], rows: Mapping[bytes, np.ndarray]
  ) -> np.ndarray:
    result = np.empty((len(digests), self.dimension), np.float32)
    for n, key in enumerate(self._keys(digests)):
      result[n] = rows[key]
    return result

  def _embed_fresh(self, frames: np.ndarray) -> list[np.ndarray]:
    rows: list[np.ndarray] = []
    for start, stop, size in batching.split(len(frames), self._sizes):
      batch = self._run(self._encode, [frames[start:stop]], size)
      self._count(stop - start, size)
      # Copied, so that a cached row does not keep its whole batch alive.
      rows.extend(row.copy() for row in batch)
    return rows

  def _look(
    self,
    look: Callable[..., tuple[jax.Array, jax.Array]],
    frames: np.ndarray,
    *more: np.ndarray,
  ) -> np.ndarray:
    _check(frames)
    keys = self._keys([embedding_cache.digest(frame) for frame in frames])
    seen = []
    # An empty batch still has a shape, which only the program knows.
    parts = batching.split(len(frames), self._sizes)
    for start, stop, size in parts or [batching.Slice(0, 0, self._sizes[0])]:
      arrays = [array[start:stop] for array in (frames, *more)]
      rows, result = self._run(look, arrays, size)
      self._count(stop - start, size)
      seen.append(result)
      copies = (row.copy() for row in rows)
      # A frame that comes twice keeps its first embedding.
      named = zip(keys[start:stop], copies, strict=True)
      self._cache.remember(dict(reversed(list(named))))
    with self._lock:
      self._frames += len(frames)
    return np.concatenate(seen)

  def _run(
    self, program: Callable, arrays: Sequence[np.ndarray], size: int
  ) -> Any:
    padded = [replicate.pad_to(array, size) for array in arrays]
    sharded = (
      replicate.shard(each.values, len(self._devices)) for each in padded
    )
    results = replicate.unshard(program(self._parameters, *sharded))
    mask = padded[0].mask
    return jax.tree.map(lambda x: np.asarray(x)[mask], results)

  def _count(self, embedded: int, padded: int) -> None:
    with self._lock:
      self._embedded += embedded
      self._padded += padded

  def _program(self, parameters: Mapping, frames: jax.Array) -> jax.Array:
    return clip.normalize(self._traced(parameters, frames, 'encode_image'))

  def _traced(self, parameters: Mapping, frames: jax.Array, method: str) -> Any:
    # Runs only while JAX traces, so it counts the compilations.
    self._compilations += 1
    model = self._model
    images = pixels.preprocess(
      frames, model.preprocessing, jnp.dtype(model.module.dtype)
    )
    with dual_encoder.matmul_precision(model.module.dtype):
      return model.module.apply({'params': parameters}, images, method=method)


def _check(frames: np.ndarray) -> None:
  if (
    frames.dtype != np.uint8
    or frames.ndim != 4
    or frames.shape[3] != 3
    or 0 in frames.shape[1:]
  ):
    raise ValueError(
      'expected frames uint8 [N, H, W, 3] of at least one pixel, '
      f'got {frames.dtype} {list(frames.shape)}'
    )
