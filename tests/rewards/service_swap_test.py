"""Another reward while the service runs: what changes, and what must not."""

import threading

import numpy as np
import pytest

from acme_vlm import errors, rewards
from tests.rewards import service_test

GOALS = service_test.GOALS
_unroll = service_test._trajectory


class Bright(service_test.Model):
  """Success above a brightness of its own; the version is the threshold's."""

  def __init__(self, threshold):
    super().__init__()
    self.threshold = threshold
    self.version = round(1000 * threshold)


class Table(service_test.Sink):
  """A labeled table that nobody samples."""

  def recall(self):
    held, self[:] = list(self), []
    return held


def _service(trajectories, threshold=0.5, **config):
  table = Table()
  service = rewards.RewardService(
    Bright(threshold),
    GOALS,
    service_test.Source(trajectories),
    table,
    rewards.ServiceConfig(trajectories_per_batch=1, **config),
  )
  return service, table


def _equal(one, other):
  for name, column in one._asdict().items():
    if name != 'labeled_at':
      np.testing.assert_array_equal(column, getattr(other, name), err_msg=name)


def _random_unrolls(num, rows=6):
  """Consecutive unrolls of one environment, with a placeholder an episode."""
  rng = np.random.default_rng(0)
  episode, left, first, stream = 0, 0, True, []
  for _ in range(num * (rows - 1) + 1):
    if left == 0:
      episode, left, first = episode + 1, int(rng.integers(2, 9)), True
    left -= 1
    stream.append((rng.integers(0, 256), first, 0 if left == 0 else episode))
    first = False
  starts = range(0, len(stream) - 1, rows - 1)
  return [_unroll(*zip(*stream[s : s + rows], strict=True)) for s in starts]


def test_a_relabeled_table_is_what_the_new_reward_would_have_written():
  unrolls = _random_unrolls(40)
  service, table = _service(unrolls)
  while service.step(timeout=0):
    pass
  old = list(table)
  answer = service.swap(Bright(0.8))
  assert service.step(timeout=0) == 0
  swap = answer.result(timeout=0)
  assert (swap.old_version, swap.new_version) == (500, 800)
  assert (swap.relabeled, swap.dropped) == (40, 0)
  fresh_service, fresh = _service(unrolls, threshold=0.8)
  while fresh_service.step(timeout=0):
    pass
  # The first successes of the old reward mask nothing under the new one.
  assert len(table) == len(fresh) == 40
  for one, other in zip(table, fresh, strict=True):
    _equal(one, other)
  rewards_given = [np.sum([t.reward for t in kept]) for kept in (old, table)]
  assert rewards_given[0] > rewards_given[1] > 0


def test_what_the_learner_has_taken_stays_finished():
  taken = _unroll([0, 200, 0], [1, 0, 0], [1, 1, 1])
  held = _unroll([0, 250, 0], [0, 0, 0], [1, 1, 1])
  service, table = _service([taken, held])
  service.step(timeout=0)
  table.clear()
  service.step(timeout=0)
  service.swap(Bright(0.9))
  service.step(timeout=0)
  (labeled,) = table
  np.testing.assert_array_equal(labeled.mask, [0, 0])
  np.testing.assert_array_equal(labeled.reward, [0, 0])


@pytest.mark.parametrize(
  ('on_swap', 'versions', 'counts'),
  [
    ('relabel', [800, 800, 800], (2, 0)),
    ('drop', [800], (0, 2)),
    ('keep', [500, 500, 800], (0, 0)),
  ],
)
def test_the_table_is_relabeled_dropped_or_kept(on_swap, versions, counts):
  unrolls = [_unroll([0, 200], [1, 0], [n, n]) for n in (1, 2, 3)]
  service, table = _service(unrolls, on_swap=on_swap)
  service.step(timeout=0)
  service.step(timeout=0)
  answer = service.swap(Bright(0.8))
  service.step(timeout=0)
  assert [labeled.reward_version for labeled in table] == versions
  swap = answer.result(timeout=0)
  assert (swap.relabeled, swap.dropped) == counts
  expected = [float(version == 500) for version in versions]
  assert [labeled.reward[0] for labeled in table] == expected
  values = service.metrics()
  assert values['swaps'] == 1
  assert (values['relabeled'], values['dropped']) == counts
  # Of the new reward alone: one unroll, no success.
  assert values['batch_trajectories'] == 1
  assert values['vlm_success'] != 1
  assert values['trajectories'] == 3


