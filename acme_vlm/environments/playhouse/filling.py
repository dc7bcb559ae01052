"""Writes a layout into the slots of a model."""

import math
from collections.abc import Sequence

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import (
  floor_plan,
  kinds,
  layout,
  model,
  shapes,
)
from acme_vlm.environments.playhouse.furniture import catalogue as furniture
from acme_vlm.environments.playhouse.objects import catalogue as objects


def fill(
  target: mujoco.MjModel,
  data: mujoco.MjData,
  blueprint: model.Blueprint,
  home: layout.Layout,
) -> None:
  """Writes a home into a model and its state.

  Args:
    target: a copy of the blueprint's model; written to.
    data: its state, freshly reset; written to.
    blueprint: where the slots are.
    home: fits the blueprint's capacity.
  """
  _walls(target, blueprint, home)
  for n, slot in enumerate(blueprint.furniture):
    if n < len(home.furniture):
      _furniture(target, blueprint, slot, home.furniture[n])
    else:
      target.body_pos[slot.body] = model.NOWHERE
  for n, (slot, joined) in enumerate(
    zip(blueprint.objects, blueprint.joined, strict=True)
  ):
    if n < len(home.objects):
      _object(target, data, blueprint, slot, joined, home.objects[n])
    else:
      _hide(target, data, slot, joined, n)
  light = home.light
  target.light_diffuse[0] = light.lamp
  target.light_ambient[0] = 0.1
  target.light_specular[0] = 0
  direction = np.array(light.direction)
  target.light_dir[0] = direction / np.linalg.norm(direction)
  target.vis.headlight.diffuse[:] = light.eye
  target.vis.headlight.ambient[:] = light.eye


def _walls(
  target: mujoco.MjModel, blueprint: model.Blueprint, home: layout.Layout
) -> None:
  plan = home.plan
  for geoms in (*blueprint.floors, *blueprint.ceilings):
    target.geom_pos[geoms] = model.NOWHERE
  for index, (room, look) in enumerate(
    zip(plan.rooms, home.looks, strict=True)
  ):
    half = (room.x1 - room.x0) / 2, (room.y1 - room.y0) / 2
    for geom, z, rgb in (
      (blueprint.floors[index], -0.05, look.floor_tint),
      (blueprint.ceilings[index], floor_plan.WALL_HEIGHT + 0.05, (0.93,) * 3),
    ):
      target.geom_pos[geom] = (*room.middle, z)
      target.geom_size[geom] = (*half, 0.05)
      target.geom_group[geom] = index
      target.geom_rgba[geom, :3] = rgb
    target.geom_matid[blueprint.floors[index]] = blueprint.materials[look.floor]
  pieces = list(plan.walls())
  for n, (drawn, solid) in enumerate(blueprint.walls):
    body = target.geom_bodyid[solid]
    if n >= len(pieces):
      target.body_pos[body] = model.NOWHERE
      continue
    piece = pieces[n]
    target.body_pos[body] = piece.x, piece.y, piece.z
    size = piece.half_x, piece.half_y, piece.half_z
    shapes.write(target, solid, kinds.Solid('box', size, (0.0, 0.0, 0.0)))
    shapes.bound(target, body, [solid])
    target.geom_pos[drawn] = 0
    target.geom_size[drawn] = size
    target.geom_group[drawn] = piece.room
    look = home.looks[piece.room]
    target.geom_matid[drawn] = blueprint.materials[look.walls]
    target.geom_rgba[drawn, :3] = look.wall_tint


def _furniture(
  target: mujoco.MjModel,
  blueprint: model.Blueprint,
  slot: model.Slot,
  piece: layout.Furniture,
) -> None:
  target.body_pos[slot.body] = piece.x, piece.y, 0.0
  target.body_quat[slot.body] = yaw_quaternion(piece.quarter * math.pi / 2)
  meshes = blueprint.meshes[f'furniture/{piece.kind}']
  _draw(target, slot, meshes, piece.tint, piece.room)
  _collide(target, slot, furniture.KINDS[piece.kind].solids)


def _object(
  target: mujoco.MjModel,
  data: mujoco.MjData,
  blueprint: model.Blueprint,
  slot: model.Slot,
  joined: model.Joined,
  thing: layout.Object,
) -> None:
  kind = objects.KINDS[thing.kind]
  _draw(target, slot, blueprint.meshes[f'object/{thing.kind}'], thing.rgb, 0)
  box = shapes.bounds(kind.solids)
  size = box[1] - box[0]
  # A uniform box of that size; its mass a little low, so that it stands.
  target.body_mass[slot.body] = kind.mass
  squares = size**2
  target.body_inertia[slot.body] = kind.mass / 12 * (squares.sum() - squares)
  target.body_ipos[slot.body] = 0.01, 0.01, box[0, 2] + 0.4 * size[2]
  _collide(target, slot, kind.solids)
  data.qpos[joined.qpos : joined.qpos + 7] = (
    thing.x,
    thing.y,
    thing.z + 1e-3,
    *yaw_quaternion(thing.yaw),
  )
  data.eq_active[joined.weld] = 0


def _hide(
  target: mujoco.MjModel,
  data: mujoco.MjData,
  slot: model.Slot,
  joined: model.Joined,
  n: int,
) -> None:
  """Puts an object that is not in use where nothing meets it, at rest."""
  for geom in (slot.tint, slot.paint):
    target.geom_group[geom] = model.SOLID_GROUP
  _collide(target, slot, (kinds.Solid('box', (0.1,) * 3, (0.0, 0.0, 0.1)),))
  data.qpos[joined.qpos : joined.qpos + 7] = (
    25 + n % 4,
    25 + n // 4,
    0,
    1,
    0,
    0,
    0,
  )
  data.eq_active[joined.weld] = 0


def _draw(
  target: mujoco.MjModel,
  slot: model.Slot,
  meshes: tuple[int, int],
  tint: layout.Rgb,
  room: int,
) -> None:
  for geom, mesh in zip((slot.tint, slot.paint), meshes, strict=True):
    if mesh < 0:
      # Out of the way of rays too, whatever mesh the slot had before.
      target.geom_group[geom] = model.SOLID_GROUP
      target.geom_pos[geom] = model.NOWHERE
      continue
    target.geom_dataid[geom] = mesh
    # The compiler has moved every mesh to its own centre and axes.
    target.geom_pos[geom] = target.mesh_pos[mesh]
    target.geom_quat[geom] = target.mesh_quat[mesh]
    target.geom_group[geom] = room
    target.geom_rgba[geom, :3] = tint if geom == slot.tint else 1.0


def _collide(
  target: mujoco.MjModel, slot: model.Slot, solids: Sequence[kinds.Solid]
) -> None:
  for n, geom in enumerate(slot.solids):
    if n < len(solids):
      shapes.write(target, geom, solids[n])
    else:
      shapes.remove(target, geom)
  shapes.bound(target, slot.body, slot.solids[: len(solids)])


def yaw_quaternion(yaw: float) -> tuple[float, float, float, float]:
  """The rotation by `yaw` radians about z, (w, x, y, z)."""
  return math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)
