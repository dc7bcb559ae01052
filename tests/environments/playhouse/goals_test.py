import itertools

import pytest

from acme_vlm import environments, errors
from acme_vlm.environments.playhouse import goals
from acme_vlm.environments.playhouse.objects import catalogue

ALL = [
  (family, goal_set)
  for family in goals.FAMILIES
  for goal_set in goals.GOAL_SETS
]


@pytest.mark.parametrize(('family', 'goal_set'), ALL)
def test_goals_are_counted_from_kinds_colours_and_places(family, goal_set):
  kinds = len(goals.kinds(goal_set))
  colours = len(goals.colours(goal_set))
  number = kinds * colours
  if family == 'pick_and_place':
    number *= len(goals.SUPPORTS[goal_set])
    number += kinds * (kinds - 1) // 2
  words = goals.task_set(family, goal_set)
  assert len(words) == len(set(words)) == number
  assert words == goals.task_set(family, goal_set)


@pytest.mark.parametrize(('family', 'goal_set'), ALL)
def test_no_two_goals_are_told_in_the_same_words(family, goal_set):
  told = [i for g in goals.goals(family, goal_set) for i in g.instructions]
  assert len(told) == len(set(told))


@pytest.mark.parametrize(('family', 'goal_set'), ALL)
def test_one_of_five_is_held_out_and_training_sees_every_part(family, goal_set):
  made = goals.goals(family, goal_set)
  train = [g for g in made if not g.held_out]
  assert 0.2 - 1e-9 <= 1 - len(train) / len(made) < 0.25
  assert {g.kind for g in train} == set(goals.kinds(goal_set))
  assert {g.colour for g in train} - {None} >= {
    c for c in goals.colours(goal_set) if any(g.colour == c for g in made)
  }
  for kind in goals.kinds(goal_set):
    assert any(g.kind == kind and not g.held_out for g in made)


def test_a_pair_is_held_out_in_all_tasks_or_in_none():
  verdict = {}
  for family, goal_set in ALL:
    for goal in goals.goals(family, goal_set):
      if goal.colour is not None:
        pair = goal.kind, goal.colour
        assert verdict.setdefault(pair, goal.held_out) == goal.held_out


@pytest.mark.parametrize('goal_set', ['common', 'diverse'])
def test_two_things_next_to_each_other_are_one_goal(goal_set):
  """It is true whichever was put there, so it is told both ways."""
  made = goals.goals('pick_and_place', goal_set)
  pairs = [frozenset((g.kind, g.neighbour)) for g in made if g.neighbour]
  kinds = goals.kinds(goal_set)
  assert len(pairs) == len(set(pairs)) == len(kinds) * (len(kinds) - 1) // 2
  for goal in made:
    if goal.neighbour:
      pair = goal.kind, goal.neighbour
      assert goals.paired(*pair) == goals.paired(*pair[::-1]) == pair


def test_the_table_lamp_may_be_put_next_to_the_plane():
  (goal,) = (
    g
    for g in goals.goals('pick_and_place', 'common')
    if g.words == 'a plane next to a table lamp'
  )
  assert 'put a table lamp next to a plane' in goal.instructions
  assert 'put a plane next to a table lamp' in goal.instructions


def test_words_say_what_is_seen_and_phrases_where_to_look():
  by_words = {
    g.words: g for f in goals.FAMILIES for g in goals.goals(f, 'common')
  }
  orange = by_words['an orange duck up close']
  assert orange.instructions[0] == 'go near an orange duck'
  assert goals.phrases(orange) == ('an orange duck',)
  on = by_words['a red mug on a bed']
  assert (on.support, on.neighbour, on.place) == ('bed', None, 'a bed')
  assert 'put the red mug on the bed' in on.instructions
  beside = by_words['a duck next to a ball']
  assert (beside.colour, beside.neighbour) == (None, 'ball')
  assert goals.phrases(beside) == ('a duck', 'a ball', 'held up')
  held = by_words['a red mug held up']
  assert goals.phrases(held) == ('a red mug', 'a red mug', 'held up')


def test_the_registry_knows_the_common_goals():
  for family in goals.FAMILIES:
    named = environments.goals(f'playhouse/{family}')
    assert named == goals.task_set(family, 'common')


def test_choose_keeps_the_order_of_the_names():
  names = ('a red duck up close', 'a blue ball up close')
  assert tuple(g.words for g in goals.choose('find', 'common', names)) == names


@pytest.mark.parametrize(
  ('family', 'goal_set', 'names', 'said'),
  [
    ('fetch', 'common', None, "unknown family of tasks 'fetch'"),
    ('find', 'rare', None, "unknown goal set 'rare'"),
    ('find', 'common', (), 'at least one goal, got none'),
    ('find', 'common', ('a duck',), "unknown goal 'a duck'"),
    ('find', 'common', ('a pink duck up close',), 'unknown goal'),
    ('find', 'common', ('a red duck held up',), 'unknown goal'),
    ('find', 'common', ('a red duck up close',) * 2, 'distinct goals'),
  ],
)
def test_wrong_names_are_told_in_one_line(family, goal_set, names, said):
  with pytest.raises(errors.AcmeVlmError) as caught:
    goals.choose(family, goal_set, names)
  assert said in str(caught.value)
  assert '\n' not in str(caught.value)


def test_held_out_is_a_lattice_over_kinds_and_colours():
  """No kind or colour has two neighbours in a row held out."""
  table = {
    (k, c): goals.held_out(k, c)
    for k, c in itertools.product(catalogue.KINDS, catalogue.COLOURS)
  }
  for kind in catalogue.KINDS:
    row = [table[kind, c] for c in catalogue.COLOURS]
    assert not any(a and b for a, b in itertools.pairwise(row))
