"""Captions of frames: which are true of a frame, which false, which neither.

One bank of captions for a goal set: the goals of all families, what each family
says where none is achieved, the nouns whose places a policy may want to see,
and how the things there are.
"""

import functools
from typing import NamedTuple

import numpy as np

from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import truth, view
from acme_vlm.environments.playhouse import world as world_lib

TRUE, FALSE, UNKNOWN = 1, 0, -1
# Groups of captions of which at most a few are true at a time. Those below 0
# are judged by places in the frame: nouns of the bodies there, kinds of
# objects, and how things are: held or on what, next to what, near.
NOUNS, KIND_NOUNS, HOLDS, BESIDE, NEAR = -1, -2, -3, -4, -5
# At a place: no caption of a group, or several of which each is true.
NOTHING, SEVERAL = -1, -2
# Groups behind those of the families: what is near, by one attribute.
KIND, COLOUR = len(goals_lib.FAMILIES), len(goals_lib.FAMILIES) + 1
_CLOSE = 'up close'
# A noun is in view from the first on; below the second it is not.
_IN_VIEW = (0.3, 0.01)
_SHARE = (0.0025, 0.0008)
# Other ways to say the same: '{}' is an object, the rest stays as it is.
PHRASINGS: dict[str, tuple[tuple[str, str], ...]] = {
  'find': (
    (' up close', ' right in front of the eye'),
    (' up close', ' close by'),
    (' up close', ' within reach'),
  ),
  'lift': (
    (' held up', ' in the hand'),
    (' held up', ' lifted up in the air'),
    (' held up', ' held in the air'),
  ),
  'pick_and_place': (
    (' next to ', ' beside '),
    (' on a ', ' on top of a '),
  ),
}


class Bank(NamedTuple):
  """All captions of a goal set.

  Attributes:
    texts: the captions.
    group: of each, index of its family, `KIND`, `COLOUR`, or one of the
      groups from `NOUNS` to `NEAR`, int32 `[C]`.
    place_of: of each text within its group: (group, text) to its place.
  """

  texts: tuple[str, ...]
  group: np.ndarray
  place_of: dict[tuple[int, str], int]


@functools.cache
def bank(goal_set: str) -> Bank:
  """The bank of a goal set, in a fixed order."""
  texts: list[str] = []
  group: list[int] = []
  for number, family in enumerate(goals_lib.FAMILIES):
    words = goals_lib.task_set(family, goal_set)
    texts += [*words, goals_lib.NEUTRAL[family]]
    group += [number] * (len(words) + 1)
  for number, near in (
    (KIND, [_near(kind) for kind in goals_lib.kinds(goal_set)]),
    (COLOUR, [_near_colour(c) for c in goals_lib.colours(goal_set)]),
  ):
    texts += near
    group += [number] * len(near)
  nouns = [goal.thing for goal in goals_lib.goals('find', goal_set)]
  kinds = [goals_lib.with_article(kind) for kind in goals_lib.kinds(goal_set)]
  nouns += [
    noun
    for kind in goals_lib.SUPPORTS[goal_set]
    if (noun := goals_lib.with_article(kind)) not in kinds
  ]
  on = [f'on {goals_lib.with_article(s)}' for s in goals_lib.SUPPORTS[goal_set]]
  for number, own in (
    (NOUNS, nouns),
    (KIND_NOUNS, kinds),
    (HOLDS, [goals_lib.HELD, *on]),
    (BESIDE, [f'next to {kind}' for kind in kinds]),
    (NEAR, [_CLOSE]),
  ):
    texts += own
    group += [number] * len(own)
  place_of = {pair: n for n, pair in enumerate(zip(group, texts, strict=True))}
  return Bank(tuple(texts), np.array(group, np.int32), place_of)


def label(world: world_lib.World, goal_set: str) -> np.ndarray:
  """Says of every caption whether it is true of the current frame.

  Args:
    world: the home now.
    goal_set: of the bank.

  Returns:
    int8 `[C]`: `TRUE`, `FALSE` or `UNKNOWN`.
  """
  captions = bank(goal_set)
  row = np.full(len(captions.texts), FALSE, np.int8)
  for number, family in enumerate(goals_lib.FAMILIES):
    verdict = TRUE
    for limits, value in ((truth.LOOSE, UNKNOWN), (truth.LIMITS, TRUE)):
      for fact in truth.facts(world, family, limits):
        verdict = FALSE if value == TRUE else UNKNOWN
        states = [(at, words) for _, at, words in _states(world, fact)]
        for group, words in (*_said(world, fact, number), *states):
          place = captions.place_of.get((group, words))
          if place is not None:
            row[place] = value
    row[captions.place_of[number, goals_lib.NEUTRAL[family]]] = verdict
  _label_nouns(world, captions, row)
  return row


