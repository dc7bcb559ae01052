"""What is worn or carried."""

import math

import numpy as np

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _hat() -> ObjectKind:
  felt = rounds.lathe(
    [
      (0, 0),
      (0.15, 0),
      (0.158, 0.012),
      (0.15, 0.02),
      (0.092, 0.02),
      (0.088, 0.06),
      (0.1, 0.2),
      (0, 0.205),
    ],
    segments=14,
  )
  band = rounds.lathe([(0.092, 0.022), (0.0905, 0.06)], segments=14)
  return ObjectKind(
    'hat',
    parts=(Part(felt), Part(band, paint=paints.BLACK)),
    solids=(
      Solid('cylinder', (0.155, 0.01), (0, 0, 0.01)),
      Solid('cylinder', (0.095, 0.1), (0, 0, 0.105)),
    ),
  )


def _umbrella() -> ObjectKind:
  # It lies on its rim and on the end of its handle.
  radius, reach = 0.16, 0.2
  tilt = math.degrees(math.atan2(radius, reach))
  pose = {'at': (-0.13, 0, 0.002), 'euler': (0, 90 - tilt, 0)}
  scallop = [radius, 0.93 * radius] * 8
  angles = np.arange(16) * 2 * np.pi / 16

  def ring(factor: float, height: float) -> list[tuple[float, float, float]]:
    return [
      (factor * r * math.cos(a), factor * r * math.sin(a), height)
      for r, a in zip(scallop, angles, strict=True)
    ]

  profile = ((1.0, reach), (0.75, reach + 0.05), (0.4, reach + 0.082))
  cover = [ring(*step) for step in profile] + [ring(0.0, reach + 0.092)]
  lining = [ring(0.0, reach + 0.075)] + [
    ring(f, z - 0.004) for f, z in reversed(profile)
  ]
  canopy = prisms.loft(cover, **pose)
  under = prisms.loft(lining, **pose)
  stick = mesh.merged(
    (
      rounds.cylinder(0.007, 0.13, segments=6, at=(0, 0, 0.15)),
      rounds.cone(0.007, 0.0, 0.016, segments=6, at=(0, 0, reach + 0.105)),
      rounds.torus(
        0.026, 0.01, arc=(-180, 0), segments=6, at=(-0.026, 0, 0.03)
      ),
    )
  )
  foot = reach * math.cos(math.radians(tilt)) + radius * math.sin(
    math.radians(tilt)
  )
  return ObjectKind(
    'umbrella',
    parts=(
      Part(canopy),
      Part(under, shade=0.6),
      Part(mesh.moved(stick, **pose), paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.02, 0.07, 0.01), (foot - 0.15, 0, 0.01)),
      Solid('cylinder', (0.125, 0.025), (0.05, 0, 0.143), (0, 90 - tilt, 0)),
      Solid('box', (0.12, 0.01, 0.01), (-0.03, 0, 0.083), (0, -tilt, 0)),
      Solid('box', (0.015, 0.02, 0.01), (-0.125, 0, 0.01)),
    ),
  )


def _suitcase() -> ObjectKind:
  shell = prisms.box((0.065, 0.16, 0.11), at=(0, 0, 0.122))
  ribs = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.068, 0.014, 0.113), at=(0, 0.095, 0.122)),
        rounds.cylinder(
          0.014, 0.05, segments=6, at=(0, 0.12, 0.014), euler=(0, 90, 0)
        ),
      )
    )
  )
  grip = rounds.tube(
    [(0, -0.05, 0.225), (0, -0.045, 0.27), (0, 0.045, 0.27), (0, 0.05, 0.225)],
    0.011,
  )
  tag = mesh.merged(
    prisms.box((0.003, 0.03, 0.02), at=(x, 0, 0.16)) for x in (-0.065, 0.065)
  )
  return ObjectKind(
    'suitcase',
    parts=(
      Part(shell),
      Part(mesh.merged((ribs, grip)), paint=paints.BLACK),
      Part(tag, paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.068, 0.16, 0.118), (0, 0, 0.118)),
      Solid('box', (0.011, 0.055, 0.022), (0, 0, 0.257)),
    ),
  )


def _boot() -> ObjectKind:
  shaft = rounds.lathe(
    [(0.062, 0.05), (0.058, 0.12), (0.068, 0.29), (0.056, 0.29)],
    segments=12,
    at=(-0.07, 0, 0),
  )
  inside = rounds.lathe(
    [(0.056, 0.29), (0.052, 0.18), (0, 0.18)], segments=12, at=(-0.07, 0, 0)
  )
  toe = mesh.merged(
    (
      rounds.ellipsoid((0.13, 0.062, 0.062), at=(0.02, 0, 0.062)),
      rounds.cylinder(0.062, 0.03, segments=12, at=(-0.07, 0, 0.05)),
    )
  )
  sole = mesh.merged(
    (
      rounds.cylinder(0.066, 0.01, segments=12, at=(-0.07, 0, 0.01)),
      prisms.box((0.075, 0.062, 0.01), at=(0.01, 0, 0.01)),
      rounds.cylinder(0.062, 0.01, segments=12, at=(0.09, 0, 0.01)),
    )
  )
  cuff = rounds.lathe(
    [(0.0685, 0.265), (0.0695, 0.288)], segments=12, at=(-0.07, 0, 0)
  )
  return ObjectKind(
    'boot',
    parts=(
      Part(mesh.merged((shaft, toe))),
      Part(inside, shade=0.4),
      Part(sole, paint=paints.BLACK),
      Part(cuff, paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.14, 0.06, 0.04), (0.005, 0, 0.04)),
      Solid('cylinder', (0.064, 0.125), (-0.07, 0, 0.165)),
    ),
  )


def _crown() -> ObjectKind:
  count, bottom, top = 8, 0.125, 0.145
  band = rounds.lathe(
    [
      (bottom - 0.01, 0.0),
      (bottom, 0.0),
      (bottom + 0.01, 0.09),
      (bottom, 0.09),
      (bottom - 0.01, 0.0),
    ],
    segments=16,
  )
  spikes, pearls, jewels = [], [], []
  for yaw in np.arange(count) * 360 / count:
    turn = (0, 0, float(yaw))
    spikes.append(
      prisms.prism(
        [(-0.052, 0.0), (0.052, 0.0), (0.0, 0.12)],
        0.006,
        euler=(90, 0, 90),
      )
    )
    spikes[-1] = mesh.moved(
      mesh.moved(spikes[-1], (bottom, 0, 0.08), (0, 10, 0)), euler=turn
    )
    pearls.append(
      mesh.moved(
        rounds.sphere(0.016, segments=5, rings=3, at=(top, 0, 0.2)), euler=turn
      )
    )
    jewels.append(
      mesh.moved(
        prisms.box(
          (0.004, 0.016, 0.016), at=(bottom + 0.005, 0, 0.045), euler=(45, 0, 0)
        ),
        euler=turn,
      )
    )
  return ObjectKind(
    'crown',
    parts=(
      Part(band),
      Part(mesh.merged(spikes), shade=0.9),
      Part(mesh.merged(pearls), paint=paints.WHITE),
      Part(mesh.merged(jewels), paint=paints.BLACK),
    ),
    solids=(
      Solid('cylinder', (0.13, 0.05), (0, 0, 0.05)),
      Solid('cylinder', (0.14, 0.045), (0, 0, 0.145)),
    ),
  )


KINDS = (_hat(), _umbrella(), _suitcase(), _boot(), _crown())
