"""What a kitchen is fitted with."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import (
  FurnitureKind,
  Part,
  Solid,
  Surface,
)

_DEPTH, _HEIGHT = 0.29, 0.6  # of all that stands in one row.


def _unit(y: float) -> tuple[mesh.Mesh, mesh.Mesh]:
  """Body and plinth of a unit of this half width, without a top."""
  return (
    prisms.box((_DEPTH - 0.02, y, 0.245), at=(-0.01, 0, 0.315)),
    prisms.box((_DEPTH - 0.06, y, 0.035), at=(-0.03, 0, 0.035)),
  )


def _doors(y: float, count: int) -> tuple[mesh.Mesh, mesh.Mesh]:
  """Doors side by side on the front of a unit, and their handles."""
  step, x = 2 * y / count, _DEPTH - 0.026
  middles = [-y + step * (i + 0.5) for i in range(count)]
  doors = mesh.merged(
    prisms.box((0.01, step / 2 - 0.008, 0.215), at=(x, at, 0.32))
    for at in middles
  )
  handles = mesh.merged(
    prisms.box((0.01, 0.06, 0.009), at=(x + 0.014, at, 0.49)) for at in middles
  )
  return doors, handles


def _kitchen_counter() -> FurnitureKind:
  y = 0.7
  body, plinth = _unit(y)
  doors, handles = _doors(y, 3)
  top = prisms.box((_DEPTH, y, 0.02), at=(0, 0, _HEIGHT - 0.02))
  return FurnitureKind(
    'kitchen counter',
    parts=(
      Part(doors),
      Part(body, shade=0.8),
      Part(top, paint=paints.OAK),
      Part(mesh.merged((plinth, handles)), paint=paints.DARK),
    ),
    solids=(Solid('box', (_DEPTH, y, _HEIGHT / 2), (0, 0, _HEIGHT / 2)),),
    footprint=(_DEPTH, y),
    rooms=('kitchen',),
    surfaces=(Surface(-_DEPTH, _DEPTH, -y, y, _HEIGHT),),
  )


def _kitchen_sink() -> FurnitureKind:
  y = 0.4
  body, plinth = _unit(y)
  doors, handles = _doors(y, 2)
  top = mesh.merged(
    (
      prisms.box((0.05, y, 0.02), at=(_DEPTH - 0.05, 0, _HEIGHT - 0.02)),
      prisms.box((0.07, y, 0.02), at=(0.07 - _DEPTH, 0, _HEIGHT - 0.02)),
      mesh.mirrored(
        prisms.box((0.17, 0.06, 0.02), at=(0.02, y - 0.06, _HEIGHT - 0.02))
      ),
    )
  )
  bowl = prisms.box((0.17, y - 0.12, 0.004), at=(0.02, 0, _HEIGHT - 0.035))
  tap = rounds.tube(
    [(-0.22, 0, 0.59), (-0.22, 0, 0.8), (-0.16, 0, 0.85), (-0.08, 0, 0.8)],
    0.016,
  )
  return FurnitureKind(
    'kitchen sink',
    parts=(
      Part(doors),
      Part(body, shade=0.8),
      Part(mesh.merged((top, tap)), paint=paints.LIGHT),
      Part(bowl, paint=paints.GREY),
      Part(mesh.merged((plinth, handles)), paint=paints.DARK),
    ),
    solids=(
      Solid('box', (_DEPTH, y, _HEIGHT / 2), (0, 0, _HEIGHT / 2)),
      Solid('box', (0.08, 0.02, 0.13), (-0.15, 0, 0.73)),
    ),
    footprint=(_DEPTH, y),
    rooms=('kitchen',),
  )


def _stove() -> FurnitureKind:
  y = 0.3
  body, plinth = _unit(y)
  top = prisms.box((_DEPTH, y, 0.02), at=(0, 0, _HEIGHT - 0.02))
  splash = prisms.box((0.015, y, 0.07), at=(0.015 - _DEPTH, 0, 0.66))
  plates = mesh.merged(
    rounds.cylinder(0.085, 0.004, segments=12, at=(a * 0.13, b * 0.14, 0.604))
    for a in (-1, 1)
    for b in (-1, 1)
  )
  window = prisms.box((0.008, 0.22, 0.13), at=(_DEPTH - 0.026, 0, 0.27))
  knobs = mesh.merged(
    rounds.cylinder(
      0.024, 0.015, segments=8, at=(_DEPTH - 0.02, at, 0.51), euler=(0, 90, 0)
    )
    for at in (-0.2, -0.07, 0.07, 0.2)
  )
  handle = prisms.box((0.012, 0.2, 0.012), at=(_DEPTH - 0.015, 0, 0.44))
  return FurnitureKind(
    'stove',
    parts=(
      Part(body, paint=paints.WHITE),
      Part(mesh.merged((top, splash, handle)), paint=paints.LIGHT),
      Part(mesh.merged((plates, window, knobs, plinth)), paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (_DEPTH, y, _HEIGHT / 2 + 0.004), (0, 0, 0.304)),
      Solid('box', (0.015, y, 0.07), (0.015 - _DEPTH, 0, 0.66)),
    ),
    footprint=(_DEPTH, y),
    rooms=('kitchen',),
  )


def _fridge() -> FurnitureKind:
  x, y, height = 0.29, 0.3, 1.5
  body = prisms.box((x - 0.03, y, height / 2 - 0.02), at=(-0.03, 0, 0.77))
  doors = mesh.merged(
    (
      prisms.box((0.025, y, 0.44), at=(x - 0.025, 0, 0.49)),
      prisms.box((0.025, y, 0.275), at=(x - 0.025, 0, 1.215)),
    )
  )
  handles = mesh.merged(
    prisms.box((0.014, 0.014, half), at=(x + 0.012, 0.24, z))
    for half, z in ((0.14, 0.74), (0.1, 1.09))
  )
  base = prisms.box((x - 0.05, y - 0.03, 0.02), at=(-0.02, 0, 0.02))
  return FurnitureKind(
    'fridge',
    parts=(
      Part(doors, paint=paints.WHITE),
      Part(body, paint=paints.LIGHT),
      Part(mesh.merged((handles, base)), paint=paints.DARK),
    ),
    solids=(Solid('box', (x, y, height / 2), (0, 0, height / 2)),),
    footprint=(0.316, y),
    rooms=('kitchen',),
  )


KINDS = (_kitchen_counter(), _kitchen_sink(), _stove(), _fridge())
