"""What it saves to label a recorded dataset again: images once, texts often.

  python -m benchmarks.relabel

Labels the same episodes with one reward model, then with other prompts, then
with another threshold, in one process, compiled beforehand; times are CPU
seconds of this process. The frames are the simulated phone's, each different.
"""

import argparse
import dataclasses
import pathlib
import tempfile
import time

import numpy as np

from acme_vlm import environments, rewards
from acme_vlm.datasets import episodes, frame_index
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.rewards import embedding_cache, hindsight

NAME = 'android/open_common_apps'
SCREEN = (120, 72)


def record(folder: pathlib.Path, num: int, length: int) -> None:
  """Writes episodes of frames that have nothing to do with each other."""
  goals = environments.goals(NAME)
  writer = episodes.create(folder, goals=goals, environment=NAME)
  for seed in range(num):
    frames, labels = frames_lib.labeled_frames(
      NAME.removeprefix('android/'),
      split='train',
      seed=seed,
      num=length,
      screen=SCREEN,
    )
    shows = np.array([[label == goal for goal in goals] for label in labels])
    writer.append(
      episodes.Episode(
        pixels=frames,
        goal=seed % len(goals),
        achieved=shows.astype(np.int8),
        action=np.zeros(length - 1, np.int32),
        policy='drawn',
        seed=seed,
      )
    )


def measure(
  config: rewards.RewardConfig, folder: pathlib.Path
) -> tuple[float, int]:
  """CPU seconds and images embedded of labeling the dataset once."""
  dataset = episodes.open_dataset(folder)
  model = rewards.make_reward_model(
    config,
    dataset.goals,
    service=rewards.ServiceConfig(cache_path=str(folder / 'embeddings.sqlite')),
  )
  model.warm_up(SCREEN)
  before = model.counters()['embedded']
  start = time.process_time()
  for number in range(len(dataset)):
    index = frame_index.read(dataset.path, number)
    rows = None if index is None else model.recall(index.digests)
    if rows is None:
      episode = dataset[number]
      rows = model.embed(episode.pixels)
      frame_index.write(dataset.path, number, episode, embedding_cache.digest)
    hindsight.label(model, rows, dataset.goals)
  return time.process_time() - start, model.counters()['embedded'] - before


def main() -> None:
  parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
  )
  parser.add_argument('--episodes', type=int, default=100)
  parser.add_argument('--length', type=int, default=21)
  parser.add_argument('--checkpoint', default='in_domain/phone_small')
  args = parser.parse_args()
  first = rewards.RewardConfig(checkpoint=args.checkpoint)
  rounds = {
    'first time': first,
    'the same again': first,
    'other prompts': dataclasses.replace(
      first, prompt_templates=('Open [TASK]', 'Screenshot of [TASK]')
    ),
    'other threshold': dataclasses.replace(first, threshold=0.9),
    'other head': dataclasses.replace(first, head='cosine', threshold=0.3),
  }
  with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, 'recorded')
    record(path, args.episodes, args.length)
    whole = None
    print(f'{"":18}{"images":>8}{"CPU s":>8}{"speed-up":>10}')
    for name, config in rounds.items():
      seconds, images = measure(config, path)
      whole = whole or seconds
      print(f'{name:18}{images:8}{seconds:8.2f}{whole / seconds:9.1f}x')


if __name__ == '__main__':
  main()
