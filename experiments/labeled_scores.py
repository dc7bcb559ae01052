"""Labeled frames embedded once, and their scores under any configuration."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import errors, rewards
from acme_vlm.datasets import episode_file
from acme_vlm.rewards import calibration, windows
from acme_vlm.rewards import scorer as scorer_lib
from experiments import labeled_frames

# Frames of several episodes go into one batch, so one size is enough.
SERVICE = rewards.ServiceConfig(batch_sizes=(64,))
_AT_ONCE = 512
_NO_FRAMES = np.empty((0, 1, 1, 3), np.uint8)


class Scores(NamedTuple):
  """Scores of frames and goals whose label is known.

  Attributes:
    values: float32 `[N]`, none NaN.
    truths: bool `[N]`, whether the frame shows the goal.
    episodes: int64 `[N]`.
  """

  values: np.ndarray
  truths: np.ndarray
  episodes: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class EmbeddedHalf:
  """Frames by their embeddings, in the order of their episodes.

  Attributes:
    model: that embedded them.
    goals: the task set, G goals.
    rows: float32 `[T, D]`.
    shows: int8 `[T, G]`: 1, 0, or -1 where nobody knows.
    episodes: int64 `[T]`.
    parts: similarities `[T, G]` and `[T, K]`; none of an ensemble.
  """

  model: scorer_lib.DualEncoderScorer
  goals: tuple[str, ...]
  rows: np.ndarray
  shows: np.ndarray
  episodes: np.ndarray
  parts: calibration.Similarities | None

  def check(self) -> None:
    """Refuses labels of one class only."""
    achieved = bool(np.any(self.shows == episode_file.ACHIEVED))
    missed = bool(np.any(self.shows == episode_file.NOT_ACHIEVED))
    if not (achieved and missed):
      raise errors.ConfigError(
        'expected frames that show a goal and frames that do not in each half, '
        'got one class only: every labeled frame '
        + ('shows one' if achieved else 'shows none')
      )

  def similarities(self) -> tuple[calibration.Similarities, np.ndarray]:
    """Of the frames whose labels are all known: similarities and labels."""
    assert self.parts is not None
    known = np.all(self.shows != episode_file.UNKNOWN, axis=1)
    if not np.any(self.shows[known] == episode_file.ACHIEVED):
      raise errors.ConfigError(
        'expected frames whose labels for all goals are known, to choose the '
        'temperature on, got none that achieves one (--keep-temperature True '
        'goes on without)'
      )
    part = self.parts._replace(
      goals=self.parts.goals[known], negatives=self.parts.negatives[known]
    )
    return part, self.shows[known] == episode_file.ACHIEVED

  def scores(self, config: rewards.RewardConfig) -> Scores:
    """Scores the frames as a run would: with window and hysteresis.

    Args:
      config: another reward of the same checkpoints.

    Returns:
      The scores whose label is known, and which are a verdict.
    """
    if config.members and config.ensemble == 'agree':
      # Members agree on success exactly where the least of them is one; which
      # frames are left open depends on the threshold that is looked for.
      config = dataclasses.replace(config, ensemble='min')
    model = rewards.make_reward_model(
      config, self.goals, service=SERVICE, like=self.model
    )
    values = _score(model, self)
    known = (self.shows != episode_file.UNKNOWN) & ~np.isnan(values)
    episodes = np.broadcast_to(self.episodes[:, None], values.shape)
    truths = self.shows == episode_file.ACHIEVED
    return Scores(values[known], truths[known], episodes[known])


def embed(
  model: scorer_lib.DualEncoderScorer,
  goals: Sequence[str],
  frames: Iterable[labeled_frames.Labeled],
) -> EmbeddedHalf:
  """Embeds labeled frames.

  Args:
    model: the reward model, made with `SERVICE`.
    goals: the task set.
    frames: labeled frames, episode by episode.

  Returns:
    What scores follow from.
  """
  rows, parts = [], []
  labels: list[labeled_frames.Labeled] = []
  for batch in _batches(frames):
    pixels = np.concatenate([some.pixels for some in batch])
    rows.append(model.embed(pixels))
    # Without their frames, which are not needed any more.
    labels += [some._replace(pixels=_NO_FRAMES) for some in batch]
    if len(model.members) == 1:
      # The frames are remembered: no second forward pass.
      parts.append(model.similarities(pixels, goals))
  joined = None
  if parts:
    joined = calibration.Similarities(
      goals=np.concatenate([part.goals for part in parts]),
      negatives=np.concatenate([part.negatives for part in parts]),
      kept=parts[0].kept,
    )
  return EmbeddedHalf(
    model,
    tuple(goals),
    np.concatenate(rows),
    np.concatenate([some.shows for some in labels]),
    np.concatenate([some.episode for some in labels]),
    joined,
  )


def _batches(
  frames: Iterable[labeled_frames.Labeled],
) -> Iterator[list[labeled_frames.Labeled]]:
  """Episodes together that make about so many frames."""
  batch: list[labeled_frames.Labeled] = []
  size = 0
  for some in frames:
    if batch and (
      size >= _AT_ONCE or some.pixels.shape[1:] != batch[0].pixels.shape[1:]
    ):
      yield batch
      batch, size = [], 0
    batch.append(some)
    size += len(some.pixels)
  if batch:
    yield batch


def _score(
  model: scorer_lib.DualEncoderScorer, half: EmbeddedHalf
) -> np.ndarray:
  """float32 [T, G]."""
  goals = half.goals
  if model.window == 1 and model.hysteresis == (1, 1):
    return model.score_embeddings(half.rows, goals)
  result = np.empty(half.shows.shape, np.float32)
  which = np.arange(len(goals))
  ends = np.append(np.flatnonzero(np.diff(half.episodes)) + 1, len(half.rows))
  start = 0
  for end in ends.tolist():
    # Each goal of an episode is remembered by itself.
    scorer = windows.EpisodeScorer(model, goals, len(goals))
    num = end - start
    scores = scorer.of_embeddings(
      np.repeat(half.rows[start:end], len(goals), axis=0),
      np.tile(which, num).astype(np.int32),
      np.tile(which, num).astype(np.int64),
    )
    result[start:end] = scores.reshape(num, len(goals))
    start = end
  return result
