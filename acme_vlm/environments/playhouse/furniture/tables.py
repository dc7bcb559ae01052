"""Tables of all heights."""

from acme_vlm.environments.playhouse import mesh, paints, prisms
from acme_vlm.environments.playhouse.kinds import (
  FurnitureKind,
  Part,
  Solid,
  Surface,
)


def _legs(x: float, y: float, half: float, height: float) -> mesh.Mesh:
  """Four square legs, the outer faces at ±x and ±y."""
  return mesh.merged(
    prisms.box(
      (half, half, height / 2),
      at=(a * (x - half), b * (y - half), height / 2),
    )
    for a in (-1, 1)
    for b in (-1, 1)
  )


def _four_legged(
  name: str,
  half: tuple[float, float],
  height: float,
  rooms: tuple[str, ...],
  shelf: float = 0.0,
) -> FurnitureKind:
  """A slab on legs, with a second slab at height `shelf` if that is given."""
  x, y = half
  top = prisms.box((x, y, 0.025), at=(0, 0, height - 0.025))
  apron = prisms.box((x - 0.05, y - 0.05, 0.03), at=(0, 0, height - 0.08))
  legs = _legs(x - 0.02, y - 0.02, 0.035, height - 0.05)
  lower = [prisms.box((x - 0.05, y - 0.05, 0.012), at=(0, 0, shelf))]
  return FurnitureKind(
    name,
    parts=(
      Part(top, paint=paints.OAK),
      Part(mesh.merged((apron, legs, *lower[: shelf > 0])), shade=0.8),
    ),
    # A full body: nobody drives under a table and is stuck there.
    solids=(Solid('box', (x, y, height / 2), (0, 0, height / 2)),),
    footprint=half,
    rooms=rooms,
    surfaces=(Surface(-x, x, -y, y, height),),
    against_wall=False,
  )


def _desk() -> FurnitureKind:
  x, y, height = 0.32, 0.6, 0.58
  top = prisms.box((x, y, 0.02), at=(0, 0, height - 0.02))
  sides = mesh.merged(
    (
      prisms.box((0.3, 0.02, 0.27), at=(0, -0.57, 0.27)),
      prisms.box((0.3, 0.2, 0.27), at=(0, 0.39, 0.27)),
      prisms.box((0.012, 0.56, 0.15), at=(-0.28, 0, 0.38)),
    )
  )
  drawers = mesh.merged(
    prisms.box((0.008, 0.185, 0.075), at=(0.304, 0.39, z))
    for z in (0.11, 0.28, 0.45)
  )
  knobs = mesh.merged(
    prisms.box((0.012, 0.04, 0.01), at=(0.318, 0.39, z))
    for z in (0.11, 0.28, 0.45)
  )
  return FurnitureKind(
    'desk',
    parts=(
      Part(drawers),
      Part(sides, shade=0.8),
      Part(top, paint=paints.WALNUT),
      Part(knobs, paint=paints.BLACK),
    ),
    solids=(Solid('box', (x, y, height / 2), (0, 0, height / 2)),),
    footprint=(0.33, y),
    rooms=('study', 'bedroom'),
    surfaces=(Surface(-x, x, -y, y, height),),
  )


def _nightstand() -> FurnitureKind:
  body = prisms.box((0.23, 0.25, 0.18), at=(0, 0, 0.24))
  top = prisms.box((0.24, 0.26, 0.015), at=(0, 0, 0.435))
  drawers = mesh.merged(
    prisms.box((0.008, 0.22, 0.07), at=(0.234, 0, z)) for z in (0.16, 0.33)
  )
  knobs = mesh.merged(
    prisms.box((0.01, 0.02, 0.014), at=(0.246, 0, z)) for z in (0.16, 0.33)
  )
  return FurnitureKind(
    'nightstand',
    parts=(
      Part(mesh.merged((body, _legs(0.22, 0.24, 0.02, 0.06))), shade=0.8),
      Part(drawers),
      Part(top, paint=paints.OAK),
      Part(knobs, paint=paints.BLACK),
    ),
    solids=(Solid('box', (0.24, 0.26, 0.225), (0, 0, 0.225)),),
    footprint=(0.256, 0.26),
    rooms=('bedroom',),
    surfaces=(Surface(-0.24, 0.24, -0.26, 0.26, 0.45),),
  )


KINDS = (
  _four_legged('table', (0.6, 0.42), 0.58, ('kitchen', 'living room')),
  _four_legged(
    'coffee table', (0.32, 0.52), 0.36, ('living room',), shelf=0.12
  ),
  _desk(),
  _nightstand(),
)
