"""The loop of contrastive training: batches in, a trained CLIP out."""

import concurrent.futures
import functools
import multiprocessing
import pathlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import serialization

from acme_vlm import errors
from acme_vlm.networks import clip, dual_encoder
from acme_vlm.ops import pixels
from acme_vlm.rewards import contrastive, truth_contrastive

Batch = tuple[np.ndarray, Sequence[str]] | truth_contrastive.TruthBatch
_T = TypeVar('_T')


class TrainingState(NamedTuple):
  """All that training goes on from.

  Attributes:
    params: of the CLIP.
    opt_state: of AdamW.
    step: int32 [], updates done.
    seconds: float32 [], training time so far.
  """

  params: dict[str, Any]
  opt_state: optax.OptState
  step: np.ndarray
  seconds: np.ndarray


def initial_state(
  module: clip.Clip, config: contrastive.TrainingConfig
) -> TrainingState:
  """Random parameters, and an optimizer that has seen nothing.

  Args:
    module: the CLIP.
    config: seed.

  Returns:
    The state before the first update.
  """
  params = jax.jit(module.init)(
    jax.random.key(config.seed),
    jnp.zeros((1, *module.config.image_shape)),
    jnp.zeros((1, 2), jnp.int32),
  )['params']
  opt_state = contrastive.make_optimizer(config.weight_decay).init(
    contrastive.learned(params, config.train_texts)
  )
  return TrainingState(params, opt_state, *_clock(0, 0.0))


def train(
  state: TrainingState,
  batches: Iterable[Batch],
  *,
  module: clip.Clip,
  tokenizer: dual_encoder.Tokenizer,
  preprocessing: pixels.Preprocessing,
  config: contrastive.TrainingConfig,
  report: Callable[[TrainingState, dict[str, float]], None],
) -> TrainingState:
  """Trains until the steps or the minutes are over, or the batches end.

  Args:
    state: where to go on from; given away.
    batches: frames uint8 [N, H, W, 3] of one shape, and N captions; or such
      frames with the truth of many captions.
    module: the CLIP.
    tokenizer: of the captions.
    preprocessing: frames to pixels.
    config: see there.
    report: called every `report_every` updates with metrics; its time does
      not count as training.

  Returns:
    The state reached.

  Raises:
    ConfigError: a batch with more distinct captions than the config allows.
  """
  inputs = _Inputs(tokenizer, config)
  params, opt_state = state.params, state.opt_state
  step, seconds = int(state.step), float(state.seconds)
  budget, last, begun = 60 * config.minutes, 0.0, False
  for batch in batches:
    progress = max(step / config.num_steps, seconds / budget)
    if progress >= 1:
      break
    rate = np.asarray(contrastive.learning_rate(config, progress), np.float32)
    params, opt_state, metrics = inputs.update(
      params, opt_state, batch, rate, step, module, preprocessing
    )
    step += 1
    # Waiting for the oldest value only would let updates pile up.
    jax.block_until_ready(metrics['loss'])
    # Neither the wait for the first batch nor the compilation counts.
    seconds += time.monotonic() - last if begun else 0.0
    last, begun = time.monotonic(), True
    if step % config.report_every == 0:
      state = TrainingState(params, opt_state, *_clock(step, seconds))
      report(state, {name: float(value) for name, value in metrics.items()})
      last = time.monotonic()
  return TrainingState(params, opt_state, *_clock(step, seconds))


def save_state(path: pathlib.Path, state: TrainingState) -> None:
  """Writes all that training goes on from, whole or not at all.

  Args:
    path: the file; its folder is made if absent.
    state: what to write.
  """
  path.parent.mkdir(parents=True, exist_ok=True)
  partial = path.with_suffix('.partial')
  partial.write_bytes(serialization.to_bytes(state))
  partial.replace(path)


def load_state(path: pathlib.Path, like: TrainingState) -> TrainingState:
  """Reads what `save_state` wrote.

  Args:
    path: the file.
    like: a state of the same sizes.

  Returns:
    The state.

  Raises:
    CheckpointError: the file is broken or of another model.
  """
  try:
    state = serialization.from_bytes(like, path.read_bytes())
  except (ValueError, KeyError, OSError) as error:
    raise errors.CheckpointError(
      f'expected a training state of this model in {path}, got: '
      f'{str(error).splitlines()[0]}'
    ) from None
  shapes = jax.tree.map(np.shape, (state, like))
  if shapes[0] != shapes[1]:
    raise errors.CheckpointError(
      f'expected a training state of this model in {path}, got other sizes'
    )
  return state


def in_background(make: Callable[[int], _T], first: int = 0) -> Iterator[_T]:
  """Yields make(first), make(first + 1), ..., computed by another process.

  Args:
    make: picklable; its results too.
    first: first argument.

  Yields:
    The results in order. Two are always under way.
  """
  # Spawned, since a fork after JAX has started its threads can deadlock.
  context = multiprocessing.get_context('spawn')
  with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
    pending = [pool.submit(make, first), pool.submit(make, first + 1)]
    following = first + 2
    try:
      while True:
        result = pending.pop(0).result()
        pending.append(pool.submit(make, following))
        following += 1
        yield result
    finally:
      pool.shutdown(wait=False, cancel_futures=True)


