"""Lamps, rugs and plants."""

import math

from acme_vlm.environments.playhouse import mesh, paints, prisms, rounds
from acme_vlm.environments.playhouse.kinds import FurnitureKind, Part, Solid


def _floor_lamp() -> FurnitureKind:
  foot = rounds.cylinder(0.15, 0.015, segments=14, at=(0, 0, 0.015))
  stem = rounds.cylinder(0.02, 0.62, segments=6, at=(0, 0, 0.64))
  shade = rounds.lathe([(0.2, 1.2), (0.13, 1.46)], segments=16)
  inside = rounds.lathe([(0.125, 1.45), (0.195, 1.2)], segments=16)
  lid = rounds.lathe([(0.13, 1.46), (0, 1.46)], segments=16)
  return FurnitureKind(
    'floor lamp',
    parts=(
      Part(mesh.merged((shade, inside, lid)), paint=paints.CREAM),
      Part(mesh.merged((foot, stem)), paint=paints.DARK),
    ),
    solids=(
      Solid('cylinder', (0.15, 0.015), (0, 0, 0.015)),
      Solid('cylinder', (0.03, 0.6), (0, 0, 0.6)),
      Solid('cylinder', (0.17, 0.13), (0, 0, 1.33)),
    ),
    footprint=(0.2, 0.2),
    rooms=('living room', 'bedroom', 'study'),
  )


def _rug() -> FurnitureKind:
  border = prisms.box((0.8, 0.6, 0.003), at=(0, 0, 0.003))
  middle = prisms.box((0.7, 0.5, 0.004), at=(0, 0, 0.004))
  stripes = mesh.merged(
    prisms.box((0.03, 0.5, 0.0045), at=(x, 0, 0.0045))
    for x in (-0.45, 0.0, 0.45)
  )
  return FurnitureKind(
    'rug',
    parts=(
      Part(middle),
      Part(border, shade=0.6),
      Part(stripes, paint=paints.CREAM),
    ),
    solids=(),
    footprint=(0.8, 0.6),
    rooms=('living room', 'bedroom', 'study', 'bathroom'),
    against_wall=False,
  )


def _plant_pot() -> FurnitureKind:
  pot = rounds.lathe(
    [(0, 0), (0.13, 0), (0.17, 0.25), (0.18, 0.25), (0.18, 0.29), (0, 0.29)],
    segments=14,
  )
  trunk = rounds.tube([(0, 0, 0.28), (0.01, 0.02, 0.55), (0, 0, 0.8)], 0.022)
  leaves = mesh.merged(
    rounds.ellipsoid(
      (0.075, 0.022, 0.17),
      segments=6,
      rings=3,
      at=(
        0.14 * math.cos(2.4 * i),
        0.14 * math.sin(2.4 * i),
        0.78 + 0.11 * (i % 4),
      ),
      euler=(35, 0, math.degrees(2.4 * i) + 90),
    )
    for i in range(13)
  )
  return FurnitureKind(
    'plant pot',
    parts=(
      Part(pot),
      Part(trunk, paint=paints.WALNUT),
      Part(leaves, paint=paints.LEAF),
    ),
    solids=(
      Solid('cylinder', (0.175, 0.145), (0, 0, 0.145)),
      Solid('cylinder', (0.04, 0.2), (0, 0, 0.45)),
      Solid('cylinder', (0.2, 0.25), (0, 0, 0.92)),
    ),
    footprint=(0.26, 0.26),
    rooms=('living room', 'study', 'bathroom'),
  )


KINDS = (_floor_lamp(), _rug(), _plant_pot())
