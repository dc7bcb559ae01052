"""How well a model tells what is true of frames of homes, family by family."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.networks import clip, dual_encoder
from acme_vlm.ops import detection
from acme_vlm.rewards import contrastive_evaluation, contrastive_training
from experiments import pretraining

_PRECISION = 0.95


class FamilyReport(NamedTuple):
  """One family of tasks, over all pairs of a frame and a goal.

  Eq. 1 of arXiv 2312.09187 against all other goals of the family and the words
  for none of them.

  Attributes:
    family: its name.
    average_precision: what is nearly true counts as false.
    clear_average_precision: pairs that are nearly true left out.
    chance: share of true pairs.
    threshold: the lowest with a precision of 0.95 above it, on other frames;
      1 if there is none.
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
  checkpoint: dual_encoder.Checkpoint,
  shown: np.ndarray,
  truth: np.ndarray,
  goal_set: str,
  unseen: np.ndarray | None = None,
  *,
  families: Sequence[goals_lib.Family] = goals_lib.FAMILIES,
  thresholds: dict[str, float] | None = None,
) -> Report:
  """Scores frames with every caption and compares with the truth.

  Args:
    checkpoint: the model.
    shown: frames, uint8 [N, H, W, 3].
    truth: of the goal set's bank, int8 [N, C].
    goal_set: 'common' or 'diverse'.
    unseen: places in the bank of captions never shown in training.
    families: that the model knows.
    thresholds: by family; None: those of every second frame, the precision and
      recall of which are then those on the others.

  Returns:
    The numbers.
  """
  bank = captions.bank(goal_set)
  scaled, seen, temperature = _compare(checkpoint, shown, goal_set)
  reports = []
  for number, family in enumerate(goals_lib.FAMILIES):
    if family not in families:
      continue
    places = np.flatnonzero(bank.group == number)
    hidden = None if unseen is None else np.isin(places[:-1], unseen)
    threshold = None if thresholds is None else thresholds[family]
    reports.append(
      _family(family, goal_set, scaled[:, places], truth, hidden, threshold)
    )
  nouns = truth[:, _nouns(bank)]
  clear = nouns != captions.UNKNOWN
  return Report(
    tuple(reports),
    _average_precision(seen[clear], nouns[clear] == captions.TRUE),
    len(shown),
    temperature,
  )


def thresholds(
  checkpoint: dual_encoder.Checkpoint,
  shown: np.ndarray,
  truth: np.ndarray,
  goal_set: str,
  families: Sequence[goals_lib.Family] = goals_lib.FAMILIES,
) -> dict[str, float]:
  """The lowest thresholds with a precision of 0.95 above them.

  Args:
    checkpoint: the model.
    shown: frames, uint8 [N, H, W, 3].
    truth: of the goal set's bank, int8 [N, C].
    goal_set: 'common' or 'diverse'.
    families: that the model knows.

  Returns:
    By family; 1 where there is none.
  """
  group = captions.bank(goal_set).group
  scaled, _, _ = _compare(checkpoint, shown, goal_set)
  chosen = {}
  for family in families:
    places = np.flatnonzero(group == goals_lib.FAMILIES.index(family))
    right = truth[:, places[:-1]] == captions.TRUE
    chosen[str(family)] = _threshold(probabilities(scaled[:, places]), right)
  return chosen


def scores(
  checkpoint: dual_encoder.Checkpoint, shown: np.ndarray, goal_set: str
) -> dict[str, np.ndarray]:
  """Eq. 1 of all goals of each family.

  Args:
    checkpoint: the model.
    shown: frames, uint8 [N, H, W, 3].
    goal_set: 'common' or 'diverse'.

  Returns:
    By family, float64 [N, G].
  """
  group = captions.bank(goal_set).group
  scaled, _, _ = _compare(checkpoint, shown, goal_set)
  return {
    family: probabilities(scaled[:, group == number])
    for number, family in enumerate(goals_lib.FAMILIES)
  }


def _compare(
  checkpoint: dual_encoder.Checkpoint, shown: np.ndarray, goal_set: str
) -> tuple[np.ndarray, np.ndarray, float]:
  """Scaled similarities [N, C], log-odds of nouns [N, nouns], temperature."""
  bank = captions.bank(goal_set)
  texts = embed_texts(checkpoint, bank.texts)
  background = embed_texts(checkpoint, [goals_lib.BACKGROUND])
  temperature = float(np.exp(-checkpoint.parameters['logit_scale']))
  images, seen = contrastive_evaluation.embed_with_patches(
    checkpoint, shown, texts[_nouns(bank)] - background, temperature
  )
  return images @ texts.T / temperature, seen, temperature


def _nouns(bank: captions.Bank) -> np.ndarray:
  return np.isin(bank.group, (captions.NOUNS, captions.KIND_NOUNS))


def embed_texts(
  checkpoint: dual_encoder.Checkpoint, texts: list[str] | tuple[str, ...]
) -> np.ndarray:
  """Embeddings of texts, float32 [M, D], of unit length."""
  parts = []
  for start in range(0, len(texts), 512):
    ids, mask = checkpoint.tokenize(list(texts[start : start + 512]))
    parts.append(
      clip.normalize(
        checkpoint.module.apply(
          {'params': checkpoint.parameters}, ids, mask, method='encode_text'
        )
      )
    )
  return np.concatenate([np.asarray(part) for part in parts])


def probabilities(scaled: np.ndarray) -> np.ndarray:
  """Eq. 1 for each goal against all others and the last column.

  Args:
    scaled: similarities by temperature, [N, G + 1]; the last is the neutral
      text's.

  Returns:
    float64 [N, G].
  """
  exps = np.exp(scaled - scaled.max(axis=1, keepdims=True), dtype=np.float64)
  return exps[:, :-1] / exps.sum(axis=1, keepdims=True)


def _family(
  family: str,
  goal_set: str,
  scaled: np.ndarray,
  truth: np.ndarray,
  unseen: np.ndarray | None,
  threshold: float | None = None,
) -> FamilyReport:
  scores = probabilities(scaled)
  group = captions.bank(goal_set).group
  number = goals_lib.FAMILIES.index(family)  # type: ignore[arg-type]
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


def card(
  *,
  name: str,
  home: home_config.HomeConfig,
  vision: object,
  parameters: int,
  frames: int,
  state: contrastive_training.TrainingState,
  command: str,
  hidden: bool,
  families: Sequence[goals_lib.Family],
  table: str,
  episodes: int,
  played: str,
  start: str | None = None,
) -> str:
  """The model card, of `checkpoints/home_card_template.md`."""
  template = pretraining.SHIPPED / 'home_card_template.md'
  return template.read_text().format(
    name=name,
    start='scratch' if start is None else f'`{start}` on',
    home=home,
    vision=vision,
    parameters=parameters,
    frames=frames,
    steps=int(state.step),
    minutes=float(state.seconds) / 60,
    command=command,
    known='Captions of held-out pairs were never shown'
    if hidden
    else 'Held-out pairs are among them,\n  as for a web-trained CLIP',
    families=', '.join(families),
    table=table,
    episodes=episodes,
    played=played,
  )
