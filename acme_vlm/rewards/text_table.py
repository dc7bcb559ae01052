"""Embeddings of goals, negatives and baseline, each text computed once."""

import functools
import threading
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm import errors, replicate
from acme_vlm.networks import clip, dual_encoder
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import heads, prompts

# Texts are embedded so many at a time: one shape, compiled once, also when
# goals are added later.
_BATCH = 16

# Embeddings nearer than this have no line between them, only rounding.
_NEAR = 1e-5


class TextEncoder:
  """A text tower that remembers what it saw. Safe to use from threads."""

  def __init__(self, model: dual_encoder.Checkpoint):
    """Starts without any text.

    Args:
      model: the checkpoint.
    """
    self._model = model
    self._rows: dict[str, np.ndarray] = {}
    self._lock = threading.Lock()

  @property
  def dimension(self) -> int:
    """Length D of an embedding."""
    return self._model.dimension

  def embed(self, several: Sequence[prompts.Prompt]) -> np.ndarray:
    """Embeds prompts; of one with several texts, the mean, renormalised.

        g(l) = m / ‖m‖,   m = Σ_i g_i / P,   g_i = t_i / ‖t_i‖

    Args:
      several: N prompts of at least one text each.

    Returns:
      float32 [N, D], rows of unit length.

    Raises:
      ConfigError: a text that is longer than the model's context.

    Reference: arXiv 2103.00020, section 3.1.4 (ensembling over prompts in
      the space of embeddings).
    """
    self._add([text for prompt in several for text in prompt])
    result = np.empty((len(several), self.dimension), np.float32)
    for n, prompt in enumerate(several):
      rows = np.stack([self._rows[text] for text in prompt])
      if len(rows) == 1:
        result[n] = rows[0]
        continue
      mean = np.mean(rows, axis=0, dtype=np.float64)
      result[n] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return result

  def _add(self, texts: Sequence[str]) -> None:
    with self._lock:
      new = [text for text in dict.fromkeys(texts) if text not in self._rows]
      if not new:
        return
      self._model.tokenizer.check(new)
      ids, mask = self._model.tokenize(new)
      for start in range(0, len(new), _BATCH):
        part = slice(start, start + _BATCH)
        features = _encode(
          self._model.module,
          self._model.parameters,
          replicate.pad_to(ids[part], _BATCH).values,
          replicate.pad_to(mask[part], _BATCH).values,
        )
        # The padding is left out by the shorter list of texts.
        self._rows |= dict(zip(new[part], np.asarray(features), strict=False))


class TextTable:
  """Goals by their words, for one model. Safe to use from several threads."""

  def __init__(
    self,
    encoder: TextEncoder,
    config: config_lib.RewardConfig,
    texts: prompts.Prompts,
  ):
    """Embeds the negatives and the baseline.

    Args:
      encoder: of the model.
      config: how a goal becomes a prompt.
      texts: negatives and baseline.

    Raises:
      ConfigError: a text that is longer than the model's context.
    """
    self._encoder = encoder
    self._config = config
    self._texts = texts
    self._negatives = encoder.embed(texts.negatives)
    self._baseline = np.zeros(encoder.dimension, np.float32)
    if texts.baseline:
      self._baseline = encoder.embed([texts.baseline])[0]
    self._goals: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    self._lock = threading.Lock()

  def look_up(self, goals: Sequence[str]) -> heads.Texts[np.ndarray]:
    """Looks goals up, and embeds those that are new.

    Args:
      goals: N goals in words.

    Returns:
      The texts of all of them: goals float32 [N, D], masks of the negatives
      bool [N, K], negatives float32 [K, D], baseline float32 [D].

    Raises:
      ConfigError: an empty goal, one whose only negative is itself, one whose
        prompt is the baseline's, or a text longer than the model's context.
    """
    self._add(goals)
    found = [self._goals[goal] for goal in goals]
    count, dimension = self._negatives.shape
    embeddings = np.empty((len(goals), dimension), np.float32)
    masks = np.empty((len(goals), count), bool)
    for n, row in enumerate(found):
      embeddings[n], masks[n] = row
    return heads.Texts(embeddings, masks, self._negatives, self._baseline)

  def _add(self, goals: Sequence[str]) -> None:
    new = [goal for goal in dict.fromkeys(goals) if goal not in self._goals]
    if not new:
      return
    texts = [prompts.of_goal(self._config, goal) for goal in new]
    with self._lock:
      rows = self._encoder.embed(texts)
      for goal, prompt, row in zip(new, texts, rows, strict=True):
        mask = self._mask(goal, prompt)
        self._check_baseline(goal, row)
        self._goals[goal] = (row, mask)

  def _mask(self, goal: str, prompt: prompts.Prompt) -> np.ndarray:
    """Which negatives compete: not the goal itself, by its words or prompt."""
    mask = np.array(
      [
        not prompts.same(goal, word)
        and prompt != other
        and prompts.compete(self._config, goal, word)
        for word, other in zip(
          self._texts.words, self._texts.negatives, strict=True
        )
      ],
      bool,
    )
    if self._texts.words and not mask.any():
      raise errors.ConfigError(
        f'expected a negative other than the goal {goal!r}, '
        f'got {self._texts.words}'
      )
    return mask

  def _check_baseline(self, goal: str, row: np.ndarray) -> None:
    if not self._texts.baseline:
      return
    if np.linalg.norm(row - self._baseline) < _NEAR:
      raise errors.ConfigError(
        f'expected a baseline_prompt other than the prompt of goal {goal!r}, '
        f'got {self._config.baseline_prompt!r}'
      )


@functools.partial(jax.jit, static_argnames='module')
def _encode(
  module: clip.Clip, parameters: Mapping, ids: np.ndarray, mask: np.ndarray
) -> jax.Array:
  with dual_encoder.matmul_precision(jnp.float32):
    features = module.apply(
      {'params': parameters}, ids, mask, method='encode_text'
    )
  return clip.normalize(features)
