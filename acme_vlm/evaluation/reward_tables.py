"""The figures of a reward report as CSV files, one row per line of the page."""

import csv
import math
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from acme_vlm.evaluation import metrics, reward_hits, reward_rows
from acme_vlm.evaluation.reward_analysis import View
from acme_vlm.evaluation.reward_rows import Row
from acme_vlm.evaluation.reward_worst import Worst

# Points of a curve that are written at most.
_MOST_POINTS = 201


def write(
  folder: pathlib.Path,
  rows: Sequence[Row],
  worst: Mapping[str, Sequence[Worst]],
) -> None:
  """Writes summary.csv, per_goal.csv, curves.csv and worst.csv.

  Args:
    folder: that exists.
    rows: the models.
    worst: by the row's name.

  Raises:
    OSError: a file cannot be written.
  """
  _write(folder / 'summary.csv', map(summary, rows))
  _write(folder / 'per_goal.csv', (g for row in rows for g in per_goal(row)))
  _write(folder / 'curves.csv', (p for row in rows for p in points(row)))
  _write(
    folder / 'worst.csv',
    (
      {'row': name, **case._asdict(), 'shows': '; '.join(case.shows)}
      for name, cases in worst.items()
      for case in cases
    ),
  )


def summary(row: Row) -> dict[str, Any]:
  """Flat keys: what the row is, then its measures with their 95 % bounds."""
  found = row.analysis
  values: dict[str, Any] = {
    'row': row.name,
    'model': row.model,
    'prompts': row.prompts,
    'settings': row.settings,
    'reward_version': row.version,
    'threshold': found.threshold,
  }
  for name, view in (('every', found.every), ('own', found.own)):
    values |= {f'{name}_{key}': value for key, value in _view(view).items()}
  values |= _interval('epic', found.epic)
  values |= _interval('epic_thresholded', found.epic_rewarded)
  values |= {
    'return_spearman': found.return_spearman,
    'return_kendall': found.return_kendall,
    'abstained': found.abstained,
  }
  bins = found.calibration
  values |= {
    'calibration_error': math.nan if bins is None else bins.expected_error,
    'brier': math.nan if bins is None else bins.brier,
    'brier_of_prevalence': math.nan if bins is None else bins.brier_reference,
  }
  for outcome in reward_hits.Outcome:
    count = math.nan if found.hits is None else found.hits.count(outcome)
    values[f'episodes_{outcome.name.lower()}'] = count
  values |= _interval('first_reward_right', reward_rows.first_right(row))
  chosen, held_out = found.suggestion.chosen, found.suggestion.held_out
  values |= {
    'wanted_precision': found.suggestion.wanted,
    'suggested_threshold': math.nan if chosen is None else chosen.value,
  }
  nothing = metrics.Interval(math.nan, math.nan, math.nan)
  for key in ('precision', 'recall'):
    reached = nothing if held_out is None else getattr(held_out, key)
    values |= _interval(f'suggested_{key}', reached)
  return values


def per_goal(row: Row) -> Iterable[dict[str, Any]]:
  """One line per goal, each frame alone."""
  for goal in row.analysis.goals:
    point = goal.at_threshold
    yield {
      'row': row.name,
      'goal': goal.goal,
      'frames': goal.frames,
      'average_precision': goal.average_precision,
      'chance': goal.chance,
      **_interval('precision', point.precision),
      **_interval('recall', point.recall),
      'true_positives': point.true_positives,
      'false_positives': point.false_positives,
      'false_negatives': point.false_negatives,
      'epic': goal.epic,
      'taken_for': goal.taken_for,
      'taken_rate': goal.taken_rate,
    }


def points(row: Row) -> Iterable[dict[str, Any]]:
  """Points of both precision-recall curves, thinned evenly in recall."""
  for name, view in (
    ('every', row.analysis.every),
    ('own', row.analysis.own),
  ):
    if view.curve is None:
      continue
    recall = view.curve.recall
    wanted = np.linspace(0, recall[-1], _MOST_POINTS)
    for k in np.unique(np.searchsorted(recall, wanted)):
      yield {
        'row': row.name,
        'view': name,
        'recall': float(recall[k]),
        'precision': float(view.curve.precision[k]),
        'threshold': float(view.curve.thresholds[k]),
      }


def _view(view: View) -> dict[str, Any]:
  area = metrics.Interval(math.nan, math.nan, math.nan)
  chance = math.nan
  if view.curve is not None:
    area, chance = view.curve.average_precision, view.curve.chance
  point = view.at_threshold
  return {
    'pairs': view.items,
    'chance': chance,
    **_interval('average_precision', area),
    # Of frames as if independent, then of whole episodes.
    **_interval('precision', point.precision),
    **_interval('precision_episodes', view.precision),
    **_interval('recall', point.recall),
    **_interval('recall_episodes', view.recall),
    'true_positives': point.true_positives,
    'false_positives': point.false_positives,
    'false_negatives': point.false_negatives,
    'spearman': view.spearman,
    'kendall': view.kendall,
  }


def _interval(name: str, interval: metrics.Interval) -> dict[str, float]:
  return {
    name: interval.value,
    f'{name}_low': interval.low,
    f'{name}_high': interval.high,
  }


def _write(path: pathlib.Path, lines: Iterable[Mapping[str, Any]]) -> None:
  partial = path.with_suffix('.partial')
  with partial.open('w', newline='', encoding='utf-8') as file:
    writer = None
    for line in lines:
      if writer is None:
        writer = csv.DictWriter(file, list(line))
        writer.writeheader()
      writer.writerow({key: _text(value) for key, value in line.items()})
  partial.replace(path)


def _text(value: Any) -> Any:
  """Six digits of a number, nothing of one that is not defined."""
  if isinstance(value, float):
    return '' if math.isnan(value) else f'{value:.6g}'
  return value
