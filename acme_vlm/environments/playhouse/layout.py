"""What a home looks like in one episode: drawn, not built yet.

Everything is a function of the random numbers: rooms, furniture, objects,
colours, textures and light. `world.World` builds it.
"""

import dataclasses
import random
from collections.abc import Sequence
from typing import NamedTuple

from acme_vlm.environments.playhouse import floor_plan, kinds
from acme_vlm.environments.playhouse.furniture import catalogue as furniture
from acme_vlm.environments.playhouse.objects import catalogue as objects

FLOORS = ('planks', 'parquet', 'tiles', 'carpet', 'lino')
WALLS = ('plaster', 'stripes', 'panels', 'bricks')
MAX_FURNITURE_PER_ROOM = 6
# An agent of radius 0.2 passes between any two pieces of furniture.
_PASSAGE = 0.5
_TRIES = 30
# Objects keep so far from one another that one alone can be near and centred.
_APART = 0.65
_FROM_EDGE = 0.17
_TONES = (
  (0.75, 0.72, 0.66),
  (0.5, 0.5, 0.52),
  (0.32, 0.32, 0.34),
  (0.85, 0.85, 0.83),
  (0.45, 0.36, 0.3),
  (0.62, 0.64, 0.66),
  (0.7, 0.63, 0.58),
  (0.42, 0.42, 0.38),
)

Rgb = tuple[float, float, float]


class Furniture(NamedTuple):
  """A piece of furniture in its place.

  Attributes:
    kind: its name.
    room: index of its room.
    x, y: its middle on the floor.
    quarter: turns of 90 degrees, counter-clockwise, 0 to 3.
    tint: of its unpainted parts.
  """

  kind: str
  room: int
  x: float
  y: float
  quarter: int
  tint: Rgb

  @property
  def footprint(self) -> floor_plan.Rectangle:
    """The floor it takes up."""
    half_x, half_y = furniture.KINDS[self.kind].footprint
    if self.quarter % 2:
      half_x, half_y = half_y, half_x
    return floor_plan.Rectangle(
      self.x - half_x, self.x + half_x, self.y - half_y, self.y + half_y
    )

  def surfaces(self) -> list[kinds.Surface]:
    """Where things can rest on it, in the home's frame."""
    placed = []
    for s in furniture.KINDS[self.kind].surfaces:
      corners = [self._turned(s.x0, s.y0), self._turned(s.x1, s.y1)]
      (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=True))
      placed.append(
        kinds.Surface(self.x + x0, self.x + x1, self.y + y0, self.y + y1, s.z)
      )
    return placed

  def _turned(self, x: float, y: float) -> tuple[float, float]:
    for _ in range(self.quarter):
      x, y = -y, x
    return x, y


class Object(NamedTuple):
  """An object where the episode begins.

  Attributes:
    kind: its name, such as 'duck'.
    colour: the name of its colour.
    rgb: that colour, a little off.
    x, y, z: the middle of its base.
    yaw: radians.
  """

  kind: str
  colour: str
  rgb: Rgb
  x: float
  y: float
  z: float
  yaw: float


class Look(NamedTuple):
  """Floor and walls of a room: names of textures, and their tints."""

  floor: str
  floor_tint: Rgb
  walls: str
  wall_tint: Rgb


class Light(NamedTuple):
  """One lamp far away and one at the eye; brightness, and the direction."""

  lamp: Rgb
  eye: float
  direction: tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Layout:
  """A home."""

  plan: floor_plan.FloorPlan
  looks: tuple[Look, ...]
  furniture: tuple[Furniture, ...]
  objects: tuple[Object, ...]
  light: Light


def draw(
  rng: random.Random,
  *,
  plan: floor_plan.FloorPlan,
  wanted: Sequence[tuple[str, str]],
  needed: Sequence[str] = (),
) -> Layout:
  """Furnishes a home.

  Args:
    rng: random numbers.
    plan: its rooms.
    wanted: (kind, colour) of the objects, the most important first: those for
      which no place is found are left out.
    needed: kinds of furniture that there must be.

  Returns:
    The layout.
  """
  pieces: list[Furniture] = []
  rooms = list(range(len(plan.rooms)))
  demands: dict[int, list[str]] = {room: [] for room in rooms}
  for kind in needed:
    fitting = [
      room for room in rooms if plan.kinds[room] in furniture.KINDS[kind].rooms
    ]
    demands[rng.choice(fitting or rooms)].append(kind)
  for room in rooms:
    pieces += _furnish(rng, plan, room, demands[room])
  return Layout(
    plan=plan,
    looks=tuple(_look(rng) for _ in rooms),
    furniture=tuple(pieces),
    objects=tuple(_objects(rng, plan, pieces, wanted)),
    light=_light(rng),
  )


def _furnish(
  rng: random.Random,
  plan: floor_plan.FloorPlan,
  room: int,
  needed: Sequence[str],
) -> list[Furniture]:
  """Furniture of one room: what is needed first, then what belongs there."""
  names = [
    name
    for name, kind in furniture.KINDS.items()
    if plan.kinds[room] in kind.rooms and name not in needed
  ]
  number = rng.randint(2, MAX_FURNITURE_PER_ROOM - 1)
  chosen = rng.sample(names, min(number, len(names)))
  pieces: list[Furniture] = []
  for name in [*needed, *chosen][:MAX_FURNITURE_PER_ROOM]:
    piece = _place(rng, plan, room, name, pieces)
    if piece is not None:
      pieces.append(piece)
  return pieces


