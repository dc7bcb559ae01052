"""How good reward models are on recorded episodes, before anything is trained.

  python -m experiments.reward_report --dataset recordings/open_common_apps \
      --experiment experiments/open_common_apps.py \
      --checkpoints in_domain/phone_small in_domain/phone_tiny \
      --templates A B C D --out reports/open_common_apps

Every checkpoint is held against every template, head and window; all else is
the experiment's reward configuration, and `--reward.FIELD` changes that. Writes
one HTML page that needs no other file, its figures as CSV and PNG, and what it
was made from as JSON. docs/reward_report.md says how to read it.
"""

import dataclasses
import datetime
import itertools
import os
import pathlib
import platform
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
import tqdm

from acme_vlm import datasets, errors, rewards
from acme_vlm.agent import run_directory
from acme_vlm.evaluation import (
  reward_analysis,
  reward_bootstrap,
  reward_labels,
  reward_page,
  reward_rows,
  reward_worst,
)
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import scorer as scorer_lib
from acme_vlm.rewards import windows
from launch import command_line

PROG = 'python -m experiments.reward_report'
_INTERRUPTED = 130  # Exit code of a command that Ctrl-C ended.
# Frames that are embedded in one call.
_AT_ONCE = 512
LETTERS = {text: key for key, text in config_lib.PROMPT_TEMPLATES.items()}


@dataclasses.dataclass(frozen=True)
class RewardReport:
  """Says how good reward models are on recorded episodes.

  Attributes:
    dataset: folders of recorded episodes, all of the same goals.
    out: folder to write to; what a former report left there is replaced.
    experiment: experiment file, whose reward configuration the models share.
    checkpoints: models side by side; none takes the configuration's.
    templates: prompts side by side: letters of the paper's (A, B, C, D), texts
      with [TASK], or several joined by ' + ', whose embeddings are averaged;
      none takes the configuration's.
    heads: reward heads side by side; none takes the configuration's.
    windows: frame windows side by side; none takes the configuration's.
    precision: wanted, in (0, 1], of the threshold that is suggested.
    replicates: draws of the bootstrap, at least 2.
    seed: of the bootstrap, at least 0.
    worst: false positives and false negatives shown per model, at least 0.
    reward: changes to the experiment's reward configuration.
    service: batch sizes; where embeddings are remembered from run to run.
  """

  dataset: tuple[pathlib.Path, ...] = ()
  out: pathlib.Path = pathlib.Path('reports/reward')
  experiment: pathlib.Path | None = None
  checkpoints: tuple[str, ...] = ()
  templates: tuple[str, ...] = ()
  heads: tuple[str, ...] = ()
  windows: tuple[int, ...] = ()
  precision: float = 0.98
  replicates: int = 1000
  seed: int = 0
  worst: int = 6
  reward: config_lib.RewardConfig = dataclasses.field(
    default_factory=config_lib.RewardConfig
  )
  service: config_lib.ServiceConfig = dataclasses.field(
    default_factory=config_lib.ServiceConfig
  )

  def __post_init__(self):
    if not 0 < self.precision <= 1:
      raise errors.ConfigError(
        f'expected a precision in (0, 1], got {self.precision}'
      )
    for name, least in (('replicates', 2), ('seed', 0), ('worst', 0)):
      if getattr(self, name) < least:
        raise errors.ConfigError(
          f'expected {name} >= {least}, got {getattr(self, name)}'
        )


def templates(text: str) -> tuple[str, ...]:
  """Letters of the paper or texts, joined by ' + ', as prompt templates."""
  known = config_lib.PROMPT_TEMPLATES
  parts = [part.strip() for part in text.split(' + ')]
  for part in parts:
    if part not in known and config_lib.PLACEHOLDER not in part:
      raise errors.UnknownNameError(
        f'prompt template (or text with {config_lib.PLACEHOLDER})',
        part,
        tuple(known),
      )
  return tuple(known.get(part, part) for part in parts)


def variations(args: RewardReport) -> list[config_lib.RewardConfig]:
  """The configurations side by side, models outermost."""
  base = args.reward
  prompts = [templates(text) for text in args.templates]
  return [
    dataclasses.replace(
      base,
      checkpoint=checkpoint,
      prompt_templates=filled,
      head=head,
      window=window,
    )
    for checkpoint, head, window, filled in itertools.product(
      args.checkpoints or (base.checkpoint,),
      args.heads or (base.head,),
      args.windows or (base.window,),
      prompts or (base.prompt_templates,),
    )
  ]


