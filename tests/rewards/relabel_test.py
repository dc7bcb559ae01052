import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from acme_vlm.rewards import relabel
from acme_vlm.types import Trajectory

THRESHOLD = np.float32(0.6)


def make_trajectory(first, episode, seed=0):
  """Random content around given episode borders, [T+1] each."""
  rng = np.random.default_rng(seed)
  rows = len(first)
  first = np.asarray(first, bool)
  return Trajectory(
    pixels=rng.integers(0, 255, (rows, 4, 3, 3), dtype=np.uint8),
    sight=rng.random((rows, 4), np.float32),
    instruction=rng.integers(0, 9, (rows, 2), dtype=np.int32),
    goal=rng.integers(0, 3, rows, dtype=np.int32),
    first=first,
    action=rng.integers(0, 9, rows, dtype=np.int32),
    log_prob=rng.normal(size=rows).astype(np.float32),
    discount=rng.random(rows).astype(np.float32),
    core_state=rng.normal(size=5).astype(np.float32),
    policy_version=rng.integers(0, 99, rows, dtype=np.int32),
    episode=np.asarray(episode, np.int64),
  )


def _label(trajectory, p, finished=frozenset(), thresholded=True):
  return relabel.relabel(
    trajectory,
    np.asarray(p, np.float32),
    float(THRESHOLD),
    finished,
    thresholded=thresholded,
    reward_version=2**62 + 1,
    labeled_at=12.5,
  )


def _slow(trajectory, p, finished):
  """One row after the other, as the docstring says it."""
  done = set(finished)
  reward, discount, mask, new = [], [], [], []
  for t in range(len(p)):
    number = int(trajectory.episode[t])
    placeholder = bool(trajectory.first[t + 1])
    reward.append(0.0)
    discount.append(float(trajectory.discount[t]))
    mask.append(1.0)
    if placeholder or number in done or np.isnan(p[t]):
      mask[-1] = 0.0
    elif p[t] > THRESHOLD:
      reward[-1], discount[-1] = 1.0, 0.0
      done.add(number)
      new.append(number)
  return reward, discount, mask, tuple(new)


@st.composite
def _cases(draw):
  lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
  first, episode = [], []
  for number, length in enumerate(lengths, start=1):
    # `length` transitions and the placeholder behind them.
    first += [number > 1 or draw(st.booleans())] + [False] * length
    episode += [number] * length + [0]
  if draw(st.booleans()) and len(first) > 2:
    first, episode = first[:-1], episode[:-1]
  levels = st.sampled_from([0.0, 0.59, 0.6, 0.61, 1.0, np.nan])
  num = len(first) - 1
  p = draw(st.lists(levels, min_size=num, max_size=num))
  finished = draw(st.sets(st.integers(1, len(lengths))))
  return make_trajectory(first, episode), np.array(p, np.float32), finished


@hypothesis.given(_cases())
def test_labels_equal_the_slow_loop(case):
  trajectory, p, finished = case
  result = _label(trajectory, p, finished)
  reward, discount, mask, new = _slow(trajectory, p, finished)
  labeled = result.trajectory
  np.testing.assert_array_equal(labeled.reward, np.float32(reward))
  np.testing.assert_array_equal(labeled.discount, np.float32(discount))
  np.testing.assert_array_equal(labeled.mask, np.float32(mask))
  assert result.finished == new


@hypothesis.given(_cases())
def test_everything_else_stays_bit_for_bit(case):
  trajectory, p, finished = case
  before = [array.tobytes() for array in trajectory]
  labeled = _label(trajectory, p, finished).trajectory
  num = len(p)
  for name in ('pixels', 'instruction', 'first', 'core_state'):
    came, went = getattr(trajectory, name), getattr(labeled, name)
    assert (went.dtype, went.shape) == (came.dtype, came.shape)
    assert went.tobytes() == came.tobytes()
  for name in ('action', 'log_prob', 'policy_version'):
    came, went = getattr(trajectory, name)[:num], getattr(labeled, name)
    assert (went.dtype, went.shape) == (came.dtype, came.shape)
    assert went.tobytes() == came.tobytes()
  # Where no episode succeeds, the discount too is the environment's.
  untouched = labeled.reward == 0
  assert (
    labeled.discount[untouched].tobytes()
    == trajectory.discount[:num][untouched].tobytes()
  )
  assert [array.tobytes() for array in trajectory] == before


@hypothesis.given(_cases())
def test_an_episode_is_rewarded_once_and_ends_there(case):
  trajectory, p, finished = case
  labeled = _label(trajectory, p, finished).trajectory
  for number in set(trajectory.episode[: len(p)]) - {0}:
    rows = np.flatnonzero(trajectory.episode[: len(p)] == number)
    rewards = labeled.reward[rows]
    assert rewards.sum() <= 1
    if rewards.sum():
      success = rows[np.argmax(rewards)]
      assert labeled.discount[success] == 0
      assert not labeled.mask[rows[rows > success]].any()
      known = rows[(rows <= success) & ~np.isnan(p[rows])]
      assert labeled.mask[known].all()


