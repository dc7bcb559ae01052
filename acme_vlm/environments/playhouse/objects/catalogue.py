"""All kinds of objects, and the colours they come in."""

from acme_vlm.environments.playhouse.kinds import ObjectKind, Point
from acme_vlm.environments.playhouse.objects import (
  aircraft,
  animals,
  clothes,
  fitting,
  garden,
  household,
  playthings,
  tableware,
  vehicles,
)

_THEMES = (
  animals,
  playthings,
  vehicles,
  aircraft,
  tableware,
  household,
  garden,
  clothes,
)

KINDS: dict[str, ObjectKind] = {
  kind.name: fitting.fitted(kind) for theme in _THEMES for kind in theme.KINDS
}

# Those whose outlines differ the most from one another from everywhere.
COMMON: tuple[str, ...] = (
  'ball',
  'bear',
  'boat',
  'car',
  'duck',
  'mug',
  'plane',
  'robot',
  'roll',
  'table lamp',
)

COLOURS: dict[str, Point] = {
  'red': (0.85, 0.05, 0.06),
  'blue': (0.06, 0.18, 0.88),
  'green': (0.06, 0.58, 0.12),
  'yellow': (0.98, 0.9, 0.08),
  'purple': (0.45, 0.1, 0.62),
  'orange': (1.0, 0.48, 0.02),
  'pink': (1.0, 0.5, 0.74),
  'white': (0.95, 0.95, 0.95),
  'black': (0.05, 0.05, 0.05),
  'cyan': (0.1, 0.82, 0.86),
}
COMMON_COLOURS: tuple[str, ...] = tuple(COLOURS)[:6]
