"""Things of the household."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _roll() -> ObjectKind:
  outer, hole, half = 0.12, 0.056, 0.1
  lying = {'euler': (0, 90, 0), 'at': (0, 0, outer)}
  paper = rounds.lathe(
    [(hole, -half), (outer, -half), (outer, half), (hole, half)],
    segments=16,
    **lying,
  )
  core = rounds.lathe([(hole, half), (hole, -half)], segments=16, **lying)
  sheet = prisms.prism(
    [
      (0.0, 0.0),
      (0.19, 0.0),
      (0.19, 0.007),
      (0.117, 0.02),
      (0.117, 0.12),
      (0.1, 0.12),
      (0.1, 0.02),
    ],
    half,
    euler=(90, 0, 90),
  )
  return ObjectKind(
    'roll',
    parts=(Part(paper), Part(sheet, shade=0.9), Part(core, paint=paints.CARD)),
    solids=(
      Solid('cylinder', (outer, half), (0, 0, outer), (0, 90, 0)),
      Solid('box', (half, 0.155, 0.005), (0, 0.035, 0.005)),
    ),
  )


def _table_lamp() -> ObjectKind:
  foot = rounds.lathe(
    [(0, 0), (0.085, 0), (0.085, 0.02), (0.03, 0.035), (0, 0.035)],
    segments=12,
  )
  stem = rounds.cylinder(0.014, 0.09, segments=6, at=(0, 0, 0.12))
  shade = rounds.lathe(
    [(0.125, 0.195), (0.068, 0.34), (0.04, 0.34)], segments=14
  )
  inside = rounds.lathe([(0.066, 0.33), (0.122, 0.195)], segments=14)
  glow = rounds.cylinder(0.04, 0.01, segments=10, at=(0, 0, 0.33))
  return ObjectKind(
    'table lamp',
    parts=(
      Part(shade),
      Part(foot, shade=0.8),
      Part(mesh.merged((stem, inside, glow)), paint=paints.CREAM),
    ),
    solids=(
      Solid('cylinder', (0.085, 0.015), (0, 0, 0.015)),
      Solid('cylinder', (0.02, 0.09), (0, 0, 0.12)),
      Solid('cylinder', (0.105, 0.072), (0, 0, 0.268)),
    ),
  )


KINDS = (_roll(), _table_lamp())
