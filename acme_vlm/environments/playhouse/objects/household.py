"""Things of the household."""

import math

import numpy as np

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _roll() -> ObjectKind:
  outer, hole, half = 0.12, 0.062, 0.09
  lying = {'euler': (0, 90, 0), 'at': (0, 0, outer)}
  paper = rounds.lathe(
    [(hole, -half), (outer, -half), (outer, half), (hole, half)],
    segments=16,
    **lying,
  )
  tube = half + 0.028  # the core sticks out, so it is no box from the side.
  core = rounds.lathe(
    [
      (hole - 0.006, -tube),
      (hole + 0.002, -tube),
      (hole + 0.002, tube),
      (hole - 0.006, tube),
    ],
    segments=16,
    **lying,
  )
  inside = rounds.lathe(
    [(hole - 0.006, tube), (hole - 0.006, -tube)], segments=16, **lying
  )
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
    parts=(
      Part(paper),
      Part(sheet, shade=0.9),
      Part(core, paint=paints.CARD),
      Part(inside, paint=paints.WALNUT),
    ),
    solids=(
      Solid('cylinder', (outer, half), (0, 0, outer), (0, 90, 0)),
      Solid('box', (half, 0.155, 0.005), (0, 0.035, 0.005)),
    ),
  )


def _table_lamp() -> ObjectKind:
  foot = rounds.lathe(
    [(0, 0), (0.08, 0), (0.08, 0.015), (0.03, 0.03), (0, 0.03)],
    segments=12,
  )
  stem = rounds.cylinder(0.016, 0.1, segments=6, at=(0, 0, 0.13))
  shade = rounds.lathe(
    [(0.122, 0.215), (0.058, 0.345), (0.042, 0.345)], segments=14
  )
  inside = rounds.lathe([(0.056, 0.33), (0.119, 0.215)], segments=14)
  glow = rounds.cylinder(0.044, 0.01, segments=10, at=(0, 0, 0.333))
  return ObjectKind(
    'table lamp',
    parts=(
      Part(shade),
      Part(foot, shade=0.8),
      Part(mesh.merged((stem, inside, glow)), paint=paints.CREAM),
    ),
    solids=(
      Solid('cylinder', (0.08, 0.012), (0, 0, 0.012)),
      Solid('cylinder', (0.02, 0.09), (0, 0, 0.12)),
      Solid('cylinder', (0.1, 0.065), (0, 0, 0.28)),
    ),
  )


def _book() -> ObjectKind:
  long, wide, thick = 0.15, 0.105, 0.032
  cover = mesh.merged(
    (
      prisms.box((wide, long, 0.006), at=(0, 0, 0.006)),
      prisms.box((wide, long, 0.006), at=(0, 0, 2 * thick - 0.006)),
      prisms.box((0.007, long, thick), at=(-wide, 0, thick)),
    )
  )
  pages = prisms.box(
    (wide - 0.006, long - 0.008, thick - 0.01), at=(0.002, 0, thick)
  )
  title = mesh.merged(
    prisms.box((half, 0.07, 0.0015), at=(x, 0, 2 * thick))
    for x, half in ((-0.045, 0.016), (-0.012, 0.007))
  )
  return ObjectKind(
    'book',
    parts=(Part(cover), Part(mesh.merged((pages, title)), paint=paints.WHITE)),
    solids=(Solid('box', (wide + 0.003, long, thick), (-0.003, 0, thick)),),
  )


def _chair() -> ObjectKind:
  frame = mesh.merged(
    (
      prisms.box((0.105, 0.1, 0.014), at=(0, 0, 0.155)),
      prisms.box((0.01, 0.1, 0.03), at=(-0.094, 0, 0.31)),
      prisms.box((0.01, 0.1, 0.018), at=(-0.094, 0, 0.235)),
    )
  )
  legs = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.014, 0.014, 0.072), at=(0.088, 0.084, 0.072)),
        prisms.box((0.014, 0.014, 0.17), at=(-0.09, 0.086, 0.17)),
      )
    )
  )
  return ObjectKind(
    'chair',
    parts=(Part(frame), Part(legs, shade=0.8)),
    solids=(
      Solid('box', (0.105, 0.1, 0.085), (0, 0, 0.085)),
      Solid('box', (0.014, 0.1, 0.085), (-0.092, 0, 0.255)),
    ),
  )


