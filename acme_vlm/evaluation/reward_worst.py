"""The frames on which a reward model errs most, to be looked at."""

from typing import Literal, NamedTuple

import numpy as np

from acme_vlm.evaluation.reward_labels import Labels, Scores
from acme_vlm.ops import detection

Kind = Literal['false positive', 'false negative']


class Worst(NamedTuple):
  """A frame whose score is far from the truth.

  Attributes:
    kind: 'false positive': a high score of a goal that the frame does not
      show; 'false negative': a low score of one that it does.
    goal: in words.
    score: of this frame alone.
    crosses: whether it is on the wrong side of the threshold; if not, it is
      only the nearest to that.
    shows: goals that the frame truly achieves.
    episode: number in the data set.
    step: that led to the frame; 0 is the first observation.
    policy: who played.
    seed: with which seed.
  """

  kind: Kind
  goal: str
  score: float
  crosses: bool
  shows: tuple[str, ...]
  episode: int
  step: int
  policy: str
  seed: int


def find(
  labels: Labels, scores: Scores, *, threshold: float, most: int
) -> tuple[Worst, ...]:
  """Finds the worst of both kinds, each frame alone against every goal.

  Frames of one episode look alike, so each episode gives one frame for a goal.

  Args:
    labels: of the frames.
    scores: of the same frames.
    threshold: beta.
    most: of each kind, at least 0.

  Returns:
    False positives from the highest score down, then false negatives from the
    lowest up.
  """
  found: list[Worst] = []
  kinds: tuple[tuple[Kind, int, int], ...] = (
    ('false positive', 0, -1),
    ('false negative', 1, 1),
  )
  for kind, label, sign in kinds:
    places = np.argwhere((labels.achieved == label) & ~np.isnan(scores.every))
    values = scores.every[places[:, 0], places[:, 1]]
    seen: set[tuple[int, int]] = set()
    for at in np.argsort(sign * values, kind='stable'):
      if len(seen) == most:
        break
      frame, goal = map(int, places[at])
      key = int(labels.episode[frame]), goal
      if key not in seen:
        seen.add(key)
        found.append(
          _describe(labels, kind, frame, goal, values[at], threshold)
        )
  return tuple(found)


def _describe(
  labels: Labels,
  kind: Kind,
  frame: int,
  goal: int,
  score: np.floating,
  threshold: float,
) -> Worst:
  episode = int(labels.episode[frame])
  rewarded = bool(detection.success(score, threshold))
  return Worst(
    kind=kind,
    goal=labels.goals[goal],
    score=float(score),
    crosses=rewarded == (kind == 'false positive'),
    shows=tuple(
      labels.goals[g] for g in np.flatnonzero(labels.achieved[frame] == 1)
    ),
    episode=episode,
    step=int(labels.step[frame]),
    policy=labels.policies[episode],
    seed=labels.seeds[episode],
  )
