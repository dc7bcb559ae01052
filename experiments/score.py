"""Scores images or a video against goals in words.

  python -m experiments.score --checkpoint in_domain/phone_small \
      --template "Screenshot of [TASK] on Android" --images shots/*.png \
      --goals Clock Calendar --negatives "the home screen"
  python -m experiments.score --experiment experiments/open_common_apps.py \
      --video episode.mp4 --fps 3 --out scores/episode

Prints a table and writes scores.csv, a picture (scores.png) and the reward's
configuration (reward.json, which launch.swap takes) into a folder.
"""

import csv
import dataclasses
import math
import pathlib
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import rich
from rich import console as console_lib
from rich import table as table_lib

from acme_vlm import errors, rewards
from acme_vlm.evaluation import frame_files, score_plots, score_sheet
from acme_vlm.ops import detection
from acme_vlm.rewards import heads, windows
from acme_vlm.rewards import scorer as scorer_lib
from experiments import reward_source
from launch import command_line

PROG = 'python -m experiments.score'
# Frames that are embedded in one call; images on one sheet; rows of the table.
_AT_ONCE, _ON_A_SHEET, _ROWS = 64, 48, 40
_SIZES = (1, 8, 64)


@dataclasses.dataclass(frozen=True)
class Score:
  """Scores images or a video against goals in words.

  A frame's score by eq. 1 (head 'softmax') is the probability that it shows
  this goal rather than another: the other goals are its negatives, and what
  --negatives adds. So a single goal needs --negatives, or another head. With
  --experiment the negatives are those of the experiment.

  Attributes:
    goals: in words; of an experiment, none takes its whole task set.
    images: files, folders or patterns.
    video: file that ffmpeg reads; its window and hysteresis are respected.
    every: of a video, takes one frame of so many, at least 1.
    fps: of a video, takes so many frames a second instead, above 0.
    checkpoint: shipped name, folder or Hugging Face name.
    template: texts with [TASK] that each goal fills; none takes the goal as it
      is, or the experiment's. A model understands prompts like those that it
      was trained with: of a shipped one, those of its model card.
    head: softmax, cosine, goal_baseline or sigmoid; '' is softmax, or the
      experiment's.
    negatives: what else a frame may show, in words.
    threshold: beta; a score above it is a success. None takes 0.5, or the
      experiment's.
    experiment: experiment file, folder of a run, or JSON file of a reward,
      whose reward is taken; the options above and below change it.
    out: folder to write to; what lies there of the same names is replaced.
    reward: any other field of the reward's configuration.
  """

  goals: tuple[str, ...] = ()
  images: tuple[str, ...] = ()
  video: pathlib.Path | None = None
  every: int = 1
  fps: float | None = None
  checkpoint: str = ''
  template: tuple[str, ...] = ()
  head: str = ''
  negatives: tuple[str, ...] = ()
  threshold: float | None = None
  experiment: str = ''
  out: pathlib.Path = pathlib.Path('scores')
  reward: rewards.RewardConfig = dataclasses.field(
    default_factory=lambda: rewards.RewardConfig(
      prompt_templates=('[TASK]',), extra_negatives=(), threshold=0.5
    )
  )


def check(args: Score) -> None:
  """Raises `ConfigError` for options that say too little or too much."""
  if bool(args.images) == (args.video is not None):
    raise errors.ConfigError(
      'expected --images or --video, got '
      + ('both' if args.images else 'neither')
    )
  if not args.checkpoint and not args.experiment:
    raise errors.ConfigError('expected --checkpoint or --experiment, got none')
  if not args.goals and not args.experiment:
    raise errors.ConfigError('expected at least one goal (--goals), got none')
  for goal in args.goals:
    if not goal.strip():
      raise errors.ConfigError(f'expected a goal in words, got {goal!r}')
  if len(set(args.goals)) < len(args.goals):
    raise errors.ConfigError(f'expected goals that differ, got {args.goals}')


class Scored(NamedTuple):
  """What was scored.

  Attributes:
    names: of N frames, for the table.
    columns: what the CSV tells of each frame, before its scores.
    rows: N rows of these columns.
    scores: float32 [N, G].
  """

  names: list[str]
  columns: tuple[str, ...]
  rows: list[tuple]
  scores: np.ndarray


