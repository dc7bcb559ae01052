"""Contrastive training of a CLIP from scratch (arXiv 2103.00020, section 2.3).

The loss is CLIP's symmetric cross-entropy with one change: frames of a batch
that share a caption are all right for it, so they share its target.
"""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from acme_vlm import errors
from acme_vlm.networks import clip
from acme_vlm.ops import pixels

# CLIP's bound: a temperature below 0.01 makes training unstable.
_MAX_LOGIT_SCALE = float(np.log(100.0))


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
  """How long and how hard a CLIP is trained.

  Attributes:
    num_steps: updates over which the learning rate falls to 0, at least 1.
    minutes: training time in minutes after which it is 0 too, above 0, without
      the first update, which compiles, and reports; what ends first ends the
      training. Only `num_steps` is reproducible.
    learning_rate: peak of AdamW's, above 0.
    warmup: share of the training over which it rises linearly, in [0, 1).
    weight_decay: AdamW's, on matrices only, at least 0.
    max_captions: most distinct captions of a batch, at least 2; the text tower
      sees each once.
    max_shift: pixels by which a batch of frames is shifted at most, each way,
      at random, its edge repeated; at least 0. Only with truth.
    background: words for what is at a place where no caption is true. Only
      with truth.
    patch_weight: of the loss of the patches, at least 0. Only with truth.
    positive_share: share of the loss of the patches that true pairs of a frame
      and a caption have together, in (0, 1), however rare they are. Only with
      truth.
    train_texts: whether the text tower learns too. If not it stays as it began
      (see `text_pretraining`), each text is embedded once, and an update takes
      about half the time. Only with truth.
    seed: of the initial parameters.
    report_every: updates between two reports, at least 1.
  """

  num_steps: int = 20_000
  minutes: float = float('inf')
  learning_rate: float = 1e-3
  warmup: float = 0.03
  weight_decay: float = 0.05
  max_captions: int = 64
  max_shift: int = 4
  background: str = 'nothing'
  patch_weight: float = 1.0
  positive_share: float = 0.25
  train_texts: bool = True
  seed: int = 0
  report_every: int = 100

  def __post_init__(self):
    for name, least in (
      ('num_steps', 1),
      ('max_captions', 2),
      ('report_every', 1),
      ('weight_decay', 0),
      ('max_shift', 0),
      ('patch_weight', 0),
    ):
      if getattr(self, name) < least:
        raise errors.ConfigError(
          f'expected {name} >= {least}, got {getattr(self, name)}'
        )
    if not self.minutes > 0 or not self.learning_rate > 0:
      raise errors.ConfigError(
        'expected minutes and learning_rate > 0, got '
        f'{self.minutes} and {self.learning_rate}'
      )
    if not 0 <= self.warmup < 1:
      raise errors.ConfigError(f'expected warmup in [0, 1), got {self.warmup}')
    if not 0 < self.positive_share < 1:
      raise errors.ConfigError(
        f'expected positive_share in (0, 1), got {self.positive_share}'
      )


def contrastive_loss(
  logits: jax.Array, caption_of: jax.Array, num_captions: jax.Array
) -> jax.Array:
  """Symmetric cross-entropy with shared captions as joint positives.

  With images i, distinct captions c and s = logits:
    L = ½ mean_i [−log softmax_c(s_i)[c_i]]
      + ½ mean_c [−mean_{i: c_i = c} log softmax_i(s_{·c})[i]].

  Args:
    logits: float32 [N, M], scaled similarities of images and captions.
    caption_of: int32 [N], each image's caption; below `num_captions`.
    num_captions: int32 [], how many of the M captions are real; every real
      one belongs to at least one image, and the rest is padding.

  Returns:
    float32 [], at least 0.
  """
  real = jnp.arange(logits.shape[1]) < num_captions
  # Finite, since 0 * -inf of a padded caption would be NaN.
  logits = jnp.where(real[None, :], logits, -1e9)
  targets = jax.nn.one_hot(caption_of, logits.shape[1])
  by_image = -jnp.sum(targets * jax.nn.log_softmax(logits, axis=1), axis=1)
  shared = targets / jnp.maximum(targets.sum(axis=0, keepdims=True), 1.0)
  by_text = -jnp.sum(shared * jax.nn.log_softmax(logits, axis=0), axis=0)
  by_text = jnp.sum(jnp.where(real, by_text, 0.0)) / num_captions
  return 0.5 * (jnp.mean(by_image) + by_text)


