"""What a bathroom is fitted with."""

import math

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import (
  FurnitureKind,
  Part,
  Solid,
  Surface,
)

_CIRCLE = [
  (math.cos(a * math.pi / 6), math.sin(a * math.pi / 6)) for a in range(12)
]


def _basin() -> FurnitureKind:
  bowl = rounds.lathe(
    [(0, 0.4), (0.09, 0.42), (0.2, 0.5), (0.25, 0.6), (0.215, 0.6)],
    segments=16,
  )
  hollow = rounds.lathe([(0.215, 0.6), (0.15, 0.52), (0, 0.49)], segments=16)
  foot = rounds.cone(0.12, 0.08, 0.21, segments=12, at=(-0.05, 0, 0.21))
  back = prisms.box((0.05, 0.25, 0.09), at=(-0.2, 0, 0.55))
  tap = rounds.tube(
    [(-0.19, 0, 0.62), (-0.19, 0, 0.74), (-0.09, 0, 0.74), (-0.07, 0, 0.7)],
    0.016,
  )
  return FurnitureKind(
    'basin',
    parts=(
      Part(mesh.merged((bowl, foot, back)), paint=paints.WHITE),
      Part(hollow, paint=paints.LIGHT),
      Part(tap, paint=paints.GREY),
    ),
    solids=(
      Solid('cylinder', (0.12, 0.22), (-0.05, 0, 0.22)),
      Solid('cylinder', (0.24, 0.08), (0, 0, 0.53)),
      Solid('box', (0.05, 0.25, 0.1), (-0.2, 0, 0.55)),
    ),
    footprint=(0.25, 0.25),
    rooms=('bathroom',),
  )


def _bathtub() -> FurnitureKind:
  x, y, height, rim = 0.36, 0.75, 0.45, 0.06
  outside = prisms.block(
    (x - 0.04, y - 0.04), (x - 0.01, y - 0.01), height - 0.03
  )
  long_rims = prisms.box((rim / 2, y, 0.02), at=(x - rim / 2, 0, height - 0.02))
  rims = mesh.merged(
    (
      long_rims,
      mesh.moved(long_rims, scale=(-1, 1, 1)),
      mesh.mirrored(
        prisms.box((x, rim / 2, 0.02), at=(0, y - rim / 2, height - 0.02))
      ),
    )
  )
  # The water lies a little below the rim: the outside needs no hollow.
  water = prisms.box((x - rim, y - rim, 0.004), at=(0, 0, height - 0.029))
  tap = rounds.tube(
    [(0, -0.72, 0.44), (0, -0.72, 0.58), (0, -0.6, 0.58), (0, -0.58, 0.54)],
    0.018,
  )
  return FurnitureKind(
    'bathtub',
    parts=(
      Part(mesh.merged((outside, rims)), paint=paints.WHITE),
      Part(water, paint=paints.WATER),
      Part(tap, paint=paints.GREY),
    ),
    solids=(
      Solid('box', (x, y, height / 2), (0, 0, height / 2)),
      Solid('box', (0.02, 0.08, 0.08), (0, -0.65, 0.52)),
    ),
    footprint=(x, y),
    rooms=('bathroom',),
  )


def _toilet() -> FurnitureKind:
  bowl = mesh.moved(
    rounds.lathe(
      [(0, 0), (0.1, 0), (0.085, 0.1), (0.12, 0.2), (0.17, 0.34), (0, 0.34)],
      segments=14,
    ),
    at=(0.09, 0, 0),
    scale=(1.25, 1.0, 1.0),
  )
  neck = prisms.box((0.1, 0.09, 0.15), at=(-0.12, 0, 0.17))
  seat = rounds.tube(
    [(0.09 + 0.165 * c, 0.135 * s, 0.35) for c, s in _CIRCLE],
    0.03,
    closed=True,
  )
  hollow = rounds.lathe(
    [(0.15, 0.3455), (0, 0.3455)], segments=14, at=(0.09, 0, 0)
  )
  tank = prisms.box((0.09, 0.2, 0.17), at=(-0.22, 0, 0.52))
  lid = prisms.box((0.1, 0.21, 0.015), at=(-0.21, 0, 0.705))
  cover = prisms.block((0.02, 0.16), (0.015, 0.12), 0.3, at=(-0.11, 0, 0.36))
  button = rounds.cylinder(0.03, 0.008, segments=8, at=(-0.22, 0, 0.724))
  return FurnitureKind(
    'toilet',
    parts=(
      Part(mesh.merged((bowl, neck, tank, seat)), paint=paints.WHITE),
      Part(mesh.merged((lid, cover)), paint=paints.LIGHT),
      Part(hollow, paint=paints.DARK),
      Part(button, paint=paints.GREY),
    ),
    solids=(
      Solid('box', (0.19, 0.11, 0.1), (0.03, 0, 0.1)),
      Solid('box', (0.2, 0.165, 0.09), (0.1, 0, 0.28)),
      Solid('box', (0.1, 0.21, 0.185), (-0.21, 0, 0.535)),
    ),
    footprint=(0.31, 0.21),
    rooms=('bathroom',),
  )


def _washing_machine() -> FurnitureKind:
  x, y, height = 0.28, 0.3, 0.6
  body = prisms.box((x, y, height / 2), at=(0, 0, height / 2))
  panel = prisms.box((0.005, y - 0.02, 0.045), at=(x + 0.003, 0, 0.53))
  ring = rounds.torus(
    0.165, 0.022, segments=16, at=(x + 0.005, 0, 0.27), euler=(0, 0, 90)
  )
  door = rounds.cylinder(
    0.15, 0.012, segments=16, at=(x, 0, 0.27), euler=(0, 90, 0)
  )
  knob = rounds.cylinder(
    0.03, 0.02, segments=8, at=(x, 0.18, 0.53), euler=(0, 90, 0)
  )
  return FurnitureKind(
    'washing machine',
    parts=(
      Part(body, paint=paints.WHITE),
      Part(mesh.merged((ring, panel)), paint=paints.GREY),
      Part(mesh.merged((door, knob)), paint=paints.BLACK),
    ),
    solids=(Solid('box', (x, y, height / 2), (0, 0, height / 2)),),
    footprint=(x + 0.03, y),
    rooms=('bathroom', 'kitchen'),
    surfaces=(Surface(-x, x, -y, y, height),),
  )


KINDS = (_basin(), _bathtub(), _toilet(), _washing_machine())
