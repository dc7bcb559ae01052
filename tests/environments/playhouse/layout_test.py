import itertools
import math

import numpy as np
import pytest

from acme_vlm.environments.playhouse import floor_plan
from acme_vlm.environments.playhouse.furniture import catalogue
from tests.environments.playhouse import homes

ROOMS = pytest.mark.parametrize('rooms', [1, 3, 5])
SEEDS = range(30)


def solid(home):
  return [p for p in home.furniture if catalogue.KINDS[p.kind].solids]


@ROOMS
def test_furniture_stands_in_its_room_and_leaves_ways_free(rooms):
  for seed in SEEDS:
    home = homes.home(seed, rooms)
    for piece in home.furniture:
      room, box = home.plan.rooms[piece.room], piece.footprint
      inner = floor_plan.WALL - 1e-9
      assert room.holds(box.x0, box.y0, inner)
      assert room.holds(box.x1, box.y1, inner)
      assert home.plan.kinds[piece.room] in catalogue.KINDS[piece.kind].rooms
    for a, b in itertools.combinations(solid(home), 2):
      if a.room == b.room:
        assert not a.footprint.overlaps(b.footprint, 0.4)
    for piece, door in itertools.product(solid(home), home.plan.doorways):
      if piece.room in door.rooms:
        assert not piece.footprint.overlaps(door.passage)


def test_backs_go_to_walls():
  """The back is at the least x, turned by quarters."""
  for seed in SEEDS:
    home = homes.home(seed, 2)
    for piece in home.furniture:
      if catalogue.KINDS[piece.kind].against_wall:
        angle = piece.quarter * math.pi / 2
        back = np.array([-math.cos(angle), -math.sin(angle)])
        room, box = home.plan.rooms[piece.room], piece.footprint
        gaps = {
          (-1, 0): box.x0 - room.x0,
          (1, 0): room.x1 - box.x1,
          (0, -1): box.y0 - room.y0,
          (0, 1): room.y1 - box.y1,
        }
        gap = gaps[tuple(int(v) for v in np.round(back))]
        assert gap == pytest.approx(floor_plan.WALL)


@ROOMS
def test_objects_are_apart_and_rest_on_something(rooms):
  for seed in SEEDS:
    home = homes.home(seed, rooms)
    tops = [s for p in solid(home) for s in p.surfaces()]
    for a, b in itertools.combinations(home.objects, 2):
      assert math.hypot(a.x - b.x, a.y - b.y) > 0.65
    for o in home.objects:
      if o.z:
        assert any(
          s.z == o.z and s.x0 <= o.x <= s.x1 and s.y0 <= o.y <= s.y1
          for s in tops
        )
      else:
        assert not any(p.footprint.holds(o.x, o.y) for p in solid(home))
        room = home.plan.rooms[home.plan.room_at(o.x, o.y)]
        assert room.holds(o.x, o.y, 0.29)


def test_surfaces_turn_with_their_furniture():
  """Against a rotation matrix, for every kind and quarter."""
  for name, kind in catalogue.KINDS.items():
    for quarter in range(4):
      piece = homes.piece(name, 0.7, -0.4, quarter)
      c, s = math.cos(quarter * math.pi / 2), math.sin(quarter * math.pi / 2)
      turn = np.array([[c, -s], [s, c]])
      for before, after in zip(kind.surfaces, piece.surfaces(), strict=True):
        corners = [(before.x0, before.y0), (before.x1, before.y1)]
        x, y = (turn @ np.array(corners).T) + np.array([[0.7], [-0.4]])
        assert (after.x0, after.x1) == pytest.approx((x.min(), x.max()))
        assert (after.y0, after.y1) == pytest.approx((y.min(), y.max()))
        assert after.z == before.z
        box = piece.footprint
        assert box.x0 - 1e-6 <= after.x0 and after.x1 <= box.x1 + 1e-6
        assert box.y0 - 1e-6 <= after.y0 and after.y1 <= box.y1 + 1e-6


def test_what_is_needed_and_wanted_first_is_nearly_always_there():
  wanted = [('car', 'red'), ('duck', 'blue')]
  furnished = placed = 0
  for seed in range(50):
    home = homes.home(seed, 1, wanted, ('table',))
    furnished += any(p.kind == 'table' for p in home.furniture)
    placed += [(o.kind, o.colour) for o in home.objects] == wanted
  assert furnished >= 45
  assert placed >= 45


def test_a_home_is_a_function_of_its_random_numbers():
  assert homes.home(1, 3) == homes.home(1, 3)
  assert homes.home(1, 3) != homes.home(2, 3)


def test_what_is_drawn_differs_from_home_to_home():
  made = [homes.home(seed) for seed in range(40)]
  assert len({home.light for home in made}) == 40
  assert len({home.looks[0].floor for home in made}) == 5
  assert len({home.looks[0].walls for home in made}) == 4
  assert len({p.kind for home in made for p in home.furniture}) >= 15
