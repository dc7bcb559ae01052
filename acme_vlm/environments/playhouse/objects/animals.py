"""Toy animals; they look along x."""

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import ObjectKind, Part, Solid


def _bear_fur() -> mesh.Mesh:
  """Body, head, ears, arms and legs."""
  return mesh.merged(
    (
      rounds.ellipsoid((0.075, 0.08, 0.095), rings=5, at=(0, 0, 0.1)),
      rounds.ellipsoid((0.07, 0.078, 0.07), rings=5, at=(0.01, 0, 0.235)),
      mesh.mirrored(
        mesh.merged(
          (
            rounds.sphere(0.034, segments=6, rings=4, at=(0.0, 0.066, 0.296)),
            rounds.capsule(
              0.03,
              0.04,
              segments=6,
              rings=1,
              at=(0.045, 0.1, 0.125),
              euler=(30, 35, 0),
            ),
            rounds.capsule(
              0.036,
              0.04,
              segments=6,
              rings=1,
              at=(0.075, 0.06, 0.036),
              euler=(0, 90, 20),
            ),
          )
        )
      ),
    )
  )


def _bear() -> ObjectKind:
  fur = _bear_fur()
  cream = mesh.merged(
    (
      rounds.ellipsoid(
        (0.035, 0.038, 0.03), segments=8, rings=4, at=(0.07, 0, 0.22)
      ),
      rounds.ellipsoid(
        (0.02, 0.048, 0.055), segments=8, rings=4, at=(0.064, 0, 0.1)
      ),
      mesh.mirrored(
        rounds.cylinder(
          0.024, 0.004, segments=6, at=(0.15, 0.088, 0.036), euler=(0, 90, 20)
        )
      ),
    )
  )
  black = mesh.merged(
    (
      prisms.box((0.008, 0.014, 0.009), at=(0.104, 0, 0.232)),
      mesh.mirrored(prisms.box((0.006, 0.009, 0.009), at=(0.076, 0.03, 0.256))),
    )
  )
  return ObjectKind(
    'bear',
    parts=(
      Part(fur),
      Part(cream, paint=paints.CREAM),
      Part(black, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.085, 0.085, 0.035), (0.04, 0, 0.035)),
      Solid('ellipsoid', (0.075, 0.08, 0.095), (0, 0, 0.1)),
      Solid('ellipsoid', (0.075, 0.09, 0.085), (0.01, 0, 0.245)),
    ),
  )


def _duck() -> ObjectKind:
  body = mesh.merged(
    (
      rounds.ellipsoid((0.12, 0.085, 0.075), segments=12, at=(0, 0, 0.075)),
      rounds.sphere(0.066, at=(0.085, 0, 0.212)),
      rounds.cone(0.06, 0.05, 0.03, segments=8, at=(0.075, 0, 0.145)),
      rounds.cone(
        0.05, 0.0, 0.06, segments=8, at=(-0.115, 0, 0.125), euler=(0, -50, 0)
      ),
    )
  )
  wings = mesh.mirrored(
    rounds.ellipsoid(
      (0.075, 0.022, 0.042),
      segments=8,
      rings=4,
      at=(-0.02, 0.086, 0.085),
      euler=(0, 12, 0),
    )
  )
  beak = rounds.ellipsoid(
    (0.045, 0.038, 0.015), segments=8, rings=4, at=(0.152, 0, 0.2)
  )
  eyes = mesh.mirrored(
    prisms.box((0.009, 0.006, 0.011), at=(0.13, 0.042, 0.232))
  )
  return ObjectKind(
    'duck',
    parts=(
      Part(body),
      Part(wings, shade=0.8),
      Part(beak, paint=paints.WHITE),
      Part(eyes, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.075, 0.055, 0.03), (0, 0, 0.03)),
      Solid('ellipsoid', (0.13, 0.1, 0.07), (-0.01, 0, 0.08)),
      Solid('ellipsoid', (0.09, 0.066, 0.075), (0.1, 0, 0.203)),
    ),
  )


