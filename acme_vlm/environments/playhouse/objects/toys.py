"""Toys with a face, and balls and blocks."""

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


def _bear() -> ObjectKind:
  fur = mesh.merged(
    (
      rounds.ellipsoid((0.075, 0.08, 0.095), at=(0, 0, 0.1)),
      rounds.ellipsoid((0.07, 0.078, 0.07), at=(0.01, 0, 0.235)),
      mesh.mirrored(
        mesh.merged(
          (
            rounds.sphere(0.034, segments=8, rings=4, at=(0.0, 0.066, 0.296)),
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
      rounds.sphere(0.066, at=(0.085, 0, 0.195)),
      rounds.cone(
        0.05, 0.0, 0.06, segments=8, at=(-0.115, 0, 0.125), euler=(0, -50, 0)
      ),
    )
  )
  wings = mesh.mirrored(
    rounds.ellipsoid(
      (0.07, 0.018, 0.04),
      segments=8,
      rings=4,
      at=(-0.02, 0.078, 0.085),
      euler=(0, 12, 0),
    )
  )
  beak = rounds.ellipsoid(
    (0.042, 0.034, 0.014), segments=8, rings=4, at=(0.155, 0, 0.185)
  )
  eyes = mesh.mirrored(
    prisms.box((0.009, 0.006, 0.011), at=(0.13, 0.042, 0.215))
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
      Solid('ellipsoid', (0.13, 0.09, 0.07), (-0.01, 0, 0.08)),
      Solid('ellipsoid', (0.09, 0.066, 0.066), (0.1, 0, 0.195)),
    ),
  )


def _robot() -> ObjectKind:
  body = mesh.merged(
    (
      prisms.box((0.055, 0.075, 0.065), at=(0, 0, 0.14)),
      prisms.box((0.048, 0.058, 0.042), at=(0, 0, 0.26)),
    )
  )
  limbs = mesh.mirrored(
    mesh.merged(
      (
        prisms.box((0.024, 0.02, 0.06), at=(0.0, 0.102, 0.14)),
        prisms.box((0.024, 0.026, 0.022), at=(0, 0.038, 0.055)),
        prisms.box((0.045, 0.032, 0.02), at=(0.012, 0.038, 0.02)),
      )
    )
  )
  dark = mesh.merged(
    (
      prisms.box((0.004, 0.046, 0.024), at=(0.048, 0, 0.264)),
      rounds.cylinder(0.02, 0.01, segments=6, at=(0, 0, 0.211)),
      rounds.cylinder(0.006, 0.02, segments=5, at=(0, 0, 0.318)),
      rounds.sphere(0.014, segments=6, rings=4, at=(0, 0, 0.338)),
      mesh.mirrored(
        mesh.merged(
          (
            rounds.cylinder(
              0.022, 0.008, segments=6, at=(0, 0.066, 0.26), euler=(90, 0, 0)
            ),
            prisms.box((0.03, 0.014, 0.018), at=(0.01, 0.102, 0.068)),
          )
        )
      ),
    )
  )
  white = mesh.merged(
    (
      mesh.mirrored(prisms.box((0.004, 0.013, 0.012), at=(0.051, 0.022, 0.27))),
      prisms.box((0.003, 0.045, 0.028), at=(0.055, 0, 0.15)),
    )
  )
  buttons = mesh.mirrored(
    prisms.box((0.003, 0.01, 0.01), at=(0.058, 0.022, 0.15))
  )
  return ObjectKind(
    'robot',
    parts=(
      Part(body),
      Part(limbs, shade=0.75),
      Part(mesh.merged((dark, buttons)), paint=paints.DARK),
      Part(white, paint=paints.WHITE),
    ),
    solids=(
      Solid('box', (0.045, 0.07, 0.04), (0.01, 0, 0.04)),
      Solid('box', (0.055, 0.12, 0.07), (0, 0, 0.14)),
      Solid('box', (0.05, 0.06, 0.06), (0, 0, 0.27)),
    ),
  )


KINDS = (_ball(), _bear(), _duck(), _robot())
