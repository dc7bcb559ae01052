"""Chooses temperature, bias and threshold of a reward on labeled frames.

  python -m experiments.calibrate experiments/open_common_apps.py
  python -m experiments.calibrate experiments/open_common_apps.py \
      --dataset recordings/phones --reward.hysteresis 2 3 --out reward.json

The first argument is an experiment file, the folder of a run, or a JSON file
of a reward. The threshold is the one of the highest recall whose precision is
as high as wanted by the lower bound of its 95 % interval. One half of the
frames chooses, the other says what was reached; of a dataset, half of the
episodes. The numbers are written into the experiment file, or with --out as
JSON (for `experiments.score --experiment`, `launch.swap --reward-config`).
"""

import csv
import dataclasses
import io
import os
import pathlib
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from acme_vlm import datasets, errors, rewards
from acme_vlm.evaluation import calibration_plot, metrics
from acme_vlm.ops import detection
from acme_vlm.rewards import (
  calibration,
  config_source,
  heads,
  precision_bounds,
)
from experiments import labeled_frames, labeled_scores, reward_source
from launch import command_line

PROG = 'python -m experiments.calibrate EXPERIMENT.py'
_FITTED = ('temperature', 'bias')


@dataclasses.dataclass(frozen=True)
class Calibrate:
  """Chooses temperature, bias and threshold of a reward on labeled frames.

  Temperature and bias are chosen for the heads that have them, as those under
  which the labels are most likely frame by frame; the threshold for the scores
  as a run sees them, with their window and hysteresis. Without --dataset,
  frames are drawn by the experiment's simulator.

  Attributes:
    experiment: experiment file, folder of a run, or JSON file of a reward.
    precision: wanted of the lower bound of the 95 % interval, in (0, 1).
    dataset: folder of recorded episodes.
    frames: frames drawn for each half, at least 1.
    home_fraction: share of drawn frames that show no goal, in [0, 1].
    seed: of the frames drawn, or of the split of the dataset; at least 0.
    keep_temperature: chooses the threshold only.
    out: JSON file for the whole reward; None writes into the experiment file.
    plots: folder for the picture and the table.
    dry_run: prints, and draws the picture, but changes no configuration.
    reward: changes to the reward, which is then written with --out.
  """

  experiment: str = 'experiments/open_common_apps.py'
  precision: float = 0.98
  dataset: pathlib.Path | None = None
  frames: int = 2000
  home_fraction: float = 0.5
  seed: int = 0
  keep_temperature: bool = False
  out: pathlib.Path | None = None
  plots: pathlib.Path = pathlib.Path('runs/calibrate')
  dry_run: bool = False
  reward: rewards.RewardConfig = dataclasses.field(
    default_factory=rewards.RewardConfig
  )

  def __post_init__(self):
    # Of finitely many frames no lower bound is 1.
    if not 0 < self.precision < 1:
      raise errors.ConfigError(
        f'expected a precision in (0, 1), got {self.precision}'
      )
    if self.frames < 1 or not 0 <= self.home_fraction <= 1:
      raise errors.ConfigError(
        'expected frames >= 1 and a home_fraction in [0, 1], '
        f'got {self.frames} and {self.home_fraction}'
      )
    if self.seed < 0:
      raise errors.ConfigError(f'expected seed >= 0, got {self.seed}')


