"""What an object or a piece of furniture is made of.

All lengths are metres, all angles degrees about x, then y, then z. A kind
stands on the floor: its origin is the middle of its base, z points up, x to
the front.
"""

import dataclasses
from typing import Literal

from acme_vlm.environments.playhouse import mesh as mesh_lib

Point = tuple[float, float, float]
MAX_OBJECT_SOLIDS, MAX_FURNITURE_SOLIDS = 4, 8
SIZES = {'box': 3, 'ellipsoid': 3, 'sphere': 1, 'cylinder': 2, 'capsule': 2}


@dataclasses.dataclass(frozen=True)
class Part:
  """What is drawn.

  Attributes:
    mesh: in the kind's frame.
    paint: red, green and blue in [0, 1] of a part whose colour never changes;
      None: the part takes the colour of the object.
    shade: factor of that colour, in [0, 1]; of unpainted parts only.
  """

  mesh: mesh_lib.Mesh
  paint: Point | None = None
  shade: float = 1.0

  def __post_init__(self):
    if not 0 <= self.shade <= 1:
      raise ValueError(f'A shade is in [0, 1], got {self.shade}.')
    if self.paint is not None and self.shade != 1:
      raise ValueError('Only an unpainted part can have a shade.')


@dataclasses.dataclass(frozen=True)
class Solid:
  """What collides: a primitive, with the sizes that MuJoCo gives it.

  Attributes:
    shape: which primitive.
    size: 'box' and 'ellipsoid' three half sizes; 'sphere' a radius; 'cylinder'
      and 'capsule' radius and half length, along z.
    at: its middle in the kind's frame.
    euler: its rotation there.
  """

  shape: Literal['box', 'ellipsoid', 'sphere', 'cylinder', 'capsule']
  size: tuple[float, ...]
  at: Point
  euler: Point = (0.0, 0.0, 0.0)

  def __post_init__(self):
    if len(self.size) != SIZES[self.shape] or min(self.size) <= 0:
      raise ValueError(
        f'A {self.shape} has {SIZES[self.shape]} sizes above 0, '
        f'got {self.size}.'
      )


@dataclasses.dataclass(frozen=True)
class ObjectKind:
  """A kind of object that can be found, lifted and placed.

  Attributes:
    name: as goals say it, such as 'table lamp'.
    parts: what is drawn; the whole fits a box of 0.25 to 0.35 m.
    solids: what collides, 1 to `MAX_OBJECT_SOLIDS`; their lowest point is at
      z = 0, so that the object rests where it is put.
    mass: kilograms.
  """

  name: str
  parts: tuple[Part, ...]
  solids: tuple[Solid, ...]
  mass: float = 0.3

  def __post_init__(self):
    if not 1 <= len(self.solids) <= MAX_OBJECT_SOLIDS:
      raise ValueError(
        f'{self.name}: an object has 1 to {MAX_OBJECT_SOLIDS} solids, '
        f'got {len(self.solids)}.'
      )


@dataclasses.dataclass(frozen=True)
class Surface:
  """A level rectangle on which objects can rest, in the kind's frame."""

  x0: float
  x1: float
  y0: float
  y1: float
  z: float


@dataclasses.dataclass(frozen=True)
class FurnitureKind:
  """A kind of furniture; its back is at the least x.

  Attributes:
    name: as goals say it, such as 'bed'.
    parts: what is drawn; unpainted parts take a neutral tint of the episode.
    solids: what collides, 0 (a rug) to `MAX_FURNITURE_SOLIDS`.
    footprint: half sizes along x and y of the rectangle on the floor that it
      takes up.
    rooms: names of the rooms it belongs to.
    surfaces: where objects can rest, the free part of each only.
    against_wall: whether its back goes to a wall.
  """

  name: str
  parts: tuple[Part, ...]
  solids: tuple[Solid, ...]
  footprint: tuple[float, float]
  rooms: tuple[str, ...]
  surfaces: tuple[Surface, ...] = ()
  against_wall: bool = True

  def __post_init__(self):
    if len(self.solids) > MAX_FURNITURE_SOLIDS:
      raise ValueError(
        f'{self.name}: furniture has {MAX_FURNITURE_SOLIDS} solids at most, '
        f'got {len(self.solids)}.'
      )
