"""Goals of the home in words: task sets, instructions, held-out pairs.

A goal is said by what the frame shows when it is achieved ('a green roll up
close'), because rewards compare frames with states; the agent is told what to
do ('go near a green roll').
"""

import functools
import itertools
import typing
from collections.abc import Sequence
from typing import Literal, NamedTuple

from acme_vlm import errors
from acme_vlm.environments.playhouse.objects import catalogue as objects

Family = Literal['find', 'lift', 'pick_and_place']
FAMILIES: tuple[Family, ...] = typing.get_args(Family)
GOAL_SETS = ('common', 'diverse')
# Furniture on which things are put.
SUPPORTS = {
  'common': ('bed', 'sofa', 'table'),
  'diverse': ('bed', 'sofa', 'table', 'desk', 'cabinet'),
}
# Furniture that goes by the name of another kind.
_NAMED = {'coffee table': 'table'}
# What each family's frames show when no goal of it is achieved.
NEUTRAL: dict[Family, str] = {
  'find': 'nothing up close',
  'lift': 'nothing held up',
  'pick_and_place': 'nothing put anywhere',
}
# The text that similarity maps are compared with.
BACKGROUND = 'the room'
# What is true of a thing in the hand.
HELD = 'held up'
_PHRASINGS: dict[str, tuple[str, ...]] = {
  'find': (
    'go near {a_thing}',
    'find {a_thing}',
    'walk up to {the_thing}',
    'go to {the_thing}',
  ),
  'lift': (
    'lift {a_thing}',
    'pick up {the_thing}',
    'raise {the_thing}',
    'lift {the_thing}',
  ),
  'on': (
    'put {the_thing} on {the_place}',
    'place {a_thing} on {the_place}',
    'set {the_thing} down on {the_place}',
  ),
  # The same is true whichever of the two is put next to the other.
  'next_to': (
    'put {a_thing} next to {a_place}',
    'put {a_place} next to {a_thing}',
    'set {a_thing} down beside {a_place}',
    'set {a_place} down beside {a_thing}',
  ),
}


class Goal(NamedTuple):
  """One goal.

  Attributes:
    words: what the frame shows when it is achieved.
    family: which kind of task it is.
    kind: of the object, such as 'duck'.
    colour: of the object; None: any.
    support: furniture that it is to be put on, or None.
    neighbour: kind of object that is to be next to it, or None; of the two,
      `kind` is the one that comes first in the catalogue.
    instructions: how the agent may be told, at least one way.
    held_out: whether it is no goal of the agent's training.
  """

  words: str
  family: Family
  kind: str
  colour: str | None
  support: str | None
  neighbour: str | None
  instructions: tuple[str, ...]
  held_out: bool

  @property
  def thing(self) -> str:
    """The object in words, such as 'a green roll'."""
    return with_article(_named(self.kind, self.colour))

  @property
  def place(self) -> str:
    """Where it is to be put, such as 'a bed'; the object itself otherwise."""
    place = self.support or self.neighbour
    return with_article(place) if place else self.thing


def kinds(goal_set: str) -> tuple[str, ...]:
  """Kinds of objects of a goal set.

  Raises:
    UnknownNameError: if there is no such goal set.
  """
  _check_set(goal_set)
  return objects.COMMON if goal_set == 'common' else tuple(objects.KINDS)


def colours(goal_set: str) -> tuple[str, ...]:
  """Colours of a goal set.

  Raises:
    UnknownNameError: if there is no such goal set.
  """
  _check_set(goal_set)
  if goal_set == 'common':
    return objects.COMMON_COLOURS
  return tuple(objects.COLOURS)


def held_out(kind: str, colour: str) -> bool:
  """Whether a pair is never a goal of the agent's training.

  One pair of five, the same in both goal sets; every kind and every colour is
  among those trained on. docs/playhouse.md lists them.
  """
  row = tuple(objects.KINDS).index(kind)
  column = tuple(objects.COLOURS).index(colour)
  return (row + 2 * column) % 5 == 0


