"""One line of a reward report: a reward model with its settings."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from acme_vlm.evaluation import metrics, reward_bootstrap, reward_hits
from acme_vlm.evaluation.reward_analysis import Analysis


class Row(NamedTuple):
  """A reward model with its settings, and what was found of it.

  Attributes:
    name: short and unique in the report, for legends and file names.
    model: the checkpoint, or the members of an ensemble.
    prompts: the templates, in the words of the report.
    settings: head and what else is set, in words.
    version: hash of everything that makes the reward.
    config: all of the configuration, JSON values.
    analysis: the measures.
  """

  name: str
  model: str
  prompts: str
  settings: str
  version: int
  config: Mapping[str, Any]
  analysis: Analysis


def best(rows: Sequence[Row]) -> Row:
  """The row of the highest average precision; of several, the first."""

  def area(row: Row) -> float:
    curve = row.analysis.every.curve
    return -math.inf if curve is None else curve.average_precision.value

  return max(rows, key=area)


def first_right(row: Row) -> metrics.Interval:
  """Of the episodes that end by a reward, the share that end on the goal.

  Wilson's interval, over episodes; those whose labels do not say are left out.
  NaN without such episodes.
  """
  hits = row.analysis.hits
  if hits is None:
    return metrics.wilson_interval(0, 0)
  right = hits.count(reward_hits.Outcome.RIGHT)
  wrong = hits.count(reward_hits.Outcome.WRONG)
  return metrics.wilson_interval(right, right + wrong)


def outcomes(
  row: Row, policies: Sequence[str]
) -> dict[str, dict[reward_hits.Outcome, int]]:
  """How the episodes of each policy would have ended.

  Args:
    row: whose reward is thresholded.
    policies: who played, one per episode.

  Returns:
    By policy, in the order of the episodes.
  """
  found: dict[str, dict[reward_hits.Outcome, int]] = {}
  assert row.analysis.hits is not None
  for policy, outcome in zip(policies, row.analysis.hits.outcome, strict=True):
    counts = found.setdefault(policy, {})
    counts[outcome] = counts.get(outcome, 0) + 1
  return found


def lead(row: Row, other: Row) -> metrics.Interval:
  """By how much a row's average precision exceeds another's.

  Args:
    row: of the report.
    other: resampled by the same draws.

  Returns:
    The difference, with the 95 % interval of the paired bootstrap; NaN where
    there is no curve.
  """
  curves = row.analysis.every.curve, other.analysis.every.curve
  if curves[0] is None or curves[1] is None:
    return metrics.wilson_interval(0, 0)
  value = curves[0].average_precision.value - curves[1].average_precision.value
  return reward_bootstrap.interval(
    value, row.analysis.replicates - other.analysis.replicates
  )


def names(
  configs: Sequence[Mapping[str, Any]], letters: Mapping[str, str]
) -> list[str]:
  """Short names, unique in a report, that say what differs.

  Args:
    configs: fields of reward configurations.
    letters: short names of prompt templates that have one.

  Returns:
    One for each.
  """
  heads = {config['head'] for config in configs}
  spans = {config['window'] for config in configs}
  ends = {c['checkpoint'].rstrip('/').rsplit('/', 1)[-1] for c in configs}
  clash = len(ends) < len({config['checkpoint'] for config in configs})
  found: list[str] = []
  for config in configs:
    checkpoint = model(config)
    last = checkpoint.rstrip('/').rsplit('/', 1)[-1]
    parts = [checkpoint if clash or config['members'] else last]
    texts = [letters.get(t, t) for t in config['prompt_templates']]
    parts.append('+'.join(texts))
    parts += [config['head']] if len(heads) > 1 else []
    parts += [frames(config['window'])] if len(spans) > 1 else []
    name = ' · '.join(parts)
    found.append(name if name not in found else f'{name} ({len(found) + 1})')
  return found


def frames(number: int) -> str:
  """So many frames, in words."""
  return '1 frame' if number == 1 else f'{number} frames'


def prompts(config: Mapping[str, Any], letters: Mapping[str, str]) -> str:
  """The prompt templates in words, with their letters."""
  texts = [
    f'{letters[t]}: {t}' if t in letters else t
    for t in config['prompt_templates']
  ]
  own = len(config['goal_prompts'])
  return ' + '.join(texts) + (f' ({own} goals have their own)' if own else '')


def settings(config: Mapping[str, Any], negatives: int) -> str:
  """Everything else that makes the score, in words.

  Args:
    config: fields of a reward configuration.
    negatives: how many texts each goal competes with.
  """
  parts = [config['head']]
  if config['head'] == 'softmax':
    parts.append(f'{negatives} negatives')
  if config['head'] in ('softmax', 'sigmoid'):
    tau = config['temperature']
    parts.append('τ of the checkpoint' if tau is None else f'τ = {tau:g}')
  if config['head'] == 'goal_baseline':
    parts.append(f'α = {config["baseline_alpha"]:g}')
  parts.append(f'β = {config["threshold"]:g}')
  if not config['thresholded']:
    parts.append('reward is the score')
  if config['window'] > 1:
    parts.append(f'mean of {config["window"]} frames')
  if tuple(config['hysteresis']) != (1, 1):
    k, n = config['hysteresis']
    parts.append(f'{k} of {n} frames over β')
  if config['dtype'] != 'float32':
    parts.append(config['dtype'])
  return ', '.join(parts)


def model(config: Mapping[str, Any]) -> str:
  """The checkpoint, or the members of an ensemble."""
  if not config['members']:
    return str(config['checkpoint'])
  members = ', '.join((config['checkpoint'], *config['members']))
  return f'{config["ensemble"]}({members})'
