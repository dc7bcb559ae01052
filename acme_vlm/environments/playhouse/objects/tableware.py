"""What is poured from and drunk from."""

from acme_vlm.environments.playhouse import mesh, paints, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _mug() -> ObjectKind:
  wall = rounds.lathe(
    [(0, 0), (0.09, 0), (0.097, 0.012), (0.097, 0.22), (0.083, 0.22)],
    segments=14,
  )
  inside = rounds.lathe([(0.083, 0.22), (0.078, 0.03), (0, 0.03)], segments=14)
  handle = rounds.torus(
    0.066, 0.019, arc=(-100, 100), segments=8, at=(0.1, 0, 0.112)
  )
  return ObjectKind(
    'mug',
    parts=(Part(mesh.merged((wall, handle))), Part(inside, shade=0.45)),
    solids=(
      Solid('cylinder', (0.097, 0.11), (0, 0, 0.11)),
      Solid('box', (0.045, 0.019, 0.08), (0.14, 0, 0.112)),
    ),
  )


def _bottle() -> ObjectKind:
  glass = rounds.lathe(
    [
      (0, 0),
      (0.07, 0),
      (0.077, 0.015),
      (0.077, 0.165),
      (0.062, 0.205),
      (0.027, 0.245),
      (0.027, 0.3),
    ],
    segments=12,
  )
  label = rounds.lathe([(0.0785, 0.06), (0.0785, 0.14)], segments=12)
  cap = rounds.cylinder(0.032, 0.02, segments=10, at=(0, 0, 0.315))
  return ObjectKind(
    'bottle',
    parts=(
      Part(glass),
      Part(label, paint=paints.WHITE),
      Part(cap, paint=paints.BLACK),
    ),
    solids=(
      Solid('cylinder', (0.077, 0.1), (0, 0, 0.1)),
      Solid('cylinder', (0.035, 0.07), (0, 0, 0.265)),
    ),
  )


def _teapot() -> ObjectKind:
  pot = mesh.merged(
    (
      rounds.lathe(
        [
          (0, 0),
          (0.065, 0),
          (0.1, 0.05),
          (0.105, 0.085),
          (0.085, 0.14),
          (0.05, 0.16),
          (0, 0.16),
        ],
        segments=14,
      ),
      rounds.tube(
        [
          (0.085, 0, 0.06),
          (0.135, 0, 0.085),
          (0.15, 0, 0.135),
          (0.18, 0, 0.165),
        ],
        (0.034, 0.024, 0.018, 0.016),
      ),
      rounds.torus(
        0.055, 0.013, arc=(70, 290), segments=8, at=(-0.105, 0, 0.09)
      ),
    )
  )
  lid = rounds.lathe(
    [
      (0.052, 0.158),
      (0.052, 0.168),
      (0.02, 0.185),
      (0.011, 0.192),
      (0.022, 0.205),
      (0.018, 0.22),
      (0, 0.226),
    ],
    segments=12,
  )
  return ObjectKind(
    'teapot',
    parts=(Part(pot), Part(lid, shade=0.7)),
    solids=(
      Solid('cylinder', (0.075, 0.08), (0, 0, 0.08)),
      Solid('ellipsoid', (0.106, 0.106, 0.07), (0, 0, 0.09)),
      Solid('box', (0.04, 0.018, 0.045), (0.13, 0, 0.115), (0, -35, 0)),
      Solid('box', (0.03, 0.013, 0.055), (-0.13, 0, 0.09)),
    ),
  )


def _bowl() -> ObjectKind:
  outside = rounds.lathe(
    [
      (0, 0),
      (0.07, 0),
      (0.075, 0.015),
      (0.12, 0.05),
      (0.15, 0.115),
      (0.138, 0.115),
    ],
    segments=16,
  )
  inside = rounds.lathe(
    [(0.138, 0.115), (0.108, 0.055), (0.06, 0.025), (0, 0.02)], segments=16
  )
  return ObjectKind(
    'bowl',
    parts=(Part(outside), Part(inside, shade=0.6)),
    solids=(
      Solid('cylinder', (0.075, 0.03), (0, 0, 0.03)),
      Solid('cylinder', (0.13, 0.035), (0, 0, 0.08)),
    ),
  )


def _goblet() -> ObjectKind:
  cup = rounds.lathe(
    [
      (0, 0),
      (0.08, 0),
      (0.08, 0.012),
      (0.02, 0.03),
      (0.015, 0.06),
      (0.022, 0.12),
      (0.06, 0.15),
      (0.088, 0.21),
      (0.092, 0.3),
      (0.08, 0.3),
    ],
    segments=14,
  )
  inside = rounds.lathe([(0.08, 0.3), (0.076, 0.21), (0, 0.17)], segments=14)
  band = rounds.lathe([(0.0925, 0.255), (0.0935, 0.28)], segments=14)
  return ObjectKind(
    'goblet',
    parts=(Part(cup), Part(inside, shade=0.45), Part(band, paint=paints.WHITE)),
    solids=(
      Solid('cylinder', (0.08, 0.01), (0, 0, 0.01)),
      Solid('cylinder', (0.02, 0.07), (0, 0, 0.08)),
      Solid('cylinder', (0.085, 0.08), (0, 0, 0.22)),
    ),
  )


def _pan() -> ObjectKind:
  outside = rounds.lathe(
    [(0, 0), (0.095, 0), (0.12, 0.06), (0.112, 0.06)],
    segments=16,
    at=(0.05, 0, 0),
  )
  inside = rounds.lathe(
    [(0.112, 0.06), (0.09, 0.012), (0, 0.012)], segments=16, at=(0.05, 0, 0)
  )
  handle = rounds.tube(
    [(-0.06, 0, 0.05), (-0.1, 0, 0.062), (-0.175, 0, 0.075)],
    (0.012, 0.014, 0.018),
  )
  return ObjectKind(
    'pan',
    parts=(
      Part(outside),
      Part(inside, shade=0.7),
      Part(handle, paint=paints.BLACK),
    ),
    solids=(
      Solid('cylinder', (0.11, 0.03), (0.05, 0, 0.03)),
      Solid('capsule', (0.016, 0.055), (-0.12, 0, 0.065), (0, 83, 0)),
    ),
  )


KINDS = (_mug(), _bottle(), _teapot(), _bowl(), _goblet(), _pan())
