"""Toy vehicles; the front looks along x."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid
from acme_vlm.environments.playhouse.mesh import Mesh

_UPRIGHT = (90, 0, 0)  # a prism's polygon becomes one of x and z.
_FORWARD = (0, 90, 0)  # a lathe's axis becomes x.


def _wheels(
  xs: tuple[float, ...], y: float, radius: float, half: float
) -> tuple[Mesh, Mesh]:
  """Tyres and hubs of wheels on both sides."""
  pairs = []
  for size, width in ((radius, half), (0.5 * radius, half + 0.003)):
    pairs.append(
      mesh.mirrored(
        mesh.merged(
          rounds.cylinder(
            size, width, segments=10, at=(x, y, radius), euler=_UPRIGHT
          )
          for x in xs
        )
      )
    )
  return pairs[0], pairs[1]


def _boat() -> ObjectKind:
  sections = [
    [(x, -w, top), (x, -0.6 * w, 0), (x, 0.6 * w, 0), (x, w, top)]
    for x, w, top in (
      (-0.15, 0.06, 0.09),
      (-0.03, 0.078, 0.085),
      (0.08, 0.058, 0.09),
      (0.17, 0.002, 0.105),
    )
  ]
  deck = prisms.prism(
    [
      (-0.135, -0.05),
      (-0.03, -0.064),
      (0.075, -0.045),
      (0.135, 0.0),
      (0.075, 0.045),
      (-0.03, 0.064),
      (-0.135, 0.05),
    ],
    0.004,
    at=(0, 0, 0.09),
  )
  mast = rounds.cylinder(0.008, 0.125, segments=6, at=(0.01, 0, 0.215))
  main = prisms.prism(
    [(-0.005, 0.115), (-0.005, 0.335), (-0.15, 0.115)],
    0.004,
    euler=(90, 0, 30),
    at=(0.01, 0, 0),
  )
  jib = prisms.prism(
    [(0.01, 0.115), (0.125, 0.115), (0.01, 0.3)],
    0.004,
    euler=(90, 0, 22),
    at=(0.01, 0, 0),
  )
  return ObjectKind(
    'boat',
    parts=(
      Part(prisms.loft(sections), shade=0.85),
      Part(main),
      Part(deck, shade=0.6),
      Part(jib, paint=paints.WHITE),
      Part(mast, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.12, 0.055, 0.045), (-0.03, 0, 0.045)),
      Solid('box', (0.05, 0.03, 0.045), (0.12, 0, 0.055)),
      Solid('box', (0.1, 0.01, 0.12), (-0.01, 0, 0.21), (0, 0, 30)),
    ),
  )


def _car() -> ObjectKind:
  body = prisms.prism(
    [
      (-0.16, 0.035),
      (0.16, 0.035),
      (0.165, 0.075),
      (0.14, 0.098),
      (-0.15, 0.104),
      (-0.165, 0.085),
    ],
    0.078,
    euler=_UPRIGHT,
  )
  cabin = prisms.block((0.1, 0.072), (0.062, 0.06), 0.07, at=(-0.02, 0, 0.1))
  glass = mesh.merged(
    (
      prisms.block((0.1, 0.058), (0.07, 0.05), 0.052, at=(-0.02, 0, 0.106)),
      prisms.block((0.036, 0.074), (0.024, 0.065), 0.05, at=(0.024, 0, 0.107)),
      prisms.block((0.036, 0.074), (0.024, 0.065), 0.05, at=(-0.064, 0, 0.107)),
    )
  )
  tyres, hubs = _wheels((-0.095, 0.095), 0.072, 0.042, 0.016)
  lamps = mesh.mirrored(
    prisms.box((0.004, 0.016, 0.013), at=(0.163, 0.05, 0.072))
  )
  return ObjectKind(
    'car',
    parts=(
      Part(mesh.merged((body, cabin))),
      Part(mesh.merged((glass, tyres)), paint=paints.BLACK),
      Part(mesh.merged((hubs, lamps)), paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.165, 0.085, 0.05), (0, 0, 0.05)),
      Solid('box', (0.085, 0.066, 0.035), (-0.02, 0, 0.135)),
    ),
  )


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
  tyres, hubs = _wheels((0.07,), 0.05, 0.03, 0.011)
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
      Part(mesh.merged((hubs, spinner)), paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.11, 0.06, 0.03), (-0.02, 0, 0.03)),
      Solid('box', (0.165, 0.04, 0.045), (0, 0, 0.1)),
      Solid('box', (0.042, 0.17, 0.009), (0.045, 0, 0.095)),
      Solid('box', (0.03, 0.07, 0.04), (-0.145, 0, 0.15)),
    ),
  )


KINDS = (_boat(), _car(), _plane())
