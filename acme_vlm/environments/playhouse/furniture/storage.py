"""What things are kept in."""

from acme_vlm.environments.playhouse import mesh, paints, prisms
from acme_vlm.environments.playhouse.kinds import (
  FurnitureKind,
  Part,
  Solid,
  Surface,
)


def _cabinet() -> FurnitureKind:
  x, y, height = 0.23, 0.52, 0.6
  body = prisms.box((x, y, 0.265), at=(0, 0, 0.305))
  plinth = prisms.box((x - 0.03, y - 0.03, 0.02), at=(0, 0, 0.02))
  top = prisms.box((x + 0.01, y + 0.01, 0.015), at=(0, 0, height - 0.015))
  doors = mesh.merged(
    prisms.box((0.008, 0.245, 0.235), at=(x + 0.004, s * 0.255, 0.305))
    for s in (-1, 1)
  )
  knobs = mesh.mirrored(
    prisms.box((0.012, 0.012, 0.05), at=(x + 0.018, 0.05, 0.36))
  )
  return FurnitureKind(
    'cabinet',
    parts=(
      Part(doors),
      Part(body, shade=0.75),
      Part(mesh.merged((top, plinth)), paint=paints.WALNUT),
      Part(knobs, paint=paints.BLACK),
    ),
    solids=(Solid('box', (x + 0.01, y + 0.01, 0.3), (0, 0, 0.3)),),
    footprint=(0.26, y + 0.01),
    rooms=('living room', 'study', 'bathroom'),
    surfaces=(Surface(-0.22, 0.22, -0.5, 0.5, height),),
  )


def _bookshelf() -> FurnitureKind:
  x, y, height = 0.16, 0.45, 1.5
  levels = (0.04, 0.4, 0.76, 1.12, 1.48)
  boards = mesh.merged(
    (
      *(prisms.box((x, y, 0.02), at=(0, 0, z)) for z in levels),
      *(
        prisms.box((x, 0.02, height / 2), at=(0, s * (y - 0.02), height / 2))
        for s in (-1, 1)
      ),
    )
  )
  back = prisms.box((0.01, y, height / 2), at=(-x + 0.01, 0, height / 2))
  spines: list[list[mesh.Mesh]] = [[], [], []]
  for row, z in enumerate(levels[:-1]):
    left = -0.42
    for i in range(7 - 2 * (row % 2)):
      wide = 0.026 + 0.012 * ((3 * i + row) % 3)
      tall = 0.1 + 0.015 * ((2 * i + 3 * row) % 4)
      spines[(i + row) % 3].append(
        prisms.box((0.11, wide, tall), at=(-0.01, left + wide, z + 0.02 + tall))
      )
      left += 2 * wide + 0.005
  light, dark, grey = (mesh.merged(books) for books in spines)
  return FurnitureKind(
    'bookshelf',
    parts=(
      Part(boards),
      Part(back, shade=0.6),
      Part(light, paint=paints.CREAM),
      Part(dark, paint=paints.WALNUT),
      Part(grey, paint=paints.GREY),
    ),
    solids=(Solid('box', (x, y, height / 2), (0, 0, height / 2)),),
    footprint=(x, y),
    rooms=('study', 'living room', 'bedroom'),
  )


KINDS = (_cabinet(), _bookshelf())