@functools.cache
def goals(family: Family, goal_set: str) -> tuple[Goal, ...]:
  """All goals of a family.

  Args:
    family: one of `FAMILIES`.
    goal_set: 'common' or 'diverse'.

  Returns:
    The goals in a fixed order.

  Raises:
    UnknownNameError: if there is no such family or goal set.
  """
  if family not in FAMILIES:
    raise errors.UnknownNameError('family of tasks', family, FAMILIES)
  pairs = [(k, c) for k in kinds(goal_set) for c in colours(goal_set)]
  if family == 'find':
    return tuple(
      _goal(family, 'find', '{a_thing} up close', k, c) for k, c in pairs
    )
  if family == 'lift':
    return tuple(
      _goal(family, 'lift', '{a_thing} ' + HELD, k, c) for k, c in pairs
    )
  on = [
    _goal(family, 'on', '{a_thing} on {a_place}', k, c, support=support)
    for k, c in pairs
    for support in SUPPORTS[goal_set]
  ]
  next_to = [
    _goal(
      family, 'next_to', '{a_thing} next to {a_place}', k, None, neighbour=other
    )
    for k, other in itertools.starmap(
      paired, itertools.combinations(kinds(goal_set), 2)
    )
  ]
  return (*on, *next_to)


def task_set(family: Family, goal_set: str = 'common') -> tuple[str, ...]:
  """The words of all goals of a family, in the order of `goals`."""
  return tuple(goal.words for goal in goals(family, goal_set))


def phrases(goal: Goal) -> tuple[str, ...]:
  """Words whose places in the frame a policy may want to see.

  Returns:
    The goal's object; of tasks that need the hand also where it is to be put,
    which of Lift is the object again, and what is in the hand: so a policy of
    the one can begin as one of the other.
  """
  if goal.family == 'find':
    return (goal.thing,)
  return goal.thing, goal.place, HELD


def choose(
  family: Family, goal_set: str, names: Sequence[str] | None
) -> tuple[Goal, ...]:
  """The goals of those names.

  Args:
    family: one of `FAMILIES`.
    goal_set: 'common' or 'diverse'.
    names: words of goals, none twice; all of the task set if None.

  Returns:
    The goals in the order of the names.

  Raises:
    UnknownNameError: a name that is none of the family and goal set.
    ConfigError: no name, or one twice.
  """
  known = {goal.words: goal for goal in goals(family, goal_set)}
  if names is None:
    return tuple(known.values())
  if not names:
    raise errors.ConfigError('expected at least one goal, got none')
  if len(set(names)) < len(names):
    raise errors.ConfigError(f'expected distinct goals, got {tuple(names)}')
  for name in names:
    if name not in known:
      raise errors.UnknownNameError('goal', name, tuple(known))
  return tuple(known[name] for name in names)


def paired(kind: str, other: str) -> tuple[str, str]:
  """Two kinds in the order of the catalogue, as a goal has them."""
  names = tuple(objects.KINDS)
  one, two = sorted((kind, other), key=names.index)
  return one, two


def furniture_name(kind: str) -> str:
  """What a kind of furniture is called: a coffee table is a table."""
  return _NAMED.get(kind, kind)


def with_article(noun: str) -> str:
  """The noun with 'a' or 'an'."""
  return f'an {noun}' if noun[0] in 'aeiou' else f'a {noun}'


def _named(kind: str, colour: str | None) -> str:
  return f'{colour} {kind}' if colour else kind


def _check_set(goal_set: str) -> None:
  if goal_set not in GOAL_SETS:
    raise errors.UnknownNameError('goal set', goal_set, GOAL_SETS)


def _goal(
  family: Family,
  phrasing: str,
  words: str,
  kind: str,
  colour: str | None,
  *,
  support: str | None = None,
  neighbour: str | None = None,
) -> Goal:
  thing, place = _named(kind, colour), support or neighbour or ''
  said = {
    'a_thing': with_article(thing),
    'the_thing': f'the {thing}',
    'a_place': with_article(place) if place else '',
    'the_place': f'the {place}',
  }
  if colour is not None:
    out = held_out(kind, colour)
  else:
    names = tuple(objects.KINDS)
    out = (names.index(kind) + names.index(str(neighbour))) % 5 == 2
  return Goal(
    words=words.format(**said),
    family=family,
    kind=kind,
    colour=colour,
    support=support,
    neighbour=neighbour,
    instructions=tuple(p.format(**said) for p in _PHRASINGS[phrasing]),
    held_out=out,
  )
