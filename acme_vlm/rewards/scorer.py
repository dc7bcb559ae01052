"""Frames and goals to probabilities: the reward model by CLIP."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm import errors, replicate
from acme_vlm.networks import clip_checkpoint
from acme_vlm.ops import reward_heads
from acme_vlm.rewards import (
  batching,
  calibration,
  embedding_cache,
  image_encoder,
  prompts,
  text_table,
  version,
)
from acme_vlm.rewards import config as config_lib


class DualEncoderScorer:
  """A `RewardModel` by a frozen CLIP (arXiv 2312.09187, eq. 1).

  Frames are embedded on all local devices, identical ones once; goals and
  negatives are embedded once each. Safe to use from several threads.

  The order of use:

      scorer = make_reward_model(config, goals)
      scorer.warm_up((height, width))   # optional: compiles every shape
      scorer.score(frames, goals)
  """

  def __init__(
    self,
    config: config_lib.RewardConfig,
    service: config_lib.ServiceConfig,
    goals: Sequence[str],
    devices: Sequence[jax.Device] | None = None,
  ):
    """Loads the checkpoint and embeds all texts.

    Args:
      config: what makes the reward.
      service: batch sizes and the size of the cache.
      goals: the task set; others may be scored too.
      devices: where the image tower runs; None for all local devices.

    Raises:
      CheckpointError: a missing, broken or misfitting checkpoint.
      ConfigError: negatives that do not fit the task set.
    """
    self._config = config
    self._prompts = prompts.make(config, goals)
    model = clip_checkpoint.load(
      config.checkpoint, dtype=jnp.dtype(config.dtype)
    )
    self._texts = text_table.TextTable(
      model, config.prompt_template, self._prompts.negatives
    )
    self._texts.look_up(goals)
    self._goals = tuple(goals)
    self._goal = goals[0]
    self._encoder = image_encoder.ImageEncoder(
      model,
      batch_sizes=service.batch_sizes,
      cache=embedding_cache.make(service),
      devices=devices,
    )
    self._head_compilations = 0
    self._head = jax.jit(self._head_program)
    self._all_goals = jax.jit(self._all_goals_program)
    self._version = version.reward_version(model, self._prompts, config)

  @property
  def version(self) -> int:
    """63-bit hash of everything that makes the reward."""
    return self._version

  @property
  def threshold(self) -> float:
    """Threshold beta of eq. 2."""
    return self._config.threshold

  @property
  def window(self) -> int:
    """Frames that are scored as one."""
    return self._config.window

  @property
  def negatives(self) -> tuple[str, ...]:
    """Prompts of the negatives, fixed for the life of this model."""
    return self._prompts.negatives

  @property
  def compilations(self) -> int:
    """Programs compiled so far; constant after the warm-up."""
    return self._encoder.compilations + self._head_compilations

  def counters(self) -> dict[str, int]:
    """Counts since the start: `frames`, `embedded`, `padded` rows."""
    return self._encoder.counters()

  def warm_up(self, frame_size: tuple[int, int]) -> None:
    """Compiles every shape that scoring will ever use.

    Args:
      frame_size: height and width of the frames, in pixels.
    """
    self._encoder.warm_up(frame_size)
    for size in self._encoder.batch_sizes:
      windows = np.zeros((size, self.window, self._encoder.dimension))
      mask = np.ones(windows.shape[:2], bool)
      self.score_windows(windows.astype(np.float32), mask, [self._goal] * size)
      self.score_embeddings(windows[:, 0].astype(np.float32), self._goals)

  def score(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame, alone, against its goal.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: N goals in words, of the task set or not.

    Returns:
      float32 [N], p(o, l) of eq. 1 in [0, 1].

    Raises:
      ValueError: frames of another shape or type, or not one goal a frame.
    """
    rows = self.embed(frames)
    windows = np.zeros((len(rows), self.window, rows.shape[1]), np.float32)
    windows[:, -1] = rows
    mask = np.zeros(windows.shape[:2], bool)
    mask[:, -1] = True
    return self.score_windows(windows, mask, goals)

  def score_goals(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame, alone, against every goal: one image forward.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: G goals in words; compiled anew for every G but the task set's.

    Returns:
      float32 [N, G], p(o, l) of eq. 1 in [0, 1].

    Raises:
      ValueError: frames of another shape or type.
    """
    return self.score_embeddings(self.embed(frames), goals)

  def score_embeddings(
    self, rows: np.ndarray, goals: Sequence[str]
  ) -> np.ndarray:
    """Compares embedded frames, each alone, with every goal.

    Args:
      rows: float32 [N, D], embeddings as `embed` gives them.
      goals: G goals in words; compiled anew for every G but the task set's.

    Returns:
      float32 [N, G], p(o, l) of eq. 1 in [0, 1].
    """
    texts = self._texts.look_up(goals)
    result = np.empty((len(rows), len(goals)), np.float32)
    for start, stop, size in batching.split(
      len(rows), self._encoder.batch_sizes
    ):
      padded = replicate.pad_to(rows[start:stop], size).values
      scores = self._all_goals(padded, *texts, self._texts.negatives)
      result[start:stop] = np.asarray(scores)[: stop - start]
    return result

  def embed(self, frames: np.ndarray) -> np.ndarray:
    """Embeds frames, each different one once.

    Args:
      frames: uint8 [N, H, W, 3].

    Returns:
      float32 [N, D], rows of unit length.

    Raises:
      ValueError: frames of another shape or type.
    """
    return self._encoder.embed(frames)

  def similarities(
    self, frames: np.ndarray, goals: Sequence[str]
  ) -> calibration.Similarities:
    """Compares every frame with every goal and every negative.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: G goals in words.

    Returns:
      Cosine similarities, from which eq. 1 follows for any temperature.
    """
    rows = self.embed(frames)
    texts, kept = self._texts.look_up(goals)
    return calibration.Similarities(
      goals=rows @ texts.T, negatives=rows @ self._texts.negatives.T, kept=kept
    )

  def score_windows(
    self, windows: np.ndarray, mask: np.ndarray, goals: Sequence[str]
  ) -> np.ndarray:
    """Compares embedded windows of frames with their goals.

    Args:
      windows: float32 [N, k, D], embeddings of the newest k frames.
      mask: bool [N, k], false where there is no such frame yet.
      goals: N goals in words.

    Returns:
      float32 [N], p(o, l) of eq. 1 in [0, 1].

    Raises:
      ValueError: not one goal for each window.
    """
    num = len(windows)
    if len(goals) != num:
      raise ValueError(f'expected {num} goals, one a frame, got {len(goals)}')
    inputs = (windows, mask, *self._texts.look_up(goals))
    result = np.empty(num, np.float32)
    for start, stop, size in batching.split(num, self._encoder.batch_sizes):
      padded = [replicate.pad_to(x[start:stop], size).values for x in inputs]
      scores = self._head(*padded, self._texts.negatives)
      result[start:stop] = np.asarray(scores)[: stop - start]
    return result

  def _head_program(
    self,
    windows: jax.Array,
    mask: jax.Array,
    goals: jax.Array,
    negative_masks: jax.Array,
    negatives: jax.Array,
  ) -> jax.Array:
    # Runs only while JAX traces, so it counts the compilations.
    self._head_compilations += 1
    images = jax.vmap(reward_heads.window_embedding)(windows, mask)
    return jax.vmap(
      reward_heads.softmax_probability, in_axes=(0, 0, None, None, 0)
    )(images, goals, negatives, self._config.temperature, negative_masks)

  def _all_goals_program(
    self,
    images: jax.Array,
    goals: jax.Array,
    negative_masks: jax.Array,
    negatives: jax.Array,
  ) -> jax.Array:
    self._head_compilations += 1
    of_goals = jax.vmap(
      reward_heads.softmax_probability, in_axes=(None, 0, None, None, 0)
    )
    return jax.vmap(of_goals, in_axes=(0, None, None, None, None))(
      images, goals, negatives, self._config.temperature, negative_masks
    )


def make_reward_model(
  config: config_lib.RewardConfig,
  goals: Sequence[str] | None = None,
  *,
  service: config_lib.ServiceConfig | None = None,
  devices: Sequence[jax.Device] | None = None,
) -> DualEncoderScorer:
  """Makes the reward model of a configuration.

  Args:
    config: what makes the reward.
    goals: the task set, from which the negatives are drawn; None takes the
      configuration's. Goals outside of it can be scored too.
    service: batch sizes and the size of the cache; None for the defaults.
    devices: where it runs; None for all local devices.

  Returns:
    A `RewardModel`.

  Raises:
    CheckpointError: a missing, broken or misfitting checkpoint.
    ConfigError: no task set, or negatives that do not fit it.
  """
  task_set = config.task_set if goals is None else tuple(goals)
  if not task_set:
    raise errors.ConfigError(
      'expected the goals of the task set, from the caller or as task_set in'
      ' the configuration, got none'
    )
  return DualEncoderScorer(
    config, service or config_lib.ServiceConfig(), task_set, devices
  )
