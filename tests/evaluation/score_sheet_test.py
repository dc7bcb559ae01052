import imageio.v2 as imageio
import numpy as np
import pytest
from matplotlib import colors

from acme_vlm.evaluation import frame_files, score_plots, score_sheet

PINK = (250, 120, 200)


def _images(shapes):
  return [
    frame_files.NamedImage(
      f'folder/{n}.png', np.full((*shape, 3), PINK, np.uint8)
    )
    for n, shape in enumerate(shapes)
  ]


def _draw(path, shapes, scores, goals=None, limits=(0.0, 1.0), threshold=0.7):
  scores = np.array(scores, np.float32)
  goals = goals or tuple(f'goal {g}' for g in range(scores.shape[1]))
  score_sheet.thumbnails(
    *(path, _images(shapes), scores),
    score_plots.Detector(goals, threshold, limits),
    title='Images',
  )
  return imageio.imread(path)[..., :3].astype(int)


def _count(image, colour):
  rgb = np.array(colors.to_rgb(colour)) * 255
  return int(np.sum(np.abs(image - rgb).max(axis=-1) < 10))


def test_bars_are_as_long_as_their_scores(tmp_path):
  scores = [[0.6, 0.3], [0.0, np.nan]]
  image = _draw(tmp_path / 'x.png', [(20, 30)] * 2, scores)
  half = image.shape[1] // 2
  # A row of pixels of each bar, in the colour of what is no success.
  rgb = np.array(colors.to_rgb(score_sheet._LOST)) * 255
  blue = np.abs(image - rgb).max(axis=-1) < 10
  lengths = blue[:, :half].sum(axis=1)
  long, short = sorted({n for n in lengths.tolist() if n > 20}, reverse=True)[
    :: len({n for n in lengths.tolist() if n > 20}) - 1
  ]
  assert long / short == pytest.approx(2, rel=0.08)
  assert not blue[:, half:].any(), 'neither 0 nor no verdict has a bar'


def test_success_is_marked(tmp_path):
  none = _draw(tmp_path / 'a.png', [(20, 30)], [[0.6, 0.3]])
  one = _draw(tmp_path / 'b.png', [(20, 30)], [[0.8, 0.3]])
  assert _count(none, score_sheet._WON) == 0
  assert _count(one, score_sheet._WON) > 500


def test_every_image_is_drawn_in_its_proportions(tmp_path):
  shapes = [(40, 40), (10, 80), (80, 10), (1, 1), (300, 200)]
  image = _draw(tmp_path / 'x.png', shapes, np.full((5, 2), 0.5))
  pink = np.abs(image - PINK).max(axis=-1) < 30
  columns = [
    pink[:, n * pink.shape[1] // 3 :][:, : pink.shape[1] // 3] for n in range(3)
  ]
  upper, lower = columns[0][: len(pink) // 2], columns[1][: len(pink) // 2]
  for part, shape in ((upper, shapes[0]), (lower, shapes[1])):
    height = np.any(part, axis=1).sum()
    width = np.any(part, axis=0).sum()
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.1)


def test_of_many_goals_the_best_are_shown(tmp_path):
  goals = tuple(f'a very long goal of number {n}' for n in range(20))
  scores = np.linspace(0, 1, 20)[None]
  many = _draw(tmp_path / 'x.png', [(20, 30)], scores, goals)
  # Six bars, the five above the threshold 0.75 among them.
  rgb = np.array(colors.to_rgb(score_sheet._LOST)) * 255
  rows = (np.abs(many - rgb).max(axis=-1) < 10).sum(axis=1) > 100
  assert np.sum(np.diff(rows.astype(int)) == 1) == 0
  few = _draw(tmp_path / 'y.png', [(20, 30)], scores, goals, threshold=0.8)
  rows = (np.abs(few - rgb).max(axis=-1) < 10).sum(axis=1) > 100
  assert np.sum(np.diff(rows.astype(int)) == 1) == 2
