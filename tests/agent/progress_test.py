"""Tests of the figures of a run while it trains."""

import threading
import time
import types

import numpy as np
import pytest
from acme.utils import counting
from acme.utils.loggers import base

from acme_vlm.acting import loop
from acme_vlm.agent import progress
from acme_vlm.evaluation import results
from acme_vlm.metrics import writer as writer_lib


def _record(n, true_return, length, vlm_success):
  return loop.EpisodeRecord(
    episode=n,
    goal=0,
    length=length,
    true_return=true_return,
    vlm_success=vlm_success,
    policy_version=0,
    environment_frames=0,
  )


def test_figures_are_means_over_the_episodes_since_the_last_call():
  rng = np.random.default_rng(1)
  log = progress.EpisodeLog()
  for size in (7, 1, 30):
    returns = rng.integers(0, 2, size) * rng.uniform(0.5, 1.5, size)
    lengths = rng.integers(1, 20, size)
    said = rng.integers(0, 2, size).astype(bool)
    for n in range(size):
      log(_record(n, float(returns[n]), int(lengths[n]), bool(said[n])))
    figures = log.figures()
    assert figures == pytest.approx(
      {
        'episodes': size,
        'true_return': np.mean(returns),
        'true_success': np.count_nonzero(returns) / size,
        'length': np.mean(lengths),
        'vlm_return': np.count_nonzero(said) / size,
        'vlm_success': np.count_nonzero(said) / size,
      }
    )
  assert log.figures() == {}


def test_actors_that_do_not_know_the_reward_say_nothing_of_it():
  log = progress.EpisodeLog()
  log(_record(0, 1.0, 5, None))
  assert set(log.figures()) == {
    'episodes',
    'true_return',
    'true_success',
    'length',
  }


def test_no_record_is_lost_or_counted_twice_among_threads():
  log = progress.EpisodeLog()
  counted = []

  def write():
    for n in range(500):
      log(_record(n, 0.0, 1, None))

  threads = [threading.Thread(target=write) for _ in range(4)]
  for thread in threads:
    thread.start()
  while any(thread.is_alive() for thread in threads):
    counted.append(log.figures().get('episodes', 0))
  counted.append(log.figures().get('episodes', 0))
  assert sum(counted) == 2000


class _Rows(base.Logger):
  def __init__(self):
    self.rows = []

  def write(self, data):
    self.rows.append(dict(data))

  def close(self):
    pass


class _Run:
  """A run whose clock and counters the test moves."""

  def __init__(self, monkeypatch, period=10.0, **counts):
    self.now = 100.0
    monkeypatch.setattr(time, 'monotonic', lambda: self.now)
    self.counter = counting.Counter()
    self.counter.increment(**counts)
    self.rewards = {'frames_per_second': 5.0, 'vlm_success': 0.25}
    self.loop = types.SimpleNamespace(metrics=lambda: {'adder_share': 0.5})
    self.service = types.SimpleNamespace(
      metrics=lambda: dict(self.rewards), version=7
    )
    self.labels = {}
    self.dataset = types.SimpleNamespace(labels=lambda: dict(self.labels))
    self._logger = _Rows()
    self.log = progress.EpisodeLog()
    self.progress = progress.Progress(
      self, writer_lib.MetricsWriter([self._logger]), self.log, period
    )

  @property
  def rows(self):
    return self._logger.rows


def test_a_row_comes_every_period(monkeypatch):
  run = _Run(monkeypatch)
  for _ in range(35):
    run.now += 1.0
    run.progress.poll()
  assert len(run.rows) == 3


def test_speed_counts_what_was_learned_since_the_last_row(monkeypatch):
  run = _Run(monkeypatch, learner_frames=1000, environment_frames=70)
  for learned, seconds in ((300, 10.0), (0, 5.0), (90, 20.0)):
    run.counter.increment(learner_frames=learned, environment_frames=7)
    run.now += seconds
    run.progress.report()
    assert run.rows[-1]['learner/frames_per_second'] == learned / seconds
  assert [row['environment_frames'] for row in run.rows] == [77, 84, 91]
  assert run.progress.frames == 91


def test_a_row_holds_the_figures_of_every_stage(monkeypatch):
  run = _Run(monkeypatch)
  run.log(_record(0, 1.0, 4, True))
  run.progress.report()
  (row,) = run.rows
  assert row['actor/adder_share'] == 0.5
  assert row['actor/true_return'] == 1.0
  assert row['actor/vlm_return'] == 1.0
  assert row['rewards/frames_per_second'] == 5.0


def test_labels_learned_from_are_counted_by_their_reward(monkeypatch):
  run = _Run(monkeypatch)
  old, new = 'labels/0000000000000007', 'labels/7fffffffffffffff'
  for labels, version, expected in (
    ({}, 7, {}),
    ({7: 64}, 7, {old: 64}),
    ({7: 160}, 7, {old: 96}),
    ({7: 184, 2**63 - 1: 40}, 2**63 - 1, {old: 24, new: 40, 'share': 40 / 64}),
    ({7: 184, 2**63 - 1: 104}, 2**63 - 1, {old: 0, new: 64, 'share': 1}),
    ({7: 184, 2**63 - 1: 104}, 2**63 - 1, {old: 0, new: 0}),
  ):
    run.labels, run.service.version = labels, version
    run.progress.report()
    said = {k: v for k, v in run.rows[-1].items() if k.startswith('labels/')}
    if 'share' in expected:
      expected['labels/newest_share'] = expected.pop('share')
    assert said == expected


def test_where_the_service_cuts_episodes_it_knows_their_success(monkeypatch):
  run = _Run(monkeypatch)
  run.log(_record(0, 1.0, 4, None))
  run.progress.report()
  run.progress.report()
  with_episodes, without = run.rows
  assert with_episodes['actor/vlm_return'] == 0.25
  assert with_episodes['actor/vlm_success'] == 0.25
  assert 'actor/vlm_return' not in without


@pytest.mark.parametrize('said', [None, False])
def test_a_score_as_reward_has_a_return_and_no_success(monkeypatch, said):
  run = _Run(monkeypatch)
  run.rewards = {'vlm_return': 4.5}
  run.log(_record(0, 1.0, 20, said))
  run.progress.report()
  (row,) = run.rows
  assert row['actor/vlm_return'] == 4.5
  assert 'actor/vlm_success' not in row


@pytest.mark.parametrize(
  ('mode', 'stage'),
  [('sampled', 'evaluation'), ('greedy', 'evaluation_greedy')],
)
def test_an_evaluation_is_in_the_next_row_and_in_no_other(
  monkeypatch, mode, stage
):
  run = _Run(monkeypatch, environment_frames=50)
  episode = results.EpisodeResult(
    goal=0,
    goal_name='a',
    length=2,
    true_success=True,
    vlm_success=False,
    true_return=1.0,
    scores=np.array([0.1, 0.2], np.float32),
    achieved=np.array([False, True]),
    actions=np.zeros(2, np.int32),
    pixels=None,
  )
  run.progress.evaluated(results.Evaluation(mode, 3, 0.5, (episode,)), 50)
  run.counter.increment(environment_frames=1)
  run.progress.report()
  run.progress.report()
  first, second = run.rows
  assert first[f'{stage}/true_success'] == 1.0
  assert first[f'{stage}/vlm_success'] == 0.0
  assert first[f'{stage}/mean_length'] == 2.0
  # Where it began, not where the row is written.
  assert first[f'{stage}/at_frames'] == 50.0
  assert not any(key.startswith('evaluation') for key in second)