def test_an_episode_over_several_unrolls_is_the_episode_in_one():
  rows = 13
  first = [True] + [False] * 6 + [True] + [False] * 5
  episode = [1] * 6 + [0] + [2] * 6
  whole = make_trajectory(first, episode)
  p = np.array([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1], np.float32)
  expected = _label(whole, p).trajectory
  finished: set[int] = set()
  parts = []
  for start in range(0, rows - 1, 4):
    part = slice(start, start + 5)
    piece = Trajectory(
      *(
        array if name == 'core_state' else array[part]
        for name, array in whole._asdict().items()
      )
    )
    result = _label(piece, p[start : start + 4], finished)
    finished.update(result.finished)
    parts.append(result.trajectory)
  for name in ('reward', 'discount', 'mask'):
    np.testing.assert_array_equal(
      np.concatenate([getattr(part, name) for part in parts]),
      getattr(expected, name),
    )
  assert finished == {1, 2}


def test_both_ways_of_ending_an_episode_give_the_same_labels():
  p = [0.1, 0.2, 0.9]
  running = make_trajectory([True] + [False] * 5, [1] * 6)
  running.discount[:] = 1
  late = _label(running, [*p, 0.9, 0.1]).trajectory
  # The actor ended it itself: discount 0, then the placeholder.
  ended = make_trajectory([True, False, False, False, True, False], [1] * 6)
  ended.episode[3:] = [0, 2, 2]
  ended.discount[:] = [1, 1, 0, 0, 1, 1]
  early = _label(ended, [*p, 0.0, 0.1]).trajectory
  for name in ('reward', 'discount', 'mask'):
    np.testing.assert_array_equal(
      getattr(late, name)[:3], getattr(early, name)[:3]
    )
  np.testing.assert_array_equal(late.mask, [1, 1, 1, 0, 0])
  np.testing.assert_array_equal(early.mask, [1, 1, 1, 0, 1])


def test_version_and_time_are_written_down():
  labeled = _label(make_trajectory([True, False], [1, 1]), [0.0]).trajectory
  assert labeled.reward_version == 2**62 + 1
  assert labeled.reward_version.dtype == np.int64
  assert labeled.labeled_at == 12.5


def test_each_ended_episode_is_counted_in_one_unroll_only():
  # Row T is a placeholder, but the next unroll's row 0 is the same row.
  assert _label(make_trajectory([1, 0, 0], [1, 1, 0]), [0, 0]).ended == 0
  assert _label(make_trajectory([0, 1, 0], [0, 2, 2]), [0, 0]).ended == 1


def test_without_a_verdict_a_step_is_masked_and_its_episode_goes_on():
  trajectory = make_trajectory([1, 0, 0, 0, 0], [7] * 5)
  labeled = _label(trajectory, [0.9, np.nan, 0.2, 0.1])
  # Nothing counts after the success, whatever it is.
  np.testing.assert_array_equal(labeled.trajectory.mask, [1, 0, 0, 0])
  labeled = _label(trajectory, [0.2, np.nan, 0.9, 0.1])
  np.testing.assert_array_equal(labeled.trajectory.mask, [1, 0, 1, 0])
  np.testing.assert_array_equal(labeled.trajectory.reward, [0, 0, 1, 0])
  assert labeled.trajectory.discount[1] == trajectory.discount[1]
  assert labeled.finished == (7,)
  assert labeled.abstained == 1


@pytest.mark.parametrize('finished', [frozenset(), frozenset({7})])
def test_a_score_as_reward_ends_no_episode(finished):
  trajectory = make_trajectory([1, 0, 0, 1, 0, 0], [7, 7, 0, 8, 8, 8])
  scores = [-0.5, 0.9, 3.0, 0.8, np.nan]
  labeled = _label(trajectory, scores, finished, thresholded=False)
  np.testing.assert_array_equal(
    labeled.trajectory.reward, np.float32([-0.5, 0.9, 0.0, 0.8, 0.0])
  )
  np.testing.assert_array_equal(labeled.trajectory.mask, [1, 1, 0, 1, 0])
  np.testing.assert_array_equal(
    labeled.trajectory.discount, trajectory.discount[:5]
  )
  assert labeled.finished == ()
  assert labeled.abstained == 1


@pytest.mark.parametrize('wrong', [float('inf'), -float('inf')])
def test_a_score_that_is_none_is_refused(wrong):
  trajectory = make_trajectory([1, 0, 0], [7, 7, 7])
  with pytest.raises(
    ValueError,
    match=rf'a finite score, got {wrong} at step 1 of episode 7',
  ):
    _label(trajectory, [0.5, wrong])


def test_on_a_placeholder_anything_may_stand():
  trajectory = make_trajectory([1, 0, 1], [7, 0, 8])
  assert _label(trajectory, [0.5, float('nan')]).trajectory.reward[1] == 0


def test_another_number_of_probabilities_is_refused():
  with pytest.raises(ValueError, match=r'of shape \(2,\), got \(3,\)'):
    _label(make_trajectory([1, 0, 0], [7, 7, 7]), [0.5, 0.5, 0.5])
