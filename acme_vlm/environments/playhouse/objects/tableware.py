"""What is poured from and drunk from."""

from acme_vlm.environments.playhouse import mesh, rounds
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


KINDS = (_mug(),)
