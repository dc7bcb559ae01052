import numpy as np
import pytest

from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import content, page, palette


def _page(accent=palette.BLUE, dark=False, seed=0):
  return page.Page(
    (120, 72),
    page.Style.of(accent, dark=dark),
    content.Content('train', splits.randomness('train', seed)),
    1.0,
  )


def _pixels(drawn):
  return np.asarray(drawn.finish()).astype(int)


def test_themes_are_dark_and_light():
  assert _pixels(_page(dark=True)).mean() < 40
  assert _pixels(_page(dark=False)).mean() > 215


@pytest.mark.parametrize('dark', [True, False])
def test_text_reads_on_every_ground(dark):
  style = page.Style.of(palette.BLUE, dark=dark)
  for ground in (style.background, style.surface):
    for ink in (style.foreground, style.muted):
      contrast = palette.luminance(ground) - palette.luminance(ink)
      assert abs(contrast) > 80


@pytest.mark.parametrize('accent', [palette.YELLOW, palette.NAVY])
def test_titles_read_on_their_header(accent):
  drawn = _page(accent)
  ink, ground = map(palette.luminance, (drawn.on_accent, accent))
  assert abs(ink - ground) > 90
  drawn.header('Title')
  pixels = _pixels(drawn)
  np.testing.assert_allclose(pixels[8, 70], accent, atol=2)
  np.testing.assert_allclose(pixels[40, 36], drawn.style.background, atol=2)


def test_an_unfilled_header_is_only_its_title():
  drawn = _page(palette.RED)
  drawn.header('Title', filled=False)
  pixels = _pixels(drawn)
  assert (pixels[2] == drawn.style.background).all()
  assert (abs(pixels[8:18] - palette.RED).sum(-1) < 60).any()


def test_parts_are_drawn_where_they_are_told():
  empty = _pixels(_page())
  for draw, rows, columns in (
    (lambda p: p.search_bar(0.5, 'Search'), slice(56, 65), slice(2, 70)),
    (lambda p: p.avatar(0.2, 0.5, 0.1, 'Ada'), slice(52, 68), slice(6, 23)),
    (lambda p: p.lines(0.1, 0.5, 0.9, 3), slice(58, 70), slice(6, 66)),
    (lambda p: p.fab(), slice(94, 110), slice(52, 68)),
    (lambda p: p.picture(0.5, 0.5, 1, 1), slice(60, 120), slice(36, 72)),
  ):
    drawn = _page()
    draw(drawn)
    changed = (_pixels(drawn) != empty).any(-1)
    assert changed[rows, columns].any()
    changed[rows, columns] = False
    assert not changed.any()


def test_pictures_follow_the_content():
  def picture(seed):
    drawn = _page(seed=seed)
    drawn.picture(0, 0, 1, 1)
    return _pixels(drawn)

  np.testing.assert_array_equal(picture(1), picture(1))
  assert (picture(1) != picture(2)).any()
