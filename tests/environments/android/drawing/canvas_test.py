import numpy as np
import pytest

from acme_vlm.environments.android.drawing import canvas

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)


def _pixels(sheet):
  return np.asarray(sheet.finish()).astype(int)


@pytest.mark.parametrize('size', [(40, 20), (120, 72), (600, 360)])
def test_unit_coordinates_mean_the_same_at_every_size(size):
  height, width = size
  sheet = canvas.Sheet(height, width, BLACK)
  sheet.rect(0.0, 0.0, 0.5, 0.25, WHITE)
  pixels = _pixels(sheet)
  assert pixels.shape == (height, width, 3)
  assert pixels.mean() / 255 == pytest.approx(0.125, abs=0.02)
  assert pixels[0, 0].tolist() == list(WHITE)
  assert pixels[height // 2, 0].tolist() == list(BLACK)
  assert pixels[0, width - 1].tolist() == list(BLACK)


def test_radii_are_in_widths_so_discs_are_round():
  sheet = canvas.Sheet(200, 100, BLACK)
  sheet.circle(0.5, 0.5, 0.3, WHITE)
  lit = _pixels(sheet)[..., 0] > 128
  assert lit.any(axis=0).sum() == pytest.approx(60, abs=2)
  assert lit.any(axis=1).sum() == pytest.approx(60, abs=2)
  assert lit.sum() == pytest.approx(np.pi * 30**2, rel=0.03)


def test_a_part_is_a_canvas_of_its_own():
  sheet = canvas.Sheet(100, 100, BLACK)
  part = sheet.part(0.5, 0.0, 1.0, 0.25)
  part.rect(0, 0, 1, 1, RED)
  red = _pixels(sheet)[..., 0] > 128
  assert red[:24, 51:].all()
  assert red.mean() == pytest.approx(0.125, abs=0.01)
  assert part.aspect == pytest.approx(0.5)


def test_font_scale_scales_text():
  def ink(font_scale):
    sheet = canvas.Sheet(60, 100, BLACK, font_scale)
    sheet.text(0.5, 0.5, 'Text', 0.2, WHITE, 'mm')
    return _pixels(sheet).sum()

  assert ink(1.4) > 1.5 * ink(1.0)


def test_text_is_anchored():
  sheet = canvas.Sheet(100, 100, BLACK)
  sheet.text(1.0, 0.5, 'right', 0.1, WHITE, 'rm')
  lit = _pixels(sheet)[..., 0] > 128
  assert lit[:, 95:].any() and not lit[:, :60].any()
  assert not lit[:40].any() and not lit[60:].any()


def test_gradient_runs_from_top_to_bottom():
  sheet = canvas.Sheet(100, 10, BLACK)
  sheet.gradient(0, 0, 1, 1, (0, 0, 0), (200, 100, 0))
  column = _pixels(sheet)[:, 5]
  assert (np.diff(column[:, 0]) >= 0).all()
  np.testing.assert_allclose(column[0], (0, 0, 0), atol=3)
  np.testing.assert_allclose(column[-1], (200, 100, 0), atol=3)


def test_lines_polygons_arcs_and_pies_lie_where_they_should():
  sheet = canvas.Sheet(100, 100, BLACK)
  sheet.line((0.0, 0.1, 1.0, 0.1), WHITE, 0.02)
  sheet.polygon((0.0, 1.0, 0.3, 1.0, 0.0, 0.7), WHITE)
  sheet.pie(0.7, 0.7, 0.2, 0, 90, WHITE)
  sheet.arc(0.3, 0.4, 0.1, 180, 360, WHITE, 0.02)
  lit = _pixels(sheet)[..., 0] > 128
  assert lit[10].all() and not lit[15].any()
  assert lit[97, 2] and not lit[72, 28]
  # Degrees run clockwise from three o'clock: the first quarter is lower right.
  assert lit[77, 77] and not lit[63, 77] and not lit[77, 63]
  assert lit[31, 30] and not lit[49, 30]


def test_a_clear_background_keeps_its_alpha():
  sheet = canvas.Sheet(10, 10, (0, 0, 0, 0))
  sheet.rect(0, 0, 0.499, 1, RED)
  pixels = _pixels(sheet)
  assert pixels[5, 1].tolist() == [255, 0, 0, 255]
  assert pixels[5, 8, 3] == 0