def test_the_cache_is_measured_from_the_swap_on():
  before, after = Bright(0.5), Bright(0.8)
  counts = {'frames': 100, 'embedded': 80, 'padded': 90}
  before.counters = after.counters = lambda: dict(counts)
  service = rewards.RewardService(
    before, GOALS, service_test.Source([]), Table()
  )
  assert service.metrics()['cache_hit_rate'] == pytest.approx(0.2)
  service.swap(after)
  service.step(timeout=0)
  counts |= {'frames': 110, 'embedded': 81, 'padded': 94}
  values = service.metrics()
  assert values['cache_hit_rate'] == pytest.approx(0.9)
  assert values['batch_fill'] == pytest.approx(0.25)


def test_rewards_and_labels_change_together():
  service, _ = _service([])
  frames = np.full((2, 2, 2, 3), 180, np.uint8)
  asked = (frames, np.array([1, 1], np.int32), np.array([1, 2]))
  np.testing.assert_array_equal(service.rewards(*asked), [1, 1])
  service.swap(Bright(0.8))
  # Not before the end of the batch.
  np.testing.assert_array_equal(service.rewards(*asked), [1, 1])
  assert service.version == 500
  service.step(timeout=0)
  np.testing.assert_array_equal(service.rewards(*asked), [0, 0])
  assert service.version == 800


def test_an_episode_ended_by_the_reward_before_was_cut_short():
  unroll = _unroll([0, 180, 30], [1, 0, 1], [1, 0, 2])
  unroll.discount[:] = 0
  for threshold, discount, reward in ((0.5, 0, 1), (0.8, 1, 0)):
    service, table = _service([unroll])
    service.rewards(unroll.pixels[1:2], unroll.goal[:1], unroll.episode[:1])
    service.swap(Bright(threshold))
    service.step(timeout=0)
    assert table[0].discount[0] == discount
    assert table[0].reward[0] == reward


def test_two_at_once_are_done_in_order():
  service, table = _service([_unroll([0, 200], [1, 0], [1, 1])])
  service.step(timeout=0)
  first, second = service.swap(Bright(0.8)), service.swap(Bright(0.6))
  service.step(timeout=0)
  assert first.result(timeout=0).new_version == 800
  assert second.result(timeout=0).old_version == 800
  assert service.version == 600
  assert [labeled.reward_version for labeled in table] == [600]
  assert service.metrics()['swaps'] == 2


def test_a_reward_that_fails_on_the_table_changes_nothing():
  first = _unroll([0, 200, 0], [1, 0, 0], [1, 1, 1])
  later = _unroll([0, 200, 0], [0, 0, 0], [1, 1, 1])
  service, table = _service([first, later])
  service.step(timeout=0)
  before = list(table)
  broken = Bright(0.8)
  broken.score = lambda frames, goals: np.full(len(frames), np.inf, np.float32)
  answer = service.swap(broken)
  service.step(timeout=0)
  with pytest.raises(ValueError, match='finite'):
    answer.result(timeout=0)
  assert service.version == 500
  _equal(table[0], before[0])
  # Episode 1 is finished still.
  np.testing.assert_array_equal(table[1].mask, [0, 0])
  assert 'swaps' not in service.metrics()


def test_a_service_that_ends_cancels_what_it_has_not_done():
  service, _ = _service([])
  stop = threading.Event()
  stop.set()
  answer = service.swap(Bright(0.8))
  service.run(stop)
  assert answer.cancelled()
  assert service.version == 500


def test_a_swap_that_nobody_wants_any_more_is_not_done():
  service, _ = _service([])
  assert service.swap(Bright(0.8)).cancel()
  service.step(timeout=0)
  assert service.version == 500


def test_replay_that_ends_in_the_middle_of_a_swap_ends_the_service():
  class Closed(Table):
    def recall(self):
      stop.set()
      raise errors.ReplayError('closed')

  stop = threading.Event()
  service = rewards.RewardService(
    Bright(0.5), GOALS, service_test.Source([]), Closed()
  )
  answer = service.swap(Bright(0.8))
  service.run(stop)
  assert service.version == 500
  with pytest.raises(errors.ReplayError):
    answer.result(timeout=0)
