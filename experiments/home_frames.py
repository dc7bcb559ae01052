"""Frames of homes with what is true of them: to train on, and to judge by."""

import hashlib
import os
import pathlib
import random
from collections.abc import Sequence

import numpy as np

from acme_vlm import environments
from acme_vlm.environments.playhouse import captions, environment, frames
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.environments.playhouse import truth as truth_lib
from acme_vlm.rewards import frame_pool, truth_contrastive

# Height and width in pixels, and places of 8x8 pixels.
SCREEN, GRID = (72, 96), (9, 12)
# One more whenever the same seed comes to show something different.
_DRAWING = 7


def chunk(
  index: int,
  *,
  home: home_config.HomeConfig,
  num: int,
  families: Sequence[goals_lib.Family] = goals_lib.FAMILIES,
  hide_held_out: bool = False,
  folder: pathlib.Path | None = None,
) -> frame_pool.Chunk:
  """Frames of training homes, and what a reward is to make of them.

  Args:
    index: the same index gives the same frames.
    home: what homes are like.
    num: of frames.
    families: whose goals are learned; of others nothing is known.
    hide_held_out: whether nothing is known of captions of held-out pairs.
    folder: that rendered frames are taken from, or put into; None: neither.

  Returns:
    The frames; what is nearly true is false.
  """
  goal_set = home.goal_set
  shown, truth, places = _kept(index, home, num, folder)
  truth = decided(truth, goal_set)
  unknown = _others(goal_set, families)
  if hide_held_out:
    _hide_pairs(goal_set, truth, places)
    unknown = np.union1d(unknown, hidden(goal_set))
  truth[:, unknown] = captions.UNKNOWN
  places[np.isin(places, unknown)] = truth_contrastive.UNKNOWN
  return frame_pool.Chunk(shown, frame_pool.pack(truth), places)


def _others(goal_set: str, families: Sequence[goals_lib.Family]) -> np.ndarray:
  """Places in the bank of captions of other families, int [K]."""
  bank = captions.bank(goal_set)
  family_of = {
    captions.NEAR: 'find',
    captions.BESIDE: 'pick_and_place',
    **dict(enumerate(goals_lib.FAMILIES)),
  }
  found = []
  for place, (text, group) in enumerate(
    zip(bank.texts, bank.group.tolist(), strict=True)
  ):
    family = family_of.get(group)
    if group == captions.HOLDS:
      family = 'lift' if text == goals_lib.HELD else 'pick_and_place'
    if family is not None and family not in families:
      found.append(place)
  return np.array(found, int)


def _hide_pairs(goal_set: str, truth: np.ndarray, places: np.ndarray) -> None:
  """Of things next to each other that are held out, nobody says so."""
  bank = captions.bank(goal_set)
  number = goals_lib.FAMILIES.index('pick_and_place')
  for goal in goals_lib.goals('pick_and_place', goal_set):
    if not (goal.held_out and goal.neighbour):
      continue
    shown = truth[:, bank.place_of[number, goal.words]] != captions.FALSE
    states = [
      bank.place_of[captions.BESIDE, f'next to {goals_lib.with_article(kind)}']
      for kind in (goal.kind, goal.neighbour)
    ]
    truth[np.ix_(shown, states)] = captions.UNKNOWN
    cells = places[shown]
    cells[np.isin(cells, states)] = truth_contrastive.UNKNOWN
    places[shown] = cells


def groups(goal_set: str, hide_held_out: bool = False) -> np.ndarray:
  """The bank's groups, int32 [C]; hidden nouns are not looked for.

  Args:
    goal_set: of the bank.
    hide_held_out: whether captions of held-out pairs are hidden; as nothing is
      known of them, those of a group above 0 enter no loss.
  """
  group = captions.bank(goal_set).group.copy()
  if hide_held_out:
    places = hidden(goal_set)
    group[places] = np.maximum(group[places], captions.COLOUR)
  return group


