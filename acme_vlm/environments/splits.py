"""The three disjoint worlds of a domain, and random numbers that belong to one.

What is drawn for training, for validation and for evaluation is never the same:
every draw goes through the split's own stretch of the seed space and, where
things come from a list (words, pictures), its own share of that list.
"""

import random
import typing
from collections.abc import Sequence
from typing import Literal, TypeVar

import numpy as np

from acme_vlm import errors

Split = Literal['train', 'validation', 'evaluation']
SPLITS: tuple[Split, ...] = typing.get_args(Split)

_T = TypeVar('_T')

# Of every five things (words, numbers) training sees three.
_CYCLE = 5
_RESIDUES: dict[Split, tuple[int, ...]] = {
  'train': (0, 1, 2),
  'validation': (3,),
  'evaluation': (4,),
}


def validate(split: str) -> Split:
  """Returns `split`, or raises UnknownNameError if there is no such split."""
  for known in SPLITS:
    if split == known:
      return known
  raise errors.UnknownNameError('split', split, SPLITS)


def seed_sequence(split: Split, *entropy: int) -> np.random.SeedSequence:
  """Returns the seed sequence of `entropy` within a split."""
  return np.random.SeedSequence([SPLITS.index(split), *entropy])


def randomness(split: Split, *entropy: int) -> random.Random:
  """Returns a `random.Random` of `entropy` within a split (fast scalars)."""
  words = seed_sequence(split, *entropy).generate_state(4)
  return random.Random(int.from_bytes(words.tobytes(), 'little'))


def share(split: Split, things: Sequence[_T]) -> tuple[_T, ...]:
  """Returns the split's share of a list; the shares are disjoint."""
  residues = _RESIDUES[split]
  return tuple(
    thing for index, thing in enumerate(things) if index % _CYCLE in residues
  )


def number(split: Split, rng: random.Random, low: int, high: int) -> int:
  """Draws a number in [low, high) that only this split ever shows.

  Ranges of fewer than five numbers cannot be shared out; they are drawn whole.
  """
  drawn = rng.randrange(low, high)
  if high - low < _CYCLE:
    return drawn
  residue = rng.choice(_RESIDUES[split])
  shared = drawn - drawn % _CYCLE + residue
  if shared >= high:
    shared -= _CYCLE
  elif shared < low:
    shared += _CYCLE
  return shared