def _rabbit_fur() -> mesh.Mesh:
  """Body, head, ears and legs."""
  return mesh.merged(
    (
      rounds.ellipsoid((0.085, 0.07, 0.085), rings=5, at=(-0.01, 0, 0.085)),
      rounds.ellipsoid((0.062, 0.056, 0.056), rings=5, at=(0.06, 0, 0.185)),
      mesh.mirrored(
        mesh.merged(
          (
            rounds.capsule(
              0.022,
              0.055,
              segments=6,
              at=(0.03, 0.032, 0.28),
              euler=(-12, -12, 0),
            ),
            rounds.ellipsoid(
              (0.055, 0.032, 0.05), segments=8, rings=4, at=(-0.03, 0.06, 0.05)
            ),
            rounds.capsule(
              0.022,
              0.03,
              segments=6,
              rings=1,
              at=(0.085, 0.035, 0.022),
              euler=(0, 90, 0),
            ),
          )
        )
      ),
    )
  )


def _rabbit() -> ObjectKind:
  fur = _rabbit_fur()
  white = mesh.merged(
    (
      rounds.sphere(0.036, segments=8, rings=4, at=(-0.1, 0, 0.075)),
      rounds.ellipsoid(
        (0.022, 0.03, 0.02), segments=8, rings=4, at=(0.11, 0, 0.172)
      ),
      mesh.mirrored(
        prisms.box(
          (0.004, 0.009, 0.04), at=(0.05, 0.032, 0.283), euler=(-12, -12, 0)
        )
      ),
    )
  )
  black = mesh.merged(
    (
      prisms.box((0.006, 0.01, 0.007), at=(0.132, 0, 0.182)),
      mesh.mirrored(prisms.box((0.007, 0.006, 0.01), at=(0.1, 0.041, 0.205))),
    )
  )
  return ObjectKind(
    'rabbit',
    parts=(
      Part(fur),
      Part(white, paint=paints.WHITE),
      Part(black, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.1, 0.075, 0.04), (0.01, 0, 0.04)),
      Solid('ellipsoid', (0.085, 0.07, 0.085), (-0.01, 0, 0.087)),
      Solid('ellipsoid', (0.065, 0.058, 0.058), (0.06, 0, 0.185)),
      Solid('box', (0.025, 0.06, 0.065), (0.025, 0, 0.285)),
    ),
  )


def _penguin() -> ObjectKind:
  body = mesh.merged(
    (
      rounds.ellipsoid((0.085, 0.09, 0.125), at=(0, 0, 0.13)),
      rounds.sphere(0.066, at=(0.01, 0, 0.265)),
    )
  )
  wings = mesh.mirrored(
    rounds.ellipsoid(
      (0.035, 0.012, 0.085),
      segments=8,
      rings=4,
      at=(0, 0.105, 0.145),
      euler=(22, 0, 0),
    )
  )
  white = mesh.merged(
    (
      rounds.ellipsoid(
        (0.03, 0.066, 0.095), segments=10, rings=6, at=(0.066, 0, 0.12)
      ),
      mesh.mirrored(
        rounds.sphere(0.02, segments=6, rings=4, at=(0.062, 0.026, 0.28))
      ),
    )
  )
  black = mesh.merged(
    (
      rounds.cone(
        0.02, 0.0, 0.03, segments=6, at=(0.095, 0, 0.258), euler=(0, 90, 0)
      ),
      mesh.mirrored(prisms.box((0.005, 0.007, 0.008), at=(0.08, 0.027, 0.284))),
      mesh.mirrored(prisms.box((0.05, 0.03, 0.012), at=(0.045, 0.045, 0.012))),
    )
  )
  return ObjectKind(
    'penguin',
    parts=(
      Part(body),
      Part(wings, shade=0.75),
      Part(white, paint=paints.WHITE),
      Part(black, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.07, 0.075, 0.03), (0.015, 0, 0.03)),
      Solid('ellipsoid', (0.09, 0.1, 0.122), (0, 0, 0.13)),
      Solid('sphere', (0.068,), (0.01, 0, 0.265)),
    ),
  )


