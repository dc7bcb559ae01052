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

# Far from one another under dim and warm light, too.
COLOURS: dict[str, Point] = {
  'red': (0.83, 0.03, 0.06),
  'blue': (0.04, 0.22, 0.97),
  'green': (0.07, 0.58, 0.13),
  'yellow': (0.97, 0.93, 0.1),
  'purple': (0.53, 0.08, 0.6),
  'orange': (1.0, 0.56, 0.02),
  'pink': (1.0, 0.5, 0.76),
  'white': (0.95, 0.95, 0.95),
  'black': (0.05, 0.05, 0.05),
  'cyan': (0.05, 0.78, 0.92),
}
COMMON_COLOURS: tuple[str, ...] = tuple(COLOURS)[:6]
