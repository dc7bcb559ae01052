"""Embeddings of goals and negatives, each text computed once."""

import functools
import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from acme_vlm import errors, replicate
from acme_vlm.networks import clip, dual_encoder
from acme_vlm.rewards import prompts

# Texts are embedded so many at a time: one shape, compiled once, also when
# goals are added later.
_BATCH = 16


class Goal(NamedTuple):
  """What eq. 1 needs to know of a goal.

  Attributes:
    embedding: float32 [D], unit length.
    negative_mask: bool [K], false at a negative that is the goal itself.
  """

  embedding: np.ndarray
  negative_mask: np.ndarray


class TextTable:
  """Goals by their words. Safe to use from several threads."""

  def __init__(
    self,
    model: dual_encoder.Checkpoint,
    template: str,
    negatives: Sequence[str],
  ):
    """Embeds the negatives.

    Args:
      model: the checkpoint.
      template: of the goals' prompts.
      negatives: K prompts, at least one.
    """
    self._model = model
    self._template = template
    self._prompts = tuple(negatives)
    self._negatives = self._embed(self._prompts)
    self._goals: dict[str, Goal] = {}
    self._lock = threading.Lock()

  @property
  def negatives(self) -> np.ndarray:
    """Embeddings of the negatives, float32 [K, D]."""
    return self._negatives

  def look_up(self, goals: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Looks goals up, and embeds those that are new.

    Args:
      goals: N goals in words.

    Returns:
      Embeddings float32 [N, D] and masks of the negatives, bool [N, K].

    Raises:
      ConfigError: a goal whose only negative is itself.
    """
    self._add(goals)
    found = [self._goals[goal] for goal in goals]
    shape = (len(goals), *self._negatives.shape)
    embeddings = np.empty((shape[0], shape[2]), np.float32)
    masks = np.empty(shape[:2], bool)
    for n, goal in enumerate(found):
      embeddings[n], masks[n] = goal
    return embeddings, masks

  def _add(self, goals: Sequence[str]) -> None:
    new = [goal for goal in dict.fromkeys(goals) if goal not in self._goals]
    if not new:
      return
    texts = [prompts.fill(self._template, goal) for goal in new]
    with self._lock:
      rows = self._embed(texts)
      for goal, text, row in zip(new, texts, rows, strict=True):
        mask = np.array([text != negative for negative in self._prompts])
        if not mask.any():
          raise errors.ConfigError(
            f'expected a negative other than the goal {goal!r}, '
            f'got {self._prompts}'
          )
        self._goals[goal] = Goal(row, mask)

  def _embed(self, texts: Sequence[str]) -> np.ndarray:
    """Returns float32 [len(texts), D], rows of unit length."""
    ids, mask = self._model.tokenize(texts)
    rows = []
    for start in range(0, len(texts), _BATCH):
      part = slice(start, start + _BATCH)
      features = _encode(
        self._model.module,
        self._model.parameters,
        replicate.pad_to(ids[part], _BATCH).values,
        replicate.pad_to(mask[part], _BATCH).values,
      )
      rows.append(np.asarray(features)[: len(ids[part])])
    return np.concatenate(rows)


@functools.partial(jax.jit, static_argnames='module')
def _encode(
  module: clip.Clip, parameters: Mapping, ids: np.ndarray, mask: np.ndarray
) -> jax.Array:
  features = module.apply(
    {'params': parameters}, ids, mask, method='encode_text'
  )
  return clip.normalize(features)
