import numpy as np
import pytest

from acme_vlm.environments.playhouse.furniture import storage
from tests.environments.playhouse import geometry
from tests.environments.playhouse.furniture import rules

KINDS = {kind.name: kind for kind in storage.KINDS}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_keeps_the_rules(name):
  rules.check(KINDS[name])


@pytest.mark.parametrize('name', ['wardrobe', 'bookshelf', 'tv stand'])
def test_nothing_is_put_on_what_is_high(name):
  assert not KINDS[name].surfaces
  assert geometry.drawn(KINDS[name]).vertices[:, 2].max() > rules.EYE


def test_doors_and_knobs_are_in_front():
  for name in ('cabinet', 'wardrobe'):
    knobs = KINDS[name].parts[-1].mesh.vertices
    assert knobs[:, 0].min() > 0.8 * KINDS[name].footprint[0]


def test_books_stand_on_the_boards_within_the_shelf():
  boards, _, *books = (part.mesh for part in KINDS['bookshelf'].parts)
  feet = np.concatenate([row.vertices for row in books])
  low = np.unique(feet[:, 2].round(6))
  tops = np.unique(boards.vertices[:, 2].round(6))
  rows = sorted(set(low) & set(tops))
  assert len(rows) == 4
  assert np.abs(feet[:, 1]).max() < np.abs(boards.vertices[:, 1]).max()


def test_the_screen_looks_ahead():
  *_, case, screen = (part.mesh.vertices for part in KINDS['tv stand'].parts)
  tall = case[case[:, 2] > 0.5]
  assert screen[:, 0].max() > tall[:, 0].max()
  assert np.ptp(screen[:, 1]) > np.ptp(screen[:, 2])
