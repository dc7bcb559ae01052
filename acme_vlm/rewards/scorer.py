"""Frames and goals to scores: the reward model by frozen dual encoders."""

from collections.abc import Sequence

import jax
import numpy as np

from acme_vlm import errors
from acme_vlm.rewards import (
  calibration,
  embedding_cache,
  head_programs,
  heads,
  prompts,
  version,
)
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import ensemble as ensemble_lib


class DualEncoderScorer:
  """A `RewardModel` by one frozen dual encoder, or by an ensemble of them.

  Frames are embedded on all local devices, identical ones once; goals and
  negatives are embedded once each. Safe to use from several threads.

  The order of use:

      scorer = make_reward_model(config, goals)
      scorer.warm_up((height, width))   # optional: compiles every shape
      scorer.score(frames, goals)

  A score is what `config.head` makes it: a probability or a similarity, within
  [`lowest`, `highest`]. NaN means that an ensemble abstains.
  """

  def __init__(
    self,
    config: config_lib.RewardConfig,
    service: config_lib.ServiceConfig,
    goals: Sequence[str],
    devices: Sequence[jax.Device] | None = None,
    like: 'DualEncoderScorer | None' = None,
  ):
    """Loads the checkpoints and embeds all texts.

    Args:
      config: what makes the reward.
      service: batch sizes and the size of the cache.
      goals: the task set; others may be scored too.
      devices: where the image towers run; None for all local devices.
      like: a scorer whose towers are taken over, with what they compiled and
        remember, where checkpoint, dtype, batch sizes and devices agree.

    Raises:
      CheckpointError: a missing, broken or misfitting checkpoint.
      ConfigError: negatives that do not fit the task set, or a text that is
        longer than a model's context.
    """
    self._config = config
    self._service = service
    self._head = heads.get(config.head)
    self._prompts = prompts.make(config, goals)
    known: tuple[ensemble_lib.Towers, ...] = ()
    if like is None or not like.caches_like(service):
      self._cache = embedding_cache.make(service)
    else:
      self._cache = like._cache
      known = tuple(member.towers for member in like.members)
    towers = ensemble_lib.load(config, service, self._cache, devices, known)
    self._ensemble = ensemble_lib.Ensemble(
      [ensemble_lib.member(t, config, self._prompts) for t in towers]
    )
    self._ensemble.look_up(goals)
    self._goals = tuple(goals)
    self._sizes = towers[0].images.batch_sizes
    self._programs = head_programs.shared(
      self._head,
      config.ensemble if config.members else 'mean',
      self._ensemble.dimensions,
    )
    self._numbers = head_programs.Numbers(
      tuple(member.numbers for member in self.members), config.threshold
    )
    self._version = version.reward_version(self.members, self._prompts, config)

  @property
  def version(self) -> int:
    """63-bit hash of everything that makes the reward."""
    return self._version

  @property
  def config(self) -> config_lib.RewardConfig:
    """What makes the reward."""
    return self._config

  @property
  def members(self) -> tuple[ensemble_lib.Member, ...]:
    """The models, one or more."""
    return self._ensemble.members

  @property
  def threshold(self) -> float:
    """Threshold beta of eq. 2."""
    return self._config.threshold

  @property
  def thresholded(self) -> bool:
    """Whether the reward is 1 or 0 by the threshold, not the score itself."""
    return self._config.thresholded

  @property
  def abstains(self) -> bool:
    """Whether a score may be NaN, where the members disagree."""
    return bool(self._config.members) and self._config.ensemble == 'agree'

  @property
  def lowest(self) -> float:
    """No score is below it."""
    return self._head.lowest

  @property
  def highest(self) -> float:
    """No score is above it."""
    return self._head.highest

  @property
  def window(self) -> int:
    """Frames that are scored as one."""
    return self._config.window

  @property
  def hysteresis(self) -> tuple[int, int]:
    """(k, n): k of the newest n scores are above the threshold on success."""
    return self._config.hysteresis

  @property
  def dimension(self) -> int:
    """Length D of an embedding; the members' stand side by side."""
    return sum(self._ensemble.dimensions)

  @property
  def negatives(self) -> tuple[str, ...]:
    """The negatives in words, fixed for the life of this model."""
    return self._prompts.words

  @property
  def compilations(self) -> int:
    """Programs compiled so far; constant after the warm-up.

    Those of the heads are shared by all scorers whose head, kind of ensemble
    and dimensions are the same, and counted for all of them.
    """
    encoders = [member.towers.images for member in self.members]
    return self._programs.compilations + sum(e.compilations for e in encoders)

  def counters(self) -> dict[str, int]:
    """Counts since the towers were made: `frames`, `embedded`, `padded` rows.

    Of an ensemble, the sums over its members.
    """
    counts = [member.towers.images.counters() for member in self.members]
    return {key: sum(count[key] for count in counts) for key in counts[0]}

  def caches_like(self, service: config_lib.ServiceConfig) -> bool:
    """Whether this scorer remembers embeddings as a service asks for."""
    names = ('cache_frames', 'cache_path', 'cache_mib')
    return all(getattr(service, n) == getattr(self._service, n) for n in names)

  def warm_up(self, frame_size: tuple[int, int]) -> None:
    """Compiles every shape that scoring will ever use.

    Args:
      frame_size: height and width of the frames, in pixels.
    """
    for member in self.members:
      member.towers.images.warm_up(frame_size)
    for size in self._sizes:
      windows = np.zeros((size, self.window, self.dimension), np.float32)
      mask = np.ones(windows.shape[:2], bool)
      self.score_windows(windows, mask, [self._goals[0]] * size)
      self.score_embeddings(windows[:, 0], self._goals)

  def score(self, frames: np.ndarray, goals: Sequence[str]) -> np.ndarray:
    """Scores each frame, alone, against its goal.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: N goals in words, of the task set or not.

    Returns:
      float32 [N], by the head; NaN where an ensemble abstains.

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
      float32 [N, G], by the head; NaN where an ensemble abstains.

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
      float32 [N, G], by the head; NaN where an ensemble abstains.
    """
    texts = self._ensemble.look_up(goals)
    return self._checked(
      self._programs.goals(rows, texts, self._numbers, self._sizes)
    )

  def embed(self, frames: np.ndarray) -> np.ndarray:
    """Embeds frames, each different one once.

    Args:
      frames: uint8 [N, H, W, 3].

    Returns:
      float32 [N, D], of unit length by each member.

    Raises:
      ValueError: frames of another shape or type.
    """
    return self._ensemble.embed(frames)

  def recall(self, digests: Sequence[bytes]) -> np.ndarray | None:
    """Embeddings of frames that need not be at hand.

    Args:
      digests: names of N frames, by `embedding_cache.digest`.

    Returns:
      float32 [N, D] as `embed` gives them, or None if not all are remembered.
    """
    return self._ensemble.recall(digests)

  def similarities(
    self, frames: np.ndarray, goals: Sequence[str]
  ) -> calibration.Similarities:
    """Compares every frame with every goal and every negative.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: G goals in words.

    Returns:
      Cosine similarities, from which eq. 1 follows for any temperature; no
      negatives for a head that compares with none.

    Raises:
      ConfigError: an ensemble, whose members' similarities differ.
    """
    if len(self.members) > 1:
      raise errors.ConfigError(
        'expected one model for similarities, got an ensemble of '
        f'{len(self.members)}'
      )
    rows = self.embed(frames)
    (texts,) = self._ensemble.look_up(goals)
    return calibration.Similarities(
      goals=rows @ texts.goal.T,
      negatives=rows @ texts.negatives.T,
      kept=texts.negative_mask,
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
      float32 [N], by the head; NaN where an ensemble abstains.

    Raises:
      ValueError: not one goal for each window.
    """
    num = len(windows)
    if len(goals) != num:
      raise ValueError(f'expected {num} goals, one a frame, got {len(goals)}')
    texts = self._ensemble.look_up(goals)
    return self._checked(
      self._programs.windows(windows, mask, texts, self._numbers, self._sizes)
    )

  def _checked(self, scores: np.ndarray) -> np.ndarray:
    """Lets no number through that is none, but for a verdict withheld."""
    broken = np.isinf(scores) if self.abstains else ~np.isfinite(scores)
    if broken.any():
      raise errors.CheckpointError(
        f'expected finite scores from {", ".join(self._config.checkpoints)} in '
        f'{self._config.dtype}, got {int(broken.sum())} of {scores.size} that '
        'are none'
      )
    return scores


def make_reward_model(
  config: config_lib.RewardConfig,
  goals: Sequence[str] | None = None,
  *,
  service: config_lib.ServiceConfig | None = None,
  devices: Sequence[jax.Device] | None = None,
  like: DualEncoderScorer | None = None,
) -> DualEncoderScorer:
  """Makes the reward model of a configuration.

  Args:
    config: what makes the reward.
    goals: the task set, from which the negatives are drawn; None takes the
      configuration's. Goals outside of it can be scored too.
    service: batch sizes and the size of the cache; None for the defaults.
    devices: where it runs; None for all local devices.
    like: another reward model, whose image towers and remembered embeddings
      are taken over where checkpoint and dtype agree and the files are the
      same: then nothing is loaded or compiled anew but the head. Both stay
      usable.

  Returns:
    A `RewardModel`.

  Raises:
    CheckpointError: a missing, broken or misfitting checkpoint.
    ConfigError: no task set, negatives that do not fit it, or a text that is
      longer than a model's context.
  """
  task_set = config.task_set if goals is None else tuple(goals)
  if not task_set:
    raise errors.ConfigError(
      'expected the goals of the task set, from the caller or as task_set in'
      ' the configuration, got none'
    )
  return DualEncoderScorer(
    config, service or config_lib.ServiceConfig(), task_set, devices, like
  )
