"""Rooms, walls and doorways of a home, drawn at random."""

import dataclasses
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

DOOR_WIDTH, DOOR_HEIGHT, WALL_HEIGHT = 1.0, 2.0, 2.5
# Each room has walls of its own, on its side of the border.
WALL = 0.06
_LEAST_SIDE = 2.8
_SIDES = (3.6, 5.0)


class Rectangle(NamedTuple):
  """An upright rectangle on the floor, metres."""

  x0: float
  x1: float
  y0: float
  y1: float

  @property
  def middle(self) -> tuple[float, float]:
    """Its middle (x, y)."""
    return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

  def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
    """Whether a point lies inside, at least `margin` from the border."""
    return (
      self.x0 + margin <= x <= self.x1 - margin
      and self.y0 + margin <= y <= self.y1 - margin
    )

  def overlaps(self, other: 'Rectangle', gap: float = 0.0) -> bool:
    """Whether another rectangle comes closer than `gap`."""
    return (
      self.x0 < other.x1 + gap
      and other.x0 < self.x1 + gap
      and self.y0 < other.y1 + gap
      and other.y0 < self.y1 + gap
    )


class Doorway(NamedTuple):
  """An opening between two rooms.

  Attributes:
    rooms: indices of the two rooms.
    x, y: its middle on the border.
    along: 'x' if the wall it is in runs along x, else 'y'.
  """

  rooms: tuple[int, int]
  x: float
  y: float
  along: str

  @property
  def passage(self) -> Rectangle:
    """The floor that must stay free on both sides."""
    half = DOOR_WIDTH / 2
    if self.along == 'x':
      return Rectangle(self.x - half, self.x + half, self.y - 0.7, self.y + 0.7)
    return Rectangle(self.x - 0.7, self.x + 0.7, self.y - half, self.y + half)


class Box(NamedTuple):
  """A piece of wall that stands in a room: middle and half sizes."""

  room: int
  x: float
  y: float
  z: float
  half_x: float
  half_y: float
  half_z: float


@dataclasses.dataclass(frozen=True)
class FloorPlan:
  """The rooms of a home.

  Attributes:
    rooms: their rectangles, border to border.
    kinds: what each room is, such as 'kitchen'.
    doorways: every room can be reached from every other.
  """

  rooms: tuple[Rectangle, ...]
  kinds: tuple[str, ...]
  doorways: tuple[Doorway, ...]

  def room_at(self, x: float, y: float) -> int:
    """Index of the room at a point; of the nearest one outside of all."""
    for index, room in enumerate(self.rooms):
      if room.holds(x, y):
        return index
    away = [
      max(r.x0 - x, x - r.x1, 0) + max(r.y0 - y, y - r.y1, 0)
      for r in self.rooms
    ]
    return away.index(min(away))

  def walls(self) -> Iterator[Box]:
    """The walls of all rooms, in pieces around and above the doorways."""
    for index, room in enumerate(self.rooms):
      doors = [door for door in self.doorways if index in door.rooms]
      for along, at, inward in (
        ('x', room.y0, 1),
        ('x', room.y1, -1),
        ('y', room.x0, 1),
        ('y', room.x1, -1),
      ):
        start, end = (room.x0, room.x1) if along == 'x' else (room.y0, room.y1)
        gaps = sorted(
          door.x if along == 'x' else door.y
          for door in doors
          if door.along == along
          and abs((door.y if along == 'x' else door.x) - at) < 1e-9
        )
        yield from _wall(index, along, at + inward * WALL / 2, start, end, gaps)


