import itertools
import math
import random

import numpy as np
import pytest

from acme_vlm.environments.playhouse import (
  captions,
  config,
  frames,
  goals,
  model,
  truth,
  view,
)
from acme_vlm.environments.playhouse import world as world_lib
from tests.environments.playhouse import homes


@pytest.mark.parametrize('goal_set', goals.GOAL_SETS)
def test_the_bank_holds_all_goals_and_what_none_looks_like(goal_set):
  bank = captions.bank(goal_set)
  for number, family in enumerate(goals.FAMILIES):
    own = [
      t for t, g in zip(bank.texts, bank.group, strict=True) if g == number
    ]
    assert own == [*goals.task_set(family, goal_set), goals.NEUTRAL[family]]
    for text in own:
      assert bank.texts[bank.place_of[number, text]] == text
  judged_by_places = [bank.texts[n] for n in np.flatnonzero(bank.group < 0)]
  assert len(judged_by_places) == len(set(judged_by_places))
  for goal in goals.goals('pick_and_place', goal_set):
    assert {goal.words, goal.thing, goal.place} <= set(bank.texts)


def test_captions_say_what_truth_says():
  """Of each goal: true iff achieved, false iff not even loosely."""
  world = world_lib.World(model.Capacity(1, 8))
  rng, count = random.Random(0), np.zeros(3, int)
  home = config.HomeConfig(objects=(5, 8))
  bank = captions.bank('common')
  for _ in range(6):
    for _ in frames._views(world, rng, home):
      row = captions.label(world, 'common')
      for number, family in enumerate(goals.FAMILIES):
        strict = list(truth.facts(world, family))
        loose = list(truth.facts(world, family, truth.LOOSE))
        neutral = row[bank.place_of[number, goals.NEUTRAL[family]]]
        assert neutral == (0 if strict else -1 if loose else 1)
        for goal in goals.goals(family, 'common'):
          got = row[bank.place_of[number, goal.words]]
          count[got] += 1
          if any(truth.matches(world, fact, goal) for fact in strict):
            assert got == captions.TRUE
          elif any(truth.matches(world, fact, goal) for fact in loose):
            assert got == captions.UNKNOWN
          else:
            assert got == captions.FALSE
  assert np.all(count > 10), count


def test_nouns_of_what_is_not_in_the_home_are_false():
  world = world_lib.World(model.Capacity(1, 8))
  rng = random.Random(1)
  bank = captions.bank('common')
  for _ in frames._views(world, rng, config.HomeConfig(objects=(5, 8))):
    there = {o.kind for o in world.home.objects}
    there |= {p.kind for p in world.home.furniture}
    row = captions.label(world, 'common')
    for n in np.flatnonzero(
      np.isin(bank.group, (captions.NOUNS, captions.KIND_NOUNS))
    ):
      if row[n] != captions.FALSE:
        assert any(bank.texts[n].endswith(kind) for kind in there)


def test_rephrasing_changes_words_but_not_the_thing():
  said = captions.rephrased('a red duck held up', 1)
  assert len(set(said)) == 3 and 'a red duck held up' not in said
  assert all(text.startswith('a red duck ') for text in said)
  assert captions.rephrased('a red duck', captions.NOUNS) == ()
  assert captions.rephrased('a duck up close', captions.KIND) == ()


def test_places_name_what_a_ray_through_them_meets():
  world = world_lib.World(model.Capacity(1, 8))
  bank, rng = captions.bank('common'), random.Random(2)
  seen = set()
  for _ in frames._views(world, rng, config.HomeConfig(objects=(6, 8))):
    got = captions.places(world, 'common', 4, 5)
    assert got.shape == (4, 5, 5)
    got = got[..., :2]
    eye = world.eye
    # By hand: a vertical field of view of 60 degrees, 4 wide to 3 high.
    high = math.tan(math.radians(30))
    for r, c in itertools.product(range(4), range(5)):
      x, y = (2 * c - 4) / 5 * high * 4 / 3, (3 - 2 * r) / 4 * high
      ray = eye.forward + x * eye.right + y * eye.up
      body = world.rays.cast(eye.position, ray).body
      expected = [None, None]
      for slot, thing in zip(
        world.blueprint.objects, world.home.objects, strict=False
      ):
        if slot.body == body:
          expected = [f'{thing.colour} {thing.kind}', thing.kind]
      for slot, piece in zip(
        world.blueprint.furniture, world.home.furniture, strict=False
      ):
        kind = 'table' if piece.kind == 'coffee table' else piece.kind
        if slot.body == body and kind in goals.SUPPORTS['common']:
          expected = [kind, None]
      words = [None if n < 0 else bank.texts[n] for n in got[r, c]]
      assert words == [w and goals.with_article(w) for w in expected]
      groups = [bank.group[n] for n in got[r, c] if n >= 0]
      assert groups == [-1, -2][: len(groups)]
      seen.add(words[0])
  assert len(seen) > 4


