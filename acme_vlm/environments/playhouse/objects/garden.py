"""Things for plants and water."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _leaf(lean: float, yaw: float) -> mesh.Mesh:
  """A leaf that grows out of the pot and bends down at its end."""
  sections = [
    [(-half, y, z), (half, y, z), (0, y + 0.01, z)]
    for half, y, z in ((0.006, 0, 0), (0.036, 0.004, 0.1), (0.028, -0.01, 0.17))
  ]
  tip = [(0, -0.035, 0.225)] * 3
  return prisms.loft([*sections, tip], at=(0, 0, 0.115), euler=(lean, 0, yaw))


def _vase() -> ObjectKind:
  outside = rounds.lathe(
    [
      (0, 0),
      (0.055, 0),
      (0.095, 0.07),
      (0.1, 0.125),
      (0.075, 0.19),
      (0.038, 0.235),
      (0.036, 0.265),
      (0.062, 0.3),
      (0.052, 0.302),
    ],
    segments=14,
  )
  inside = rounds.lathe([(0.052, 0.302), (0.03, 0.265), (0, 0.24)], segments=14)
  bands = mesh.merged(
    rounds.lathe([(r, z), (s, z + 0.016)], segments=14)
    for r, s, z in ((0.1005, 0.1015, 0.107), (0.0915, 0.0845, 0.155))
  )
  return ObjectKind(
    'vase',
    parts=(
      Part(outside),
      Part(inside, shade=0.35),
      Part(bands, paint=paints.WHITE),
    ),
    solids=(
      Solid('cylinder', (0.06, 0.1), (0, 0, 0.1)),
      Solid('ellipsoid', (0.1, 0.1, 0.1), (0, 0, 0.115)),
      Solid('cylinder', (0.05, 0.05), (0, 0, 0.25)),
    ),
  )


def _plant() -> ObjectKind:
  pot = rounds.lathe(
    [(0, 0), (0.058, 0), (0.08, 0.1), (0.09, 0.1), (0.09, 0.125), (0, 0.125)],
    segments=12,
  )
  leaves = [_leaf(14 + 17 * (i % 3), 137.5 * i) for i in range(9)]
  return ObjectKind(
    'plant',
    parts=(
      Part(mesh.merged(leaves[::2])),
      Part(mesh.merged(leaves[1::2]), shade=0.75),
      Part(pot, paint=paints.WHITE),
    ),
    solids=(
      Solid('cylinder', (0.06, 0.02), (0, 0, 0.02)),
      Solid('cylinder', (0.085, 0.055), (0, 0, 0.07)),
      Solid('cylinder', (0.1, 0.09), (0, 0, 0.215)),
    ),
  )


def _watering_can() -> ObjectKind:
  can = mesh.merged(
    (
      rounds.lathe(
        [(0, 0), (0.09, 0), (0.085, 0.14), (0.05, 0.17)],
        segments=12,
        at=(-0.04, 0, 0),
      ),
      rounds.tube(
        [(0.03, 0, 0.04), (0.1, 0, 0.11), (0.145, 0, 0.195)],
        (0.024, 0.017, 0.013),
      ),
      rounds.torus(
        0.075, 0.012, arc=(55, 250), segments=10, at=(-0.085, 0, 0.14)
      ),
    )
  )
  rose = rounds.cone(
    0.014, 0.036, 0.016, segments=10, at=(0.155, 0, 0.21), euler=(0, 35, 0)
  )
  mouth = rounds.cylinder(0.05, 0.002, segments=12, at=(-0.04, 0, 0.169))
  return ObjectKind(
    'watering can',
    parts=(Part(can), Part(rose, shade=0.7), Part(mouth, paint=paints.BLACK)),
    solids=(
      Solid('cylinder', (0.09, 0.08), (-0.04, 0, 0.08)),
      Solid('capsule', (0.018, 0.09), (0.095, 0, 0.12), (0, 35, 0)),
      Solid('box', (0.05, 0.012, 0.05), (-0.11, 0, 0.165)),
    ),
  )


def _bucket() -> ObjectKind:
  outside = rounds.lathe(
    [
      (0, 0),
      (0.085, 0),
      (0.115, 0.18),
      (0.125, 0.18),
      (0.125, 0.2),
      (0.108, 0.2),
    ],
    segments=14,
  )
  inside = rounds.lathe([(0.108, 0.2), (0.078, 0.015), (0, 0.015)], segments=14)
  handle = rounds.torus(
    0.117,
    0.008,
    arc=(0, 180),
    segments=10,
    sides=5,
    at=(0, 0, 0.19),
    euler=(18, 0, 0),
  )
  return ObjectKind(
    'bucket',
    parts=(
      Part(outside),
      Part(inside, shade=0.45),
      Part(handle, paint=paints.BLACK),
    ),
    solids=(
      Solid('cylinder', (0.085, 0.05), (0, 0, 0.05)),
      Solid('cylinder', (0.115, 0.06), (0, 0, 0.14)),
    ),
  )


KINDS = (
  _vase(),
  _plant(),
  _watering_can(),
  _bucket(),
)
