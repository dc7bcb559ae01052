import numpy as np

from acme_vlm.evaluation import reward_labels, reward_worst


def scene():
  """Two episodes of three and two frames; goals a and b."""
  labels = reward_labels.join(
    ('a', 'b'),
    [
      (np.array([[0, 0], [1, 0], [1, 1]], np.int8), 0, 'solver', 7),
      (np.array([[0, 0], [0, -1]], np.int8), 1, 'random', 8),
    ],
  )
  every = np.array(
    [[0.9, 0.2], [0.3, 0.8], [0.95, 0.1], [0.85, np.nan], [0.1, 0.99]],
    np.float32,
  )
  return labels, reward_labels.Scores(every, every[:, 0])


def test_the_worst_come_first_once_per_episode_and_goal():
  found = reward_worst.find(*scene(), threshold=0.82, most=3)
  told = [(w.kind, w.goal, w.score, w.crosses, w.episode) for w in found]
  # 0.99 is of unknown truth, NaN says nothing, 0.2 is second of its episode.
  assert told == [
    ('false positive', 'a', np.float32(0.9), True, 0),
    ('false positive', 'a', np.float32(0.85), True, 1),
    ('false positive', 'b', np.float32(0.8), False, 0),
    ('false negative', 'b', np.float32(0.1), True, 0),
    ('false negative', 'a', np.float32(0.3), True, 0),
  ]


def test_what_the_frame_truly_shows_and_where_it_is():
  *_, b, a = reward_worst.find(*scene(), threshold=0.2, most=9)
  assert (b.shows, b.step, b.policy, b.seed) == (('a', 'b'), 2, 'solver', 7)
  assert (a.shows, a.step, a.crosses) == (('a',), 1, False)


def test_no_more_than_asked_for():
  assert reward_worst.find(*scene(), threshold=0.5, most=0) == ()
  assert len(reward_worst.find(*scene(), threshold=0.5, most=1)) == 2
