"""A tiny phone: tap the cell of the colour that the instruction names.

Written for learning in seconds: NumPy only, all environments at once.
"""

import numpy as np

from acme_vlm.types import LabeledBatch

CELL, ROWS, COLUMNS = 4, 3, 2
SHAPE = (ROWS * CELL, COLUMNS * CELL, 3)
NUM_ACTIONS = ROWS * COLUMNS + 1
SWIPE = ROWS * COLUMNS
NUM_COLOURS = 2 * ROWS * COLUMNS
MAX_STEPS = 6
_PALETTE = np.array(
  [
    (255 * r // 2, 255 * g // 2, 255 * b // 1)
    for r in range(3)
    for g in range(3)
    for b in range(2)
  ],
  np.uint8,
)[:NUM_COLOURS]


class Toy:
  """`num` phones, each with two pages; a swipe turns the page.

  A right tap gives reward 1 and ends the episode with discount 0, and
  `MAX_STEPS` end it with discount 1. As in a `Trajectory`, the last observation
  of an episode is a row of its own, left by a placeholder.
  """

  def __init__(self, num: int, seed: int = 0):
    self._rng = np.random.default_rng(seed)
    self._num = num
    self._pages = np.zeros((num, 2, ROWS, COLUMNS), np.int64)
    self.words = np.zeros((num, 1), np.int32)
    self._page = np.zeros(num, np.int64)
    self._steps = np.zeros(num, np.int64)
    self.first = np.zeros(num, bool)
    self._last = np.ones(num, bool)
    self.step(np.zeros(num, np.int64))

  def step(self, action):
    """Acts everywhere; where an episode has ended, a new one begins.

    Returns:
      reward, discount and mask of the transitions, float32 `[num]` each.
    """
    everyone = np.arange(self._num)
    begin = self._last.copy()
    tapped = np.minimum(action, SWIPE - 1)
    seen = self._pages[everyone, self._page].reshape(self._num, -1)
    hit = seen[everyone, tapped] == self.words[:, 0] - 1
    hit &= (action != SWIPE) & ~begin
    self._page = np.where(action == SWIPE, 1 - self._page, self._page)
    self._steps += 1
    for i in np.flatnonzero(begin):
      self._pages[i] = self._rng.permutation(NUM_COLOURS).reshape(2, ROWS, -1)
      self.words[i] = 1 + self._rng.integers(NUM_COLOURS)
      self._page[i] = self._steps[i] = 0
    self.first = begin
    self._last = ~begin & (hit | (self._steps >= MAX_STEPS))
    return (
      hit.astype(np.float32),
      np.where(hit, 0.0, 1.0).astype(np.float32),
      (~begin).astype(np.float32),
    )

  @property
  def last(self):
    """Whether the observation is the last of its episode, bool `[num]`."""
    return self._last

  @property
  def pixels(self):
    """uint8 `[num, H, W, 3]`."""
    colours = _PALETTE[self._pages[np.arange(self._num), self._page]]
    return colours.repeat(CELL, axis=1).repeat(CELL, axis=2)


def collect(toy, act, core_state, length):
  """Plays `length` steps everywhere.

  Args:
    toy: the environments.
    act: from pixels, words, first and core state to actions, their
      log-probabilities and the next core state.
    core_state: float32 `[num, S]`.
    length: T.

  Returns:
    `LabeledBatch` and the next core state. Row T is row 0 of the next batch.
  """
  before = np.asarray(core_state)
  observed, done = [], []
  for _ in range(length):
    row = toy.pixels, toy.words.copy(), toy.first.copy()
    action, log_prob, core_state = act(*row, core_state)
    observed.append(row)
    action = np.asarray(action)
    done.append((action, np.asarray(log_prob), *toy.step(action)))
  observed.append((toy.pixels, toy.words.copy(), toy.first.copy()))
  pixels, words, first = (
    np.stack(x, axis=1) for x in zip(*observed, strict=True)
  )
  action, log_prob, reward, discount, mask = (
    np.stack(x, axis=1) for x in zip(*done, strict=True)
  )
  batch = LabeledBatch(
    pixels=pixels,
    sight=np.zeros((*first.shape, 1), np.float32),
    instruction=words,
    first=first,
    action=action.astype(np.int32),
    log_prob=log_prob.astype(np.float32),
    reward=reward,
    discount=discount,
    mask=mask,
    core_state=before,
    outcome_goal=np.zeros_like(words[:, :-1]),
    outcome=np.zeros_like(reward),
    outcome_mask=np.zeros_like(mask),
    goal_scores=np.zeros((*first.shape, 1), np.float32),
  )
  return batch, core_state
