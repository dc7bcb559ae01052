"""Things to play with."""

import math

import numpy as np

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _ball() -> ObjectKind:
  return ObjectKind(
    'ball',
    parts=(
      Part(rounds.sphere(0.14, segments=14, rings=10, at=(0, 0, 0.14))),
      Part(
        rounds.lathe(
          [(0.1405, -0.014), (0.1415, 0.0), (0.1405, 0.014)],
          segments=20,
          at=(0, 0, 0.14),
          euler=(28, 0, 0),
        ),
        paint=paints.WHITE,
      ),
    ),
    # The disc under the sphere lets it come to rest.
    solids=(
      Solid('sphere', (0.14,), (0, 0, 0.14)),
      Solid('cylinder', (0.055, 0.01), (0, 0, 0.01)),
    ),
  )


def _robot_arms() -> mesh.Mesh:
  """Shoulders, arms, claws, and ears of the same metal."""
  return mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.022, 0.024, 0.024), at=(0, 0.094, 0.165)),
        prisms.box((0.055, 0.016, 0.016), at=(0.045, 0.1, 0.15)),
        prisms.box((0.014, 0.005, 0.024), at=(0.112, 0.09, 0.15)),
        prisms.box((0.014, 0.005, 0.024), at=(0.112, 0.112, 0.15)),
        rounds.cylinder(
          0.026, 0.01, segments=6, at=(0, 0.074, 0.262), euler=(90, 0, 0)
        ),
      )
    )
  )


def _robot() -> ObjectKind:
  body = mesh.merged(
    (
      prisms.box((0.055, 0.07, 0.06), at=(0, 0, 0.135)),
      prisms.box((0.05, 0.066, 0.045), at=(0, 0, 0.262)),
    )
  )
  legs = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.026, 0.024, 0.03), at=(0, 0.038, 0.06)),
        prisms.box((0.055, 0.033, 0.018), at=(0.014, 0.038, 0.018)),
      )
    )
  )
  metal = _robot_arms()
  dark = mesh.merged(
    (
      prisms.box((0.004, 0.054, 0.026), at=(0.05, 0, 0.268)),
      rounds.cylinder(0.022, 0.012, segments=6, at=(0, 0, 0.206)),
      prisms.box((0.016, 0.04, 0.038), at=(-0.068, 0, 0.145)),
      mesh.mirrored(
        mesh.merged(
          (
            rounds.cylinder(
              0.006, 0.022, segments=5, at=(0, 0.04, 0.32), euler=(-20, 0, 0)
            ),
            rounds.sphere(0.014, segments=6, rings=4, at=(0, 0.048, 0.338)),
            prisms.box((0.003, 0.01, 0.01), at=(0.058, 0.022, 0.15)),
          )
        )
      ),
    )
  )
  white = mesh.merged(
    (
      mesh.mirrored(
        prisms.box((0.004, 0.015, 0.014), at=(0.053, 0.026, 0.272))
      ),
      prisms.box((0.003, 0.045, 0.026), at=(0.055, 0, 0.15)),
    )
  )
  return ObjectKind(
    'robot',
    parts=(
      Part(body),
      Part(legs, shade=0.75),
      Part(metal, paint=paints.LIGHT),
      Part(dark, paint=paints.DARK),
      Part(white, paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.055, 0.07, 0.045), (0.014, 0, 0.045)),
      Solid('box', (0.065, 0.072, 0.06), (-0.01, 0, 0.138)),
      Solid('box', (0.05, 0.075, 0.065), (0, 0, 0.275)),
      Solid('box', (0.072, 0.115, 0.022), (0.05, 0, 0.155)),
    ),
  )


def _snowman() -> ObjectKind:
  body = mesh.merged(
    (
      rounds.sphere(0.1, segments=10, at=(0, 0, 0.1)),
      rounds.sphere(0.066, segments=8, at=(0, 0, 0.205)),
    )
  )
  head = rounds.sphere(0.05, segments=8, at=(0, 0, 0.272))
  black = mesh.merged(
    (
      rounds.cylinder(0.06, 0.006, segments=8, at=(0, 0, 0.305)),
      rounds.cylinder(0.036, 0.025, segments=8, at=(0, 0, 0.325)),
      mesh.mirrored(
        prisms.box((0.005, 0.007, 0.007), at=(0.046, 0.018, 0.283))
      ),
      *(
        prisms.box((0.006, 0.009, 0.009), at=at)
        for at in ((0.063, 0, 0.22), (0.065, 0, 0.19), (0.095, 0, 0.12))
      ),
      mesh.mirrored(
        rounds.tube(
          [(0, 0.05, 0.205), (0, 0.1, 0.23), (0.01, 0.14, 0.27)], 0.007, sides=5
        )
      ),
    )
  )
  white = mesh.merged(
    (
      rounds.torus(
        0.052, 0.014, segments=8, sides=5, at=(0, 0, 0.238), euler=(90, 0, 0)
      ),
      rounds.cone(
        0.012, 0.0, 0.022, segments=6, at=(0.068, 0, 0.268), euler=(0, 90, 0)
      ),
    )
  )
  return ObjectKind(
    'snowman',
    parts=(
      Part(mesh.merged((body, head))),
      Part(white, paint=paints.WHITE),
      Part(black, paint=paints.BLACK),
    ),
    solids=(
      Solid('cylinder', (0.06, 0.03), (0, 0, 0.03)),
      Solid('sphere', (0.1,), (0, 0, 0.1)),
      Solid('sphere', (0.068,), (0, 0, 0.2)),
      Solid('cylinder', (0.05, 0.06), (0, 0, 0.29)),
    ),
  )


