"""Textures of floors and walls, made of numbers; and the palette of parts."""

import numpy as np

_SIZE = 128
# Levels of each channel of the palette that painted parts are coloured from.
LEVELS = 16


def floor(name: str) -> np.ndarray:
  """Draws a floor, 2 m by 2 m, that tiles.

  Args:
    name: one of `layout.FLOORS`.

  Returns:
    uint8 `[128, 128, 3]`.
  """
  rng = np.random.default_rng(sum(map(ord, name)))
  image = np.empty((_SIZE, _SIZE, 3))
  if name in ('planks', 'parquet'):
    base = (150, 103, 64) if name == 'planks' else (178, 140, 98)
    width, length = (16, 64) if name == 'planks' else (11, 32)
    for row, y in enumerate(range(0, _SIZE, width)):
      for x in range(-length, _SIZE + length, length):
        start = x + (row % 3) * length // 3
        columns = np.arange(start, start + length) % _SIZE
        tone = np.array(base) * (1 + 0.1 * rng.standard_normal())
        grain = 1 + 0.04 * rng.standard_normal((width, 1, 1))[: _SIZE - y]
        image[y : y + width, columns] = tone * grain
        image[y : y + width, columns[0]] = tone * 0.6
      image[y] *= 0.65
  elif name == 'tiles':
    image[:] = (200, 198, 190)
    checks = (np.add.outer(np.arange(_SIZE) // 32, np.arange(_SIZE) // 32)) % 2
    image[checks == 1] = (150, 152, 155)
    image[::32] = image[:, ::32] = (120, 118, 112)
  elif name == 'carpet':
    image[:] = (150, 145, 140)
    image *= 1 + 0.12 * rng.standard_normal((_SIZE, _SIZE, 1))
  else:
    image[:] = (185, 178, 165)
    image *= 1 + 0.03 * rng.standard_normal((_SIZE, _SIZE, 1))
    image[::64] *= 0.8
  return np.clip(image, 0, 255).astype(np.uint8)


def wall(name: str) -> np.ndarray:
  """Draws a wall, 2.5 m by 2.5 m, that tiles.

  Args:
    name: one of `layout.WALLS`.

  Returns:
    uint8 `[128, 128, 3]`.
  """
  rng = np.random.default_rng(sum(map(ord, name)))
  image = np.full((_SIZE, _SIZE, 3), (218.0, 212.0, 200.0))
  if name == 'plaster':
    image *= 1 + 0.015 * rng.standard_normal((_SIZE, _SIZE, 1))
  elif name == 'stripes':
    image[:, np.arange(_SIZE) % 16 < 8] *= 0.93
  elif name == 'panels':
    image[:, ::32] *= 0.75
    image[::64] *= 0.8
  else:
    for row in range(8):
      y = row * 16
      image[y : y + 16] *= 0.9 + 0.05 * rng.random()
      image[y] *= 1.08
      image[y : y + 16, (np.arange(4) * 32 + 16 * (row % 2)) % _SIZE] *= 1.08
  return np.clip(image, 0, 255).astype(np.uint8)


def palette() -> np.ndarray:
  """All colours that painted parts can have, as one texture.

  Returns:
    uint8 `[64, 64, 3]`: `coordinates` says where a colour lies in it.
  """
  levels = np.linspace(0, 255, LEVELS).round().astype(np.uint8)
  red, green, blue = np.meshgrid(levels, levels, levels, indexing='ij')
  return np.stack([red, green, blue], -1).reshape(64, 64, 3)


def coordinates(rgb: np.ndarray) -> np.ndarray:
  """Texture coordinates of colours in the palette.

  Args:
    rgb: float in [0, 1], `[V, 3]`.

  Returns:
    float32 `[V, 2]`, in the middle of the nearest colour's texel.
  """
  index = np.clip(np.round(rgb * (LEVELS - 1)), 0, LEVELS - 1).astype(int)
  flat = (index[:, 0] * LEVELS + index[:, 1]) * LEVELS + index[:, 2]
  row, column = np.divmod(flat, 64)
  return np.stack([(column + 0.5) / 64, (row + 0.5) / 64], -1).astype('float32')
