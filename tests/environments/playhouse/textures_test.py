import itertools

import numpy as np
import pytest

from acme_vlm.environments.playhouse import layout, textures

ALL = [(textures.floor, n) for n in layout.FLOORS] + [
  (textures.wall, n) for n in layout.WALLS
]


@pytest.mark.parametrize(('draw', 'name'), ALL)
def test_a_texture_is_the_same_every_time_and_fully_drawn(draw, name):
  image = draw(name)
  assert image.shape == (128, 128, 3) and image.dtype == np.uint8
  np.testing.assert_array_equal(image, draw(name))
  # Bright enough to take a tint, and with some structure.
  assert image.mean() > 70
  assert image.std(axis=(0, 1)).min() > 1


def test_textures_differ_from_one_another():
  images = [draw(name).astype(int) for draw, name in ALL]
  for a, b in itertools.combinations(images, 2):
    assert np.abs(a - b).mean() > 3


def test_coordinates_find_the_nearest_colour_of_the_palette():
  rng = np.random.default_rng(0)
  rgb = np.concatenate([rng.random((500, 3)), [[0, 0, 0], [1, 1, 1]]])
  palette = textures.palette()
  u, v = textures.coordinates(rgb).T
  found = palette[(v * 64).astype(int), (u * 64).astype(int)] / 255
  distance = np.linalg.norm(
    palette.reshape(-1, 1, 3) / 255 - rgb[None], axis=-1
  ).min(axis=0)
  np.testing.assert_allclose(
    np.linalg.norm(found - rgb, axis=1), distance, atol=0.01
  )
