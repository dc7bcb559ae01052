"""Homes and worlds that several tests build."""

import random

from acme_vlm.environments.playhouse import (
  config,
  floor_plan,
  layout,
  model,
  view,
  world,
)

ROOMS = config.ROOMS


def plan(seed, rooms=1, kinds=ROOMS[:4]):
  return floor_plan.draw(random.Random(seed), rooms, kinds)


def home(seed, rooms=1, wanted=(), needed=()):
  rng = random.Random(seed)
  drawn = floor_plan.draw(rng, rooms, ROOMS)
  wanted = wanted or [
    ('ball', 'red'),
    ('duck', 'blue'),
    ('mug', 'green'),
    ('car', 'yellow'),
    ('robot', 'purple'),
    ('roll', 'orange'),
  ]
  return layout.draw(rng, plan=drawn, wanted=wanted, needed=needed)


def empty(objects, furniture=(), half=2.5):
  """One square room with just these things in it."""
  room = floor_plan.Rectangle(-half, half, -half, half)
  return layout.Layout(
    plan=floor_plan.FloorPlan((room,), ('study',), ()),
    looks=(layout.Look('planks', (1, 1, 1), 'plaster', (1, 1, 1)),),
    furniture=tuple(furniture),
    objects=tuple(objects),
    light=layout.Light((0.4, 0.4, 0.4), 0.4, (0.3, 0.2, -1.0)),
  )


def thing(kind, x, y, z=0.0, colour='red'):
  return layout.Object(kind, colour, (0.8, 0.1, 0.1), x, y, z, 0.0)


def piece(kind, x, y, quarter=0, room=0):
  return layout.Furniture(kind, room, x, y, quarter, (0.5, 0.5, 0.5))


def built(layout_, pose=None, rooms=None, objects=8):
  made = world.World(model.Capacity(rooms or len(layout_.plan.rooms), objects))
  made.build(layout_, pose or view.Pose(0.0, 0.0, 0.0, 0.0))
  return made
