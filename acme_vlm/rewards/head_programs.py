"""Embeddings and texts to scores: compiled for a few sizes of a batch."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm import replicate
from acme_vlm.networks import dual_encoder
from acme_vlm.ops import reward_heads
from acme_vlm.rewards import batching, heads

# How one goal's texts lie in those of several: goals differ, the rest is one.
_GOAL_AXES: Any = heads.Texts(*(0, 0, None, None))

# Of several goals, by every member: on the host, and in a program.
Texts = tuple[heads.Texts[np.ndarray], ...]
_Texts = tuple[heads.Texts[jax.Array], ...]


class Numbers(NamedTuple):
  """What a score depends on besides embeddings.

  Attributes:
    members: of each member's head.
    threshold: beta, for the verdicts of an ensemble that has to agree.
  """

  members: tuple[heads.Parameters, ...]
  threshold: float


class HeadPrograms:
  """The heads of all members, batched. Safe to use from several threads.

  Texts and numbers are arguments of the compiled programs: a reward that
  differs in nothing else compiles nothing anew.
  """

  def __init__(self, head: heads.Head, kind: str, dimensions: tuple[int, ...]):
    """Compiles nothing yet.

    Args:
      head: of every member.
      kind: of the ensemble: 'mean', 'min' or 'agree'; of one member, any.
      dimensions: of the members' embeddings, which stand side by side.
    """
    self._head = head
    self._kind = kind
    self._ends = tuple(np.cumsum(dimensions).tolist())
    self._compilations = 0
    self._windows = jax.jit(self._score_windows)
    self._goals = jax.jit(self._score_goals)

  @property
  def compilations(self) -> int:
    """Programs traced so far, for all who share them."""
    return self._compilations

  def windows(
    self,
    windows: np.ndarray,
    mask: np.ndarray,
    texts: Texts,
    numbers: Numbers,
    sizes: Sequence[int],
  ) -> np.ndarray:
    """Scores windows of embeddings, each against its goal.

    Args:
      windows: float32 [N, k, D].
      mask: bool [N, k], false where there is no frame.
      texts: of N goals, by every member.
      numbers: the heads' and the ensemble's.
      sizes: numbers of rows that are compiled for, rising.

    Returns:
      float32 [N].
    """
    result = np.empty(len(windows), np.float32)
    for start, stop, size in batching.split(len(windows), sizes):
      padded = [
        replicate.pad_to(x[start:stop], size).values for x in (windows, mask)
      ]
      rows = tuple(_rows(of_member, start, stop, size) for of_member in texts)
      scores = self._windows(*padded, rows, numbers)
      result[start:stop] = np.asarray(scores)[: stop - start]
    return result

  def goals(
    self,
    images: np.ndarray,
    texts: Texts,
    numbers: Numbers,
    sizes: Sequence[int],
  ) -> np.ndarray:
    """Scores embeddings, each against all goals.

    Args:
      images: float32 [N, D].
      texts: of G goals, by every member.
      numbers: the heads' and the ensemble's.
      sizes: numbers of rows that are compiled for, rising.

    Returns:
      float32 [N, G].
    """
    result = np.empty((len(images), len(texts[0].goal)), np.float32)
    for start, stop, size in batching.split(len(images), sizes):
      padded = replicate.pad_to(images[start:stop], size).values
      scores = self._goals(padded, texts, numbers)
      result[start:stop] = np.asarray(scores)[: stop - start]
    return result

  def _score_windows(
    self, windows: jax.Array, mask: jax.Array, texts: _Texts, numbers: Numbers
  ) -> jax.Array:
    # Runs only while JAX traces, so it counts the compilations.
    self._compilations += 1

    def score(window: jax.Array, mask: jax.Array, texts: _Texts) -> jax.Array:
      images = [
        reward_heads.window_embedding(rows, mask)
        for rows in self._split(window)
      ]
      return self._score(images, texts, numbers)

    axes = (_GOAL_AXES,) * len(texts)
    return jax.vmap(score, in_axes=(0, 0, axes))(windows, mask, texts)

  def _score_goals(
    self, images: jax.Array, texts: _Texts, numbers: Numbers
  ) -> jax.Array:
    self._compilations += 1

    def score(image: jax.Array, texts: _Texts) -> jax.Array:
      return self._score(self._split(image), texts, numbers)

    axes = (_GOAL_AXES,) * len(texts)
    of_goals = jax.vmap(score, in_axes=(None, axes))
    return jax.vmap(of_goals, in_axes=(0, None))(images, texts)

  def _split(self, rows: jax.Array) -> list[jax.Array]:
    return jnp.split(rows, self._ends[:-1], axis=-1)

  def _score(
    self, images: Sequence[jax.Array], texts: _Texts, numbers: Numbers
  ) -> jax.Array:
    # Scores are float32, whatever the towers computed in.
    with dual_encoder.matmul_precision(jnp.float32):
      scores = [
        self._head.program(image, of_member, own)
        for image, of_member, own in zip(
          images, texts, numbers.members, strict=True
        )
      ]
    return _combine(self._kind, jnp.stack(scores), numbers.threshold)


@functools.cache
def shared(
  head: heads.Head, kind: str, dimensions: tuple[int, ...]
) -> HeadPrograms:
  """The programs of these arguments, the same ones for all who ask."""
  return HeadPrograms(head, kind, dimensions)


def _combine(kind: str, scores: jax.Array, threshold: float) -> jax.Array:
  if scores.shape[0] == 1:
    return scores[0]
  match kind:
    case 'mean':
      return reward_heads.ensemble_mean(scores)
    case 'min':
      return reward_heads.ensemble_min(scores)
    case 'agree':
      return reward_heads.ensemble_agree(scores, threshold)
  raise ValueError(f'expected an ensemble mean, min or agree, got {kind!r}')


def _rows(
  texts: heads.Texts[np.ndarray], start: int, stop: int, size: int
) -> heads.Texts[np.ndarray]:
  """The texts of a batch's goals, padded to its size."""
  goal, mask = (
    replicate.pad_to(x[start:stop], size).values
    for x in (texts.goal, texts.negative_mask)
  )
  return texts._replace(goal=goal, negative_mask=mask)
