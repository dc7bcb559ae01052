"""A small reward report, of synthetic scores; the truths are known."""

import numpy as np
import pytest

from acme_vlm.evaluation import (
  reward_analysis,
  reward_bootstrap,
  reward_labels,
  reward_page,
  reward_rows,
  reward_worst,
)

GOALS = ('Mail & <post>', 'Clock', 'Maps')


def make_labels(episodes=24, steps=6, seed=0):
  """Episodes that show a goal from some step on, by two policies."""
  rng = np.random.default_rng(seed)
  made = []
  for n in range(episodes):
    achieved = np.zeros((steps + 1, len(GOALS)), np.int8)
    shown = int(rng.integers(0, len(GOALS) + 1))
    if shown < len(GOALS):
      achieved[rng.integers(1, steps + 1) :, shown] = 1
    # The solver reaches its goal, the random policy some other at times.
    goal = shown % len(GOALS) if n % 2 else int(rng.integers(0, len(GOALS)))
    made.append((achieved, goal, 'solver' if n % 2 else 'random', 100 + n))
  return reward_labels.join(GOALS, made)


def make_scores(labels, noise, seed=0):
  """Scores around the truth; the noisier the worse."""
  rng = np.random.default_rng(seed)
  truth = labels.achieved == 1
  every = np.clip(
    0.5 + 0.45 * (2 * truth - 1) + noise * rng.normal(size=truth.shape), 0, 1
  ).astype(np.float32)
  own = every[np.arange(len(every)), labels.goal].copy()
  own[~labels.rewardable] = np.nan
  return reward_labels.Scores(every, own)


def make_report(noises=(0.05, 0.2, 0.35), episodes=24):
  labels = make_labels(episodes)
  resampling = reward_bootstrap.draw(episodes, 60, 0)
  rows, worst = [], {}
  for n, noise in enumerate(noises):
    scores = make_scores(labels, noise)
    analysis = reward_analysis.analyse(
      labels,
      scores,
      threshold=0.7,
      thresholded=True,
      probability=True,
      precision=0.9,
      resampling=resampling,
    )
    name = f'model_{n % 2} · {"AB"[n // 2]}'
    rows.append(
      reward_rows.Row(
        name,
        f'in_domain/model_{n % 2}',
        'A: Open <it> & see [TASK]',
        'softmax',
        12345 + n,
        {'threshold': 0.7},
        analysis,
      )
    )
    worst[name] = reward_worst.find(labels, scores, threshold=0.7, most=3)
  rng = np.random.default_rng(0)
  wanted = {(w.episode, w.step) for cases in worst.values() for w in cases}
  return reward_page.Report(
    labels=labels,
    rows=rows,
    worst=worst,
    frames={
      place: rng.integers(0, 255, (20, 12, 3), np.uint8) for place in wanted
    },
    provenance={
      'command': 'python -m experiments.reward_report --dataset "a b"',
      'commit': '0123456789ab',
      'date': '2001-02-03T04:05:06+00:00',
      'machine': 'two cores',
      'software': 'Python',
      'seed': 0,
      'replicates': 60,
      'datasets': [
        {
          'path': 'recordings/x',
          'environment': 'android/<any>',
          'episodes': episodes,
          'goals': list(GOALS),
          'metadata': {'split': 'validation'},
        }
      ],
    },
  )


@pytest.fixture(scope='session')
def report():
  return make_report()


@pytest.fixture(scope='session')
def making():
  """The functions above, for reports of another kind."""
  return make_labels, make_scores, make_report
