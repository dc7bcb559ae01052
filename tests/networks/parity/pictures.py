"""Pictures that are hard to resize, and the processors that resize them."""

from typing import Any

import numpy as np

from tests.networks.parity import configurations, inputs, random_weights

# Down, up, to the same size, by a little, odd, high, wide, one pixel.
SIZES = (
  (480, 640),
  (641, 427),
  (224, 224),
  (225, 223),
  (100, 75),
  (31, 403),
  (1, 9),
  (11, 1),
)
# Name of a published configuration -> the sizes tried with its processor.
PROCESSORS = {
  'vit_b_32': SIZES,
  'vit_l_14_336': SIZES[:2],
  'siglip_b_16': SIZES,
}
SAMPLES = 400


def pictures(height: int, width: int) -> np.ndarray:
  """One picture of each kind.

  Args:
    height: in pixels.
    width: in pixels.

  Returns:
    uint8 [5, height, width, 3]: a photograph-like noise, gradients, two
    checkerboards and thin lines.
  """
  y, x = np.mgrid[:height, :width]
  rows, columns = y / max(height - 1, 1), x / max(width - 1, 1)
  gradient = np.stack([columns, rows, (rows + 1 - columns) / 2], axis=-1) * 255
  fine = ((x + y) % 2 * 255)[..., None] * np.array([1.0, 0.0, 1.0])
  coarse = np.where(
    ((x // 3 + y // 3) % 2)[..., None], (250, 20, 5), (3, 99, 240)
  )
  line = (x % 17 == 5) | (y % 13 == 4) | ((x + 2 * y) % 41 == 0)
  lines = np.where(line[..., None], (255, 255, 0), (10, 10, 60))
  kinds = (gradient, fine, coarse, lines)
  photograph = inputs.photograph(height, width, f'{height}x{width}')
  return np.stack([photograph, *(np.uint8(np.round(k)) for k in kinds)])


def cases() -> list[tuple[str, tuple[int, int]]]:
  """Configuration and size of every comparison."""
  return [(name, size) for name, sizes in PROCESSORS.items() for size in sizes]


def sample(images: np.ndarray, key: str) -> np.ndarray:
  """The same pixels of every picture, the corners among them.

  Args:
    images: [N, H, W, C].
    key: of the choice.

  Returns:
    [N, SAMPLES, C].
  """
  _, height, width, _ = images.shape
  unit = random_weights.values(f'sample/{key}', (2, SAMPLES)) / 12**0.5 + 0.5
  rows = np.int64(np.floor(unit[0].astype(np.float64) * height))
  columns = np.int64(np.floor(unit[1].astype(np.float64) * width))
  rows[:4] = (0, 0, height - 1, height - 1)
  columns[:4] = (0, width - 1, 0, width - 1)
  return images[:, rows, columns]


def grey_levels(pixels: np.ndarray, name: str) -> np.ndarray:
  """Undoes the normalisation.

  Args:
    pixels: float [..., 3].
    name: of a published configuration.

  Returns:
    float64 [..., 3], in 0..255.
  """
  steps: dict[str, Any] = configurations.preprocessor(name)
  mean, std = np.array(steps['image_mean']), np.array(steps['image_std'])
  return (pixels.astype(np.float64) * std + mean) / steps['rescale_factor']