def _clock_case() -> mesh.Mesh:
  """The hollow drum with its bells and feet."""
  return mesh.merged(
    (
      rounds.lathe(
        [
          (0, -0.045),
          (0.11, -0.045),
          (0.125, -0.02),
          (0.125, 0.045),
          (0.1, 0.045),
          (0.1, 0.03),
        ],
        segments=16,
        at=(0, 0, 0.15),
        euler=(0, 90, 0),
      ),
      mesh.mirrored(
        mesh.merged(
          (
            rounds.ellipsoid(
              (0.045, 0.045, 0.038),
              segments=8,
              rings=4,
              at=(0, 0.08, 0.272),
              euler=(-30, 0, 0),
            ),
            rounds.cone(
              0.012,
              0.02,
              0.03,
              segments=6,
              at=(0, 0.085, 0.035),
              euler=(25, 0, 0),
            ),
          )
        )
      ),
    )
  )


def _clock() -> ObjectKind:
  case = _clock_case()
  face = rounds.cylinder(
    0.102, 0.004, segments=16, at=(0.03, 0, 0.15), euler=(0, 90, 0)
  )
  black = mesh.merged(
    (
      prisms.box((0.004, 0.007, 0.042), at=(0.036, 0, 0.188)),
      prisms.box((0.004, 0.031, 0.007), at=(0.036, 0.026, 0.15)),
      *(
        prisms.box(
          (0.003, 0.007, 0.012),
          at=(0.034, 0.085 * math.sin(a), 0.15 + 0.085 * math.cos(a)),
          euler=(-math.degrees(a), 0, 0),
        )
        for a in np.arange(4) * np.pi / 2
      ),
      prisms.box((0.012, 0.012, 0.02), at=(0, 0, 0.29)),
    )
  )
  return ObjectKind(
    'clock',
    parts=(
      Part(case),
      Part(face, paint=paints.WHITE),
      Part(black, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.045, 0.1, 0.03), (0, 0, 0.03)),
      Solid('cylinder', (0.125, 0.045), (0, 0, 0.15), (0, 90, 0)),
      Solid('box', (0.04, 0.11, 0.035), (0, 0, 0.275)),
    ),
  )


def _telephone() -> ObjectKind:
  base = prisms.block((0.1, 0.12), (0.055, 0.085), 0.1, shift=-0.02)
  handset = mesh.merged(
    (
      rounds.tube(
        [
          (-0.03, -0.12, 0.15),
          (-0.03, -0.06, 0.165),
          (-0.03, 0.06, 0.165),
          (-0.03, 0.12, 0.15),
        ],
        0.022,
      ),
      mesh.mirrored(
        rounds.cone(0.042, 0.034, 0.022, segments=10, at=(-0.03, 0.12, 0.135))
      ),
    )
  )
  rests = mesh.mirrored(
    prisms.box((0.025, 0.012, 0.025), at=(-0.03, 0.06, 0.12))
  )
  dial = rounds.cylinder(
    0.052, 0.006, segments=12, at=(0.058, 0, 0.062), euler=(0, 58, 0)
  )
  middle = rounds.cylinder(
    0.022, 0.009, segments=8, at=(0.058, 0, 0.062), euler=(0, 58, 0)
  )
  return ObjectKind(
    'telephone',
    parts=(
      Part(base),
      Part(handset, shade=0.85),
      Part(dial, paint=paints.WHITE),
      Part(mesh.merged((rests, middle)), paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.1, 0.12, 0.025), (0, 0, 0.025)),
      Solid('box', (0.065, 0.095, 0.03), (-0.02, 0, 0.075)),
      Solid('box', (0.038, 0.155, 0.035), (-0.03, 0, 0.15)),
    ),
  )


KINDS = (
  _roll(),
  _table_lamp(),
  _book(),
  _chair(),
  _clock(),
  _telephone(),
)