def open_all(folders: Sequence[pathlib.Path]) -> list[datasets.EpisodeDataset]:
  if not folders:
    raise errors.ConfigError(
      'expected --dataset with a folder of recorded episodes, got none'
    )
  opened = [datasets.open_dataset(folder) for folder in folders]
  for other in opened[1:]:
    if other.goals != opened[0].goals:
      raise errors.DatasetError(
        f'expected the goals of {opened[0].path} in every data set, got others '
        f'in {other.path}'
      )
  return opened


def read_labels(
  episodes: Sequence[datasets.EpisodeDataset],
) -> reward_labels.Labels:
  """All that is known of the frames; reads every file once."""
  return reward_labels.join(
    episodes[0].goals,
    (
      (e.achieved, e.goal, e.policy, e.seed)
      for e in _progress(episodes, 'labels')
    ),
  )


def score(
  models: Sequence[scorer_lib.DualEncoderScorer],
  opened: Sequence[datasets.EpisodeDataset],
  name: str,
) -> list[reward_labels.Scores]:
  """Scores of models that share their towers: each frame is embedded once."""
  goals = opened[0].goals
  own = [windows.EpisodeScorer(model, goals, 2) for model in models]
  parts: list[list[reward_labels.Scores]] = [[] for _ in models]
  number = 0
  for some in _batches(_progress(opened, name)):
    rows = models[0].embed(np.concatenate([e.pixels for e in some]))
    lengths = [e.num_frames for e in some]
    numbers = np.repeat(np.arange(number, number + len(some)), lengths)
    goal = np.repeat(np.array([e.goal for e in some], np.int32), lengths)
    first = np.concatenate([np.arange(n) == 0 for n in lengths])
    # No step led to an episode's first observation; a single image stands for
    # the frame of one.
    kept = ~first | (np.repeat(lengths, lengths) == 1)
    number += len(some)
    for model, scorer, found in zip(models, own, parts, strict=True):
      mine = np.full(len(rows), np.nan, np.float32)
      mine[kept] = scorer.of_embeddings(rows[kept], goal[kept], numbers[kept])
      found.append(
        reward_labels.Scores(model.score_embeddings(rows, goals), mine)
      )
  return [
    reward_labels.Scores(*map(np.concatenate, zip(*found, strict=True)))
    for found in parts
  ]


def _batches(
  episodes: Iterator[datasets.Episode],
) -> Iterator[list[datasets.Episode]]:
  """Episodes of one frame size, about `_AT_ONCE` frames at a time."""
  some: list[datasets.Episode] = []
  for episode in episodes:
    frames = sum(e.num_frames for e in some)
    if some and (
      episode.pixels.shape[1:] != some[0].pixels.shape[1:]
      or frames + episode.num_frames > _AT_ONCE
    ):
      yield some
      some = []
    some.append(episode)
  if some:
    yield some


def _progress(
  opened: Sequence[datasets.EpisodeDataset], name: str
) -> Iterator[datasets.Episode]:
  total = sum(map(len, opened))
  episodes = itertools.chain.from_iterable(opened)
  return iter(tqdm.tqdm(episodes, name, total, unit='episode', file=sys.stderr))


def make_models(
  args: RewardReport, goals: Sequence[str]
) -> list[scorer_lib.DualEncoderScorer]:
  """All models; those of one checkpoint share its towers."""
  models: list[scorer_lib.DualEncoderScorer] = []
  for config in variations(args):
    like = models[-1] if models else None
    models.append(
      rewards.make_reward_model(config, goals, service=args.service, like=like)
    )
  return models


