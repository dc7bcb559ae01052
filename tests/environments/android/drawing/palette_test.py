import pytest

from acme_vlm.environments.android.drawing import palette


def test_mix_goes_from_the_first_to_the_second():
  first, second = (0, 100, 200), (100, 0, 200)
  assert palette.mix(first, second, 0.0) == first
  assert palette.mix(first, second, 1.0) == second
  assert palette.mix(first, second, 0.25) == (25, 75, 200)


def test_luminance_weighs_green_most():
  assert palette.luminance(palette.WHITE) == pytest.approx(255)
  assert palette.luminance(palette.BLACK) == 0
  red, green, blue = (
    palette.luminance(colour)
    for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))
  )
  assert green > red > blue
