"""Measures a reward model of homes on what agents see, and shows its errors.

  python -m experiments.home_reward --checkpoint in_domain/home_small

plays each family of tasks with random actions and with the scripted solver, in
homes of the validation and of the evaluation split that no model was trained
on, scores every frame with every goal, and writes

  report.md            average precision; precision and recall, frame by frame,
                       at the threshold of the family's experiment, and at the
                       lowest one with a precision of 0.95 in validation homes
  <family>.png         precision over recall, in both
  <family>_missed.png  frames of goals that are true and scored lowest
  <family>_wrong.png   frames of goals that are not true and scored highest
"""

import dataclasses
import pathlib
import sys
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from acme_vlm import errors
from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.evaluation import plots
from acme_vlm.networks import clip_checkpoint
from experiments import (
  home_frames,
  home_report,
  home_scores,
  playhouse_find,
  playhouse_lift,
  playhouse_pick_and_place,
)
from launch import command_line

PROG = 'python -m experiments.home_reward'
EXPERIMENTS = {
  'find': playhouse_find.CONFIG,
  'lift': playhouse_lift.CONFIG,
  'pick_and_place': playhouse_pick_and_place.CONFIG,
}
SPLITS = ('validation', 'evaluation')
# Frames of a sheet: columns and rows, and how much they are enlarged.
_COLUMNS, _ROWS, _LARGER = 6, 5, 2
_LINES = 30


@dataclasses.dataclass(frozen=True)
class Options:
  """What to measure.

  Attributes:
    checkpoint: of homes: a shipped name or a folder.
    families: that it knows.
    rooms: least and most rooms of a home.
    goal_set: 'common' or 'diverse'.
    episodes: of each family, policy and split; at least 1.
    seed: of the homes, at least 0.
    out: folder that is written to.
  """

  checkpoint: str = 'in_domain/home_small'
  families: tuple[goals_lib.Family, ...] = goals_lib.FAMILIES
  rooms: tuple[int, int] = (1, 2)
  goal_set: Literal['common', 'diverse'] = 'common'
  episodes: int = 40
  seed: int = 1
  out: pathlib.Path = pathlib.Path('runs/home_reward')

  def __post_init__(self):
    if self.episodes < 1:
      raise errors.ConfigError(f'expected episodes >= 1, got {self.episodes}')
    if self.seed < 0:
      raise errors.ConfigError(f'expected seed >= 0, got {self.seed}')
    if not self.families:
      raise errors.ConfigError('expected at least one of families, got none')
    # It checks the rest.
    _ = self.home

  @property
  def home(self) -> home_config.HomeConfig:
    """The homes, whose episodes have all goals."""
    return home_config.HomeConfig(
      goal_set=self.goal_set, rooms=self.rooms, episode_goals='all'
    )


class Scored(NamedTuple):
  """Frames of one split, scored.

  Attributes:
    frames: uint8 `[N, H, W, 3]`.
    truth: of the goal set's bank, int8 `[N, C]`.
    compared: with every caption.
  """

  frames: np.ndarray
  truth: np.ndarray
  compared: home_scores.Compared


def measure(options: Options) -> str:
  """Plays, scores and draws.

  Args:
    options: see there; the folder is there.

  Returns:
    The tables, in Markdown.

  Raises:
    CheckpointError: no such model.
  """
  model = clip_checkpoint.load(options.checkpoint)
  scored = {}
  for split in SPLITS:
    print(f'playing in {split} homes', flush=True)
    shown, truth = home_frames.played(
      options.home,
      split=split,
      seed=options.seed,
      episodes=options.episodes,
      screen=home_frames.SCREEN,
    )
    compared = home_scores.compare(model, shown, options.goal_set)
    scored[split] = Scored(shown, truth, compared)
  told = []
  validation = scored['validation']
  chosen = home_report.thresholds(
    validation.compared, validation.truth, options.families
  )
  used = {family: EXPERIMENTS[family].reward.threshold for family in chosen}
  for name, thresholds in (
    ('Thresholds of the experiments', used),
    ('The lowest with a precision of 0.95 in the validation homes', chosen),
  ):
    for split in SPLITS:
      report = home_report.evaluate(
        scored[split].compared,
        scored[split].truth,
        families=options.families,
        thresholds=thresholds,
      )
      told.append(f'{name}; {split} homes:\n\n{report.table()}\n')
  for family in options.families:
    _draw(options, family, scored, used[family])
  return '\n'.join(told)


