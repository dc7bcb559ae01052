"""Toy vehicles of air and space; the front looks along x."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid

_UPRIGHT = (90, 0, 0)  # a prism's polygon becomes one of x and z.
_FORWARD = (0, 90, 0)  # a lathe's axis becomes x.


def _plane() -> ObjectKind:
  fuselage = rounds.lathe(
    [
      (0, -0.17),
      (0.012, -0.165),
      (0.036, -0.03),
      (0.042, 0.06),
      (0.036, 0.13),
      (0.0, 0.145),
    ],
    segments=10,
    euler=_FORWARD,
    at=(0, 0, 0.105),
  )
  wings = mesh.merged(
    (
      prisms.box((0.042, 0.17, 0.009), at=(0.045, 0, 0.095)),
      prisms.box((0.026, 0.07, 0.007), at=(-0.14, 0, 0.112)),
    )
  )
  fin = prisms.prism(
    [(-0.165, 0.11), (-0.1, 0.11), (-0.145, 0.19), (-0.175, 0.19)],
    0.007,
    euler=_UPRIGHT,
  )
  tyres = mesh.mirrored(
    rounds.cylinder(
      0.03, 0.011, segments=9, at=(0.07, 0.05, 0.03), euler=_UPRIGHT
    )
  )
  black = mesh.merged(
    (
      tyres,
      prisms.box((0.004, 0.07, 0.011), at=(0.15, 0, 0.105), euler=(35, 0, 0)),
      rounds.ellipsoid(
        (0.042, 0.026, 0.03), segments=8, rings=4, at=(0.04, 0, 0.14)
      ),
      prisms.box((0.006, 0.045, 0.006), at=(0.07, 0, 0.035)),
      prisms.box((0.006, 0.006, 0.03), at=(0.07, 0, 0.055)),
      prisms.box((0.006, 0.006, 0.05), at=(-0.13, 0, 0.05)),
    )
  )
  spinner = rounds.cone(
    0.02, 0.0, 0.015, segments=8, euler=_FORWARD, at=(0.16, 0, 0.105)
  )
  return ObjectKind(
    'plane',
    parts=(
      Part(mesh.merged((fuselage, fin))),
      Part(wings, shade=0.9),
      Part(black, paint=paints.BLACK),
      Part(spinner, paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.11, 0.06, 0.03), (-0.02, 0, 0.03)),
      Solid('box', (0.165, 0.04, 0.045), (0, 0, 0.1)),
      Solid('box', (0.042, 0.17, 0.009), (0.045, 0, 0.095)),
      Solid('box', (0.03, 0.07, 0.04), (-0.145, 0, 0.15)),
    ),
  )


def _helicopter() -> ObjectKind:
  body = mesh.merged(
    (
      rounds.ellipsoid((0.105, 0.08, 0.08), at=(0.055, 0, 0.125)),
      rounds.tube([(0.0, 0, 0.13), (-0.16, 0, 0.155)], (0.045, 0.02), sides=8),
      prisms.prism(
        [(-0.18, 0.145), (-0.13, 0.145), (-0.155, 0.22), (-0.18, 0.22)],
        0.008,
        euler=_UPRIGHT,
      ),
      prisms.box((0.02, 0.05, 0.006), at=(-0.14, 0, 0.155)),
      prisms.block((0.05, 0.035), (0.03, 0.02), 0.025, at=(0.04, 0, 0.18)),
    )
  )
  glass = rounds.ellipsoid(
    (0.055, 0.064, 0.05), segments=10, at=(0.112, 0, 0.14)
  )
  black = mesh.merged(
    (
      rounds.cylinder(0.009, 0.02, segments=6, at=(0.04, 0, 0.215)),
      *(
        prisms.box(
          (0.145, 0.017, 0.004), at=(0.04, 0, 0.235), euler=(0, 0, yaw)
        )
        for yaw in (25, 115)
      ),
      prisms.box(
        (0.04, 0.004, 0.008), at=(-0.165, 0.014, 0.19), euler=(0, 40, 0)
      ),
      mesh.mirrored(prisms.box((0.1, 0.008, 0.008), at=(0.05, 0.065, 0.008))),
      *(
        mesh.mirrored(
          prisms.box(
            (0.006, 0.006, 0.035), at=(x, 0.055, 0.04), euler=(20, 0, 0)
          )
        )
        for x in (0.0, 0.1)
      ),
    )
  )
  return ObjectKind(
    'helicopter',
    parts=(Part(body), Part(mesh.merged((glass, black)), paint=paints.BLACK)),
    solids=(
      Solid('box', (0.1, 0.073, 0.02), (0.05, 0, 0.02)),
      Solid('ellipsoid', (0.1, 0.07, 0.08), (0.055, 0, 0.12)),
      Solid('box', (0.085, 0.02, 0.03), (-0.09, 0, 0.15)),
      Solid('cylinder', (0.12, 0.006), (0.04, 0, 0.234)),
    ),
  )


def _rocket() -> ObjectKind:
  body = rounds.lathe(
    [(0, 0.04), (0.045, 0.04), (0.066, 0.12), (0.064, 0.19), (0.048, 0.255)],
    segments=12,
  )
  nose = rounds.lathe([(0.048, 0.255), (0.026, 0.31), (0, 0.35)], segments=12)
  fins = mesh.merged(
    prisms.prism(
      [(0.05, 0.06), (0.085, 0.0), (0.115, 0.0), (0.115, 0.06), (0.055, 0.15)],
      0.009,
      euler=(90, 0, yaw),
    )
    for yaw in (45, 135, 225, 315)
  )
  nozzle = rounds.cone(0.04, 0.028, 0.014, at=(0, 0, 0.028))
  windows = mesh.merged(
    rounds.cylinder(
      0.028, 0.006, segments=10, at=(x, 0, 0.19), euler=(0, 90, 0)
    )
    for x in (-0.06, 0.06)
  )
  panes = mesh.merged(
    rounds.cylinder(0.018, 0.009, segments=8, at=(x, 0, 0.19), euler=(0, 90, 0))
    for x in (-0.06, 0.06)
  )
  return ObjectKind(
    'rocket',
    parts=(
      Part(body),
      Part(fins, shade=0.75),
      Part(mesh.merged((nose, windows)), paint=paints.WHITE),
      Part(mesh.merged((nozzle, panes)), paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.115, 0.009, 0.05), (0, 0, 0.05), (0, 0, 45)),
      Solid('box', (0.115, 0.009, 0.05), (0, 0, 0.05), (0, 0, 135)),
      Solid('cylinder', (0.062, 0.11), (0, 0, 0.15)),
      Solid('capsule', (0.025, 0.04), (0, 0, 0.28)),
    ),
  )


KINDS = (
  _plane(),
  _helicopter(),
  _rocket(),
)