def _elephant() -> ObjectKind:
  skin = mesh.merged(
    (
      rounds.ellipsoid((0.11, 0.08, 0.075), rings=5, at=(-0.03, 0, 0.145)),
      rounds.ellipsoid((0.06, 0.058, 0.062), rings=5, at=(0.085, 0, 0.19)),
      rounds.tube(
        [(0.125, 0, 0.18), (0.16, 0, 0.13), (0.165, 0, 0.07), (0.19, 0, 0.045)],
        (0.028, 0.024, 0.019, 0.015),
      ),
      *(
        rounds.cylinder(0.032, 0.05, segments=8, at=(x, y, 0.05))
        for x in (-0.09, 0.035)
        for y in (-0.045, 0.045)
      ),
      rounds.tube([(-0.135, 0, 0.16), (-0.15, 0, 0.1)], 0.008, sides=6),
    )
  )
  ears = mesh.mirrored(
    rounds.ellipsoid(
      (0.014, 0.062, 0.07),
      segments=8,
      rings=4,
      at=(0.07, 0.095, 0.2),
      euler=(0, 0, 25),
    )
  )
  tusks = mesh.mirrored(
    rounds.tube(
      [(0.12, 0.035, 0.16), (0.155, 0.04, 0.135), (0.18, 0.04, 0.14)],
      (0.01, 0.009, 0.004),
      sides=5,
    )
  )
  eyes = mesh.mirrored(
    prisms.box((0.007, 0.005, 0.009), at=(0.125, 0.04, 0.21))
  )
  return ObjectKind(
    'elephant',
    parts=(
      Part(skin),
      Part(ears, shade=0.75),
      Part(tusks, paint=paints.WHITE),
      Part(eyes, paint=paints.BLACK),
    ),
    solids=(
      Solid('box', (0.095, 0.075, 0.05), (-0.025, 0, 0.05)),
      Solid('ellipsoid', (0.11, 0.08, 0.08), (-0.03, 0, 0.145)),
      Solid('box', (0.04, 0.11, 0.055), (0.09, 0, 0.195)),
      Solid('box', (0.025, 0.025, 0.07), (0.16, 0, 0.11)),
    ),
  )


def _horse() -> ObjectKind:
  coat = mesh.merged(
    (
      rounds.ellipsoid((0.115, 0.056, 0.058), at=(-0.02, 0, 0.17)),
      rounds.tube(
        [(0.05, 0, 0.18), (0.1, 0, 0.25), (0.115, 0, 0.3)],
        (0.048, 0.036, 0.032),
        sides=8,
      ),
      rounds.capsule(
        0.03, 0.04, segments=8, at=(0.145, 0, 0.285), euler=(0, 115, 0)
      ),
      mesh.mirrored(
        rounds.cone(0.014, 0.0, 0.02, segments=5, at=(0.11, 0.018, 0.338))
      ),
      *(
        rounds.cone(0.015, 0.022, 0.065, segments=6, at=(x, y, 0.085))
        for x in (-0.095, 0.05)
        for y in (-0.034, 0.034)
      ),
    )
  )
  black = mesh.merged(
    (
      prisms.prism(
        [
          (0.02, 0.215),
          (0.075, 0.225),
          (0.1, 0.3),
          (0.115, 0.345),
          (0.085, 0.33),
          (0.055, 0.28),
        ],
        0.01,
        euler=(90, 0, 0),
      ),
      rounds.tube(
        [(-0.13, 0, 0.19), (-0.165, 0, 0.15), (-0.17, 0, 0.08)],
        (0.012, 0.02, 0.008),
      ),
      *(
        rounds.cylinder(0.02, 0.012, segments=6, at=(x, y, 0.012))
        for x in (-0.095, 0.05)
        for y in (-0.034, 0.034)
      ),
      mesh.mirrored(prisms.box((0.007, 0.004, 0.008), at=(0.14, 0.028, 0.3))),
    )
  )
  return ObjectKind(
    'horse',
    parts=(Part(coat), Part(black, paint=paints.BLACK)),
    solids=(
      Solid('box', (0.095, 0.055, 0.055), (-0.022, 0, 0.055)),
      Solid('box', (0.125, 0.055, 0.055), (-0.03, 0, 0.165)),
      Solid('capsule', (0.036, 0.04), (0.095, 0, 0.25), (0, 20, 0)),
      Solid('capsule', (0.03, 0.035), (0.14, 0, 0.29), (0, 115, 0)),
    ),
  )


KINDS = (
  _bear(),
  _duck(),
  _rabbit(),
  _penguin(),
  _elephant(),
  _horse(),
)
