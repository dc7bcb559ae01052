"""Images, pixels and texts that both sides are given."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.networks.parity import random_weights

TEXTS = (
  'a photo of a cat',
  'Screenshot of the Calculator app on Android',
  "an agent's view: a green roll beside a blue mug, 3 metres away — 椅子",
)


def photograph(
  height: int, width: int, name: str, slope: float = 1.0
) -> np.ndarray:
  """Noise with the spectrum of photographs: amplitude as 1 / frequency.

  Args:
    height: in pixels.
    width: in pixels.
    name: key of the noise.
    slope: power of the frequency.

  Returns:
    uint8 [height, width, 3] with a cast and a gradient of colour of its own,
    clipped at the ends.
  """
  noise = random_weights.values(f'photograph/{name}', (height, width, 3))
  rows = np.fft.fftfreq(height)[:, None]
  columns = np.fft.fftfreq(width)[None]
  frequency = np.maximum(np.hypot(rows, columns), 1 / max(height, width))
  spectrum = np.fft.fft2(noise.astype(np.float64), axes=(0, 1))
  image = np.fft.ifft2(spectrum / frequency[..., None] ** slope, axes=(0, 1))
  image = image.real - image.real.mean()
  image /= max(image.std(), 1e-9)
  # Luminance is shared and colour is less.
  image = 0.8 * image.mean(axis=-1, keepdims=True) * 3**0.5 + 0.6 * image
  cast = random_weights.values(f'cast/{name}', (2, 1, 1, 3))
  across = np.linspace(-1.0, 1.0, width)[None, :, None]
  image = 50 * image + 45 * cast[0] + 30 * cast[1] * across
  return np.clip(np.round(118 + image), 0, 255).astype(np.uint8)


def frames() -> np.ndarray:
  """Two images, uint8 [2, 300, 400, 3]."""
  return np.stack([photograph(300, 400, f'frame {i}') for i in range(2)])


def pixels(config: Mapping[str, Any]) -> np.ndarray:
  """Preprocessed-looking input of the image tower.

  Args:
    config: content of `config.json`.

  Returns:
    float32 [2, side, side, 3], for NaFlex [2, 160, 240, 3]: a colour each,
    blocks of 7 pixels, and noise.
  """
  side = config['vision_config'].get('image_size')
  height, width = (side, side) if side else (160, 240)
  blocks = (2, height // 7 + 1, width // 7 + 1, 3)
  coarse = random_weights.values('coarse', blocks)
  coarse = coarse.repeat(7, axis=1).repeat(7, axis=2)[:, :height, :width]
  fine = random_weights.values('fine', (2, height, width, 3))
  colour = random_weights.values('colour', (2, 1, 1, 3))
  return colour + np.float32(0.7) * coarse + np.float32(0.3) * fine


def ids(config: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
  """Token ids of three texts: short, middling and of the whole context.

  Args:
    config: content of `config.json`.

  Returns:
    int32 [3, L] ids and mask. SigLIP sees its padding, so its mask is all 1.
  """
  text = config['text_config']
  length, size = text['max_position_embeddings'], text['vocab_size']
  noise = random_weights.values('ids', (3, length)) / 12**0.5 + 0.5
  # Ids 3 to size - 4: below the ends, above the padding.
  tokens = (3 + np.floor(noise * (size - 6))).astype(np.int32)
  mask = np.ones_like(tokens)
  clip = config['model_type'] == 'clip'
  for row, count in enumerate((5, 17, length)):
    tokens[row, count:], mask[row, count:] = 1, 0
    if clip:
      tokens[row, 0], tokens[row, count - 1] = size - 2, size - 1
    else:
      tokens[row, count - 1] = 1
  return tokens, mask if clip else np.ones_like(mask)
