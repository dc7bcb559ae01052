import threading

import numpy as np
import pytest

from acme_vlm import errors, rewards
from acme_vlm.rewards import relabel
from acme_vlm.types import Trajectory

GOALS = ('dark', 'light')


class Model:
  """Scores a frame by its brightness, and counts the frames."""

  version = 2**40 + 3
  threshold = 0.5

  def __init__(self):
    self.scored = 0

  def score(self, frames, goals):
    self.scored += len(frames)
    light = frames.mean(axis=(1, 2, 3)) / 255
    wanted = np.array([goal == 'light' for goal in goals], bool)
    return np.where(wanted, light, 1 - light).astype(np.float32)


class Doubtful(Model):
  """Two of three frames have to be light; withholds what it is unsure of."""

  hysteresis = (2, 3)
  abstains = True

  def score(self, frames, goals):
    scores = super().score(frames, goals)
    return np.where(abs(scores - 0.5) < 0.1, np.float32(np.nan), scores)


class Source:
  def __init__(self, trajectories):
    self.left = list(trajectories)

  def take(self, most, timeout):
    taken, self.left = self.left[:most], self.left[most:]
    return taken

  def waiting(self):
    return len(self.left)


class Sink(list):
  write = list.append


def _trajectory(levels, first, episode, goal=1):
  rows = len(levels)
  pixels = np.empty((rows, 2, 2, 3), np.uint8)
  pixels[:] = np.array(levels, np.uint8)[:, None, None, None]
  return Trajectory(
    pixels=pixels,
    sight=np.zeros((len(pixels), 1), np.float32),
    instruction=np.zeros((rows, 1), np.int32),
    goal=np.full(rows, goal, np.int32),
    first=np.array(first, bool),
    action=np.arange(rows, dtype=np.int32),
    log_prob=np.zeros(rows, np.float32),
    discount=np.ones(rows, np.float32),
    core_state=np.zeros(2, np.float32),
    policy_version=np.zeros(rows, np.int32),
    episode=np.array(episode, np.int64),
  )


def _service(trajectories, **config):
  sink, model = Sink(), Model()
  service = rewards.RewardService(
    model,
    GOALS,
    Source(trajectories),
    sink,
    rewards.ServiceConfig(**config),
  )
  return service, sink, model


def test_the_reward_of_a_step_looks_at_the_frame_it_led_to():
  # Episode 1 succeeds with its second step, whose frame is in row 2; the
  # light frame of episode 2's first observation rewards nobody.
  unroll = _trajectory(
    levels=[0, 10, 200, 250, 20, 240],
    first=[1, 0, 0, 1, 0, 0],
    episode=[1, 1, 0, 2, 2, 2],
  )
  service, sink, model = _service([unroll])
  assert service.step(timeout=0) == 1
  (labeled,) = sink
  np.testing.assert_array_equal(labeled.reward, [0, 1, 0, 0, 1])
  np.testing.assert_array_equal(labeled.discount, [1, 0, 1, 1, 0])
  np.testing.assert_array_equal(labeled.mask, [1, 1, 0, 1, 1])
  assert labeled.reward_version == Model.version
  # A placeholder led nowhere: only four frames are scored.
  assert model.scored == 4


def test_each_row_is_scored_against_its_own_goal():
  unroll = _trajectory([0, 200, 10, 220], [1, 0, 1, 0], [1, 0, 2, 2])
  unroll.goal[:] = [1, 1, 0, 0]
  service, sink, _ = _service([unroll, unroll._replace(goal=1 - unroll.goal)])
  service.step(timeout=0)
  np.testing.assert_array_equal(sink[0].reward, [1, 0, 0])
  # Episode 1 succeeded before; episode 2 is now after light and finds it.
  np.testing.assert_array_equal(sink[1].reward, [0, 0, 1])
  np.testing.assert_array_equal(sink[1].mask, [0, 0, 1])


def test_a_success_ends_the_episode_in_later_unrolls_too():
  first = _trajectory([0, 200, 0], [1, 0, 0], [1, 1, 1])
  later = _trajectory([0, 200, 0], [0, 0, 0], [1, 1, 1])
  fresh = _trajectory([0, 200, 0], [0, 0, 0], [5, 5, 5])
  service, sink, _ = _service(
    [first, later, fresh, later], trajectories_per_batch=2
  )
  assert [service.step(0), service.step(0), service.step(0)] == [2, 2, 0]
  rewards_given = [labeled.reward.tolist() for labeled in sink]
  assert rewards_given == [[1, 0], [0, 0], [1, 0], [0, 0]]
  masks = [labeled.mask.tolist() for labeled in sink]
  assert masks == [[1, 0], [0, 0], [1, 0], [0, 0]]


def test_the_memory_of_finished_episodes_is_bounded():
  unrolls = [
    _trajectory([0, 200], [1, 0], [number, number]) for number in (1, 2, 1)
  ]
  service, sink, _ = _service(unrolls, episodes_remembered=1)
  service.step(timeout=0)
  assert [labeled.reward[0] for labeled in sink] == [1, 1, 1]


