import imageio.v2 as imageio
import numpy as np
import pytest
from matplotlib import colors

from acme_vlm.evaluation import score_plots

GREEN, PINK = (20, 200, 60), (250, 120, 200)


def _strip(num, found=(), size=(30, 20)):
  """Pink frames, green where something is found."""
  strip = score_plots.FilmStrip()
  for n in range(num):
    frame = np.empty((*size, 3), np.uint8)
    frame[:] = GREEN if n in found else PINK
    strip.add(frame)
  return strip


def _places(path, colour, tolerance=14):
  """Rows and columns of the pixels of a colour, as shares of the picture."""
  image = imageio.imread(path)[..., :3].astype(int)
  if isinstance(colour, str):
    colour = np.array(colors.to_rgb(colour)) * 255
  y, x = np.nonzero(np.abs(image - colour).max(axis=-1) < tolerance)
  return y / image.shape[0], x / image.shape[1]


def _draw(path, scores, strip, threshold=0.7, goals=None, limits=(0.0, 1.0)):
  goals = goals or tuple(f'goal {g}' for g in range(scores.shape[1]))
  score_plots.reward_over_time(
    path,
    np.arange(len(scores)) / 3,
    scores,
    strip,
    score_plots.Detector(goals, threshold, limits),
    title='A video',
  )


def test_a_short_success_is_shown_at_its_time(tmp_path):
  scores = np.full((200, 2), 0.1)
  scores[150, 1] = 0.9
  _draw(tmp_path / 'x.png', scores, _strip(200, found=(150,)))
  y, x = _places(tmp_path / 'x.png', GREEN)
  assert len(y) > 500, 'one frame of 200, yet it is shown'
  assert y.min() > 0.5, 'below the curves'
  # In the stretch of time that it belongs to: 150 of 200, in ten stretches.
  left, right = 0.075, 0.985
  place = (x.mean() - left) / (right - left)
  assert 0.7 < place < 0.8
  _, pink = _places(tmp_path / 'x.png', PINK)
  assert pink.min() < 0.15 and pink.max() > 0.9


def test_without_a_success_the_frames_in_the_middle_are_shown(tmp_path):
  scores = np.full((200, 1), 0.1)
  scores[150] = 0.6  # The highest, but below the threshold.
  _draw(tmp_path / 'x.png', scores, _strip(200, found=(150,)))
  assert not len(_places(tmp_path / 'x.png', GREEN)[0])


def test_curves_have_their_colours_and_heights(tmp_path):
  scores = np.stack([np.full(50, 0.9), np.full(50, 0.2)], axis=1)
  _draw(tmp_path / 'x.png', scores, _strip(50), threshold=0.5)
  high, _ = _places(tmp_path / 'x.png', score_plots.COLOURS[0])
  low, _ = _places(tmp_path / 'x.png', score_plots.COLOURS[1])
  # The legend above and the frames below have the colours too.
  upper = [np.median(y[(y > 0.12) & (y < 0.55)]) for y in (high, low)]
  assert upper[0] < upper[1] - 0.1


def test_where_there_is_no_verdict_there_is_no_line(tmp_path):
  scores = np.full((90, 1), 0.4)
  _draw(tmp_path / 'all.png', scores, _strip(90))
  scores[30:60] = np.nan
  _draw(tmp_path / 'gap.png', scores, _strip(90))
  counts = []
  for name in ('all.png', 'gap.png'):
    y, _ = _places(tmp_path / name, score_plots.COLOURS[0])
    counts.append(np.sum((y > 0.15) & (y < 0.6)))
  assert counts[1] == pytest.approx(counts[0] * 59 / 89, rel=0.05)


@pytest.mark.parametrize('size', [(8, 300), (300, 8), (1, 1)])
def test_frames_of_any_shape_and_a_single_frame(tmp_path, size):
  strip = _strip(1, size=size)
  _draw(tmp_path / 'x.png', np.full((1, 3), 0.4), strip)
  assert len(_places(tmp_path / 'x.png', PINK, 25)[0])


def test_many_long_goals_fit(tmp_path):
  goals = tuple(f'put the lamp number {n} next to the plane' for n in range(30))
  scores = np.random.default_rng(0).random((40, 30))
  _draw(tmp_path / 'x.png', scores, _strip(40), goals=goals)
  image = imageio.imread(tmp_path / 'x.png')
  assert (image[:, -3:, :3] == 255).all(), 'nothing reaches over the edge'
  _draw(tmp_path / 'none.png', np.full((40, 2), np.nan), _strip(40))


def test_a_film_strip_keeps_frames_evenly_spread():
  strip = score_plots.FilmStrip(most=20, height=10)
  for n in range(1000):
    strip.add(np.full((40, 20, 3), n % 251, np.uint8))
  numbers = [n for n, _ in strip.kept]
  assert 10 <= len(numbers) <= 20
  gaps = np.diff(numbers)
  assert numbers[0] == 0 and (gaps == gaps[0]).all()
  assert 1000 - numbers[-1] <= gaps[0]
  for n, pixels in strip.kept:
    assert pixels.shape == (10, 5, 3) and (pixels == n % 251).all()


def test_probabilities_are_drawn_on_their_whole_range():
  scores = np.array([[0.4, np.nan], [0.6, 0.5]])
  assert score_plots.limits(scores, 0.5, (0.0, 1.0)) == (0.0, 1.0)


def test_similarities_are_drawn_where_they_lie():
  scores = np.array([0.2, 0.3, np.nan])
  low, high = score_plots.limits(scores, 0.4, (-1.0, 1.0))
  assert 0.15 < low < 0.2 and 0.4 < high < 0.45
  low, high = score_plots.limits(np.array([1.0, -1.0]), 0.4, (-1.0, 1.0))
  assert (low, high) == (-1.0, 1.0)
