"""Embeddings and texts to scores: compiled for a few sizes of a batch."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from acme_vlm import replicate
from acme_vlm.rewards import batching, ensemble, heads

# How one goal's texts lie in those of several: goals differ, the rest is one.
_GOAL_AXES: Any = heads.Texts(*(0, 0, None, None))

Texts = tuple[heads.Texts[np.ndarray], ...]


class HeadPrograms:
  """The heads of all members, batched. Safe to use from several threads."""

  def __init__(self, model: ensemble.Ensemble, sizes: Sequence[int]):
    """Compiles nothing yet.

    Args:
      model: the members.
      sizes: numbers of rows that are compiled for, rising.
    """
    self._model = model
    self._sizes = tuple(sizes)
    self._compilations = 0
    self._windows = jax.jit(self._score_windows)
    self._goals = jax.jit(self._score_goals)

  @property
  def compilations(self) -> int:
    """Programs traced so far."""
    return self._compilations

  def windows(
    self, windows: np.ndarray, mask: np.ndarray, texts: Texts
  ) -> np.ndarray:
    """Scores windows of embeddings, each against its goal.

    Args:
      windows: float32 [N, k, D].
      mask: bool [N, k], false where there is no frame.
      texts: of N goals, by every member.

    Returns:
      float32 [N].
    """
    result = np.empty(len(windows), np.float32)
    for start, stop, size in batching.split(len(windows), self._sizes):
      padded = [
        replicate.pad_to(x[start:stop], size).values for x in (windows, mask)
      ]
      rows = tuple(_rows(of_member, start, stop, size) for of_member in texts)
      scores = self._windows(*padded, rows)
      result[start:stop] = np.asarray(scores)[: stop - start]
    return result

  def goals(self, images: np.ndarray, texts: Texts) -> np.ndarray:
    """Scores embeddings, each against all goals.

    Args:
      images: float32 [N, D].
      texts: of G goals, by every member.

    Returns:
      float32 [N, G].
    """
    result = np.empty((len(images), len(texts[0].goal)), np.float32)
    for start, stop, size in batching.split(len(images), self._sizes):
      padded = replicate.pad_to(images[start:stop], size).values
      scores = self._goals(padded, texts)
      result[start:stop] = np.asarray(scores)[: stop - start]
    return result

  def _score_windows(
    self,
    windows: jax.Array,
    mask: jax.Array,
    texts: tuple[heads.Texts[jax.Array], ...],
  ) -> jax.Array:
    # Runs only while JAX traces, so it counts the compilations.
    self._compilations += 1
    axes = (_GOAL_AXES,) * len(texts)
    score = jax.vmap(self._model.score_window, in_axes=(0, 0, axes))
    return score(windows, mask, texts)

  def _score_goals(
    self, images: jax.Array, texts: tuple[heads.Texts[jax.Array], ...]
  ) -> jax.Array:
    self._compilations += 1
    axes = (_GOAL_AXES,) * len(texts)
    of_goals = jax.vmap(self._model.score, in_axes=(None, axes))
    return jax.vmap(of_goals, in_axes=(0, None))(images, texts)


def _rows(
  texts: heads.Texts[np.ndarray], start: int, stop: int, size: int
) -> heads.Texts[np.ndarray]:
  """The texts of a batch's goals, padded to its size."""
  goal, mask = (
    replicate.pad_to(x[start:stop], size).values
    for x in (texts.goal, texts.negative_mask)
  )
  return texts._replace(goal=goal, negative_mask=mask)
