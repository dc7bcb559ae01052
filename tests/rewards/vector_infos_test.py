import numpy as np

from acme_vlm.rewards import vector_infos

MASK = np.array([True, False, True])


def test_a_row_holds_what_is_told_of_its_environment():
  infos = {}
  vector_infos.tell(infos, 'steps', np.array([1, 2, 3]), MASK)
  nested = {}
  vector_infos.tell(nested, 'x', np.array([7.0, 8.0, 9.0]), ~MASK)
  vector_infos.tell(infos, 'more', nested, np.ones(3, bool))
  assert vector_infos.row(infos, 0) == {'steps': 1, 'more': {}}
  assert vector_infos.row(infos, 1) == {'more': {'x': 8.0}}


def test_a_row_of_observations():
  pixels = np.arange(12).reshape(3, 2, 2)
  row = vector_infos.row((pixels, {'pixels': pixels}), 1)
  np.testing.assert_array_equal(row[0], pixels[1])
  np.testing.assert_array_equal(row[1]['pixels'], pixels[1])
  row[0][:] = 0
  assert pixels[1].any(), 'a row is a copy'


def test_added_infos_take_the_place_of_those_of_their_environments():
  infos, added, inner = {}, {}, {}
  vector_infos.tell(infos, 'steps', np.array([1, 2, 3]), np.ones(3, bool))
  vector_infos.tell(added, 'steps', np.array([10, 20, 30]), MASK)
  vector_infos.tell(added, 'start', np.array([0.1, 0.2, 0.3]), MASK)
  vector_infos.tell(inner, 'x', np.array(['a', 'b', 'c'], object), MASK)
  vector_infos.tell(added, 'inner', inner, MASK)
  vector_infos.tell(added, 'final_obs', np.zeros(3), MASK)
  result = vector_infos.merged(infos, added, np.array([True, True, False]))
  assert [vector_infos.row(result, n) for n in range(3)] == [
    {'steps': 10, 'start': 0.1, 'inner': {'x': 'a'}},
    {'steps': 2},
    {'steps': 3},
  ]
  assert infos['steps'].tolist() == [1, 2, 3]
  assert 'final_obs' not in result


def test_rows_are_compared_where_asked():
  before = {'a': np.arange(6).reshape(3, 2), 'b': (np.zeros(3),)}
  after = vector_infos.copied(before)
  after['b'][0][2] = 1
  assert not before['b'][0].any(), 'a copy shares nothing'
  assert vector_infos.same_rows(before, after, np.array([0, 1]))
  assert not vector_infos.same_rows(before, after, np.array([1, 2]))