def test_online_rewards_are_the_labels():
  rng = np.random.default_rng(0)
  unrolls = [
    _trajectory(rng.integers(0, 256, 2), [1, 0], [n, n], goal=n % 2)
    for n in range(1, 40)
  ]
  service, sink, _ = _service(unrolls)
  online = service.rewards(
    np.stack([unroll.pixels[1] for unroll in unrolls]),
    np.array([unroll.goal[0] for unroll in unrolls], np.int32),
    np.arange(1, 40),
  )
  service.step(timeout=0)
  labels = np.array([labeled.reward[0] for labeled in sink])
  np.testing.assert_array_equal(online, labels)
  assert 0 < labels.sum() < len(labels)


def test_metrics_count_frames_successes_and_what_waits():
  unroll = _trajectory(
    [0, 10, 200, 0, 20, 0, 0], [1, 0, 0, 1, 0, 0, 1], [1, 1, 0, 2, 2, 0, 3]
  )
  service, _, _ = _service([unroll, unroll], trajectories_per_batch=1)
  service.step(timeout=0)
  values = service.metrics()
  assert values['frames'] == 4
  assert values['trajectories'] == 1
  assert values['queue_lag'] == 1
  assert values['vlm_success'] == pytest.approx(0.5)
  assert values['vlm_return'] == pytest.approx(0.5)
  # 2**40 + 3, in 24 bits.
  assert values['version_low24'] == 3


def test_a_score_as_reward_is_summed_over_the_episode():
  unroll = _trajectory(
    [0, 51, 204, 0, 102, 0, 0], [1, 0, 0, 1, 0, 0, 1], [1, 1, 0, 2, 2, 0, 3]
  )
  service, sink, model = _service([unroll])
  model.thresholded = False
  service.step(timeout=0)
  np.testing.assert_allclose(sink[0].reward, [0.2, 0.8, 0, 0.4, 0, 0])
  values = service.metrics()
  assert values['vlm_return'] == pytest.approx((0.2 + 0.8 + 0.4) / 2)
  assert 'vlm_success' not in values


def test_actors_end_an_episode_at_the_step_that_the_labels_reward():
  rng = np.random.default_rng(3)
  length, num = 12, 30
  levels = rng.integers(0, 256, (num, length + 1))
  unrolls = [
    _trajectory(levels[n], [1] + [0] * length, [n + 1] * (length + 1))
    for n in range(num)
  ]
  sink = Sink()
  service = rewards.RewardService(
    Doubtful(),
    GOALS,
    Source(unrolls),
    sink,
    rewards.ServiceConfig(trajectories_per_batch=7),
  )
  ends = np.full(num, -1)
  for t in range(length):
    frames = np.stack([unroll.pixels[t + 1] for unroll in unrolls])
    rewarded = service.rewards(
      frames, np.ones(num, np.int32), np.arange(1, num + 1)
    )
    ends[(ends < 0) & (rewarded > 0)] = t
  while service.step(timeout=0):
    pass
  labeled = [np.flatnonzero(row.reward) for row in sink]
  assert [row[0] if row.size else -1 for row in labeled] == ends.tolist()
  assert (ends < 0).any() and len(set(ends)) > 4
  # Open verdicts before the end are masked, and end nothing.
  open_steps = sum(
    np.sum(row.mask[:end] == 0) for row, end in zip(sink, ends, strict=True)
  )
  assert open_steps > 10


def test_a_score_that_is_none_stops_the_service():
  service, sink, model = _service([_trajectory([0, 1], [1, 0], [4, 4])])
  model.score = lambda frames, goals: np.full(len(frames), np.nan, np.float32)
  with pytest.raises(ValueError, match='a finite score, got nan in episode 4'):
    service.run(threading.Event())
  assert not sink


def test_an_unroll_of_placeholders_alone_is_passed_on():
  service, sink, _ = _service([_trajectory([9, 9], [0, 1], [0, 8])])
  service.step(timeout=0)
  np.testing.assert_array_equal(sink[0].mask, [0])


def test_run_ends_when_told_and_forgives_the_closing_of_a_blocked_write():
  class Blocked(Sink):
    def write(self, trajectory):
      entered.set()
      assert closed.wait(10)
      raise errors.ReplayError('closed')

  entered, closed, stop = (threading.Event() for _ in range(3))
  source = Source([_trajectory([0, 1], [1, 0], [4, 4])])
  service = rewards.RewardService(Model(), GOALS, source, Blocked())
  thread = threading.Thread(target=service.run, args=(stop,))
  thread.start()
  assert entered.wait(10)
  stop.set()
  closed.set()
  thread.join(10)
  assert not thread.is_alive()


def test_replay_that_goes_away_by_itself_is_an_error():
  class Gone(Sink):
    def write(self, trajectory):
      raise errors.ReplayError('gone')

  source = Source([_trajectory([0, 1], [1, 0], [4, 4])])
  service = rewards.RewardService(Model(), GOALS, source, Gone())
  with pytest.raises(errors.ReplayError, match='gone'):
    service.run(threading.Event())


def test_valid_rows_are_those_that_led_somewhere():
  unroll = _trajectory([0] * 4, [1, 0, 1, 0], [1, 0, 2, 2])
  np.testing.assert_array_equal(relabel.valid_rows(unroll), [1, 0, 1])
