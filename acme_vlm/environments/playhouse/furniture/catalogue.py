"""All kinds of furniture, and the rooms that they belong to."""

from acme_vlm.environments.playhouse.furniture import (
  bathroom,
  decoration,
  kitchen,
  resting,
  storage,
  tables,
)
from acme_vlm.environments.playhouse.kinds import FurnitureKind

KINDS: dict[str, FurnitureKind] = {
  kind.name: kind
  for theme in (resting, tables, storage, kitchen, bathroom, decoration)
  for kind in theme.KINDS
}