def places(
  world: world_lib.World,
  goal_set: str,
  rows: int,
  columns: int,
  aspect: float = world_lib.ASPECT,
) -> np.ndarray:
  """Says which captions are true of the places of the current frame.

  A place is what a ray through its middle meets first.

  Args:
    world: the home now.
    goal_set: of the bank.
    rows: of the grid over the frame.
    columns: of the grid.
    aspect: width of the frame by its height.

  Returns:
    int16 `[rows, columns, 5]`: place in the bank of the caption of each group
    from `NOUNS` to `NEAR`, or `NOTHING`, or `SEVERAL`.
  """
  captions = bank(goal_set)
  named = np.full((world.model.nbody + 1, -NEAR), NOTHING, np.int16)
  for slot, thing in zip(
    world.blueprint.objects, world.home.objects, strict=False
  ):
    noun = goals_lib.with_article(f'{thing.colour} {thing.kind}')
    kind = goals_lib.with_article(thing.kind)
    named[slot.body, :2] = (
      captions.place_of[NOUNS, noun],
      captions.place_of[KIND_NOUNS, kind],
    )
  for slot, piece in zip(
    world.blueprint.furniture, world.home.furniture, strict=False
  ):
    noun = goals_lib.with_article(goals_lib.furniture_name(piece.kind))
    named[slot.body, 0] = captions.place_of.get((NOUNS, noun), NOTHING)
  for family in goals_lib.FAMILIES:
    for fact in truth.facts(world, family):
      for index, group, words in _states(world, fact):
        place = captions.place_of.get((group, words))
        if place is not None:
          cell = world.blueprint.objects[index].body, -1 - group
          other = named[cell] not in (NOTHING, place)
          named[cell] = SEVERAL if other else place
  # The last row is that of rays that meet nothing, -1.
  eye = world.eye
  towards = view.directions(eye, rows, columns, aspect)
  bodies = world.rays.fan(eye.position, towards)
  return named[bodies].reshape(rows, columns, -NEAR)


def _said(
  world: world_lib.World, fact: truth.Fact, family: int
) -> list[tuple[int, str]]:
  """A fact in words, with the group of each; some of them may be no goals."""
  things = world.home.objects
  thing = things[fact.thing]
  coloured = goals_lib.with_article(f'{thing.colour} {thing.kind}')
  if fact.family == 'find':
    return [
      (family, f'{coloured} up close'),
      (KIND, _near(thing.kind)),
      (COLOUR, _near_colour(thing.colour)),
    ]
  if fact.family == 'lift':
    return [(family, f'{coloured} held up')]
  if fact.support is not None:
    place = goals_lib.with_article(fact.support)
    return [(family, f'{coloured} on {place}')]
  plain, place = map(
    goals_lib.with_article,
    goals_lib.paired(thing.kind, things[int(fact.neighbour or 0)].kind),
  )
  return [(family, f'{plain} next to {place}')]


def _states(
  world: world_lib.World, fact: truth.Fact
) -> list[tuple[int, int, str]]:
  """How a fact's things are: which, the caption's group, and the caption."""
  if fact.family == 'find':
    return [(fact.thing, NEAR, _CLOSE)]
  if fact.family == 'lift':
    return [(fact.thing, HOLDS, goals_lib.HELD)]
  if fact.support is not None:
    place = goals_lib.with_article(fact.support)
    return [(fact.thing, HOLDS, f'on {place}')]
  other = int(fact.neighbour or 0)
  return [
    (one, BESIDE, f'next to {goals_lib.with_article(kind)}')
    for one, kind in (
      (fact.thing, world.home.objects[other].kind),
      (other, world.home.objects[fact.thing].kind),
    )
  ]


def _near(kind: str) -> str:
  return f'{goals_lib.with_article(kind)} up close'


def _near_colour(colour: str) -> str:
  return f'something {colour} up close'


def _label_nouns(
  world: world_lib.World, captions: Bank, row: np.ndarray
) -> None:
  for n, thing in enumerate(world.home.objects):
    seen = world.seen(n)
    share = seen * world.share_of_frame(n) if seen else 0.0
    for group, noun in (
      (NOUNS, f'{thing.colour} {thing.kind}'),
      (KIND_NOUNS, thing.kind),
    ):
      noun_place = captions.place_of[group, goals_lib.with_article(noun)]
      row[noun_place] = _stronger(row[noun_place], seen, share)
  for n, piece in enumerate(world.home.furniture):
    noun = goals_lib.with_article(goals_lib.furniture_name(piece.kind))
    place = captions.place_of.get((NOUNS, noun))
    if place is not None:
      row[place] = _stronger(row[place], world.furniture_seen(n), 1.0)


def _stronger(before: int, seen: float, share: float) -> int:
  """The verdict of two things of one noun: one that is seen is enough."""
  if seen >= _IN_VIEW[0] and share >= _SHARE[0]:
    return TRUE
  if before == FALSE and seen >= _IN_VIEW[1] and share >= _SHARE[1]:
    return UNKNOWN
  return before


def rephrased(text: str, group: int) -> tuple[str, ...]:
  """Other ways to say a caption of a family; none for those of places."""
  if not 0 <= group < len(goals_lib.FAMILIES):
    return ()
  pairs = PHRASINGS[goals_lib.FAMILIES[group]]
  return tuple(text.replace(old, new) for old, new in pairs if old in text)