def make_optimizer(weight_decay: float) -> optax.GradientTransformation:
  """AdamW without its learning rate, which each update is given.

  Args:
    weight_decay: see `TrainingConfig`.

  Returns:
    The transformation: clipped, scaled by Adam, decayed, descending.
  """
  return optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.scale_by_adam(b2=0.98, eps=1e-6),
    optax.add_decayed_weights(
      weight_decay,
      # Biases, norms and the logit scale are no capacity to be held down.
      mask=lambda tree: jax.tree.map(lambda x: x.ndim > 1, tree),
    ),
    optax.scale(-1.0),
  )


def learning_rate(config: TrainingConfig, progress: float) -> float:
  """Linear warm-up, then a half cosine to 0.

  Args:
    config: peak and share of the warm-up.
    progress: share of the training done, in [0, 1].

  Returns:
    The rate of the next update.
  """
  if progress < config.warmup:
    # Above 0 from the first update on.
    return config.learning_rate * max(progress / config.warmup, 0.01)
  done = (progress - config.warmup) / (1 - config.warmup)
  return config.learning_rate * 0.5 * (1 + float(np.cos(np.pi * min(done, 1))))


@functools.partial(
  jax.jit,
  static_argnames=('module', 'preprocessing', 'weight_decay'),
  donate_argnames=('params', 'opt_state'),
)
def update(
  params: dict[str, Any],
  opt_state: optax.OptState,
  frames: jax.Array,
  ids: jax.Array,
  mask: jax.Array,
  caption_of: jax.Array,
  num_captions: jax.Array,
  rate: jax.Array,
  *,
  module: clip.Clip,
  preprocessing: pixels.Preprocessing,
  weight_decay: float,
) -> tuple[dict[str, Any], optax.OptState, dict[str, jax.Array]]:
  """One update.

  Args:
    params: of the CLIP; given away.
    opt_state: of `make_optimizer`; given away.
    frames: uint8 [N, H, W, 3].
    ids: int32 [M, L], tokens of the distinct captions, padded to M.
    mask: int32 [M, L].
    caption_of: int32 [N].
    num_captions: int32 [].
    rate: float32 [], learning rate.
    module: the CLIP.
    preprocessing: frames to pixels.
    weight_decay: see `TrainingConfig`.

  Returns:
    params, opt_state and float32 [] metrics by name.
  """

  def loss_fn(params):
    inputs = pixels.preprocess(frames, preprocessing)
    logits = module.apply({'params': params}, inputs, ids, mask).logits
    loss = contrastive_loss(logits, caption_of, num_captions)
    real = jnp.arange(logits.shape[1])[None, :] < num_captions
    best = jnp.argmax(jnp.where(real, logits, -jnp.inf), axis=1)
    return loss, jnp.mean((best == caption_of).astype(jnp.float32))

  (loss, accuracy), grads = jax.value_and_grad(loss_fn, has_aux=True)(params)
  params, opt_state, metrics = descend(
    params, opt_state, grads, rate, weight_decay
  )
  return params, opt_state, {'loss': loss, 'accuracy': accuracy, **metrics}


def learned(params: dict[str, Any], train_texts: bool) -> dict[str, Any]:
  """The parameters that training changes: all, or all but the text tower's."""
  if train_texts:
    return params
  return {k: v for k, v in params.items() if not k.startswith('text_')}


def descend(
  params: dict[str, Any],
  opt_state: optax.OptState,
  grads: dict[str, Any],
  rate: jax.Array,
  weight_decay: float,
) -> tuple[dict[str, Any], optax.OptState, dict[str, jax.Array]]:
  """Follows a gradient, and keeps the temperature from falling too low.

  Args:
    params: of the CLIP.
    opt_state: of `make_optimizer`.
    grads: of the loss by the parameters.
    rate: float32 [], learning rate.
    weight_decay: see `TrainingConfig`.

  Returns:
    params, opt_state and float32 [] metrics by name.
  """
  optimizer = make_optimizer(weight_decay)
  updates, opt_state = optimizer.update(grads, opt_state, params)
  updates = jax.tree.map(lambda u: u * rate.astype(u.dtype), updates)
  params = optax.apply_updates(params, updates)
  scale = jnp.minimum(params['logit_scale'], _MAX_LOGIT_SCALE)
  params = {**params, 'logit_scale': scale}
  metrics = {
    'gradient_norm': optax.tree.norm(grads),
    'temperature': jnp.exp(-scale),
  }
  return params, opt_state, metrics