def _wall(
  room: int,
  along: str,
  at: float,
  start: float,
  end: float,
  gaps: Sequence[float],
) -> Iterator[Box]:
  """One side of a room: what stands beside its doorways and above them."""

  def piece(low: float, high: float, bottom: float) -> Box:
    middle, half = (low + high) / 2, (high - low) / 2
    z, half_z = (bottom + WALL_HEIGHT) / 2, (WALL_HEIGHT - bottom) / 2
    if along == 'x':
      return Box(room, middle, at, z, half, WALL / 2, half_z)
    return Box(room, at, middle, z, WALL / 2, half, half_z)

  for gap in gaps:
    yield piece(start, gap - DOOR_WIDTH / 2, 0.0)
    yield piece(gap - DOOR_WIDTH / 2, gap + DOOR_WIDTH / 2, DOOR_HEIGHT)
    start = gap + DOOR_WIDTH / 2
  yield piece(start, end, 0.0)


def draw(rng: random.Random, num_rooms: int, kinds: Sequence[str]) -> FloorPlan:
  """Draws a plan.

  Args:
    rng: random numbers.
    num_rooms: 1 to 5.
    kinds: what rooms may be; each once before one comes twice.

  Returns:
    The plan, around the origin.
  """
  rooms = _rooms(rng, num_rooms)
  names: list[str] = []
  while len(names) < num_rooms:
    names += rng.sample(list(kinds), len(kinds))
  return FloorPlan(
    tuple(rooms), tuple(names[:num_rooms]), tuple(_doorways(rng, rooms))
  )


def _rooms(rng: random.Random, num_rooms: int) -> list[Rectangle]:
  """Splits a rectangle that is large enough, the largest room first."""
  while True:
    columns = 1 if num_rooms == 1 else 2
    rows = -(-num_rooms // columns)
    width = sum(rng.uniform(*_SIDES) for _ in range(columns))
    depth = sum(rng.uniform(*_SIDES) for _ in range(rows))
    rooms = [Rectangle(-width / 2, width / 2, -depth / 2, depth / 2)]
    while len(rooms) < num_rooms:
      rooms.sort(key=lambda r: (r.x1 - r.x0) * (r.y1 - r.y0))
      rooms += _split(rng, rooms.pop())
    if all(min(r.x1 - r.x0, r.y1 - r.y0) >= _LEAST_SIDE for r in rooms):
      return rooms


def _split(rng: random.Random, room: Rectangle) -> tuple[Rectangle, Rectangle]:
  share = rng.uniform(0.4, 0.6)
  if room.x1 - room.x0 > room.y1 - room.y0:
    at = room.x0 + share * (room.x1 - room.x0)
    return room._replace(x1=at), room._replace(x0=at)
  at = room.y0 + share * (room.y1 - room.y0)
  return room._replace(y1=at), room._replace(y0=at)


def _doorways(
  rng: random.Random, rooms: Sequence[Rectangle]
) -> Iterator[Doorway]:
  """Openings that join all rooms, one between two at most."""
  joined = {0}
  while len(joined) < len(rooms):
    borders = [
      (a, b, border)
      for a in sorted(joined)
      for b in range(len(rooms))
      if b not in joined and (border := _border(rooms[a], rooms[b])) is not None
    ]
    a, b, (along, at, low, high) = rng.choice(borders)
    middle = rng.uniform(low + 0.7, high - 0.7)
    x, y = (middle, at) if along == 'x' else (at, middle)
    yield Doorway((a, b), x, y, along)
    joined.add(b)


def _border(
  a: Rectangle, b: Rectangle
) -> tuple[str, float, float, float] | None:
  """Where two rooms share a wall that is wide enough for a doorway."""
  for along, at, touches, low, high in (
    ('x', a.y1, a.y1 == b.y0, max(a.x0, b.x0), min(a.x1, b.x1)),
    ('x', a.y0, a.y0 == b.y1, max(a.x0, b.x0), min(a.x1, b.x1)),
    ('y', a.x1, a.x1 == b.x0, max(a.y0, b.y0), min(a.y1, b.y1)),
    ('y', a.x0, a.x0 == b.x1, max(a.y0, b.y0), min(a.y1, b.y1)),
  ):
    if touches and high - low >= 1.5:
      return along, at, low, high
  return None
