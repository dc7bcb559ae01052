import numpy as np
import pytest

from acme_vlm.environments.playhouse import mesh, paints
from acme_vlm.environments.playhouse.objects import catalogue, household
from tests.environments.playhouse import geometry
from tests.environments.playhouse.objects import rules

KINDS = {kind.name: catalogue.KINDS[kind.name] for kind in household.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


def test_the_roll_has_a_hole_from_end_to_end():
  roll = KINDS['roll']
  along = mesh.moved(geometry.drawn(roll), euler=(0, -90, 0))
  middle = roll.solids[0].at[1]
  assert geometry.heights(along, np.array([[-0.12, middle]])) == -np.inf
  assert geometry.heights(along, np.array([[-0.04, middle]])) > 0.08


def test_the_shade_of_the_lamp_is_wider_than_its_foot_and_far_above():
  shade, foot, _ = (part.mesh for part in KINDS['table lamp'].parts)
  assert np.ptp(shade.vertices[:, 0]) > 1.3 * np.ptp(foot.vertices[:, 0])
  assert shade.vertices[:, 2].min() - foot.vertices[:, 2].max() > 0.1


def test_the_book_is_flat_and_its_pages_lie_within_the_cover():
  cover, pages = (part.mesh.vertices for part in KINDS['book'].parts)
  assert np.ptp(cover[:, 2]) < 0.3 * np.ptp(cover[:, 0])
  assert pages[:, 1].max() < cover[:, 1].max()


def test_the_back_of_the_chair_rises_above_its_seat():
  frame = geometry.drawn(KINDS['chair'])
  seat, back = geometry.heights(frame, np.array([(0.03, 0.0), (-0.094, 0.0)]))
  assert back > 1.8 * seat


def test_the_face_of_the_clock_is_white_and_looks_ahead():
  face = KINDS['clock'].parts[1]
  assert face.paint == paints.WHITE
  hands = KINDS['clock'].parts[2].mesh.vertices[:, 0]
  assert hands.max() > face.mesh.vertices[:, 0].max()


def test_the_receiver_lies_across_the_telephone():
  base, receiver = (part.mesh.vertices for part in KINDS['telephone'].parts[:2])
  assert np.ptp(receiver[:, 1]) > np.ptp(base[:, 1])
  assert receiver[:, 2].max() > base[:, 2].max() + 0.05
