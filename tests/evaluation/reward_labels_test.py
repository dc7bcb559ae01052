import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.evaluation import reward_labels


def labels(*episodes, goals=('a', 'b')):
  """Labels of episodes, each a list of rows, of goals 1, 0, 1, ..."""
  return reward_labels.join(
    goals,
    [
      (np.array(rows, np.int8), (n + 1) % 2, f'policy {n}', 10 + n)
      for n, rows in enumerate(episodes)
    ],
  )


def test_episodes_are_joined_in_their_order():
  found = labels([[0, 1], [1, 0], [-1, 1]], [[0, 0]], [[1, 0], [0, 0]])
  assert found.goals == ('a', 'b')
  np.testing.assert_array_equal(found.episode, [0, 0, 0, 1, 2, 2])
  np.testing.assert_array_equal(found.step, [0, 1, 2, 0, 0, 1])
  np.testing.assert_array_equal(found.goal, [1, 1, 1, 0, 1, 1])
  np.testing.assert_array_equal(found.own, [1, 0, 1, 0, 0, 0])
  assert found.policies == ('policy 0', 'policy 1', 'policy 2')
  assert found.seeds == (10, 11, 12)


def test_first_observations_are_not_rewarded_but_single_images_are():
  found = labels([[0, 1], [1, 0], [0, 1]], [[0, 0]], [[1, 0], [0, 0]])
  np.testing.assert_array_equal(found.rewardable, [0, 1, 1, 1, 0, 1])


@pytest.mark.parametrize(
  ('made', 'line'),
  [
    (
      labels([[1, 1], [1, -1]]),
      'labels of one class only: 3 achieved, 0 not, 1 unknown',
    ),
    (
      labels([[0, 0], [0, -1]]),
      'labels of one class only: 0 achieved, 3 not, 1 unknown',
    ),
    (labels(), 'recorded episodes of at least one frame, got none'),
    (
      reward_labels.join((), [(np.empty((2, 0), np.int8), 0, 'x', 0)]),
      'a data set with goals, got none',
    ),
  ],
)
def test_labels_of_which_nothing_can_be_learnt_are_refused(made, line):
  with pytest.raises(errors.ConfigError) as caught:
    reward_labels.check(made)
  assert line in str(caught.value) and '\n' not in str(caught.value)


def test_both_classes_are_enough():
  reward_labels.check(labels([[1, 0]]))