def measure(
  args: RewardReport, opened: Sequence[datasets.EpisodeDataset]
) -> reward_page.Report:
  """Scores the frames by every model and measures each.

  The folder is made once everything that can be wrong has been checked.
  """
  labels = read_labels(opened)
  reward_labels.check(labels)
  models = make_models(args, labels.goals)
  make_folder(args.out)
  resampling = reward_bootstrap.draw(
    len(labels.policies), args.replicates, args.seed
  )
  configs = [dataclasses.asdict(model.config) for model in models]
  names = iter(reward_rows.names(configs, LETTERS))
  rows, worst = [], {}
  for checkpoint, group in itertools.groupby(
    models, lambda model: model.config.checkpoint
  ):
    together = list(group)
    found = score(together, opened, checkpoint)
    for model, scores in zip(
      together, tqdm.tqdm(found, 'measures', unit='model'), strict=True
    ):
      name = next(names)
      analysis = reward_analysis.analyse(
        labels,
        scores,
        threshold=model.threshold,
        thresholded=model.thresholded,
        probability=(model.lowest, model.highest) == (0.0, 1.0),
        precision=args.precision,
        resampling=resampling,
      )
      rows.append(row(name, model, analysis))
      worst[name] = reward_worst.find(
        labels, scores, threshold=model.threshold, most=args.worst
      )
  return reward_page.Report(
    labels=labels,
    rows=rows,
    worst=worst,
    frames=frames(opened, worst),
    provenance=provenance(args, opened),
  )


def row(
  name: str,
  model: scorer_lib.DualEncoderScorer,
  analysis: reward_analysis.Analysis,
) -> reward_rows.Row:
  config = dataclasses.asdict(model.config)
  return reward_rows.Row(
    name=name,
    model=reward_rows.model(config),
    prompts=reward_rows.prompts(config, LETTERS),
    settings=reward_rows.settings(config, len(model.negatives)),
    version=model.version,
    config=config,
    analysis=analysis,
  )


def frames(
  opened: Sequence[datasets.EpisodeDataset],
  worst: Mapping[str, Sequence[reward_worst.Worst]],
) -> dict[tuple[int, int], np.ndarray]:
  """The frames that are shown, by number of the episode and step."""
  wanted = {(w.episode, w.step) for cases in worst.values() for w in cases}
  whole = [(dataset, n) for dataset in opened for n in range(len(dataset))]
  shown: dict[tuple[int, int], np.ndarray] = {}
  for number, steps in itertools.groupby(sorted(wanted), lambda w: w[0]):
    dataset, place = whole[number]
    pixels = dataset[place].pixels
    shown |= {(number, step): pixels[step] for _, step in steps}
  return shown


def provenance(
  args: RewardReport, opened: Sequence[datasets.EpisodeDataset]
) -> dict[str, Any]:
  """What the report was made from, JSON values."""
  now = datetime.datetime.now(datetime.UTC)
  return {
    'command': shlex.join(['python', '-m', *PROG.split()[2:], *sys.argv[1:]]),
    'commit': run_directory.git_commit(),
    'date': now.isoformat(timespec='seconds'),
    'machine': f'{os.cpu_count()} CPU cores, {platform.machine()}, '
    f'{platform.system()}; computed on {jax.default_backend()}',
    'software': f'Python {platform.python_version()}, jax {jax.__version__}, '
    f'numpy {np.__version__}',
    'seed': args.seed,
    'replicates': args.replicates,
    'datasets': [
      {
        'path': str(dataset.path),
        'environment': dataset.environment,
        'episodes': len(dataset),
        'goals': list(dataset.goals),
        'metadata': dataset.metadata,
      }
      for dataset in opened
    ],
  }


def make_folder(path: pathlib.Path) -> None:
  """Makes the folder before anything is scored, and tries to write to it."""
  try:
    path.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
      pass
  except OSError as error:
    raise errors.RunDirectoryError(
      f'expected a folder to write the report to, got {path}: {error.strerror}'
    ) from error


def parse(words: Sequence[str]) -> RewardReport:
  """The command line; the experiment file gives the reward's defaults."""
  default = RewardReport()
  # Looked for by hand: what the command line changes may be valid only on top
  # of the experiment's values.
  for name, value in zip(words, [*words[1:], ''], strict=True):
    option, _, inside = name.partition('=')
    if option == '--experiment':
      config = command_line.load_experiment(inside or value)
      default = dataclasses.replace(default, reward=config.reward)
  return command_line.parse(default, words, prog=PROG)


def main() -> None:
  with command_line.user_mistakes():
    args = parse(sys.argv[1:])
    opened = open_all(args.dataset)
    try:
      report = measure(args, opened)
      page = reward_page.write(args.out, report)
    except KeyboardInterrupt:
      print('stopped; nothing was written', file=sys.stderr)
      raise SystemExit(_INTERRUPTED) from None
    print(reward_page.text_table(report.rows))
    print(f'{page} ({page.stat().st_size / 2**20:.2f} MiB)')


if __name__ == '__main__':
  main()
