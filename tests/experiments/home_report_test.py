import numpy as np
import pytest

from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import goals as goals_lib
from experiments import home_report, home_scores


def _place(words):
  return goals_lib.task_set('find', 'common').index(words)


def _compared(scaled):
  """Of Find alone; all else is as unlike as can be."""
  group = captions.bank('common').group
  rest = np.full((len(scaled), len(group)), -99.0)
  rest[:, group == 0] = scaled
  return home_scores.Compared('common', rest, np.zeros((len(scaled), 0)), 0.01)


def _truth(frames):
  texts = captions.bank('common').texts
  return np.full((frames, len(texts)), captions.FALSE, np.int8)


def test_mistakes_are_told_apart():
  num = len(goals_lib.task_set('find', 'common'))
  truth = _truth(5)
  wrong = np.zeros((5, num), bool)
  truth[:3, _place('a red duck up close')] = captions.TRUE
  wrong[0, _place('a blue duck up close')] = True
  wrong[1, _place('a red mug up close')] = True
  wrong[2, _place('a blue mug up close')] = True
  truth[3, _place('a red bear up close')] = captions.UNKNOWN
  wrong[3, _place('a red bear up close')] = True
  wrong[4, _place('a red bear up close')] = True
  assert home_report._mistakes('find', 'common', wrong, truth) == {
    'same kind, else other': 1,
    'same colour, other kind': 1,
    'something else true': 1,
    'nearly true': 1,
    'nothing true': 1,
  }


def test_a_perfect_family_is_perfect_and_its_threshold_is_where_it_ends():
  num = len(goals_lib.task_set('find', 'common')) + 1
  rng = np.random.default_rng(1)
  right = rng.integers(num - 1, size=200)
  scaled = np.zeros((200, num))
  scaled[np.arange(200), right] = 8.0
  truth = _truth(200)
  truth[np.arange(200), right] = captions.TRUE
  report = home_report._family('find', _compared(scaled), truth, None)
  assert report.average_precision > 0.999999 and report.recall == 1.0
  assert report.clear_precision == 1.0 and report.wrong == {}
  # One frame of twenty shows something else than it scores.
  scaled[:20] = 1.1 * np.roll(scaled[:20], 6, axis=1)
  report = home_report._family('find', _compared(scaled), truth, None)
  assert report.average_precision < 0.95
  # Half a dozen right ones of a higher score than all that is wrong: there it
  # ends, and no lower.
  scaled[20:40] *= 1.5
  report = home_report._family('find', _compared(scaled), truth, None)
  scores = _compared(scaled).probabilities('find')
  lowest = scores[20:40][truth[20:40, : num - 1] == captions.TRUE].min()
  assert report.threshold == pytest.approx(lowest) and report.precision == 1.0


def test_a_threshold_chosen_elsewhere_is_kept():
  num = len(goals_lib.task_set('find', 'common')) + 1
  scaled, truth = np.zeros((4, num)), _truth(4)
  scaled[:, 3] = [9, 9, 9, 0]
  truth[1:, 3] = captions.TRUE
  report = home_report._family('find', _compared(scaled), truth, None, 0.5)
  assert report.threshold == 0.5
  # All frames count, not every second one.
  assert report.precision == pytest.approx(2 / 3)
  assert report.recall == pytest.approx(2 / 3)


def test_mistakes_across_families_have_names():
  bank = captions.bank('common')
  truth = _truth(3)
  truth[0, bank.place_of[0, 'a red duck up close']] = captions.TRUE
  truth[1, bank.place_of[0, 'a red duck up close']] = captions.TRUE
  truth[1, bank.place_of[1, 'a red duck held up']] = captions.TRUE
  lift = list(goals_lib.task_set('lift', 'common'))
  wrong = np.zeros((3, len(lift)), bool)
  wrong[0, lift.index('a red duck held up')] = True
  assert home_report._mistakes('lift', 'common', wrong, truth) == {
    'near, not held up': 1
  }
  put = list(goals_lib.task_set('pick_and_place', 'common'))
  wrong = np.zeros((3, len(put)), bool)
  wrong[:2, put.index('a red duck on a bed')] = True
  wrong[1, put.index('a duck next to a mug')] = True
  wrong[2, put.index('a duck next to a mug')] = True
  assert home_report._mistakes('pick_and_place', 'common', wrong, truth) == {
    'near, not placed': 1,
    'held, not placed': 2,
    'nothing true': 1,
  }


def test_a_family_of_which_nothing_is_true_has_no_average_precision():
  num = len(goals_lib.task_set('find', 'common')) + 1
  report = home_report._family(
    'find', _compared(np.zeros((4, num))), _truth(4), None
  )
  assert np.isnan(report.average_precision) and report.threshold == 1.0
  assert report.precision == report.recall == report.chance == 0