def _draw(
  options: Options,
  family: goals_lib.Family,
  scored: dict[str, Scored],
  threshold: float,
) -> None:
  """Curves of both splits, and the worst errors in the validation homes."""
  group = captions.bank(options.goal_set).group
  places = np.flatnonzero(group == goals_lib.FAMILIES.index(family))[:-1]
  plots.precision_recall(
    options.out / f'{family}.png',
    {
      f'{split} homes': (
        one.compared.probabilities(family).ravel(),
        (one.truth[:, places] == captions.TRUE).ravel(),
      )
      for split, one in scored.items()
    },
    threshold=threshold,
    title=f'{family}, on frames of policies',
  )
  # Who looks at the evaluation homes' errors tunes on them.
  one = scored['validation']
  truth, scores = one.truth[:, places], one.compared.probabilities(family)
  names = goals_lib.task_set(family, options.goal_set)
  for name, wanted, order in (
    ('missed', truth == captions.TRUE, scores),
    ('wrong', truth != captions.TRUE, -scores),
  ):
    worst = _worst(wanted, order, _COLUMNS * _ROWS)
    cells = [
      _labelled(
        one.frames[n],
        names[goal],
        f'{scores[n, goal]:.2f}'
        + (' nearly' if truth[n, goal] == captions.UNKNOWN else ''),
      )
      for n, goal in worst
    ]
    _sheet(cells).save(options.out / f'{family}_{name}.png', optimize=True)


def _worst(
  wanted: np.ndarray, order: np.ndarray, num: int
) -> Iterator[tuple[int, int]]:
  """Frames and goals, lowest first, of neighbouring frames only one."""
  frames, goals = np.nonzero(wanted)
  found: list[tuple[int, int]] = []
  for place in np.argsort(order[frames, goals], kind='stable'):
    pair = int(frames[place]), int(goals[place])
    if any(abs(pair[0] - n) < 5 and pair[1] == goal for n, goal in found):
      continue
    found.append(pair)
    if len(found) == num:
      break
  yield from found


def _labelled(frame: np.ndarray, words: str, score: str) -> Image.Image:
  height, width, _ = frame.shape
  size = width * _LARGER, height * _LARGER
  cell = Image.new('RGB', (size[0] + 4, size[1] + _LINES), 'white')
  cell.paste(Image.fromarray(frame).resize(size, Image.Resampling.NEAREST))
  draw = ImageDraw.Draw(cell)
  draw.text((2, size[1] + 1), words, fill='black')
  draw.text((2, size[1] + 14), score, fill='black')
  return cell


def _sheet(cells: list[Image.Image]) -> Image.Image:
  if not cells:
    cells = [Image.new('RGB', (200, 40), 'white')]
    ImageDraw.Draw(cells[0]).text((2, 2), 'none', fill='black')
  width, height = cells[0].size
  rows = -(-len(cells) // _COLUMNS)
  sheet = Image.new('RGB', (width * _COLUMNS, height * rows), 'white')
  for n, cell in enumerate(cells):
    sheet.paste(cell, (n % _COLUMNS * width, n // _COLUMNS * height))
  return sheet


def main() -> None:
  """Runs the command line."""
  with command_line.user_mistakes():
    options = command_line.parse(Options(), sys.argv[1:], prog=PROG)
    options.out.mkdir(parents=True, exist_ok=True)
    report = measure(options)
    (options.out / 'report.md').write_text(report)
    print(report)
    print(options.out)


if __name__ == '__main__':
  main()
