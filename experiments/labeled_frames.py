"""Labeled frames to calibrate a reward on: drawn, or recorded."""

import typing
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import datasets, errors
from acme_vlm.agent import config as config_lib
from acme_vlm.datasets import episode_file
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import frames as home_frames
from acme_vlm.environments.playhouse import goals as goals_lib

_AT_ONCE = 500


class Labeled(NamedTuple):
  """Frames of one episode, or of several that have one frame each.

  Attributes:
    pixels: uint8 `[T, H, W, 3]`, frames that a step led to, in order.
    shows: int8 `[T, G]`: 1 if the frame shows the goal, 0 if not, -1 unknown.
    episode: int64 `[T]`.
  """

  pixels: np.ndarray
  shows: np.ndarray
  episode: np.ndarray


def drawn(
  environment: config_lib.EnvironmentConfig,
  goals: Sequence[str],
  *,
  num: int,
  seed: int,
  home_fraction: float,
) -> Iterator[Labeled]:
  """Frames of validation phones or homes, unseen in training and evaluation.

  Of homes the views are chosen so that what is nearly true, which counts as
  false, is as frequent as what is true.

  Args:
    environment: names the simulator, and the size of its frames.
    goals: the task set.
    num: frames.
    seed: the same seed gives the same frames.
    home_fraction: share of a phone's frames that show no goal, in [0, 1].

  Yields:
    Frames, each an episode of its own.
  """
  kind, _, family = environment.name.partition('/')
  if kind == 'playhouse':
    captioned = home_frames.captioned(
      environment.home,
      split='validation',
      seed=seed,
      num=num,
      screen=environment.screen,
    )
    bank = captions.bank(environment.home.goal_set)
    number = goals_lib.FAMILIES.index(typing.cast(goals_lib.Family, family))
    places = [bank.place_of[number, goal] for goal in goals]
    frames = captioned.frames
    every = (captioned.truth[:, places] == captions.TRUE).astype(np.int8)
  else:
    frames, labels = frames_lib.labeled_frames(
      environment.name,
      split='validation',
      seed=seed,
      num=num,
      screen=environment.screen,
      home_fraction=home_fraction,
    )
    shows = [[label == goal for goal in goals] for label in labels]
    every = np.array(shows, np.int8).reshape(num, len(goals))
  for start in range(0, num, _AT_ONCE):
    part = slice(start, start + _AT_ONCE)
    # Set apart by the seed: the halves are told apart by their episodes too.
    numbers = np.arange(num)[part] + seed * num
    yield Labeled(frames[part], every[part], numbers)


def recorded(
  dataset: datasets.EpisodeDataset, indices: Sequence[int]
) -> Iterator[Labeled]:
  """Recorded episodes without their first frame, to which no step led.

  Args:
    dataset: where they lie.
    indices: of the episodes.

  Yields:
    Episode by episode; one of a single image gives that image.
  """
  for index in indices:
    episode = dataset[index]
    first = min(1, episode.num_frames - 1)
    pixels = episode.pixels[first:]
    yield Labeled(
      pixels, episode.achieved[first:], np.full(len(pixels), index, np.int64)
    )


def halves(
  dataset: datasets.EpisodeDataset, goals: Sequence[str], seed: int
) -> tuple[list[int], list[int]]:
  """Splits the episodes at random, so that each half shows both classes.

  Args:
    dataset: recorded episodes.
    goals: the task set, of which the dataset must be.
    seed: of the split.

  Returns:
    Indices of the half that chooses and of the half that reports.

  Raises:
    ConfigError: other goals, or a dataset in which not at least two episodes
      show a goal and two frames do not.
  """
  if tuple(goals) != dataset.goals:
    raise errors.ConfigError(
      f'expected a dataset of the goals {tuple(goals)}, got {dataset.goals} in '
      f'{dataset.path}'
    )
  order = np.random.default_rng(seed).permutation(len(dataset)).tolist()
  kinds: dict[bool, list[int]] = {True: [], False: []}
  known = set()
  for index in order:
    episode = dataset[index]
    marks = episode.achieved[min(1, episode.num_frames - 1) :]
    known.update(np.unique(marks).tolist())
    kinds[bool(np.any(marks == episode_file.ACHIEVED))].append(index)
  if not {episode_file.ACHIEVED, episode_file.NOT_ACHIEVED} <= known:
    came = 'achieves one' if episode_file.ACHIEVED in known else 'achieves none'
    raise errors.ConfigError(
      'expected frames that achieve a goal and frames that do not, got one '
      f'class only in {dataset.path}: every labeled frame {came}'
    )
  if len(kinds[True]) < 2:
    raise errors.ConfigError(
      'expected at least 2 episodes that achieve a goal, one for each half, '
      f'got {len(kinds[True])} in {dataset.path}'
    )
  # Both kinds dealt out in turn, so that each half has its share of both.
  dealt = [*kinds[True], *kinds[False]]
  return dealt[::2], dealt[1::2]
