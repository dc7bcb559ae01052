import numpy as np

from acme_vlm.evaluation import reward_hits

Outcome = reward_hits.Outcome

# Rewards, truths, how it ends, where it fires and where the goal is reached.
EPISODES = (
  ([0, 0, 1, 1], [0, 0, 1, 1], Outcome.RIGHT, 2, 2),
  ([0, 0, 0, 1], [0, 1, 1, 1], Outcome.RIGHT, 3, 1),
  # A later right reward does not mend an earlier wrong one.
  ([1, 0, 1], [0, 0, 1], Outcome.WRONG, 0, 2),
  ([0, 1], [0, -1], Outcome.UNKNOWN, 1, -1),
  ([0, 0], [0, 1], Outcome.MISSED, -1, 1),
  ([0, 0], [-1, 1], Outcome.MISSED, -1, 1),
  ([0], [0], Outcome.SILENT, -1, -1),
  ([0, 0], [0, -1], Outcome.UNKNOWN, -1, -1),
)


def found():
  rewarded, achieved, *_ = zip(*EPISODES, strict=True)
  return reward_hits.first_hits(
    np.concatenate(rewarded).astype(bool),
    np.concatenate(achieved).astype(np.int8),
    np.repeat(np.arange(len(EPISODES)), list(map(len, rewarded))),
  )


def test_each_episode_ends_at_its_first_reward():
  hits = found()
  outcomes, fired, reached = list(zip(*EPISODES, strict=True))[2:]
  assert hits.outcome == outcomes
  np.testing.assert_array_equal(hits.fired, fired)
  np.testing.assert_array_equal(hits.reached, reached)


def test_counts_and_delays_of_the_right_ones():
  hits = found()
  assert {outcome: hits.count(outcome) for outcome in Outcome} == {
    Outcome.RIGHT: 2,
    Outcome.WRONG: 1,
    Outcome.MISSED: 2,
    Outcome.SILENT: 1,
    Outcome.UNKNOWN: 2,
  }
  np.testing.assert_array_equal(hits.delays, [0, 2])