def _told(world):
  """All that the places say: pairs of a kind and how a thing of it is."""
  bank = captions.bank('common')
  return {
    (bank.texts[cell[1]], bank.texts[n])
    for cell in captions.places(world, 'common', 18, 24).reshape(-1, 5)
    for n in cell[2:]
    if n >= 0
  }


def test_places_say_how_the_thing_there_is():
  """Near, on a table, next to another, held up: one after the other."""
  table = homes.piece('table', 1.0, 0)
  top = table.surfaces()[0]
  world = homes.built(
    homes.empty(
      [homes.thing('duck', 0.2, 1.5), homes.thing('ball', 0.2, -1.5)], [table]
    ),
    view.Pose(0, 0, 0, 0.3),
  )
  assert _told(world) == set()
  world.put(0, top.x0 + 0.2, 0, top.z)
  duck = {('a duck', 'up close'), ('a duck', 'on a table')}
  assert _told(world) == duck
  away = world.radius(0) + world.radius(1) + 0.05
  world.put(1, top.x0 + 0.2, away, top.z)
  told = _told(world)
  assert (
    duck
    | {
      ('a duck', 'next to a ball'),
      ('a ball', 'next to a duck'),
    }
    <= told
  )
  world.put(1, 0.2, -1.5, 0)
  world.grab(0)
  for _ in range(4):
    world.step(0, 0, 0, -0.2, True)
  told = _told(world)
  assert ('a duck', 'held up') in told
  assert not told & {('a duck', 'on a table'), ('a duck', 'next to a ball')}


def test_what_is_on_a_coffee_table_is_on_a_table():
  """Said of the frame, and of its places as exactly as the words allow."""
  piece = homes.piece('coffee table', 1.0, 0)
  top = piece.surfaces()[0]
  world = homes.built(
    homes.empty([homes.thing('duck', 0.2, 1.5)], [piece]),
    view.Pose(0, 0, 0, 0.4),
  )
  world.put(0, (top.x0 + top.x1) / 2, 0, top.z)
  for goal_set in goals.GOAL_SETS:
    bank, row = captions.bank(goal_set), captions.label(world, goal_set)
    number = goals.FAMILIES.index('pick_and_place')
    on = bank.place_of[captions.HOLDS, 'on a table']
    noun = bank.place_of[captions.NOUNS, 'a table']
    true = (on, noun, bank.place_of[number, 'a red duck on a table'])
    assert np.all(row[list(true)] == captions.TRUE)
    cells = captions.places(world, goal_set, 18, 24).reshape(-1, 5)
    duck = bank.place_of[captions.NOUNS, 'a red duck']
    assert set(cells[:, 0]) == {captions.NOTHING, duck, noun}
    assert set(cells[:, 2]) == {captions.NOTHING, on}


def test_captions_of_states_are_true_where_places_say_them():
  world = world_lib.World(model.Capacity(1, 8))
  rng, bank = random.Random(3), captions.bank('common')
  count = np.zeros(2, int)
  for _ in range(8):
    for _ in frames._views(world, rng, config.HomeConfig(objects=(6, 8))):
      row = captions.label(world, 'common')
      cells = captions.places(world, 'common', 18, 24)[..., 2:]
      for n in np.unique(cells[cells >= 0]):
        assert row[n] == captions.TRUE
        count[0] += 1
      true = np.flatnonzero((bank.group <= captions.HOLDS) & (row == 1))
      count[1] += len(true)
  # A thin thing may lie between the rays.
  assert 50 < 0.9 * count[1] < count[0]


def test_a_place_of_a_thing_between_two_others_says_neither():
  """Each would be true: none of them is to be learned as false."""
  world = homes.built(
    homes.empty(
      [
        homes.thing('ball', 0.9, 0.0),
        homes.thing('duck', 0.9, 0.6),
        homes.thing('mug', 0.9, -0.6),
      ]
    ),
    view.Pose(0, 0, 0, 0.6),
  )
  for index, side in ((1, 1), (2, -1)):
    away = world.radius(0) + world.radius(index) + 0.05
    world.put(index, 0.9, side * away, 0)
  bank = captions.bank('common')
  cells = captions.places(world, 'common', 18, 24).reshape(-1, 5)
  said = {
    bank.texts[kind]: {n if n < 0 else bank.texts[n] for n in beside}
    for kind in np.unique(cells[cells[:, 1] >= 0, 1])
    for beside in [cells[cells[:, 1] == kind, 3].tolist()]
  }
  assert said == {
    'a ball': {captions.SEVERAL},
    'a duck': {'next to a ball'},
    'a mug': {'next to a ball'},
  }
