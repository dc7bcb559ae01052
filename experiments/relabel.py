"""Labels recorded episodes with a reward model; images are embedded once.

  python -m experiments.relabel EXPERIMENT.py FOLDER
  python -m experiments.relabel EXPERIMENT.py FOLDER --reward.threshold 0.9
  python -m experiments.relabel EXPERIMENT.py FOLDER --reward.head cosine

The reward is the experiment's, but for the options. Embeddings stay beside the
dataset, so that other prompts, negatives, temperatures, heads and thresholds
label it again without reading one image.

Writes FOLDER/labels/<version of the reward>/: labels.csv (the step at which
each episode would have ended, and which other goals it achieved when),
scores/*.npy (float32 [T, G], each step against each goal) and reward.json.
These are the reward model's labels; what was recorded of the truth is not
looked at.
"""

import csv
import dataclasses
import json
import os
import pathlib
import sys
import time
from collections.abc import Iterator

import numpy as np

from acme_vlm import errors, rewards
from acme_vlm.agent import progress
from acme_vlm.datasets import episodes, frame_index
from acme_vlm.rewards import embedding_cache, hindsight, scorer
from launch import command_line

PROG = 'python -m experiments.relabel EXPERIMENT.py FOLDER'
_EMBEDDINGS = 'embeddings.sqlite'


@dataclasses.dataclass(frozen=True)
class Relabel:
  """Labels recorded episodes with a reward model.

  Attributes:
    out: folder of the labels; FOLDER/labels/<version of the reward> if absent.
    reward: the reward model.
    service: batch sizes, and where embeddings are remembered; beside the
      dataset if no cache_path is given.
  """

  out: pathlib.Path | None = None
  reward: rewards.RewardConfig = dataclasses.field(
    default_factory=rewards.RewardConfig
  )
  service: rewards.ServiceConfig = dataclasses.field(
    default_factory=rewards.ServiceConfig
  )


def embeddings(
  model: scorer.DualEncoderScorer, dataset: episodes.EpisodeDataset, number: int
) -> tuple[int, np.ndarray]:
  """The goal of an episode and the embeddings of its frames.

  The episode is opened only if something about it is not remembered.
  """
  index = frame_index.read(dataset.path, number)
  if index is not None:
    rows = model.recall(index.digests)
    if rows is not None:
      return index.goal, rows
  episode = dataset[number]
  rows = model.embed(episode.pixels)
  if index is None:
    frame_index.write(dataset.path, number, episode, embedding_cache.digest)
  return episode.goal, rows


def label_all(
  model: scorer.DualEncoderScorer, dataset: episodes.EpisodeDataset
) -> Iterator[tuple[int, hindsight.EpisodeLabels]]:
  """Yields every episode's goal and labels, in order."""
  for number in range(len(dataset)):
    goal, rows = embeddings(model, dataset, number)
    yield goal, hindsight.label(model, rows, dataset.goals)


def row(
  number: int,
  goal: int,
  labels: hindsight.EpisodeLabels,
  goals: tuple[str, ...],
) -> dict[str, object]:
  """One line of labels.csv."""
  end = labels.success(goal)
  others = [
    f'{goals[found.goal]}@{found.step}'
    for found in labels.achieved
    if found.goal != goal
  ]
  return {
    'episode': number,
    'goal': goals[goal],
    'steps': len(labels.scores),
    'success_step': '' if end is None else end,
    'hindsight': '; '.join(others),
  }


def write(
  out: pathlib.Path,
  model: scorer.DualEncoderScorer,
  dataset: episodes.EpisodeDataset,
) -> list[dict[str, object]]:
  """Labels the dataset into a folder; labels.csv comes last, when all is."""
  rows = []
  shown = time.monotonic()
  try:
    (out / 'scores').mkdir(parents=True, exist_ok=True)
    about = {
      'version': progress.version_name(model.version),
      'goals': dataset.goals,
      'reward': dataclasses.asdict(model.config),
    }
    (out / 'reward.json').write_text(json.dumps(about, indent=2) + '\n')
    for number, (goal, labels) in enumerate(label_all(model, dataset)):
      np.save(out / 'scores' / f'{number:08d}.npy', labels.scores)
      rows.append(row(number, goal, labels, dataset.goals))
      if time.monotonic() - shown > 2:
        shown = time.monotonic()
        print(f'{number + 1} of {len(dataset)} episodes', flush=True)
    partial = out / '.labels.csv.partial'
    with open(partial, 'w', newline='', encoding='utf-8') as file:
      writer = csv.DictWriter(file, list(rows[0]))
      writer.writeheader()
      writer.writerows(rows)
    os.replace(partial, out / 'labels.csv')
  except OSError as error:
    raise errors.ConfigError(
      f'expected a folder to write labels to, got {out}: {error.strerror}'
    ) from error
  return rows


def relabel(dataset: episodes.EpisodeDataset, args: Relabel) -> None:
  service = args.service
  if not service.cache_path:
    service = dataclasses.replace(
      service, cache_path=str(dataset.path / _EMBEDDINGS)
    )
  start = time.perf_counter()
  model = rewards.make_reward_model(args.reward, dataset.goals, service=service)
  version = progress.version_name(model.version)
  out = args.out or dataset.path / 'labels' / version
  loaded = time.perf_counter()
  rows = write(out, model, dataset)
  seconds = time.perf_counter() - loaded
  steps = sum(int(str(r['steps'])) for r in rows)
  own = sum(r['success_step'] != '' for r in rows)
  other = sum(bool(r['hindsight']) for r in rows)
  print(
    f'{len(rows)} episodes, {steps} steps by reward {version}: '
    f'{own} reach their goal, {other} some other goal\n'
    f'{model.counters()["embedded"]} images embedded; model loaded in '
    f'{loaded - start:.1f} s, labeled in {seconds:.1f} s\n'
    f'Labels: {out}'
  )


def main() -> None:
  with command_line.user_mistakes():
    words = sys.argv[1:]
    if not words or words[0] in ('-h', '--help'):
      command_line.parse(Relabel(), ['--help'], prog=PROG)
    if len(words) < 2 or words[1].startswith('-'):
      raise errors.ConfigError(
        'expected an experiment file and the folder of a dataset, got '
        f'{words[0]!r} alone'
      )
    config = command_line.load_experiment(words[0])
    default = Relabel(reward=config.reward, service=config.service)
    args = command_line.parse(default, words[2:], prog=PROG)
    relabel(episodes.open_dataset(words[1]), args)


if __name__ == '__main__':
  main()
