"""Contrastive training with the truth of every frame against many captions.

Three losses of one temperature. Captions that exclude one another are a softmax
over a frame (eq. 1 of arXiv 2312.09187), every caption is one over the frames
of the batch (arXiv 2103.00020), and captions of groups below 0 are looked for
place by place, from labels of whole frames: so the patches learn where things
are, though nobody says it. Where it is known what is at a place, each is a
softmax over these captions too (as regions in arXiv 2112.09106).
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from acme_vlm.networks import clip
from acme_vlm.ops import pixels
from acme_vlm.rewards import contrastive

# Instead of -inf, whose differences are NaN.
_NONE = -1e9
# Of a place: none of the captions is true there, or it is not known.
NOTHING, UNKNOWN = -1, -2


class TruthBatch(NamedTuple):
  """Frames, captions, and which are true of which.

  Attributes:
    frames: uint8 [N, H, W, 3].
    captions: M texts.
    truth: int8 [N, M]: 1 the caption is true of the frame, 0 false, -1 unknown
      (or neither: such a pair is left out of all losses).
    group: int32 [M]: captions of one group, at least 0, exclude one another;
      those of groups below 0 are judged by the patches.
    places: int16 [N, rows, columns, K]: which caption of group -1 - k is true
      of each place, or `NOTHING`, or `UNKNOWN`; None if nobody knows.
  """

  frames: np.ndarray
  captions: Sequence[str]
  truth: np.ndarray
  group: np.ndarray
  places: np.ndarray | None = None


class Inputs(NamedTuple):
  """A `TruthBatch` as arrays, padded to a fixed number of captions.

  Attributes:
    frames: uint8 [N, H, W, 3].
    texts: the captions and the background: int32 [2, M + 1, L], tokens and
      mask, which the text tower embeds and learns from; or, where it stays as
      it is, their embeddings, float32 [M + 1, D] of unit length.
    truth: int8 [N, M], -1 for padding.
    group: int32 [M], below M; -1 for padding.
    alone: int32 [A], which captions the patches are to judge; -1 for padding.
    column: int32 [A], k of the group -1 - k of each of these.
    places: int16 [N, rows, columns, K], of `alone`; None if nobody knows.
  """

  frames: np.ndarray
  texts: np.ndarray
  truth: np.ndarray
  group: np.ndarray
  alone: np.ndarray
  column: np.ndarray
  places: np.ndarray | None


def renumber(group: np.ndarray) -> np.ndarray:
  """Numbers groups from 0 on, whatever they were called; below 0 is -1.

  >>> renumber(np.array([70, -1, 5, 70]))
  array([ 1, -1,  0,  1], dtype=int32)

  Args:
    group: int [M].

  Returns:
    int32 [M].
  """
  numbers, places = np.unique(np.maximum(group, -1), return_inverse=True)
  shift = int(len(numbers) > 0 and numbers[0] == -1)
  return (places - shift).astype(np.int32)


def group_loss(
  logits: jax.Array, truth: jax.Array, group: jax.Array
) -> jax.Array:
  """Each frame's softmax over each group: which caption is it?

      L = mean_k mean_i mean_{c true} −log( exp s_ic / (exp s_ic + w_ik) ),
      w_ik = Σ_{c' false} exp s_ic', c and c' in k

  over the groups k and the frames i of which a caption of the group is true: so
  a group counts however few frames it says something of. Of several that are
  true each competes with those that are false, not with one another: each is to
  be probable against the negatives of eq. 1.

  Args:
    logits: float32 [N, M], scaled similarities s.
    truth: int8 [N, M], 1 true, 0 false, -1 unknown.
    group: int32 [M], in [0, M), or -1 for no group.

  Returns:
    float32 [], at least 0; 0 if there is no such pair.
  """
  num = logits.shape[1]
  # The last segment takes those of no group, and is thrown away.
  segment = jnp.where(group >= 0, group, num)
  wrong = jnp.where(truth == 0, logits, _NONE).T
  highest = jnp.maximum(
    jax.lax.stop_gradient(jax.ops.segment_max(wrong, segment, num + 1)), _NONE
  )
  shifted = jnp.where(truth.T == 0, jnp.exp(wrong - highest[segment]), 0.0)
  summed = jax.ops.segment_sum(shifted, segment, num + 1)
  # The floor keeps the gradient of an empty group from being NaN.
  negatives = (highest + jnp.log(jnp.maximum(summed, 1e-30)))[segment].T
  right = ((truth == 1) & (group >= 0)[None]).astype(jnp.float32)
  number = jax.ops.segment_sum(right.T, segment, num + 1)[:-1]
  each = jax.nn.softplus(negatives - logits) * right
  loss = jax.ops.segment_sum(each.T, segment, num + 1)[:-1]
  loss = (loss / jnp.maximum(number, 1.0)).sum(axis=1)
  frames = (number > 0).sum(axis=1)
  loss = loss / jnp.maximum(frames, 1)
  return loss.sum() / jnp.maximum((frames > 0).sum(), 1)


def caption_loss(
  logits: jax.Array, truth: jax.Array, group: jax.Array
) -> jax.Array:
  """Each caption's softmax over the frames: which frames are they?

      L = mean_c mean_{i true} −log( exp s_ic / (exp s_ic + w_c) ),
      w_c = Σ_{j false} exp s_jc

  over the captions c of a group that are true of a frame of the batch. A frame
  competes with those of which the caption is false, not with others of which
  it is true.

  Args:
    logits: float32 [N, M], scaled similarities s.
    truth: int8 [N, M], 1 true, 0 false, -1 unknown.
    group: int32 [M]; captions of group -1 are left out.

  Returns:
    float32 [], at least 0; 0 if there is no such caption.
  """
  right = (truth == 1).astype(jnp.float32)
  wrong = jax.nn.logsumexp(jnp.where(truth == 0, logits, _NONE), axis=0)
  loss = (jax.nn.softplus(wrong[None] - logits) * right).sum(axis=0)
  number = right.sum(axis=0)
  counted = (group >= 0) & (number > 0)
  loss = jnp.where(counted, loss / jnp.maximum(number, 1), 0.0)
  return loss.sum() / jnp.maximum(counted.sum(), 1)


def patch_logits(
  patches: jax.Array,
  texts: jax.Array,
  background: jax.Array,
  scale: jax.Array,
) -> jax.Array:
  """How much more each place is like each text than like the background.

      z_ipc = scale · (f_ip·g_c − f_ip·g_0)

  Its sigmoid is the similarity map of caption c.

  Args:
    patches: float32 [N, rows, columns, D], of unit length.
    texts: float32 [M, D], of unit length.
    background: float32 [D], of unit length.
    scale: float32 [], inverse temperature.

  Returns:
    float32 [N, rows, columns, M].
  """
  return scale * jnp.einsum('nrcd,md->nrcm', patches, texts - background[None])


def patch_loss(
  places: jax.Array, truth: jax.Array, positive_share: float
) -> jax.Array:
  """Cross-entropy of "the caption is true somewhere" with the truth.

      z_ic = log Σ_p exp z_ipc,
      L = share · mean_{true} −log σ(z) + (1 − share) · mean_{false} −log σ(−z)

  Args:
    places: float32 [N, rows, columns, M], of `patch_logits`.
    truth: int8 [N, M], 1 true, 0 false, -1 unknown.
    positive_share: share, in (0, 1).

  Returns:
    float32 [], at least 0.
  """
  z = jax.nn.logsumexp(places, axis=(1, 2))
  right = (truth == 1).astype(jnp.float32)
  wrong = (truth == 0).astype(jnp.float32)
  return positive_share * _mean(jax.nn.softplus(-z), right) + (
    1 - positive_share
  ) * _mean(jax.nn.softplus(z), wrong)


def place_loss(
  places: jax.Array,
  at: jax.Array,
  alone: jax.Array,
  column: jax.Array,
  positive_share: float,
) -> jax.Array:
  """Each place's softmax over the captions of a column and the background.

      l_ipk = log(1 + Σ_{c in k} exp z_ipc) − z_ip,at
      L = Σ_k share · mean_{something} l + (1 − share) · mean_{nothing} l

  with z of the background 0. Places of one frame that show the same caption
  count as one together: a thing far off, at one place, counts as much as one
  that fills the frame.

  Args:
    places: float32 [N, rows, columns, A], of `patch_logits`.
    at: int [N, rows, columns, K], which of the A captions is true of a place,
      or `NOTHING`, or `UNKNOWN`.
    alone: int32 [A], -1 for padding.
    column: int32 [A], below K.
    positive_share: share, in (0, 1).

  Returns:
    float32 [], at least 0.
  """
  total = jnp.zeros(())
  for k in range(at.shape[-1]):
    rivals = jnp.where((alone >= 0) & (column == k), places, _NONE)
    all_of_them = jnp.logaddexp(jax.nn.logsumexp(rivals, axis=-1), 0.0)
    here = at[..., k].astype(jnp.int32)
    own = jnp.take_along_axis(places, jnp.maximum(here, 0)[..., None], axis=-1)
    each = all_of_them - jnp.where(here >= 0, own[..., 0], 0.0)
    flat = here.reshape(here.shape[0], -1)
    alike = (flat[:, :, None] == flat[:, None, :]).sum(axis=2)
    something = jnp.where(here >= 0, 1.0 / alike.reshape(here.shape), 0.0)
    nothing = (here == NOTHING).astype(jnp.float32)
    total += positive_share * _mean(each, something)
    total += (1 - positive_share) * _mean(each, nothing)
  return total


def shift(frames: jax.Array, most: int, key: jax.Array) -> jax.Array:
  """Shifts a batch at random, both ways, and repeats its edge.

  Args:
    frames: uint8 [N, H, W, 3].
    most: pixels, at least 0.
    key: of the random numbers.

  Returns:
    uint8 [N, H, W, 3], all shifted alike: one copy of memory.
  """
  if not most:
    return frames
  sides = ((0, 0), (most, most), (most, most), (0, 0))
  top, left = jax.random.randint(key, (2,), 0, 2 * most + 1)
  padded = jnp.pad(frames, sides, mode='edge')
  return jax.lax.dynamic_slice(padded, (0, top, left, 0), frames.shape)


@functools.partial(
  jax.jit,
  static_argnames=('module', 'preprocessing', 'max_shift', 'weight_decay'),
  donate_argnames=('params', 'opt_state'),
)
def update(
  params: dict[str, Any],
  opt_state: optax.OptState,
  batch: Inputs,
  rate: jax.Array,
  step: jax.Array,
  *,
  seed: int,
  patch_weight: float,
  positive_share: float,
  module: clip.Clip,
  preprocessing: pixels.Preprocessing,
  max_shift: int,
  weight_decay: float,
) -> tuple[dict[str, Any], optax.OptState, dict[str, jax.Array]]:
  """One update.

  Args:
    params: of the CLIP; given away.
    opt_state: of `contrastive.make_optimizer`, of what is learned
      (`contrastive.learned`); given away.
    batch: N frames and M captions; with embeddings the text tower stays.
    rate: float32 [], learning rate.
    step: int32 [], updates before this one; with the seed it makes the shift.
    seed: of the shifts.
    patch_weight: see `contrastive.TrainingConfig`; it and the next may change
      without another compilation.
    positive_share: see there.
    module: a CLIP that embeds patches.
    preprocessing: frames to pixels.
    max_shift: see there.
    weight_decay: see there.

  Returns:
    params, opt_state and float32 [] metrics by name.
  """
  key = jax.random.fold_in(jax.random.key(seed), step)
  frames = shift(jnp.asarray(batch.frames), max_shift, key)
  truth, group, alone = map(
    jnp.asarray, (batch.truth, batch.group, batch.alone)
  )

  embedded = batch.texts.ndim == 2
  own = contrastive.learned(params, not embedded)

  def loss_fn(own):
    params_now = {**params, **own}
    inputs = pixels.preprocess(frames, preprocessing)
    images, patches = module.apply(
      {'params': params_now}, inputs, method='encode_image_and_patches'
    )
    if embedded:
      texts = jnp.asarray(batch.texts)
    else:
      texts = clip.normalize(
        module.apply({'params': params_now}, *batch.texts, method='encode_text')
      )
    scale = jnp.exp(own['logit_scale'])
    logits = scale * clip.normalize(images) @ texts[:-1].T
    places = patch_logits(
      clip.normalize(patches), texts[alone], texts[-1], scale
    )
    losses = {
      'group_loss': group_loss(logits, truth, group),
      'caption_loss': caption_loss(logits, truth, group),
    }
    losses['patch_loss'] = _patches_loss(places, batch, positive_share)
    loss = 0.5 * (losses['group_loss'] + losses['caption_loss'])
    return loss + patch_weight * losses['patch_loss'], losses

  (loss, losses), grads = jax.value_and_grad(loss_fn, has_aux=True)(own)
  own, opt_state, metrics = contrastive.descend(
    own, opt_state, grads, rate, weight_decay
  )
  return {**params, **own}, opt_state, {'loss': loss, **losses, **metrics}


def _patches_loss(
  places: jax.Array, batch: Inputs, positive_share: float
) -> jax.Array:
  """Of whole frames, and of places where it is known what is there."""
  truth, alone = jnp.asarray(batch.truth), jnp.asarray(batch.alone)
  looked_for = jnp.where(alone[None] < 0, -1, truth[:, alone])
  loss = patch_loss(places, looked_for, positive_share)
  if batch.places is not None:
    at, column = jnp.asarray(batch.places), jnp.asarray(batch.column)
    loss += place_loss(places, at, alone, column, positive_share)
  return loss


def _mean(values: jax.Array, weights: jax.Array) -> jax.Array:
  return (values * weights).sum() / jnp.maximum(weights.sum(), 1.0)
