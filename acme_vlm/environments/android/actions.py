"""Macro-actions: a grid of taps, two swipes, back and home."""

import dataclasses
import functools

import numpy as np
from android_env.components import action_type

from acme_vlm import errors
from acme_vlm.environments.android.drawing import launcher

RawAction = dict[str, np.ndarray]

# Where swipes start and end, and the height of the navigation bar's middle.
_FAR, _NEAR, _MIDDLE = 0.8, 0.2, 0.5
_NAVIGATION_Y = 0.965


def _touch(x: float, y: float) -> RawAction:
  return _raw(action_type.ActionType.TOUCH, x, y)


def _lift(x: float, y: float) -> RawAction:
  return _raw(action_type.ActionType.LIFT, x, y)


def _raw(kind: action_type.ActionType, x: float, y: float) -> RawAction:
  return {
    'action_type': np.array(kind, np.int32),
    'touch_position': np.array([x, y], np.float32),
  }


def _tap(x: float, y: float) -> tuple[RawAction, ...]:
  return _touch(x, y), _lift(x, y)


def _swipe(start: float, end: float) -> tuple[RawAction, ...]:
  # Real launchers follow the finger: it must be seen on its way.
  return (
    _touch(start, _MIDDLE),
    _touch((start + end) / 2, _MIDDLE),
    _touch(end, _MIDDLE),
    _lift(end, _MIDDLE),
  )


@dataclasses.dataclass(frozen=True)
class ActionGrid:
  """The action space: rows * columns taps, then four gestures.

  Action `row * columns + column` taps the middle of that cell of the screen.
  The last four are, in this order: swipe to the next page, swipe to the
  previous page, back, home. Back and home touch the navigation bar rather than
  send keys: so every action is a touch, which is the only action AndroidEnv
  has by default, and which needs no key events from the device.

  Attributes:
    rows: cells from top to bottom, at least 1.
    columns: cells from left to right, at least 1.
  """

  rows: int = 10
  columns: int = 6

  def __post_init__(self):
    if min(self.rows, self.columns) < 1:
      raise errors.ConfigError(
        'an action grid needs at least one row and column, got '
        f'{self.rows} x {self.columns}'
      )

  @property
  def num_taps(self) -> int:
    """Number of cells."""
    return self.rows * self.columns

  @property
  def num_actions(self) -> int:
    """Number of actions."""
    return self.num_taps + 4

  @functools.cached_property
  def names(self) -> tuple[str, ...]:
    """What each action does, for people."""
    taps = [
      f'tap row {row} column {column}'
      for row in range(self.rows)
      for column in range(self.columns)
    ]
    return (*taps, 'next page', 'previous page', 'back', 'home')

  @functools.cached_property
  def _table(self) -> tuple[tuple[RawAction, ...], ...]:
    taps = [
      _tap((column + 0.5) / self.columns, (row + 0.5) / self.rows)
      for row in range(self.rows)
      for column in range(self.columns)
    ]
    return (
      *taps,
      _swipe(_FAR, _NEAR),
      _swipe(_NEAR, _FAR),
      _tap(launcher.BACK_X, _NAVIGATION_Y),
      _tap(launcher.HOME_X, _NAVIGATION_Y),
    )

  def tap(self, x: float, y: float) -> int:
    """Returns the tap whose cell holds the point (x, y), both in [0, 1)."""
    row = min(int(y * self.rows), self.rows - 1)
    return row * self.columns + min(int(x * self.columns), self.columns - 1)

  def decode(self, action: int) -> tuple[RawAction, ...]:
    """Returns the raw AndroidEnv actions of a macro-action.

    Raises:
      ConfigError: if there is no such action.
    """
    if not 0 <= action < self.num_actions:
      raise errors.ConfigError(
        f'expected an action in [0, {self.num_actions}), got {action}'
      )
    return self._table[action]
