import pytest

from acme_vlm.environments.playhouse import config
from acme_vlm.environments.playhouse.furniture import catalogue
from acme_vlm.environments.playhouse.objects import catalogue as objects

LARGEST_OBJECT = 0.35


def test_there_are_enough_kinds_under_their_own_names():
  assert len(catalogue.KINDS) >= 18
  assert all(name == kind.name for name, kind in catalogue.KINDS.items())


def test_no_goal_can_mean_an_object_and_furniture():
  assert not set(catalogue.KINDS) & set(objects.KINDS)


@pytest.mark.parametrize('room', config.ROOMS)
def test_every_room_has_furniture_to_put_things_on(room):
  here = [kind for kind in catalogue.KINDS.values() if room in kind.rooms]
  assert len(here) >= 4
  assert sum(bool(kind.surfaces) for kind in here) >= 2
  # Some piece stands in this room rather than in most of the others.
  assert any(len(kind.rooms) <= 2 for kind in here)


@pytest.mark.parametrize(
  'name',
  ['bed', 'sofa', 'table', 'coffee table', 'desk', 'nightstand', 'cabinet'],
)
def test_what_a_goal_names_has_room_for_an_object(name):
  surfaces = catalogue.KINDS[name].surfaces
  assert any(min(s.x1 - s.x0, s.y1 - s.y0) >= LARGEST_OBJECT for s in surfaces)
