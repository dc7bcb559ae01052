"""How well a model tells what is true of frames of homes, family by family."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.ops import detection
from experiments import home_scores

_PRECISION = 0.95


class FamilyReport(NamedTuple):
  """One family of tasks, over all pairs of a frame and a goal.

  Eq. 1 of arXiv 2312.09187 against all other goals of the family (of Pick and
  Place those of its sort, on or next to) and the words for none of them.

  Attributes:
    family: its name.
    average_precision: what is nearly true counts as false.
    clear_average_precision: pairs that are nearly true left out.
    chance: share of true pairs.
    threshold: that was given, or else the lowest with a precision of 0.95 above
      it, on other frames; 1 if there is none.
    precision: above it.
    recall: likewise.
    clear_precision: likewise, nearly true pairs left out.
    unseen_average_precision: of goals whose captions were never shown; NaN if
      all were.
    wrong: what the false ones above the threshold were, by kind of mistake.
  """

  family: str
  average_precision: float
  clear_average_precision: float
  chance: float
  threshold: float
  precision: float
  recall: float
  clear_precision: float
  unseen_average_precision: float
  wrong: dict[str, int]


class Report(NamedTuple):
  """All families.

  Attributes:
    families: one each.
    nouns_average_precision: of nouns in view, by the patches.
    num_frames: how many frames.
    temperature: of eq. 1.
  """

  families: tuple[FamilyReport, ...]
  nouns_average_precision: float
  num_frames: int
  temperature: float

  def table(self) -> str:
    """The numbers in Markdown."""
    columns = (
      'family',
      'AP',
      'AP, clear cases',
      'chance',
      'threshold',
      'precision',
      'recall',
      'precision, clear cases',
      'AP, never captioned',
      'false above threshold',
    )
    rows = [f'| {" | ".join(columns)} |', f'|{"---|" * len(columns)}']
    for f in self.families:
      wrong = ', '.join(f'{name} {count}' for name, count in f.wrong.items())
      cells = (
        f.family,
        f'{f.average_precision:.3f}',
        f'{f.clear_average_precision:.3f}',
        f'{f.chance:.4f}',
        f'{f.threshold:.3f}',
        f'{f.precision:.3f}',
        f'{f.recall:.3f}',
        f'{f.clear_precision:.3f}',
        f'{f.unseen_average_precision:.3f}',
        wrong or 'none',
      )
      rows.append(f'| {" | ".join(cells)} |')
    rows.append(
      f'\nNouns in view, by patches: AP {self.nouns_average_precision:.3f}.'
      f' {self.num_frames:,} frames, temperature {self.temperature:.4f}.'
    )
    return '\n'.join(rows)


def evaluate(
  compared: home_scores.Compared,
  truth: np.ndarray,
  unseen: np.ndarray | None = None,
  *,
  families: Sequence[goals_lib.Family] = goals_lib.FAMILIES,
  thresholds: dict[str, float] | None = None,
) -> Report:
  """Compares what a model makes of frames with the truth.

  Args:
    compared: the frames with every caption.
    truth: of the goal set's bank, int8 [N, C].
    unseen: places in the bank of captions never shown in training.
    families: that the model knows.
    thresholds: by family; None: those of every second frame, the precision and
      recall of which are then those on the others.

  Returns:
    The numbers.
  """
  bank = captions.bank(compared.goal_set)
  reports = []
  for number, family in enumerate(goals_lib.FAMILIES):
    if family not in families:
      continue
    places = np.flatnonzero(bank.group == number)
    hidden = None if unseen is None else np.isin(places[:-1], unseen)
    threshold = None if thresholds is None else thresholds[family]
    reports.append(_family(family, compared, truth, hidden, threshold))
  nouns = truth[:, home_scores.nouns(bank)]
  clear = nouns != captions.UNKNOWN
  return Report(
    tuple(reports),
    _average_precision(compared.nouns[clear], nouns[clear] == captions.TRUE),
    len(truth),
    compared.temperature,
  )


def thresholds(
  compared: home_scores.Compared,
  truth: np.ndarray,
  families: Sequence[goals_lib.Family] = goals_lib.FAMILIES,
) -> dict[str, float]:
  """The lowest thresholds with a precision of 0.95 above them.

  Args:
    compared: the frames with every caption.
    truth: of the goal set's bank, int8 [N, C].
    families: that the model knows.

  Returns:
    By family; 1 where there is none.
  """
  group = captions.bank(compared.goal_set).group
  chosen = {}
  for family in families:
    places = np.flatnonzero(group == goals_lib.FAMILIES.index(family))
    right = truth[:, places[:-1]] == captions.TRUE
    chosen[str(family)] = _threshold(compared.probabilities(family), right)
  return chosen


def _family(
  family: goals_lib.Family,
  compared: home_scores.Compared,
  truth: np.ndarray,
  unseen: np.ndarray | None,
  threshold: float | None = None,
) -> FamilyReport:
  goal_set, scores = compared.goal_set, compared.probabilities(family)
  group = captions.bank(goal_set).group
  number = goals_lib.FAMILIES.index(family)
  own = truth[:, np.flatnonzero(group == number)[:-1]]
  right, clear = own == captions.TRUE, own != captions.UNKNOWN
  judged = slice(None)
  if threshold is None:
    judged = slice(1, None, 2)
    threshold = _threshold(scores[::2], right[::2])
  fired = detection.success(scores[judged], threshold)
  known = fired & clear[judged]
  right_there = right[judged]
  return FamilyReport(
    family=family,
    average_precision=_average_precision(scores.ravel(), right.ravel()),
    clear_average_precision=_average_precision(scores[clear], right[clear]),
    chance=float(right.mean()),
    threshold=threshold,
    precision=_share(fired & right_there, fired),
    recall=_share(fired & right_there, right_there),
    clear_precision=_share(known & right_there, known),
    unseen_average_precision=math.nan
    if unseen is None
    else _average_precision(
      scores[:, unseen].ravel(), right[:, unseen].ravel()
    ),
    wrong=_mistakes(family, goal_set, fired & ~right_there, truth[judged]),
  )


def _threshold(scores: np.ndarray, right: np.ndarray) -> float:
  """The lowest score above which the precision is as wanted; 1 if none is."""
  if not right.any():
    return 1.0
  curve = detection.precision_recall_curve(scores.ravel(), right.ravel())
  good = np.flatnonzero(curve.precision >= _PRECISION)
  if not len(good):
    return 1.0
  # Success is a score above the threshold, not one that equals it.
  return float(
    np.nextafter(np.float32(curve.thresholds[good[-1]]), np.float32(0))
  )


def _average_precision(scores: np.ndarray, right: np.ndarray) -> float:
  """NaN if nothing is true."""
  if not right.any():
    return math.nan
  return detection.average_precision(scores, right)


def _share(part: np.ndarray, whole: np.ndarray) -> float:
  return float(part.sum() / max(whole.sum(), 1))


def _mistakes(
  family: str, goal_set: str, wrong: np.ndarray, truth: np.ndarray
) -> dict[str, int]:
  """What false alarms were: nearly true, another colour, another kind, ..."""
  group = captions.bank(goal_set).group
  goals, true_of = {}, {}
  for number, each in enumerate(goals_lib.FAMILIES):
    goals[each] = goals_lib.goals(each, goal_set)
    true_of[each] = truth[:, np.flatnonzero(group == number)[:-1]]
  counts: dict[str, int] = {}
  for frame, place in zip(*np.nonzero(wrong), strict=True):
    goal = goals[family][place]  # type: ignore[index]
    facts = {
      each: [
        goals[each][n] for n in np.flatnonzero(rows[frame] == captions.TRUE)
      ]
      for each, rows in true_of.items()
    }
    true = facts[family]  # type: ignore[index]
    if true_of[family][frame, place] == captions.UNKNOWN:  # type: ignore[index]
      name = 'nearly true'
    elif family == 'pick_and_place' and _of_it(goal, facts['lift']):
      name = 'held, not placed'
    elif family != 'find' and _of_it(goal, facts['find']):
      name = 'near, not ' + ('held up' if family == 'lift' else 'placed')
    elif any(other.kind == goal.kind for other in true):
      name = 'same kind, else other'
    elif any(other.colour == goal.colour and goal.colour for other in true):
      name = 'same colour, other kind'
    elif true:
      name = 'something else true'
    else:
      name = 'nothing true'
    counts[name] = counts.get(name, 0) + 1
  return counts


def _of_it(goal: goals_lib.Goal, facts: list[goals_lib.Goal]) -> bool:
  """Whether one of the facts is about a thing that the goal is about."""
  return any(
    fact.kind == goal.kind and goal.colour in (None, fact.colour)
    for fact in facts
  )
