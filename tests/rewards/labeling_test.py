"""Tests of one model's labels, and of the model that comes after it."""

import numpy as np
import pytest

from acme_vlm.rewards import labeling
from tests.rewards import service_test

_unroll = service_test._trajectory


class _Bright(service_test.Model):
  def __init__(self, threshold):
    super().__init__()
    self.threshold = threshold
    self.version = round(1000 * threshold)

  def score_goals(self, frames, goals):
    columns = [self.score(frames, [goal] * len(frames)) for goal in goals]
    return np.stack(columns, axis=1)


def _labeler(threshold=0.5, **options):
  return labeling.Labeler(
    _Bright(threshold),
    service_test.GOALS,
    episodes_remembered=100,
    rng=np.random.default_rng(0),
    **options,
  )


def _label(labeler, *trajectories):
  rows = labeler.score(trajectories)
  pairs = zip(trajectories, rows, strict=True)
  return [labeler.label(*pair).trajectory for pair in pairs]


def test_a_successor_forgets_the_ends_that_were_recalled_and_no_others():
  labeler = _labeler()
  learned, recalled = (
    _unroll([0, 200, 0], [1, 0, 0], [n, n, n]) for n in (1, 2)
  )
  rest = [_unroll([0, 250, 0], [0, 0, 0], [n, n, n]) for n in (1, 2)]
  _, held = _label(labeler, learned, recalled)
  successor = labeler.successor(_Bright(0.9), [held])
  assert [t.mask.tolist() for t in _label(successor, *rest)] == [
    [0, 0],
    [1, 0],
  ]
  # The one before knows both ends still, should the other one fail.
  assert [t.mask.tolist() for t in _label(labeler, *rest)] == [[0, 0], [0, 0]]


@pytest.mark.parametrize('at_once', [1, 2, 5])
def test_relabeled_is_labeled_by_the_other_model(at_once):
  unrolls = [
    _unroll([0, level, 0], [1, 0, 0], [n, n, n])
    for n, level in enumerate((100, 200, 250, 140, 60), start=1)
  ]
  held = _label(_labeler(), *unrolls)
  relabeled = _labeler().successor(_Bright(0.9), held).relabel(held, at_once)
  for one, other in zip(
    relabeled, _label(_labeler(0.9), *unrolls), strict=True
  ):
    for name, column in one._asdict().items():
      if name != 'labeled_at':
        np.testing.assert_array_equal(column, getattr(other, name), name)
  assert [t.reward[0] for t in held] == [0, 1, 1, 1, 0]
  assert [t.reward[0] for t in relabeled] == [0, 0, 1, 0, 0]


def test_questions_are_asked_where_there_are_words_for_them():
  words = np.array([[3, 4], [5, 6]], np.int32)
  unroll = _unroll([0, 200, 0], [1, 0, 0], [1, 1, 1])
  unroll = unroll._replace(instruction=np.zeros((3, 2), np.int32))
  (asked,) = _label(_labeler(goal_instructions=words), unroll)
  for row, light, outcome in zip(
    asked.outcome_goal, (True, False), asked.outcome, strict=True
  ):
    about_light = (row == words[1]).all()
    assert about_light or (row == words[0]).all()
    assert outcome == (light == about_light)
  (held_out,) = _label(
    _labeler(goal_instructions=words, training_goals=(0,)), unroll
  )
  np.testing.assert_array_equal(held_out.outcome_goal, words[[0, 0]])
  (silent,) = _label(_labeler(), unroll)
  assert not silent.outcome_goal.any() and not silent.outcome_mask.any()


def test_a_held_out_goal_is_asked_about_by_no_model_that_comes_later():
  words = np.array([[3, 4], [5, 6]], np.int32)
  labeler = _labeler(goal_instructions=words, training_goals=(1,))
  unroll = _unroll([0, 200, 0], [1, 0, 0], [1, 1, 1])
  unroll = unroll._replace(instruction=np.zeros((3, 2), np.int32))
  for one in (labeler, labeler.successor(_Bright(0.9), [])):
    (asked,) = _label(one, unroll)
    np.testing.assert_array_equal(asked.outcome_goal, words[[1, 1]])
    np.testing.assert_array_equal(asked.outcome, [one.model.threshold < 0.7, 0])


def test_labels_carry_scores_of_training_goals_if_they_are_wanted():
  labeler = _labeler(goal_scores=True, training_goals=(1,))
  unroll = _unroll([0, 200, 30], [1, 0, 0], [1, 1, 1])
  for one in (labeler, labeler.successor(_Bright(0.9), [])):
    (labeled,) = _label(one, unroll)
    expected = one.model.score(unroll.pixels, [service_test.GOALS[1]] * 3)
    expected[0] = np.nan
    np.testing.assert_array_equal(labeled.goal_scores, expected[:, None])
    assert not labeled.outcome_mask.any()
  (without,) = _label(_labeler(training_goals=(1,)), unroll)
  np.testing.assert_array_equal(without.goal_scores, np.zeros((3, 1)))
