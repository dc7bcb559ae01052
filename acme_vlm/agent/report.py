"""What a run leaves for people: table, plots, video, `summary.json`."""

import datetime
import json
import math
import os
import pathlib
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from rich import console as rich_console
from rich import table as rich_table

from acme_vlm import types
from acme_vlm.agent import progress, run_directory
from acme_vlm.agent.builder import Parts
from acme_vlm.evaluation import metrics, plots, results, video
from acme_vlm.metrics import csv
from acme_vlm.metrics import writer as writer_lib

_MODES = ('random', 'sampled', 'greedy')


def final_evaluation(
  parts: Parts, variables: types.Variables
) -> dict[str, results.Evaluation]:
  """Plays the evaluation worlds with each way of acting.

  Args:
    parts: of the experiment.
    variables: the trained policy's.

  Returns:
    Evaluation by mode: 'random', 'sampled' and 'greedy'.
  """
  config = parts.config.evaluation
  evaluator = parts.evaluator()
  return {
    mode: evaluator.evaluate(
      mode,
      num_episodes=config.final_episodes,
      recorded=config.recorded_episodes if mode == 'sampled' else 0,
      variables=variables,
    )
    for mode in _MODES
  }


def write(
  parts: Parts,
  run: run_directory.RunDirectory,
  evaluations: Mapping[str, results.Evaluation],
  *,
  training_seconds: float,
  environment_frames: int,
  learner_steps: int,
) -> dict[str, Any]:
  """Writes plots, video and summary of a run that has been evaluated.

  Args:
    parts: of the experiment.
    run: where to.
    evaluations: from `final_evaluation`.
    training_seconds: wall clock of training, without the evaluation.
    environment_frames: steps of all environments.
    learner_steps: batches learned from.

  Returns:
    The summary, flat keys.
  """
  curve, points = _curves(run)
  oracle, oracle_frames = _oracle(parts) or (None, None)
  summary = {
    'experiment': parts.config.name,
    'seed': parts.config.seed,
    'commit': run.commits()[0],
    'date': f'{datetime.date.today():%Y-%m-%d}',
    'machine': f'{platform.system()} {platform.machine()}',
    'cores': os.cpu_count(),
    'oracle_reward': parts.config.run.oracle_reward,
    'start': parts.config.run.start,
    **results.summary(evaluations['sampled']),
    **_prefixed('greedy', results.summary(evaluations['greedy'])),
    **_prefixed('random', results.summary(evaluations['random'])),
    'oracle_true_success': oracle,
    'oracle_environment_frames': oracle_frames,
    # The oracle's "VLM return" is the true one: a correlation would be idle.
    'return_correlation': (
      math.nan if parts.config.run.oracle_reward else _correlation(curve)
    ),
    'environment_frames': environment_frames,
    'learner_steps': learner_steps,
    'training_seconds': round(training_seconds, 1),
    'frames_per_second': round(
      environment_frames / max(training_seconds, 1e-9), 1
    ),
    'temperature': parts.config.reward.temperature,
    'threshold': parts.vlm.threshold,
    'reward_version': progress.version_name(parts.vlm.version),
    'rewards': len(run.rewards()),
  }
  # The numbers first: whatever fails below, they are kept.
  run.write_json(run.summary, _without_nan(summary))
  _draw(parts, run, evaluations, curve, points, oracle)
  return summary


def _draw(
  parts: Parts,
  run: run_directory.RunDirectory,
  evaluations: Mapping[str, results.Evaluation],
  curve: plots.TrainingCurve,
  points: Sequence[plots.EvaluationPoint],
  oracle: float | None,
) -> None:
  """Draws the plots and the video of a run."""
  plots.returns(
    run.plots / 'returns.png',
    curve,
    points,
    random_true=evaluations['random'].true_success.value,
    oracle_true=oracle,
    swaps=[reward['frames'] for reward in run.rewards()[1:]],
  )
  plots.precision_recall(
    run.plots / 'precision_recall.png',
    {
      f'frames of the {m} policy': (e.scores, e.achieved)
      for m, e in evaluations.items()
    },
    threshold=parts.vlm.threshold,
  )
  plots.success_by_goal(
    run.plots / 'success_by_goal.png',
    results.success_by_goal(evaluations['sampled'].episodes),
    baseline=results.success_by_goal(evaluations['random'].episodes),
  )
  recorded = [
    e for e in evaluations['sampled'].episodes if e.pixels is not None
  ]
  if recorded:
    video.write_video(
      run.videos / 'evaluation.mp4',
      recorded,
      _action_marks(parts),
      threshold=parts.vlm.threshold,
      score_range=(
        getattr(parts.vlm, 'lowest', 0.0),
        getattr(parts.vlm, 'highest', 1.0),
      ),
    )


