"""What people lie and sit on."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import (
  FurnitureKind,
  Part,
  Solid,
  Surface,
)


def _bed() -> FurnitureKind:
  frame = mesh.merged(
    (
      prisms.box((0.9, 0.54, 0.07), at=(0, 0, 0.17)),
      prisms.box((0.025, 0.55, 0.42), at=(-0.875, 0, 0.42)),
      prisms.box((0.02, 0.55, 0.19), at=(0.88, 0, 0.19)),
      *(
        prisms.box((0.03, 0.03, 0.05), at=(x, y, 0.05))
        for x in (-0.86, 0.86)
        for y in (-0.5, 0.5)
      ),
    )
  )
  sheet = prisms.block((0.86, 0.52), (0.85, 0.505), 0.2, at=(0, 0, 0.24))
  pillows = mesh.mirrored(
    rounds.ellipsoid(
      (0.17, 0.22, 0.06), segments=10, rings=6, at=(-0.65, 0.25, 0.46)
    )
  )
  blanket = mesh.merged(
    (
      prisms.box((0.62, 0.535, 0.1), at=(0.245, 0, 0.35)),
      prisms.box((0.09, 0.54, 0.09), at=(-0.31, 0, 0.355)),
    )
  )
  return FurnitureKind(
    'bed',
    parts=(
      Part(blanket),
      Part(frame, paint=paints.OAK),
      Part(mesh.merged((sheet, pillows)), paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.9, 0.54, 0.225), (0, 0, 0.225)),
      Solid('box', (0.025, 0.55, 0.42), (-0.875, 0, 0.42)),
    ),
    footprint=(0.9, 0.55),
    rooms=('bedroom',),
    surfaces=(Surface(-0.38, 0.84, -0.5, 0.5, 0.45),),
  )


def _sofa() -> FurnitureKind:
  base = prisms.box((0.42, 0.9, 0.11), at=(0, 0, 0.17))
  back = prisms.block(
    (0.12, 0.9), (0.08, 0.88), 0.52, shift=-0.04, at=(-0.3, 0, 0.28)
  )
  arms = mesh.mirrored(prisms.box((0.42, 0.1, 0.25), at=(0, 0.8, 0.31)))
  cushions = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.285, 0.343, 0.06), at=(0.125, 0.348, 0.34)),
        prisms.block(
          (0.06, 0.33), (0.04, 0.31), 0.3, shift=-0.03, at=(-0.14, 0.348, 0.4)
        ),
      )
    )
  )
  feet = mesh.merged(
    prisms.box((0.03, 0.03, 0.03), at=(x, y, 0.03))
    for x in (-0.36, 0.36)
    for y in (-0.82, 0.82)
  )
  return FurnitureKind(
    'sofa',
    parts=(
      Part(cushions),
      Part(mesh.merged((base, arms)), shade=0.85),
      Part(back, shade=0.75),
      Part(feet, paint=paints.WALNUT),
    ),
    solids=(
      Solid('box', (0.42, 0.9, 0.2), (0, 0, 0.2)),
      Solid('box', (0.17, 0.9, 0.4), (-0.25, 0, 0.4)),
      Solid('box', (0.42, 0.1, 0.28), (0, 0.8, 0.28)),
      Solid('box', (0.42, 0.1, 0.28), (0, -0.8, 0.28)),
    ),
    footprint=(0.42, 0.9),
    rooms=('living room',),
    surfaces=(Surface(-0.07, 0.41, -0.69, 0.69, 0.4),),
  )


def _armchair() -> FurnitureKind:
  base = prisms.box((0.38, 0.42, 0.1), at=(0, 0, 0.16))
  back = prisms.block(
    (0.1, 0.42), (0.07, 0.38), 0.6, shift=-0.03, at=(-0.28, 0, 0.24)
  )
  arms = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.36, 0.08, 0.16), at=(0.01, 0.34, 0.36)),
        rounds.cylinder(
          0.085, 0.36, segments=8, at=(0.01, 0.34, 0.5), euler=(0, 90, 0)
        ),
      )
    )
  )
  cushion = prisms.box((0.28, 0.255, 0.06), at=(0.1, 0, 0.32))
  feet = mesh.merged(
    rounds.cone(0.015, 0.025, 0.03, segments=6, at=(x, y, 0.03))
    for x in (-0.32, 0.32)
    for y in (-0.36, 0.36)
  )
  return FurnitureKind(
    'armchair',
    parts=(
      Part(mesh.merged((base, arms))),
      Part(back, shade=0.85),
      Part(cushion, shade=0.95),
      Part(feet, paint=paints.WALNUT),
    ),
    solids=(
      Solid('box', (0.38, 0.42, 0.19), (0, 0, 0.19)),
      Solid('box', (0.1, 0.42, 0.42), (-0.28, 0, 0.42)),
      Solid('box', (0.37, 0.085, 0.29), (0.01, 0.335, 0.29)),
      Solid('box', (0.37, 0.085, 0.29), (0.01, -0.335, 0.29)),
    ),
    footprint=(0.38, 0.425),
    rooms=('living room', 'study'),
    surfaces=(Surface(-0.16, 0.37, -0.24, 0.24, 0.38),),
  )


def _dining_chair() -> FurnitureKind:
  frame = mesh.merged(
    (
      prisms.box((0.2, 0.2, 0.02), at=(0, 0, 0.36)),
      prisms.box((0.014, 0.18, 0.05), at=(-0.182, 0, 0.72)),
      prisms.box((0.012, 0.18, 0.025), at=(-0.182, 0, 0.58)),
      prisms.box((0.012, 0.18, 0.025), at=(-0.182, 0, 0.47)),
    )
  )
  legs = mesh.merged(
    (
      *(
        prisms.box((0.018, 0.018, 0.17), at=(0.178, y, 0.17))
        for y in (-0.178, 0.178)
      ),
      *(
        prisms.box((0.018, 0.018, 0.385), at=(-0.182, y, 0.385))
        for y in (-0.182, 0.182)
      ),
    )
  )
  return FurnitureKind(
    'dining chair',
    parts=(Part(frame), Part(legs, shade=0.85)),
    solids=(
      Solid('box', (0.2, 0.2, 0.19), (0, 0, 0.19)),
      Solid('box', (0.018, 0.2, 0.385), (-0.182, 0, 0.385)),
    ),
    footprint=(0.2, 0.2),
    rooms=('kitchen', 'study', 'living room'),
    against_wall=False,
  )


def _stool() -> FurnitureKind:
  seat = rounds.cylinder(0.17, 0.022, segments=14, at=(0, 0, 0.398))
  legs = mesh.merged(
    rounds.tube(
      [(0.16 * a, 0.16 * b, 0.005), (0.1 * a, 0.1 * b, 0.38)], 0.018, sides=5
    )
    for a in (-1, 1)
    for b in (-1, 1)
  )
  rungs = rounds.torus(
    0.165, 0.01, segments=12, sides=5, at=(0, 0, 0.16), euler=(90, 0, 0)
  )
  return FurnitureKind(
    'stool',
    parts=(Part(seat), Part(mesh.merged((legs, rungs)), paint=paints.DARK)),
    solids=(Solid('cylinder', (0.175, 0.21), (0, 0, 0.21)),),
    footprint=(0.18, 0.18),
    rooms=('kitchen', 'bathroom', 'study'),
    against_wall=False,
  )


def _bench() -> FurnitureKind:
  slats = mesh.merged(
    prisms.box((0.045, 0.5, 0.018), at=(x, 0, 0.382)) for x in (-0.11, 0, 0.11)
  )
  legs = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.15, 0.025, 0.182), at=(0, 0.42, 0.182)),
        prisms.box((0.02, 0.42, 0.025), at=(0, 0.0, 0.14)),
      )
    )
  )
  return FurnitureKind(
    'bench',
    parts=(Part(slats), Part(legs, paint=paints.WALNUT)),
    solids=(Solid('box', (0.155, 0.5, 0.2), (0, 0, 0.2)),),
    footprint=(0.155, 0.5),
    rooms=('bedroom', 'kitchen', 'bathroom'),
    surfaces=(Surface(-0.155, 0.155, -0.5, 0.5, 0.4),),
  )


KINDS = (
  _bed(),
  _sofa(),
  _armchair(),
  _dining_chair(),
  _stool(),
  _bench(),
)
