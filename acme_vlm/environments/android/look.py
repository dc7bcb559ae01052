"""One phone as its owner set it up: everything an episode draws at random."""

import dataclasses
import random
from collections.abc import Mapping, Sequence

from acme_vlm import errors
from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import wallpaper

FONT_SCALES = (0.9, 1.0, 1.12)


@dataclasses.dataclass(frozen=True)
class Grid:
  """How the launcher lays out icons.

  Attributes:
    pages: number of home pages.
    rows: icons from top to bottom of a page.
    columns: icons from left to right of a page.
  """

  pages: int
  rows: int = 4
  columns: int = 3

  def __post_init__(self):
    if min(self.pages, self.rows, self.columns) < 1:
      raise errors.ConfigError(
        'a launcher grid needs at least one page, row and column, got '
        f'{self.pages} pages of {self.rows} x {self.columns}'
      )

  @property
  def slots(self) -> int:
    """Icons that fit on one page."""
    return self.rows * self.columns


@dataclasses.dataclass(frozen=True)
class Look:
  """The set-up of one phone.

  Attributes:
    split: the world it belongs to.
    grid: the launcher's grid.
    pages: for every home page the app in each slot (row by row) or None.
    wallpaper: index into the split's wallpapers.
    dark: whether the dark theme is on.
    font_scale: factor on text sizes, one of FONT_SCALES.
    minutes: the time in the status bar, minutes since midnight.
    battery: its charge in percent, a multiple of ten.
    contents: for every app the index of what its page shows.
  """

  split: splits.Split
  grid: Grid
  pages: tuple[tuple[str | None, ...], ...]
  wallpaper: int
  dark: bool
  font_scale: float
  minutes: int
  battery: int
  contents: Mapping[str, int]

  def find(self, app: str) -> tuple[int, int]:
    """Returns the page and the slot of an app's icon."""
    for page, slots in enumerate(self.pages):
      if app in slots:
        return page, slots.index(app)
    raise errors.UnknownNameError('icon', app, tuple(self.contents))


def _lay_out(
  rng: random.Random, apps: Sequence[str], grid: Grid
) -> tuple[tuple[str | None, ...], ...]:
  """Deals the apps out to the pages, with gaps."""
  order = rng.sample(apps, len(apps))
  # Every page gets one app where there are enough, the rest fall at random.
  counts = [int(page < len(apps)) for page in range(grid.pages)]
  open_pages = [page for page in range(grid.pages) if counts[page] < grid.slots]
  for _ in range(len(apps) - sum(counts)):
    page = rng.choice(open_pages)
    counts[page] += 1
    if counts[page] == grid.slots:
      open_pages.remove(page)
  tidy = rng.random() < 0.5
  pages = []
  for count in counts:
    slots: list[str | None] = [None] * grid.slots
    taken = range(count) if tidy else rng.sample(range(grid.slots), count)
    for slot in taken:
      slots[slot] = order.pop()
    pages.append(tuple(slots))
  return tuple(pages)


def draw(
  rng: random.Random,
  split: splits.Split,
  apps: Sequence[str],
  grid: Grid,
  num_contents: int,
) -> Look:
  """Draws the set-up of a phone.

  Args:
    rng: the episode's generator.
    split: the world the phone belongs to.
    apps: the apps installed.
    grid: the launcher's grid.
    num_contents: how many contents each app has per split, theme and font.

  Returns:
    The look.

  Raises:
    ConfigError: if the apps do not fit on the grid.
  """
  if len(apps) > grid.pages * grid.slots:
    raise errors.ConfigError(
      f'{len(apps)} apps do not fit on {grid.pages} pages of '
      f'{grid.rows} x {grid.columns} icons'
    )
  return Look(
    split=split,
    grid=grid,
    pages=_lay_out(rng, apps, grid),
    wallpaper=rng.randrange(wallpaper.POOL_SIZES[split]),
    dark=rng.random() < 0.5,
    font_scale=rng.choice(FONT_SCALES),
    minutes=rng.randrange(24 * 60),
    battery=10 * rng.randrange(1, 11),
    contents={app: rng.randrange(num_contents) for app in apps},
  )