def show(
  summary: Mapping[str, Any],
  run: run_directory.RunDirectory,
  console: rich_console.Console | None = None,
) -> None:
  """Prints the table of results and where everything lies.

  Args:
    summary: from `write`.
    run: the run.
    console: where to; None for standard output.
  """
  console = console or rich_console.Console()
  table = rich_table.Table(
    title=(
      f'{summary["experiment"]}, seed {summary["seed"]}'
      f'{" (ORACLE REWARD)" if summary["oracle_reward"] else ""}: evaluation on'
      ' worlds that training never saw'
    )
  )
  for column in ('policy', 'true success', 'VLM success', 'steps'):
    table.add_column(column, justify='left' if column == 'policy' else 'right')
  for label, prefix in (
    ('random', 'random_'),
    ('trained, sampled', ''),
    ('trained, greedy', 'greedy_'),
  ):
    table.add_row(
      label,
      _share(summary, f'{prefix}true_success'),
      _share(summary, f'{prefix}vlm_success'),
      f'{summary[f"{prefix}mean_length"]:.1f}',
    )
  if summary['oracle_true_success'] is not None:
    table.add_row(
      'oracle reward, sampled',
      f'{100 * summary["oracle_true_success"]:.1f} %'
      f' ({summary["oracle_environment_frames"]:,} frames)',
      '',
      '',
    )
  console.print(table)
  console.print(_verdict(summary))
  console.print(
    'Correlation of VLM and true return over training:'
    f' {summary["return_correlation"]:.3f}.'
  )
  console.print(
    f'{summary["environment_frames"]:,} frames in'
    f' {summary["training_seconds"]:.0f} s'
    f' ({summary["frames_per_second"]:.0f} frames/s).'
  )
  console.print('Plots, video, checkpoint and summary.json are in', end=' ')
  console.print(str(run.path), soft_wrap=True, highlight=False)


def _verdict(summary: Mapping[str, Any]) -> str:
  """How good the reward was on the frames of the trained, sampled agent."""
  precision = summary['reward_precision']
  fired = (
    'it never fired'
    if math.isnan(precision)
    else f'precision {precision:.3f}, recall {summary["reward_recall"]:.3f}'
  )
  area, low, high = (
    summary[f'average_precision{end}'] for end in ('', '_low', '_high')
  )
  chance = summary['chance_precision']
  if math.isnan(area):
    return f'Reward on these frames: {fired}; none of them shows its goal.'
  verdict = '' if low > chance else ' No better than chance.'
  return (
    f'Reward on these frames: {fired}; average precision {area:.3f}'
    f' ({low:.3f} to {high:.3f}), by chance {chance:.3f}.{verdict}'
  )


def _curves(
  run: run_directory.RunDirectory,
) -> tuple[plots.TrainingCurve, list[plots.EvaluationPoint]]:
  """Reads both curves back from the run's CSV, which resumes extend."""
  rows = csv.read_rows(run.metrics)
  trained = [row for row in rows if 'actor/true_return' in row]
  curve = plots.TrainingCurve(
    [row[writer_lib.FRAMES] for row in trained],
    [row.get('actor/vlm_return', math.nan) for row in trained],
    [row['actor/true_return'] for row in trained],
  )
  points = [
    plots.EvaluationPoint(
      row['evaluation/at_frames'],
      _interval(row, 'vlm_success'),
      _interval(row, 'true_success'),
    )
    for row in rows
    if 'evaluation/at_frames' in row
  ]
  return curve, points


def _interval(row: Mapping[str, float], key: str) -> metrics.Interval:
  return metrics.Interval(
    *(row[f'evaluation/{key}{end}'] for end in ('', '_low', '_high'))
  )


def _correlation(curve: plots.TrainingCurve) -> float:
  try:
    return metrics.return_correlation(curve.vlm_return, curve.true_return)
  except ValueError:
    return math.nan  # Too few points: the run was very short.


def _oracle(parts: Parts) -> tuple[float, int] | None:
  """Success and frames of the experiment's newest oracle run, if there is."""
  if parts.config.run.oracle_reward:
    return None
  folder = pathlib.Path(parts.config.run.root) / oracle_name(parts.config.name)
  summaries = sorted(folder.glob('*/summary.json'))
  if not summaries:
    return None
  try:
    summary = json.loads(summaries[-1].read_text())
    return float(summary['true_success']), int(summary['environment_frames'])
  except (OSError, ValueError, KeyError, TypeError):
    return None  # Another run's broken file must not cost this one's results.


def oracle_name(experiment: str) -> str:
  """The folder of an experiment's oracle runs."""
  return f'{experiment}-oracle'


def _action_marks(parts: Parts) -> Any:
  """How actions are drawn: taps of the policy's grid by their place."""
  grid = parts.config.policy.grid
  others = ('next page', 'previous page', 'back', 'home')

  def mark(action: int) -> video.ActionMark:
    if grid is None:
      return video.ActionMark(f'action {action}')
    rows, columns = grid
    if action < rows * columns:
      row, column = divmod(action, columns)
      place = ((row + 0.5) / rows, (column + 0.5) / columns)
      return video.ActionMark('tap', place)
    number = action - rows * columns
    known = number < len(others)
    return video.ActionMark(others[number] if known else f'action {action}')

  return mark


def _prefixed(prefix: str, figures: Mapping[str, Any]) -> dict[str, Any]:
  return {f'{prefix}_{key}': value for key, value in figures.items()}


def _share(summary: Mapping[str, Any], key: str) -> str:
  value, low, high = (100 * summary[key + end] for end in ('', '_low', '_high'))
  return f'{value:.1f} % ({low:.1f} to {high:.1f})'


def _without_nan(values: Mapping[str, Any]) -> dict[str, Any]:
  """JSON has no NaN: what is not defined is null."""
  return {
    key: None if isinstance(v, float) and math.isnan(v) else v
    for key, v in values.items()
  }
