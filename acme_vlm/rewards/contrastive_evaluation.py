"""How well a CLIP tells goals apart on frames it has not been trained on."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import clip, dual_encoder
from acme_vlm.ops import detection, pixels


class Report(NamedTuple):
  """Held-out numbers over all pairs of a frame and a goal.

  Eq. 1 of arXiv 2312.09187 with all other goals and the neutral prompt as
  negatives.

  Attributes:
    precision: share of right ones among the pairs above the threshold.
    recall: share above the threshold among the frames that show a goal.
    average_precision: area under precision over recall, threshold swept; NaN
      if no frame shows a goal.
    accuracy: share of frames whose likeliest prompt is the right one.
    neutral_false_positives: share of neutral frames on which any goal fires.
    threshold: beta of the first two.
    temperature: tau of eq. 1.
    num_frames: how many frames.
    worst: the three most frequent confusions, 'shown > taken for: count'.
  """

  precision: float
  recall: float
  average_precision: float
  accuracy: float
  neutral_false_positives: float
  threshold: float
  temperature: float
  num_frames: int
  worst: tuple[str, ...]


def evaluate(
  checkpoint: dual_encoder.Checkpoint,
  frames: np.ndarray,
  labels: Sequence[str],
  *,
  goals: Sequence[str],
  neutral: str,
  template: str,
  temperature: float | None = None,
  threshold: float = 0.5,
  batch_size: int = 128,
) -> Report:
  """Scores every frame with every goal and compares with the labels.

  Args:
    checkpoint: the CLIP.
    frames: uint8 [N, H, W, 3], held out.
    labels: N goals or the neutral words: what each frame shows.
    goals: the goals.
    neutral: words for frames that show no goal; a negative of every goal.
    template: prompt with the placeholder [TASK].
    temperature: tau of eq. 1; the one learnt in training if absent.
    threshold: beta of eq. 2.
    batch_size: frames embedded at once.

  Returns:
    The numbers.
  """
  prompts = [template.replace('[TASK]', word) for word in (*goals, neutral)]
  texts = clip.normalize(
    checkpoint.module.apply(
      {'params': checkpoint.parameters},
      *checkpoint.tokenize(prompts),
      method='encode_text',
    )
  )
  images = _embed(checkpoint, frames, batch_size)
  if temperature is None:
    temperature = float(np.exp(-checkpoint.parameters['logit_scale']))
  similarities = images @ np.asarray(texts).T
  probabilities = np.asarray(jax.nn.softmax(similarities / temperature, axis=1))
  index = {word: place for place, word in enumerate((*goals, neutral))}
  truth = np.array([index[label] for label in labels])
  return count(probabilities, truth, (*goals, neutral), threshold, temperature)


def count(
  probabilities: np.ndarray,
  truth: np.ndarray,
  words: tuple[str, ...],
  threshold: float,
  temperature: float,
) -> Report:
  """Compares probabilities with the truth.

  Args:
    probabilities: float32 [N, G + 1], of G goals and the neutral prompt.
    truth: int [N], index of the right column.
    words: the columns' names.
    threshold: beta of eq. 2.
    temperature: tau that made the probabilities; passed on.

  Returns:
    The numbers.
  """
  num_goals = len(words) - 1
  positive = truth[:, None] == np.arange(num_goals)[None]
  scores = probabilities[:, :num_goals]
  fired = detection.success(scores, threshold)
  best = probabilities.argmax(axis=1)
  wrong = [
    f'{words[t]} > {words[b]}'
    for t, b in zip(truth, best, strict=True)
    if t != b
  ]
  kinds, counts = np.unique(wrong, return_counts=True)
  neutral = truth == num_goals
  return Report(
    precision=float((fired & positive).sum() / max(fired.sum(), 1)),
    recall=float((fired & positive).sum() / max(positive.sum(), 1)),
    average_precision=(
      detection.average_precision(scores.ravel(), positive.ravel())
      if positive.any()
      else math.nan
    ),
    accuracy=float((best == truth).mean()),
    neutral_false_positives=float(fired[neutral].any(axis=1).mean())
    if neutral.any()
    else 0.0,
    threshold=threshold,
    temperature=temperature,
    num_frames=len(truth),
    worst=tuple(
      f'{kinds[i]}: {counts[i]}' for i in np.argsort(-counts, kind='stable')[:3]
    ),
  )


def _embed(
  checkpoint: dual_encoder.Checkpoint,
  frames: np.ndarray,
  batch_size: int,
) -> np.ndarray:
  module, preprocessing = checkpoint.module, checkpoint.preprocessing

  @jax.jit
  def embed(params: Mapping[str, Any], frames: jax.Array) -> jax.Array:
    inputs = pixels.preprocess(frames, preprocessing)
    features = module.apply({'params': params}, inputs, method='encode_image')
    return clip.normalize(features)

  rows = []
  for start in range(0, len(frames), batch_size):
    part = frames[start : start + batch_size]
    missing = batch_size - len(part)  # padded: one shape, one compilation
    padded = np.pad(part, ((0, missing), (0, 0), (0, 0), (0, 0)))
    rows.append(np.asarray(embed(checkpoint.parameters, jnp.asarray(padded))))
  return np.concatenate(rows)[: len(frames)]


def embed_with_patches(
  checkpoint: dual_encoder.Checkpoint,
  frames: np.ndarray,
  texts: np.ndarray,
  temperature: float,
  batch_size: int = 128,
) -> tuple[np.ndarray, np.ndarray]:
  """Embeds frames, and says how much a place of each is like each text.

  Args:
    checkpoint: a CLIP that embeds patches.
    frames: uint8 [N, H, W, 3].
    texts: differences of each text's embedding and the background's, float32
      [M, D].
    temperature: tau.
    batch_size: frames embedded at once.

  Returns:
    Image embeddings float32 [N, D], and log-sum-exp over the places of the
    scaled similarities, float32 [N, M].
  """
  module, preprocessing = checkpoint.module, checkpoint.preprocessing

  @jax.jit
  def embed(
    params: Mapping[str, Any], frames: jax.Array
  ) -> tuple[jax.Array, jax.Array]:
    images, patches = module.apply(
      {'params': params},
      pixels.preprocess(frames, preprocessing),
      method='encode_image_and_patches',
    )
    places = clip.normalize(patches) @ texts.T / temperature
    return clip.normalize(images), jax.nn.logsumexp(places, axis=(1, 2))

  images: list[np.ndarray] = []
  seen: list[np.ndarray] = []
  for start in range(0, len(frames), batch_size):
    part = frames[start : start + batch_size]
    missing = batch_size - len(part)  # padded: one shape, one compilation
    padded = np.pad(part, ((0, missing), (0, 0), (0, 0), (0, 0)))
    rows = embed(checkpoint.parameters, jnp.asarray(padded))
    for kept, row in zip((images, seen), rows, strict=True):
      kept.append(np.asarray(row))
  return np.concatenate(images)[: len(frames)], np.concatenate(seen)[
    : len(frames)
  ]
