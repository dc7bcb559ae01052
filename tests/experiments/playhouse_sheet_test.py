import sys

import numpy as np
import pytest
from PIL import Image

from acme_vlm.environments.playhouse import goals, model
from acme_vlm.environments.playhouse import world as world_lib
from experiments import playhouse_sheet


def test_every_kind_has_its_place_on_the_sheet():
  picture = np.asarray(playhouse_sheet.kinds('common'))
  height, width = 72, 3 * 96
  cells = [
    picture[row : row + height, column : column + width]
    for row in range(0, picture.shape[0], height)
    for column in range(0, picture.shape[1], width)
  ]
  drawn = [cell for cell in cells if cell.any()]
  assert len(drawn) == len(goals.kinds('common'))
  assert len({cell.tobytes() for cell in drawn}) == len(drawn)


def test_what_is_nearer_is_larger():
  world = world_lib.World(model.Capacity(1, 2))
  shares = []
  for distance in playhouse_sheet.DISTANCES:
    playhouse_sheet.look(world, 'ball', 'red', distance, 0.0)
    assert world.seen(0) == 1
    shares.append(world.share_of_frame(0))
  assert shares[0] > 1.5 * shares[1] > 2 * shares[2]


@pytest.mark.parametrize(
  ('arguments', 'line'),
  [
    (['--goal-set', 'odd'], "unknown goal set 'odd'; expected one of: common"),
    (['--seed', '-1'], 'expected seed >= 0, got -1'),
  ],
)
def test_a_mistake_is_one_line(monkeypatch, capsys, arguments, line):
  monkeypatch.setattr(sys, 'argv', ['playhouse_sheet', *arguments])
  with pytest.raises(SystemExit) as ended:
    playhouse_sheet.main()
  assert ended.value.code == 2
  assert line in capsys.readouterr().err


def test_the_pictures_are_written(tmp_path, monkeypatch):
  monkeypatch.setattr(
    sys,
    'argv',
    ['playhouse_sheet', '--out', str(tmp_path), '--goal-set', 'common'],
  )
  playhouse_sheet.main()
  sizes = {}
  for path in tmp_path.iterdir():
    with Image.open(path) as picture:
      sizes[path.name] = picture.size
  assert sizes['playhouse.png'] == (4 * 288, 2 * 216)
  assert set(sizes) == {'playhouse.png', 'playhouse_kinds.png'}
