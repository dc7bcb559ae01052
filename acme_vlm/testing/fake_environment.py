"""A phone in miniature: coloured tiles on two pages, opened by a tap.

It has the shape of the real open-app task (tap grid, page swipes, back and
home, a goal in words, success when the right screen is open) at microseconds
a step, so every stage can be tested on it.
"""

from collections.abc import Sequence
from typing import Any

import dm_env
import numpy as np
from dm_env import specs

from acme_vlm import errors, interfaces

COLOURS: dict[str, tuple[int, int, int]] = {
  'red': (230, 40, 40),
  'green': (40, 200, 60),
  'blue': (50, 80, 230),
  'yellow': (235, 215, 50),
  'cyan': (40, 210, 220),
  'magenta': (220, 60, 210),
}
SPLITS = ('train', 'validation', 'evaluation')
GOALS: tuple[str, ...] = tuple(f'{colour} square' for colour in COLOURS)

# Rows of white at the top of an opened screen; no home page has them.
HEADER_ROWS = 2
_NUM_PAGES = 2
_GLOBAL_ACTIONS = ('next_page', 'previous_page', 'back', 'home')


class FakeEnvironment(interfaces.GoalEnvironment):
  """Open the tile of the colour that the instruction names.

  Actions, in order: `rows * cols` taps (row-major), next page, previous page,
  back, home. A tap on a tile fills the screen with the tile's colour; only back
  and home act there. Which tile lies where, the background and the shade of
  the colours are drawn anew for each episode.

  The true reward is 1.0 in the step that first shows the goal's screen, else
  0.0. An episode that reaches `max_steps` ends with discount 1 (truncation).
  """

  def __init__(
    self,
    *,
    seed: int,
    goals: Sequence[str] = GOALS[:4],
    grid: tuple[int, int] = (4, 3),
    cell: int = 12,
    max_steps: int = 10,
    end_on_success: bool = True,
  ):
    """Builds the environment; nothing is drawn before the first reset.

    Args:
      seed: of all episodes; the same seed and actions give the same frames.
      goals: the task set, names from `GOALS`.
      grid: rows and columns of the tap grid.
      cell: side of a grid cell in pixels; the frame has
        `(rows * cell, cols * cell)` pixels.
      max_steps: steps after which an episode is cut off.
      end_on_success: whether true success ends the episode (discount 0). If
        not, nothing but the reward tells of it.

    Raises:
      UnknownNameError: for a goal that is not in `GOALS`.
      ConfigError: if the tiles do not fit on the pages.
    """
    for goal in goals:
      if goal not in GOALS:
        raise errors.UnknownNameError('goal', goal, GOALS)
    rows, cols = grid
    if not 0 < len(goals) <= _NUM_PAGES * rows * cols:
      raise errors.ConfigError(
        f'expected 1 to {_NUM_PAGES * rows * cols} goals for the grid '
        f'{grid}, got {len(goals)}'
      )
    self._goals = tuple(goals)
    self._rows, self._cols, self._cell = rows, cols, cell
    self._max_steps = max_steps
    self._end_on_success = end_on_success
    self._rng = np.random.default_rng(np.random.SeedSequence([0xFACE, seed]))
    self._instructions = [np.array(f'open the {goal}') for goal in goals]
    self._needs_reset = True
    self._goal_index = -1
    self._page, self._open, self._steps = 0, -1, 0
    self._rewarded = False
    self._tiles: dict[tuple[int, int], int] = {}
    self._shade = 1.0
    self._frames: dict[tuple[int, int], np.ndarray] = {}

  @property
  def goals(self) -> tuple[str, ...]:
    """The task set."""
    return self._goals

  @property
  def instructions(self) -> tuple[tuple[str, ...], ...]:
    """One way to say each goal."""
    return tuple((str(instruction),) for instruction in self._instructions)

  @property
  def goal_index(self) -> int:
    """Index of the current goal."""
    return self._goal_index

  def achieved_goals(self) -> tuple[int, ...]:
    """The goal whose screen is open now, if one is."""
    return (self._open,) if self._open >= 0 else ()

  def expert_action(self) -> int:
    """An action on a shortest way to the goal's screen; for tests."""
    taps = self._rows * self._cols
    if self._open >= 0:
      return taps + _GLOBAL_ACTIONS.index('back')
    for (page, tap), tile in self._tiles.items():
      if tile == self._goal_index:
        if page == self._page:
          return tap
        name = 'next_page' if page > self._page else 'previous_page'
        return taps + _GLOBAL_ACTIONS.index(name)
    raise AssertionError('every goal has a tile')

  def reset(self) -> dm_env.TimeStep:
    """Draws a new episode."""
    rng = self._rng
    self._goal_index = int(rng.integers(len(self._goals)))
    order = rng.permutation(len(self._goals))
    taps = self._rows * self._cols
    places = [
      (page, int(tap))
      for page in range(_NUM_PAGES)
      for tap in rng.permutation(taps)[: -(-len(order) // _NUM_PAGES)]
    ]
    self._tiles = {p: int(t) for p, t in zip(places, order, strict=False)}
    self._background = int(rng.integers(20, 90))
    self._shade = float(rng.uniform(0.75, 1.0))
    self._frames = {}
    self._page, self._open, self._steps = 0, -1, 0
    self._rewarded = self._needs_reset = False
    return dm_env.restart(self._observation())

  def step(self, action: int | np.ndarray) -> dm_env.TimeStep:
    """Taps, swipes or goes back; after the end of an episode, resets."""
    if self._needs_reset:
      return self.reset()
    self._act(int(action))
    self._steps += 1
    reward = 0.0
    if self.goal_achieved() and not self._rewarded:
      self._rewarded = True
      reward = 1.0
    observation = self._observation()
    if reward and self._end_on_success:
      self._needs_reset = True
      return dm_env.termination(reward, observation)
    if self._steps >= self._max_steps:
      self._needs_reset = True
      return dm_env.truncation(reward, observation)
    return dm_env.transition(reward, observation)

  def observation_spec(self) -> dict[str, specs.Array]:
    """Pixels uint8 [H, W, 3] and the instruction, a 0-d array of str."""
    shape = (self._rows * self._cell, self._cols * self._cell, 3)
    return {
      'pixels': specs.BoundedArray(shape, np.uint8, 0, 255, name='pixels'),
      'instruction': specs.StringArray((), name='instruction'),
    }

  def action_spec(self) -> specs.DiscreteArray:
    """Taps in row-major order, then next, previous, back, home."""
    num = self._rows * self._cols + len(_GLOBAL_ACTIONS)
    return specs.DiscreteArray(num, name='action')

  def _act(self, action: int) -> None:
    taps = self._rows * self._cols
    if not 0 <= action < taps + len(_GLOBAL_ACTIONS):
      raise ValueError(
        f'expected an action in [0, {taps + len(_GLOBAL_ACTIONS)}), '
        f'got {action}'
      )
    if action < taps:
      if self._open < 0:
        self._open = self._tiles.get((self._page, action), -1)
      return
    name = _GLOBAL_ACTIONS[action - taps]
    if name == 'home':
      self._open, self._page = -1, 0
    elif name == 'back':
      self._open = -1
    elif self._open < 0:
      change = 1 if name == 'next_page' else -1
      self._page = min(max(self._page + change, 0), _NUM_PAGES - 1)

  def _observation(self) -> dict[str, np.ndarray]:
    key = (self._page, self._open)
    if key not in self._frames:
      frame = self._draw_home() if self._open < 0 else self._draw_open()
      frame.flags.writeable = False
      self._frames[key] = frame
    return {
      'pixels': self._frames[key],
      'instruction': self._instructions[self._goal_index],
    }

  def _colour(self, tile: int) -> np.ndarray:
    rgb = COLOURS[self._goals[tile].split()[0]]
    return (np.array(rgb) * self._shade).astype(np.uint8)

  def _canvas(self, value: int | np.ndarray) -> np.ndarray:
    frame = np.empty(
      (self._rows * self._cell, self._cols * self._cell, 3), np.uint8
    )
    frame[:] = value
    return frame

  def _draw_home(self) -> np.ndarray:
    frame = self._canvas(self._background)
    side, margin = self._cell, max(1, self._cell // 6)
    for (page, tap), tile in self._tiles.items():
      if page == self._page:
        y, x = side * (tap // self._cols), side * (tap % self._cols)
        inner = slice(y + margin, y + side - margin)
        frame[inner, x + margin : x + side - margin] = self._colour(tile)
    middle = frame.shape[1] // 2
    dots = slice(0, middle) if self._page == 0 else slice(middle, None)
    frame[-1, dots] = 255
    return frame

  def _draw_open(self) -> np.ndarray:
    frame = self._canvas(self._colour(self._open))
    frame[:HEADER_ROWS] = 255
    return frame


def make(seed: int, *, split: str = 'train', **options: Any) -> FakeEnvironment:
  """Builds a `FakeEnvironment`; the form that factories take.

  Args:
    seed: at least 0; each seed and split has episodes of its own.
    split: 'train', 'validation' or 'evaluation'.
    **options: of the class.

  Returns:
    The environment.

  Raises:
    UnknownNameError: for another split.
  """
  if split not in SPLITS:
    raise errors.UnknownNameError('split', split, SPLITS)
  return FakeEnvironment(
    seed=seed * len(SPLITS) + SPLITS.index(split), **options
  )