def check_written(args: Calibrate, before: rewards.RewardConfig) -> None:
  """Refuses, before the work, what could not be written after it."""
  if args.out is not None and args.out.is_dir():
    raise errors.ConfigError(f'expected --out FILE.json, got folder {args.out}')
  for folder in (args.plots, (args.out or args.plots / 'reward.json').parent):
    whole = folder.absolute()
    there = next(p for p in (whole, *whole.parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
      raise errors.ConfigError(f'expected a folder to write to, got {folder}')
  if args.dry_run or args.out is not None:
    return
  if not args.experiment.endswith('.py'):
    raise errors.ConfigError(
      f'expected --out FILE.json for a reward from {args.experiment}, which is '
      'no experiment file'
    )
  if args.reward != before:
    raise errors.ConfigError(
      'expected --out FILE.json for a reward that is changed by options, which '
      f'{args.experiment} does not hold'
    )
  # The numbers that stand there now: it changes nothing, or says why not.
  path = pathlib.Path(args.experiment)
  text = path.read_text(encoding='utf-8')
  config_source.replace_values(text, {'threshold': before.threshold})


def frames_of(
  args: Calibrate, source: reward_source.RewardSource
) -> tuple[tuple[str, ...], list[Iterable[labeled_frames.Labeled]]]:
  """The task set, and the frames of the two halves."""
  if args.dataset is not None:
    dataset = datasets.open_dataset(args.dataset)
    goals = source.goals or dataset.goals
    return goals, [
      labeled_frames.recorded(dataset, half)
      for half in labeled_frames.halves(dataset, goals, args.seed)
    ]
  if source.environment is None:
    raise errors.ConfigError(
      f'expected --dataset for a reward of no environment, {args.experiment}'
    )
  if args.reward.window > 1 or args.reward.hysteresis != (1, 1):
    raise errors.ConfigError(
      'expected --dataset for a window or hysteresis, since drawn frames are '
      f'no episodes, got window {args.reward.window} and hysteresis '
      f'{args.reward.hysteresis}'
    )
  return source.goals, [
    labeled_frames.drawn(
      source.environment,
      source.goals,
      num=args.frames,
      seed=seed,
      home_fraction=args.home_fraction,
    )
    # Seeds of different calibrations share no half.
    for seed in (args.seed, args.seed + 1)
  ]


def fit(
  args: Calibrate, half: labeled_scores.EmbeddedHalf
) -> rewards.RewardConfig:
  """The reward with the temperature and bias that make the labels likely."""
  config: rewards.RewardConfig = args.reward
  fitted = [f for f in _FITTED if f in heads.get(config.head).parameters]
  if args.keep_temperature or not fitted:
    return config
  if config.members:
    # Each member has the temperature it was trained to, or all have one that
    # is given; one for all would be a compromise between them.
    print('an ensemble keeps the temperatures of its members')
    return config
  grid = np.round(np.geomspace(0.005, 0.5, 81), 4)
  similarities, shows = half.similarities()
  now = half.model.members[0].numbers
  if 'bias' in fitted:
    temperature, bias = calibration.choose_sigmoid(similarities, shows, grid)
    chosen = dataclasses.replace(
      config, temperature=temperature, bias=round(bias, 3)
    )
    p = calibration.sigmoid_probabilities(similarities, temperature, bias)
    p_now = calibration.sigmoid_probabilities(
      similarities, now.temperature, now.bias
    )
  else:
    temperature = calibration.choose_temperature(similarities, shows, grid)
    chosen = dataclasses.replace(config, temperature=temperature)
    p = calibration.probabilities(similarities, temperature)
    p_now = calibration.probabilities(similarities, now.temperature)
  if not calibration.likelier(p, p_now, shows, len(fitted)):
    # Where everything is told apart, any small temperature does as well.
    return config
  return chosen


def point(
  scores: labeled_scores.Scores, threshold: float
) -> tuple[metrics.Interval, metrics.Interval]:
  """Precision and recall at a threshold, with their 95 % intervals."""
  parts = (scores.values, scores.truths, scores.episodes)
  precision = precision_bounds.intervals(*parts, np.array([threshold]))
  # Recall is the share of positives among the frames that show their goal.
  true = scores.truths
  said = detection.success(scores.values[true], threshold)
  recall = precision_bounds.of_share(said, scores.episodes[true])
  return metrics.Interval(*precision[0].tolist()), metrics.Interval(*recall)


def half_of(
  scores: labeled_scores.Scores, threshold: float
) -> calibration_plot.Half:
  """What the picture needs of a half."""
  return calibration_plot.Half(
    scores.values, scores.truths, *point(scores, threshold)
  )


def table(rows: Sequence[tuple[str, float, labeled_scores.Scores]]) -> str:
  """Prints precision and recall of each row, and returns them as CSV."""
  file = io.StringIO()
  writer = csv.writer(file, lineterminator='\n')
  fields = ('value', 'low', 'high')
  names = [f'{n}_{f}' for n in ('precision', 'recall') for f in fields]
  writer.writerow(['what', 'threshold', *names])
  print(f'{"":24}{"threshold":>10}  {"precision [95 %]":24}  recall [95 %]')
  for name, threshold, scores in rows:
    both = point(scores, threshold)
    print(f'{name:24}{threshold:10.6g}' + ''.join(map(_text, both)))
    numbers = [f'{x:.6g}' for interval in both for x in interval]
    writer.writerow([name, repr(threshold), *numbers])
  return file.getvalue()


def _text(interval: metrics.Interval) -> str:
  return f'  {interval.value:.4f} [{interval.low:.4f}, {interval.high:.4f}]'


def calibrate(args: Calibrate) -> rewards.RewardConfig:
  """Chooses, prints, draws and writes; returns the reward chosen."""
  source = reward_source.read(args.experiment)
  check_written(args, source.reward)
  goals, frames = frames_of(args, source)
  model = rewards.make_reward_model(
    args.reward, goals, service=labeled_scores.SERVICE
  )
  halves = [labeled_scores.embed(model, goals, half) for half in frames]
  for half in halves:
    half.check()
  chosen = fit(args, halves[0])
  own, held_out = (half.scores(chosen) for half in halves)
  threshold = calibration.choose_threshold(
    own.values,
    own.truths,
    args.precision,
    lowest=model.lowest,
    groups=own.episodes,
  ).threshold
  now = args.reward.threshold
  said, said_now = (
    detection.success(own.values, beta) for beta in (threshold, now)
  )
  # One that tells the frames apart in the same way stays.
  threshold = (
    now
    if np.array_equal(said, said_now)
    else calibration.shortest_threshold(threshold, own.values)
  )
  chosen = dataclasses.replace(chosen, threshold=threshold)
  changes = _changes(args.reward, chosen)
  print(
    f'{args.experiment}: {len(own.values)} and {len(held_out.values)} scores '
    f'of {len(goals)} goals, head {chosen.head}; '
    + ', '.join(f'{n} {a} -> {b}' for n, (a, b) in changes.items())
  )
  before = halves[1].scores(args.reward)
  spread = np.quantile(held_out.values, [0.5, 0.9, 0.99]).tolist()
  others = (0.1, 0.3, 0.5, 0.7, 0.9, 0.99) if model.lowest == 0 else spread
  rows = [
    ('as it was, held-out', args.reward.threshold, before),
    ('chosen, its own half', threshold, own),
    ('chosen, held-out half', threshold, held_out),
    *(('held-out half', other, held_out) for other in others),
  ]
  _draw(args, chosen, own, held_out, table(rows))
  _write(args, chosen, changes)
  return chosen


def _changes(
  before: rewards.RewardConfig, after: rewards.RewardConfig
) -> dict[str, tuple[Any, Any]]:
  """Of the fields that are calibrated: before and after, where they differ."""
  pairs = {
    name: (getattr(before, name), getattr(after, name))
    for name in (*_FITTED, 'threshold')
  }
  return {n: p for n, p in pairs.items() if p[0] != p[1] or n == 'threshold'}


def _draw(
  args: Calibrate,
  chosen: rewards.RewardConfig,
  own: labeled_scores.Scores,
  held_out: labeled_scores.Scores,
  rows: str,
) -> None:
  name = pathlib.Path(args.experiment).stem
  picture = args.plots / f'{name}.png'
  try:
    args.plots.mkdir(parents=True, exist_ok=True)
    calibration_plot.calibration(
      picture,
      half_of(own, chosen.threshold),
      half_of(held_out, chosen.threshold),
      threshold=chosen.threshold,
      target=args.precision,
      probabilities=chosen.head in ('softmax', 'sigmoid'),
      title=f'{name}: {chosen.checkpoint}, head {chosen.head}',
    )
    picture.with_suffix('.csv').write_text(rows, encoding='utf-8')
  except OSError as error:
    raise errors.ConfigError(
      f'expected a folder to write to, got {args.plots}: {error.strerror}'
    ) from error
  print(f'drawn in {picture}')


def _write(
  args: Calibrate,
  chosen: rewards.RewardConfig,
  changes: dict[str, tuple[Any, Any]],
) -> None:
  if args.dry_run:
    return
  if args.out is not None:
    reward_source.write(args.out, chosen)
  else:
    values = {name: after for name, (_, after) in changes.items()}
    config_source.rewrite(pathlib.Path(args.experiment), values)
  print(f'written into {args.out or args.experiment}')


def main(argv: Sequence[str] | None = None) -> None:
  """Runs the command line."""
  words = sys.argv[1:] if argv is None else list(argv)
  with command_line.user_mistakes():
    if words[:1] in ([], ['--help'], ['-h']):
      command_line.parse(Calibrate(), ['--help'], prog=PROG)
    default = Calibrate(
      experiment=words[0], reward=reward_source.read(words[0]).reward
    )
    calibrate(command_line.parse(default, words[1:], prog=PROG))


if __name__ == '__main__':
  main()