def configure(
  args: Score,
) -> tuple[rewards.RewardConfig, tuple[str, ...], tuple[str, ...]]:
  """The reward's configuration, its task set, and the goals to score."""
  check(args)
  changes: dict[str, Any] = {}
  if args.checkpoint:
    changes['checkpoint'] = args.checkpoint
  if args.template:
    changes['prompt_templates'] = args.template
  if args.head:
    changes['head'] = args.head
  if args.threshold is not None:
    changes['threshold'] = args.threshold
  task_set = args.goals
  if args.experiment:
    task_set = reward_source.read(args.experiment).goals or args.goals
  else:
    # The other goals are the negatives.
    changes['num_negatives'] = len(args.goals)
    alone = len(args.goals) == 1 and not (
      args.negatives or args.reward.extra_negatives
    )
    if alone and heads.get(args.head or args.reward.head).negatives:
      raise errors.ConfigError(
        f'expected something to tell the goal {args.goals[0]!r} from: more '
        'goals, --negatives, or --head cosine'
      )
  if args.negatives:
    changes['extra_negatives'] = args.negatives
  if not task_set:
    raise errors.ConfigError('expected at least one goal (--goals), got none')
  reward = dataclasses.replace(args.reward, **changes)
  return reward, task_set, args.goals or task_set


def score_images(
  args: Score, model: scorer_lib.DualEncoderScorer, goals: Sequence[str]
) -> tuple[Scored, list[frame_files.NamedImage]]:
  """Scores images of any sizes, those of one size together."""
  paths = frame_files.find_images(args.images)
  scores = np.empty((len(paths), len(goals)), np.float32)
  images: list[frame_files.NamedImage] = []
  for start in range(0, len(paths), _AT_ONCE):
    batch = [frame_files.read_image(p) for p in paths[start:][:_AT_ONCE]]
    by_size: dict[tuple, list[int]] = {}
    for n, image in enumerate(batch):
      by_size.setdefault(image.pixels.shape, []).append(n)
    for members in by_size.values():
      frames = np.stack([batch[n].pixels for n in members])
      scores[start + np.array(members)] = model.score_goals(frames, goals)
    images += [
      image._replace(pixels=frame_files.shrink(image.pixels, 480))
      for image in batch
    ]
  names = [image.name for image in images]
  return Scored(names, ('file',), [(n,) for n in names], scores), images


def score_video(
  args: Score, model: scorer_lib.DualEncoderScorer, goals: Sequence[str]
) -> tuple[Scored, np.ndarray, score_plots.FilmStrip]:
  """Scores a video as one episode for each goal."""
  assert args.video is not None
  strip = score_plots.FilmStrip()
  episodes = windows.EpisodeScorer(model, goals, len(goals))
  which = np.arange(len(goals))
  parts: list[np.ndarray] = []
  rows: list[tuple] = []
  batch: list[np.ndarray] = []

  def flush() -> None:
    if not batch:
      return
    # Frames in the order of time, each against every goal.
    embedded = np.repeat(model.embed(np.stack(batch)), len(goals), axis=0)
    several = np.tile(which, len(batch))
    scores = episodes.of_embeddings(
      embedded, several.astype(np.int32), several.astype(np.int64)
    )
    parts.append(scores.reshape(len(batch), len(goals)))
    batch.clear()

  for frame in frame_files.read_video(
    args.video, every=args.every, fps=args.fps
  ):
    strip.add(frame.pixels)
    rows.append((frame.number, round(frame.seconds, 6)))
    batch.append(frame.pixels)
    if len(batch) == _AT_ONCE:
      flush()
  flush()
  seconds = np.array([row[1] for row in rows])
  names = [f'{number}  {time:.2f} s' for number, time in rows]
  scored = Scored(names, ('frame', 'seconds'), rows, np.concatenate(parts))
  return scored, seconds, strip


