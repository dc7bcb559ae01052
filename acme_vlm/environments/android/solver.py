"""Opens the goal's app by what the simulator knows: no agent sees that.

For recordings and reference returns only.
"""

import math
from collections.abc import Callable

import dm_env

from acme_vlm import errors
from acme_vlm.environments.android import open_app
from acme_vlm.environments.android.drawing import launcher


def make(
  environment: open_app.OpenApp,
) -> Callable[[dm_env.TimeStep], int]:
  """Returns a solver of the open-app environment.

  Each of its actions is on a shortest way from the present screen to the
  goal's app. There it stays, by taps that do nothing.

  Args:
    environment: on a simulated phone.

  Returns:
    A function from the newest time step, which it does not look at, to the
    next action.

  Raises:
    ConfigError: if the phone is not a simulated one; from the solver, if no
      tap of the action grid reaches the goal's icon.
  """
  phone = environment.phone
  names = environment.action_grid.names

  def solver(timestep: dm_env.TimeStep) -> int:
    del timestep
    if phone.open_app == environment.goal:
      return environment.action_grid.tap(0.5, 0.5)
    if phone.open_app is not None:
      # The launcher comes back on the page where it was left.
      return names.index('back')
    page, slot = phone.look.find(environment.goal)
    if page == phone.page:
      return _tap(environment, slot)
    # On a home page, home goes to the first one.
    if 1 + page < phone.page - page:
      return names.index('home')
    return names.index('next page' if page > phone.page else 'previous page')

  return solver


def _tap(environment: open_app.OpenApp, slot: int) -> int:
  """The tap that hits an icon closest to its middle."""
  phone, grid = environment.phone, environment.action_grid
  height, width = phone.screen
  left, top, side = launcher.icon_box(phone.look.grid, slot, phone.screen)
  best, least = None, math.inf
  for action in range(grid.num_taps):
    row, column = divmod(action, grid.columns)
    # The pixel that the phone takes the touch for, and its middle.
    x = int((column + 0.5) / grid.columns * width) + 0.5
    y = int((row + 0.5) / grid.rows * height) + 0.5
    away = math.hypot(x - left - side / 2, y - top - side / 2)
    hit = launcher.slot_at(phone.look.grid, x, y, phone.screen) == slot
    if hit and away < least:
      best, least = action, away
  if best is None:
    raise errors.ConfigError(
      f'expected an action grid that reaches every icon, no tap of '
      f'{grid.rows} x {grid.columns} reaches the icon of {environment.goal}'
    )
  return best