def _cube() -> ObjectKind:
  half = 0.123
  frames = mesh.merged(
    prisms.box(
      (half + 0.002, 0.058, 0.058), at=(0, 0, half + 0.003), euler=euler
    )
    for euler in ((0, 0, 0), (0, 0, 90), (0, 90, 0))
  )
  inner = mesh.merged(
    prisms.box(
      (half + 0.003, 0.036, 0.036), at=(0, 0, half + 0.003), euler=euler
    )
    for euler in ((0, 0, 0), (0, 0, 90), (0, 90, 0))
  )
  return ObjectKind(
    'cube',
    parts=(
      Part(
        mesh.merged(
          (prisms.box((half, half, half), at=(0, 0, half + 0.003)), inner)
        )
      ),
      Part(frames, paint=paints.WHITE),
    ),
    solids=(Solid('box', (half, half, half + 0.003), (0, 0, half + 0.003)),),
  )


def _ring() -> ObjectKind:
  ring = rounds.torus(
    0.115, 0.04, segments=16, sides=8, at=(0, 0, 0.092), euler=(65, 0, 0)
  )
  foot = prisms.block((0.06, 0.02), (0.05, 0.012), 0.09, at=(0, -0.085, 0))
  return ObjectKind(
    'ring',
    parts=(Part(ring), Part(foot, paint=paints.DARK)),
    solids=(
      Solid('box', (0.06, 0.12, 0.005), (0, 0.0, 0.005)),
      Solid('cylinder', (0.15, 0.025), (0, 0, 0.092), (-25, 0, 0)),
    ),
  )


def _drum() -> ObjectKind:
  shell = rounds.cylinder(0.135, 0.08, segments=14, at=(0, 0, 0.09))
  skin = rounds.cylinder(0.125, 0.004, segments=14, at=(0, 0, 0.178))
  hoops = mesh.merged(
    rounds.cylinder(0.142, 0.014, segments=14, at=(0, 0, z))
    for z in (0.014, 0.166)
  )
  cords = mesh.merged(
    prisms.box(
      (0.003, 0.007, 0.075),
      at=(0.133 * math.cos(a), 0.133 * math.sin(a), 0.09),
      euler=(28 * (-1) ** i, 0, math.degrees(a)),
    )
    for i, a in enumerate(np.arange(10) * 2 * np.pi / 10)
  )
  sticks = mesh.merged(
    rounds.capsule(
      0.008, 0.11, segments=5, rings=1, at=(0, 0, 0.19), euler=(0, 90, yaw)
    )
    for yaw in (25, -35)
  )
  return ObjectKind(
    'drum',
    parts=(
      Part(shell),
      Part(hoops, shade=0.7),
      Part(mesh.merged((skin, cords)), paint=paints.WHITE),
      Part(sticks, paint=paints.BLACK),
    ),
    solids=(Solid('cylinder', (0.142, 0.09), (0, 0, 0.09)),),
  )


def _house() -> ObjectKind:
  walls = mesh.merged(
    (
      prisms.box((0.1, 0.12, 0.075), at=(0, 0, 0.075)),
      prisms.prism(
        [(-0.12, 0.15), (0.12, 0.15), (0, 0.27)], 0.1, euler=(90, 0, 90)
      ),
    )
  )
  roof = mesh.mirrored(
    prisms.box((0.125, 0.098, 0.01), at=(0, 0.07, 0.215), euler=(-45, 0, 0))
  )
  chimney = prisms.box((0.022, 0.022, 0.045), at=(-0.05, 0.065, 0.265))
  white = mesh.merged(
    (
      *(
        mesh.mirrored(prisms.box((0.003, 0.026, 0.026), at=(x, 0.07, 0.095)))
        for x in (-0.1, 0.1)
      ),
      prisms.box((0.003, 0.025, 0.022), at=(0.1, 0, 0.18)),
      mesh.mirrored(prisms.box((0.04, 0.003, 0.03), at=(0, 0.12, 0.085))),
    )
  )
  door = prisms.box((0.003, 0.025, 0.048), at=(0.1, 0, 0.048))
  return ObjectKind(
    'house',
    parts=(
      Part(walls),
      Part(roof, shade=0.6),
      Part(white, paint=paints.WHITE),
      Part(mesh.merged((door, chimney)), paint=paints.DARK),
    ),
    solids=(
      Solid('box', (0.1, 0.12, 0.08), (0, 0, 0.08)),
      Solid('box', (0.12, 0.1, 0.008), (0, 0.07, 0.215), (-45, 0, 0)),
      Solid('box', (0.12, 0.1, 0.008), (0, -0.07, 0.215), (45, 0, 0)),
    ),
  )


KINDS = (
  _ball(),
  _robot(),
  _snowman(),
  _cube(),
  _ring(),
  _drum(),
  _house(),
)