def _kept(
  index: int,
  home: home_config.HomeConfig,
  num: int,
  folder: pathlib.Path | None,
) -> frames.Captioned:
  """Frames from the folder, or rendered and put there."""
  # All that the frames and their truth depend on.
  made = (
    _DRAWING,
    tuple(frames.VIEWS.items()),
    *(home.goal_set, home.rooms, home.room_kinds, home.objects, num),
    *(SCREEN, GRID, truth_lib.LIMITS, truth_lib.LOOSE),
    captions.bank(home.goal_set).texts,
  )
  known = hashlib.sha256(repr(made).encode()).hexdigest()[:8]
  file = folder and folder / f'{known}_{index}.npz'
  if file and file.exists():
    with np.load(file) as arrays:
      return frames.Captioned(*(arrays[n] for n in frames.Captioned._fields))
  drawn = frames.captioned(
    home, split='train', seed=index, num=num, screen=SCREEN, grid=GRID
  )
  if file:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Another training may write the same file; whoever is last wins.
    part = file.with_suffix(f'.{os.getpid()}.npz')
    np.savez(part, **drawn._asdict())
    part.replace(file)
  return drawn


def decided(truth: np.ndarray, goal_set: str) -> np.ndarray:
  """What is nearly true counts as false: a reward has to draw a line.

  Args:
    truth: of `captions.label`, int8 [N, C].
    goal_set: of the bank.

  Returns:
    int8 [N, C], with nothing unknown but what is judged by places.
  """
  bank = captions.bank(goal_set)
  false = np.where(truth == captions.UNKNOWN, captions.FALSE, truth)
  nothing = np.isin(bank.texts, list(goals_lib.NEUTRAL.values()))
  false[:, nothing] = truth[:, nothing] != captions.FALSE
  return np.where(bank.group >= 0, false, truth)


def hidden(goal_set: str) -> np.ndarray:
  """Places in the bank of captions of held-out pairs, int [K]."""
  pairs = {
    goal.thing for goal in goals_lib.goals('find', goal_set) if goal.held_out
  }
  beside = {
    goal.words
    for goal in goals_lib.goals('pick_and_place', goal_set)
    if goal.held_out and goal.neighbour
  }
  return np.array(
    [
      place
      for place, text in enumerate(captions.bank(goal_set).texts)
      if text in beside
      or any(text == pair or text.startswith(f'{pair} ') for pair in pairs)
    ]
  )


def played(
  home: home_config.HomeConfig,
  *,
  split: str,
  seed: int,
  episodes: int,
  screen: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
  """Plays every family with random actions and with the scripted solver.

  What an agent sees that knows nothing, and one that achieves its goals.

  Args:
    home: what homes are like; the goals are those of its `episode_goals`.
    split: 'train', 'validation' or 'evaluation'.
    seed: the same seed gives the same frames.
    episodes: of each family and policy, at least 1.
    screen: height H and width W in pixels.

  Returns:
    Frames, uint8 `[N, H, W, 3]`, and the truth of each caption of
    `captions.bank(home.goal_set)`, int8 `[N, C]`.
  """
  shown: list[np.ndarray] = []
  rows: list[np.ndarray] = []
  rng = random.Random(seed)
  for family in goals_lib.FAMILIES:
    for solved in (False, True):
      env = environments.make(
        f'playhouse/{family}',
        # The solver's homes are not those of the random policy.
        seed=2 * seed + solved,
        split=split,
        screen=screen,
        home=home,
      )
      assert isinstance(env, environment.Playhouse)
      solver = environments.solver(env) if solved else None
      for _ in range(episodes):
        timestep = env.reset()
        while True:
          shown.append(timestep.observation['pixels'])
          rows.append(captions.label(env.world, home.goal_set))
          if timestep.last():
            break
          timestep = env.step(
            solver(timestep)
            if solver
            else rng.randrange(env.action_spec().num_values)
          )
      env.close()
  return np.stack(shown), np.stack(rows)