def _place(
  rng: random.Random,
  plan: floor_plan.FloorPlan,
  room: int,
  name: str,
  others: Sequence[Furniture],
) -> Furniture | None:
  """Finds a place that blocks neither doorways nor passages."""
  kind = furniture.KINDS[name]
  area = plan.rooms[room]
  passages = [door.passage for door in plan.doorways if room in door.rooms]
  flat = not kind.solids
  for _ in range(_TRIES):
    quarter = rng.randrange(4)
    piece = Furniture(name, room, 0.0, 0.0, quarter, _tint(rng, _TONES))
    box = piece.footprint
    inside = floor_plan.Rectangle(
      area.x0 + floor_plan.WALL - box.x0,
      area.x1 - floor_plan.WALL - box.x1,
      area.y0 + floor_plan.WALL - box.y0,
      area.y1 - floor_plan.WALL - box.y1,
    )
    if inside.x0 > inside.x1 or inside.y0 > inside.y1:
      continue
    x, y = rng.uniform(inside.x0, inside.x1), rng.uniform(inside.y0, inside.y1)
    if kind.against_wall:
      x = {0: inside.x0, 2: inside.x1}.get(quarter, x)
      y = {1: inside.y0, 3: inside.y1}.get(quarter, y)
    piece = piece._replace(x=x, y=y)
    if flat:
      return piece
    box = piece.footprint
    if any(box.overlaps(passage) for passage in passages):
      continue
    if any(
      box.overlaps(other.footprint, _PASSAGE)
      for other in others
      if furniture.KINDS[other.kind].solids
    ):
      continue
    return piece
  return None


def _objects(
  rng: random.Random,
  plan: floor_plan.FloorPlan,
  pieces: Sequence[Furniture],
  wanted: Sequence[tuple[str, str]],
) -> list[Object]:
  """Objects on floors and surfaces, apart from each other."""
  solid = [p for p in pieces if furniture.KINDS[p.kind].solids]
  floors = [
    kinds.Surface(room.x0 + 0.3, room.x1 - 0.3, room.y0 + 0.3, room.y1 - 0.3, 0)
    for room in plan.rooms
  ]
  tops = [s for piece in solid for s in piece.surfaces()]
  placed: list[Object] = []
  for kind, colour in wanted:
    for _ in range(_TRIES):
      surface = rng.choice(tops if tops and rng.random() < 0.5 else floors)
      margin = _FROM_EDGE if surface.z else 0.0
      if (
        surface.x1 - surface.x0 < 2 * margin
        or surface.y1 - surface.y0 < 2 * margin
      ):
        margin = min(surface.x1 - surface.x0, surface.y1 - surface.y0) / 2
      x = rng.uniform(surface.x0 + margin, surface.x1 - margin)
      y = rng.uniform(surface.y0 + margin, surface.y1 - margin)
      if not surface.z and (
        any(p.footprint.overlaps(_around(x, y), 0.1) for p in solid)
        or any(door.passage.holds(x, y) for door in plan.doorways)
      ):
        continue
      if all((x - o.x) ** 2 + (y - o.y) ** 2 > _APART**2 for o in placed):
        placed.append(
          Object(
            kind=kind,
            colour=colour,
            rgb=_tint(rng, (objects.COLOURS[colour],), 0.05),
            x=x,
            y=y,
            z=surface.z,
            yaw=rng.uniform(-3.1416, 3.1416),
          )
        )
        break
  return placed


def _around(x: float, y: float) -> floor_plan.Rectangle:
  return floor_plan.Rectangle(
    x - _FROM_EDGE, x + _FROM_EDGE, y - _FROM_EDGE, y + _FROM_EDGE
  )


def _look(rng: random.Random) -> Look:
  return Look(
    floor=rng.choice(FLOORS),
    floor_tint=_tint(rng, ((0.95, 0.93, 0.9), (0.8, 0.78, 0.76)), 0.1),
    walls=rng.choice(WALLS),
    wall_tint=_tint(
      rng, ((0.95, 0.94, 0.9), (0.8, 0.85, 0.85), (0.9, 0.82, 0.75)), 0.08
    ),
  )


def _light(rng: random.Random) -> Light:
  brightness = rng.uniform(0.3, 0.5)
  return Light(
    lamp=(
      brightness + rng.uniform(-0.03, 0.05),
      brightness,
      brightness + rng.uniform(-0.05, 0.03),
    ),
    eye=rng.uniform(0.3, 0.45),
    direction=(rng.uniform(-0.7, 0.7), rng.uniform(-0.7, 0.7), -1.0),
  )


def _tint(
  rng: random.Random, tones: Sequence[Rgb], spread: float = 0.06
) -> Rgb:
  red, green, blue = (
    min(max(value + rng.uniform(-spread, spread), 0.0), 1.0)
    for value in rng.choice(list(tones))
  )
  return red, green, blue