def show(scored: Scored, goals: Sequence[str], threshold: float) -> None:
  """Prints the table; of a long video some of its frames."""
  num = len(scored.names)
  step = -(-num // _ROWS)
  table = table_lib.Table(
    title=f'{num} frames against {len(goals)} goals, threshold {threshold:g}',
    caption='* above the threshold'
    + (f'; every {step} frames of {num}' if step > 1 else ''),
  )
  table.add_column(' '.join(scored.columns), overflow='fold')
  for goal in goals:
    table.add_column(goal, justify='right')
  table.add_column('best')
  won = detection.success(scored.scores, threshold)
  for n in range(0, num, step):
    best = _best(scored.scores[n])
    cells = [
      _cell(score, bool(above), g == best)
      for g, (score, above) in enumerate(
        zip(scored.scores[n], won[n], strict=True)
      )
    ]
    last = goals[best] if best >= 0 else '–'
    table.add_row(scored.names[n], *cells, last)
  # Into a file or a pipe, nothing is cut off.
  wide = None if sys.stdout.isatty() else 40 + 14 * len(goals)
  console = console_lib.Console(width=wide) if wide else rich.get_console()
  console.print(table)


def write_csv(path: pathlib.Path, scored: Scored, goals: Sequence[str]) -> None:
  """Writes all scores; where there is no verdict, nothing."""
  with open(path, 'w', newline='', encoding='utf-8') as file:
    writer = csv.writer(file)
    writer.writerow([*scored.columns, *goals, 'best'])
    for row, scores in zip(scored.rows, scored.scores, strict=True):
      best = _best(scores)
      numbers = ['' if math.isnan(s) else f'{s:.6g}' for s in scores.tolist()]
      writer.writerow([*row, *numbers, goals[best] if best >= 0 else ''])


def score(args: Score) -> list[pathlib.Path]:
  """Scores, prints and writes; returns the files."""
  reward, task_set, goals = configure(args)
  if args.images:
    # A folder without images is told before a model is loaded.
    frame_files.find_images(args.images)
  model = rewards.make_reward_model(
    reward, task_set, service=rewards.ServiceConfig(batch_sizes=_SIZES)
  )
  possible = (model.lowest, model.highest)
  files = [args.out / 'scores.csv', args.out / 'reward.json']
  try:
    args.out.mkdir(parents=True, exist_ok=True)
    if args.images:
      scored, images = score_images(args, model, goals)
      detector = _detector(scored, goals, model, possible)
      files += _draw_sheets(args, images, scored, detector)
    else:
      scored, seconds, strip = score_video(args, model, goals)
      detector = _detector(scored, goals, model, possible)
      files.append(args.out / 'scores.png')
      assert args.video is not None
      score_plots.reward_over_time(
        *(files[-1], seconds, scored.scores, strip, detector),
        title=f'{args.video.name}: reward over time by {reward.checkpoint}',
      )
    write_csv(files[0], scored, goals)
  except OSError as error:
    raise errors.ConfigError(
      f'expected a folder to write to, got {args.out}: {error.strerror}'
    ) from error
  reward_source.write(
    files[1], dataclasses.replace(reward, task_set=tuple(task_set))
  )
  show(scored, goals, model.threshold)
  return files


def _detector(
  scored: Scored,
  goals: Sequence[str],
  model: scorer_lib.DualEncoderScorer,
  possible: tuple[float, float],
) -> score_plots.Detector:
  limits = score_plots.limits(scored.scores, model.threshold, possible)
  return score_plots.Detector(tuple(goals), model.threshold, limits)


def _draw_sheets(
  args: Score,
  images: Sequence[frame_files.NamedImage],
  scored: Scored,
  detector: score_plots.Detector,
) -> list[pathlib.Path]:
  paths = []
  for start in range(0, len(images), _ON_A_SHEET):
    part = slice(start, start + _ON_A_SHEET)
    number = start // _ON_A_SHEET + 1
    name = 'scores.png' if number == 1 else f'scores_{number}.png'
    paths.append(args.out / name)
    score_sheet.thumbnails(
      *(paths[-1], images[part], scored.scores[part], detector),
      title=f'{len(images)} images against {len(detector.goals)} goals',
    )
  return paths


def _best(scores: np.ndarray) -> int:
  return -1 if np.isnan(scores).all() else int(np.nanargmax(scores))


def _cell(score: float, above: bool, best: bool) -> str:
  if math.isnan(score):
    return 'no verdict'
  text = f'{score:.3f}{"*" if above else " "}'
  style = ' '.join(['bold'] * best + ['green'] * above)
  return f'[{style}]{text}[/]' if style else text


def default_of(words: Sequence[str]) -> Score:
  """What the options change: an experiment gives other defaults."""
  for n, word in enumerate(words):
    option, _, value = word.partition('=')
    if option == '--experiment':
      path = value or next(iter(words[n + 1 :]), '')
      return Score(reward=reward_source.read(path).reward)
  return Score()


def main(argv: Sequence[str] | None = None) -> None:
  """Runs the command line."""
  words = sys.argv[1:] if argv is None else list(argv)
  with command_line.user_mistakes():
    args = command_line.parse(default_of(words), words, prog=PROG)
    files = score(args)
  print('Written: ' + ', '.join(map(str, files)))


if __name__ == '__main__':
  main()