class _Inputs:
  """Batches to arrays of fixed shapes; each text is tokenised once."""

  def __init__(
    self, tokenizer: dual_encoder.Tokenizer, config: contrastive.TrainingConfig
  ):
    self._config = config
    self._tokenize = functools.lru_cache(maxsize=4096)(
      lambda text: tokenizer([text])
    )
    # A bank of captions that stays the same costs nothing from batch to batch.
    self._tokens = functools.lru_cache(maxsize=16)(self._stack)
    self._rows: dict[str, np.ndarray] = {}

  def update(
    self,
    params: dict[str, Any],
    opt_state: optax.OptState,
    batch: Batch,
    rate: np.ndarray,
    step: int,
    module: clip.Clip,
    preprocessing: pixels.Preprocessing,
  ) -> tuple[dict[str, Any], optax.OptState, dict[str, jax.Array]]:
    """The update that the kind of the batch asks for."""
    config = self._config
    if not isinstance(batch, truth_contrastive.TruthBatch):
      return contrastive.update(
        params,
        opt_state,
        *self.of_captions(*batch),
        rate,
        module=module,
        preprocessing=preprocessing,
        weight_decay=config.weight_decay,
      )
    return truth_contrastive.update(
      params,
      opt_state,
      self.of_truth(batch, module, params),
      rate,
      np.asarray(step, np.int32),
      seed=config.seed,
      patch_weight=config.patch_weight,
      positive_share=config.positive_share,
      module=module,
      preprocessing=preprocessing,
      max_shift=config.max_shift,
      weight_decay=config.weight_decay,
    )

  def of_captions(
    self, frames: np.ndarray, captions: Sequence[str]
  ) -> tuple[np.ndarray, ...]:
    """Frames, tokens of the distinct captions, and who has which."""
    distinct = tuple(dict.fromkeys(captions))
    ids, mask = self._tokens(self._padded(distinct))
    place = {caption: index for index, caption in enumerate(distinct)}
    caption_of = np.array([place[caption] for caption in captions], np.int32)
    return frames, ids, mask, caption_of, np.asarray(len(distinct), np.int32)

  def of_truth(
    self,
    batch: truth_contrastive.TruthBatch,
    module: clip.Clip,
    params: dict[str, Any],
  ) -> truth_contrastive.Inputs:
    """The same with the truth; nothing is known of captions that pad it."""
    captions = self._padded(tuple(batch.captions))
    texts = (*captions, self._config.background)
    missing = len(captions) - len(batch.captions)
    alone = np.flatnonzero(batch.group < 0).astype(np.int32)
    padding = (0, -len(alone) % 16)
    places = batch.places
    if places is not None:
      # Captions of the batch to captions of `alone`; negative ones stay.
      place_of = np.zeros(len(batch.captions), np.int16)
      place_of[alone] = np.arange(len(alone))
      places = np.where(places < 0, places, place_of[np.maximum(places, 0)])
    return truth_contrastive.Inputs(
      batch.frames,
      self._cut(texts)
      if self._config.train_texts
      else self._embedded(texts, module, params),
      np.pad(batch.truth, ((0, 0), (0, missing)), constant_values=-1),
      np.pad(
        truth_contrastive.renumber(batch.group),
        (0, missing),
        constant_values=-1,
      ),
      np.pad(alone, padding, constant_values=-1),
      np.pad(-1 - batch.group[alone], padding),
      places,
    )

  def _cut(self, texts: tuple[str, ...]) -> np.ndarray:
    """Tokens and mask; no caption is as long as the context."""
    ids, mask = self._tokens(texts)
    # A few lengths are compiled for.
    longest = -(-int(mask.sum(axis=1).max()) // 4) * 4
    return np.stack([ids[:, :longest], mask[:, :longest]])

  def _embedded(
    self, texts: tuple[str, ...], module: clip.Clip, params: dict[str, Any]
  ) -> np.ndarray:
    """Embeddings by a text tower that stays as it is: each text once."""
    fresh = [text for text in dict.fromkeys(texts) if text not in self._rows]
    if fresh:
      rows = clip.normalize(
        module.apply(
          {'params': params}, *self._stack(tuple(fresh)), method='encode_text'
        )
      )
      self._rows |= dict(zip(fresh, np.asarray(rows), strict=True))
    return np.stack([self._rows[text] for text in texts])

  def _padded(self, captions: tuple[str, ...]) -> tuple[str, ...]:
    size = self._config.max_captions
    if len(captions) > size:
      raise errors.ConfigError(
        f'expected at most max_captions = {size} distinct captions in a batch, '
        f'got {len(captions)}'
      )
    return captions + captions[:1] * (size - len(captions))

  def _stack(self, texts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    pairs = [self._tokenize(text) for text in texts]
    ids, mask = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return ids, mask


def _clock(step: int, seconds: float) -> tuple[np.ndarray, np.ndarray]:
  return np.asarray(step, np.int32), np.asarray(seconds, np.float32)
