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
  back = prisms.box((0.008, y, height / 2), at=(-x - 0.008, 0, height / 2))
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
    solids=(Solid('box', (x + 0.01, y, height / 2), (0, 0, height / 2)),),
    footprint=(x + 0.016, y),
    rooms=('study', 'living room', 'bedroom'),
  )


def _wardrobe() -> FurnitureKind:
  x, y, height = 0.27, 0.5, 1.7
  body = prisms.box((x, y, height / 2 - 0.03), at=(0, 0, height / 2))
  doors = mesh.merged(
    prisms.box((0.01, y / 2 - 0.015, 0.74), at=(x + 0.004, s * y / 2, 0.87))
    for s in (-1, 1)
  )
  panels = mesh.merged(
    prisms.box((0.006, y / 2 - 0.07, 0.3), at=(x + 0.012, s * y / 2, z))
    for s in (-1, 1)
    for z in (0.5, 1.22)
  )
  trim = mesh.merged(
    (
      prisms.box((x + 0.02, y + 0.02, 0.025), at=(0, 0, height - 0.025)),
      prisms.box((x, y, 0.03), at=(0, 0, 0.03)),
    )
  )
  handles = mesh.mirrored(
    prisms.box((0.014, 0.012, 0.07), at=(x + 0.024, 0.045, 0.85))
  )
  return FurnitureKind(
    'wardrobe',
    parts=(
      Part(doors),
      Part(body, shade=0.75),
      Part(panels, shade=0.85),
      Part(trim, paint=paints.WALNUT),
      Part(handles, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (x + 0.02, y + 0.02, height / 2), (0, 0, height / 2)),
    ),
    footprint=(0.31, y + 0.02),
    rooms=('bedroom',),
  )


def _tv_stand() -> FurnitureKind:
  x, y, height = 0.2, 0.6, 0.38
  body = prisms.box((x, y, height / 2 - 0.03), at=(0, 0, height / 2 + 0.02))
  fronts = mesh.merged(
    prisms.box((0.006, 0.18, 0.12), at=(x + 0.003, s * 0.39, 0.21))
    for s in (-1, 1)
  )
  niche = prisms.box((0.004, 0.18, 0.12), at=(x, 0, 0.21))
  feet = mesh.merged(
    prisms.box((0.02, 0.02, 0.03), at=(a * 0.16, b * 0.55, 0.03))
    for a in (-1, 1)
    for b in (-1, 1)
  )
  tv = mesh.merged(
    (
      prisms.box((0.025, 0.5, 0.29), at=(-0.06, 0, 0.75)),
      prisms.box((0.02, 0.06, 0.04), at=(-0.06, 0, 0.43)),
      prisms.box((0.09, 0.2, 0.008), at=(-0.04, 0, 0.398)),
    )
  )
  screen = prisms.box((0.003, 0.475, 0.262), at=(-0.035, 0, 0.755))
  return FurnitureKind(
    'tv stand',
    parts=(
      Part(fronts),
      Part(body, shade=0.8),
      Part(mesh.merged((niche, tv, feet)), paint=paints.BLACK),
      Part(screen, paint=paints.DARK),
    ),
    solids=(
      Solid('box', (x + 0.006, y, 0.195), (0, 0, 0.195)),
      Solid('box', (0.03, 0.5, 0.33), (-0.06, 0, 0.71)),
    ),
    footprint=(x + 0.01, y),
    rooms=('living room',),
  )


def _chest() -> FurnitureKind:
  body = prisms.box((0.24, 0.42, 0.15), at=(0, 0, 0.17))
  lid = prisms.box((0.25, 0.43, 0.04), at=(0, 0, 0.36))
  bands = mesh.mirrored(prisms.box((0.253, 0.035, 0.19), at=(0, 0.25, 0.195)))
  lock = prisms.box((0.008, 0.04, 0.045), at=(0.25, 0, 0.31))
  return FurnitureKind(
    'chest',
    parts=(
      Part(lid),
      Part(body, shade=0.8),
      Part(mesh.merged((bands, lock)), paint=paints.WALNUT),
    ),
    solids=(Solid('box', (0.25, 0.43, 0.2), (0, 0, 0.2)),),
    footprint=(0.258, 0.43),
    rooms=('bedroom', 'living room'),
    surfaces=(Surface(-0.25, 0.25, -0.43, 0.43, 0.4),),
  )


KINDS = (_cabinet(), _bookshelf(), _wardrobe(), _tv_stand(), _chest())
