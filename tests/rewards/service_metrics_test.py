import math

import pytest

from acme_vlm.rewards import service_metrics


class _Clock:
  now = 100.0

  def __call__(self):
    return self.now


def _batch(metrics, frames=10, seconds=0.1, episodes=0, successes=0, **more):
  metrics.batch(
    trajectories=2,
    frames=frames,
    seconds=seconds,
    episodes=episodes,
    successes=successes,
    **more,
  )


def test_rates_are_over_the_newest_batches_and_counts_over_all():
  clock = _Clock()
  metrics = service_metrics.ServiceMetrics(window=2, clock=clock)
  for frames in (1000, 30, 10):
    clock.now += 2
    _batch(metrics, frames=frames)
  values = metrics.snapshot()
  assert values['frames'] == 1040
  assert values['trajectories'] == 6
  # 40 frames since the first batch ended, 4 seconds ago.
  assert values['frames_per_second'] == pytest.approx(10)
  assert values['batch_trajectories'] == 2


def test_latencies_are_percentiles_in_milliseconds():
  metrics = service_metrics.ServiceMetrics(window=101)
  for n in range(101):
    _batch(metrics, seconds=n / 1000)
    metrics.online(n / 100)
  values = metrics.snapshot()
  assert values['latency_p50_ms'] == pytest.approx(50)
  assert values['latency_p99_ms'] == pytest.approx(99)
  assert values['online_p50_ms'] == pytest.approx(500)
  assert values['online_p99_ms'] == pytest.approx(990)


def test_success_is_by_episodes_that_ended_since_the_last_snapshot():
  # More batches than the window: the rate is not over the window.
  metrics = service_metrics.ServiceMetrics(window=1)
  _batch(metrics, episodes=3, successes=1)
  _batch(metrics, episodes=1, successes=1)
  assert metrics.snapshot()['vlm_success'] == pytest.approx(0.5)
  assert math.isnan(metrics.snapshot()['vlm_success'])
  _batch(metrics, episodes=4, successes=3)
  assert metrics.snapshot()['vlm_success'] == pytest.approx(0.75)


def test_return_is_by_episodes_too_and_of_one_reward():
  metrics = service_metrics.ServiceMetrics(window=1)
  _batch(metrics, episodes=3, returned=1.5)
  _batch(metrics, episodes=1, returned=-4.0)
  assert metrics.snapshot()['vlm_return'] == pytest.approx(-0.625)
  _batch(metrics, episodes=0, returned=7.0)
  metrics.swap(relabeled=0, dropped=0)
  _batch(metrics, episodes=2, returned=1.0)
  assert metrics.snapshot()['vlm_return'] == pytest.approx(0.5)


def test_a_success_ahead_of_its_episodes_end_is_no_share_above_1():
  metrics = service_metrics.ServiceMetrics(window=10)
  _batch(metrics, episodes=1, successes=2)
  assert metrics.snapshot()['vlm_success'] == 1.0


def test_a_rate_of_nothing_is_nan():
  values = service_metrics.ServiceMetrics(window=10).snapshot()
  for name in ('vlm_success', 'latency_p99_ms', 'online_p50_ms'):
    assert math.isnan(values[name])
  assert values['frames'] == 0
