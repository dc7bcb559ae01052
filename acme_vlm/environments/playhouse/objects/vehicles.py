"""Toy vehicles of water and land; the front looks along x."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid
from acme_vlm.environments.playhouse.mesh import Mesh

_UPRIGHT = (90, 0, 0)  # a prism's polygon becomes one of x and z.
_FORWARD = (0, 90, 0)  # a lathe's axis becomes x.


def _wheels(
  xs: tuple[float, ...], y: float, radius: float, half: float
) -> tuple[Mesh, Mesh]:
  """Tyres and hubs of wheels on both sides."""
  tyres = mesh.merged(
    rounds.cylinder(radius, half, segments=9, at=(x, y, radius), euler=_UPRIGHT)
    for x in xs
  )
  hubs = mesh.merged(
    rounds.lathe(
      [(radius / 2, 0), (0, 0.004)],
      segments=6,
      at=(x, -y - half - 0.001, radius),
      euler=_UPRIGHT,
    )
    for x in xs
  )
  return mesh.mirrored(tyres), mesh.mirrored(hubs)


def _boat() -> ObjectKind:
  sections = [
    [(x, -w, top), (x, -0.6 * w, 0), (x, 0.6 * w, 0), (x, w, top)]
    for x, w, top in (
      (-0.15, 0.07, 0.09),
      (-0.03, 0.09, 0.085),
      (0.08, 0.068, 0.09),
      (0.17, 0.002, 0.105),
    )
  ]
  deck = prisms.prism(
    [
      (-0.135, -0.059),
      (-0.03, -0.076),
      (0.075, -0.054),
      (0.135, 0.0),
      (0.075, 0.054),
      (-0.03, 0.076),
      (-0.135, 0.059),
    ],
    0.004,
    at=(0, 0, 0.09),
  )
  mast = rounds.cylinder(0.008, 0.125, segments=6, at=(0.01, 0, 0.215))
  main = prisms.prism(
    [(-0.005, 0.105), (-0.005, 0.335), (-0.165, 0.105)],
    0.006,
    euler=(90, 0, 32),
    at=(0.01, 0, 0),
  )
  jib = prisms.prism(
    [(0.01, 0.115), (0.125, 0.115), (0.01, 0.3)],
    0.006,
    euler=(90, 0, -32),
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
      Solid('box', (0.1, 0.06, 0.1), (-0.01, 0, 0.19)),
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
    0.07,
    euler=_UPRIGHT,
  )
  cabin = prisms.block((0.1, 0.062), (0.062, 0.046), 0.075, at=(-0.02, 0, 0.1))
  glass = mesh.merged(
    (
      prisms.block((0.1, 0.05), (0.0736, 0.039), 0.052, at=(-0.02, 0, 0.106)),
      prisms.block(
        (0.036, 0.0635), (0.024, 0.0528), 0.05, at=(0.024, 0, 0.107)
      ),
      prisms.block(
        (0.036, 0.0635), (0.024, 0.0528), 0.05, at=(-0.064, 0, 0.107)
      ),
    )
  )
  tyres, hubs = _wheels((-0.095, 0.095), 0.074, 0.044, 0.018)
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
      Solid('box', (0.165, 0.09, 0.05), (0, 0, 0.05)),
      Solid('box', (0.085, 0.056, 0.0375), (-0.02, 0, 0.1375)),
    ),
  )


def _train() -> ObjectKind:
  body = mesh.merged(
    (
      rounds.cylinder(
        0.056, 0.09, segments=12, at=(0.06, 0, 0.125), euler=_FORWARD
      ),
      prisms.box((0.05, 0.07, 0.065), at=(-0.085, 0, 0.135)),
      prisms.box((0.145, 0.06, 0.016), at=(0.005, 0, 0.065)),
    )
  )
  dark = mesh.merged(
    (
      rounds.lathe(
        [(0, 0.16), (0.018, 0.16), (0.018, 0.22), (0.032, 0.25), (0, 0.25)],
        segments=8,
        at=(0.115, 0, 0),
      ),
      rounds.sphere(0.024, segments=8, rings=4, at=(0.03, 0, 0.185)),
      mesh.mirrored(
        prisms.box((0.026, 0.003, 0.024), at=(-0.085, 0.07, 0.155))
      ),
      prisms.block(
        (0.03, 0.066), (0.005, 0.05), 0.055, shift=-0.02, at=(0.165, 0, 0.008)
      ),
    )
  )
  roof = prisms.box((0.065, 0.08, 0.008), at=(-0.085, 0, 0.208))
  tyres, hubs = _wheels((-0.1, -0.01, 0.08), 0.062, 0.038, 0.012)
  disc = rounds.cylinder(
    0.034, 0.006, segments=10, at=(0.15, 0, 0.125), euler=_FORWARD
  )
  return ObjectKind(
    'train',
    parts=(
      Part(body),
      Part(roof, shade=0.6),
      Part(mesh.merged((dark, tyres)), paint=paints.BLACK),
      Part(mesh.merged((hubs, disc)), paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.155, 0.07, 0.04), (0.02, 0, 0.04)),
      Solid('box', (0.09, 0.056, 0.052), (0.06, 0, 0.13)),
      Solid('box', (0.06, 0.075, 0.068), (-0.085, 0, 0.145)),
      Solid('cylinder', (0.028, 0.04), (0.115, 0, 0.21)),
    ),
  )


def _truck() -> ObjectKind:
  cab = prisms.prism(
    [(0.06, 0.05), (0.165, 0.05), (0.165, 0.11), (0.135, 0.185), (0.06, 0.185)],
    0.075,
    euler=_UPRIGHT,
  )
  tub = prisms.block((0.09, 0.065), (0.115, 0.088), 0.105, at=(-0.06, 0, 0.07))
  load = prisms.box((0.1, 0.074, 0.004), at=(-0.06, 0, 0.173))
  chassis = prisms.box((0.15, 0.05, 0.012), at=(0, 0, 0.055))
  glass = mesh.merged(
    (
      prisms.box(
        (0.003, 0.06, 0.028), at=(0.152, 0, 0.147), euler=(0, -21.8, 0)
      ),
      mesh.mirrored(prisms.box((0.03, 0.003, 0.026), at=(0.1, 0.075, 0.15))),
    )
  )
  tyres, hubs = _wheels((-0.11, -0.02, 0.11), 0.068, 0.043, 0.016)
  lamps = mesh.mirrored(
    prisms.box((0.004, 0.016, 0.012), at=(0.165, 0.05, 0.08))
  )
  return ObjectKind(
    'truck',
    parts=(
      Part(tub),
      Part(cab, shade=0.85),
      Part(load, shade=0.5),
      Part(mesh.merged((chassis, glass, tyres)), paint=paints.BLACK),
      Part(mesh.merged((hubs, lamps)), paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.155, 0.08, 0.045), (0.0, 0, 0.045)),
      Solid('box', (0.052, 0.075, 0.06), (0.112, 0, 0.125)),
      Solid('box', (0.11, 0.085, 0.05), (-0.06, 0, 0.125)),
    ),
  )


KINDS = (
  _boat(),
  _car(),
  _train(),
  _truck(),
)
