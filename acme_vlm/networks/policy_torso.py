"""Convolutional torso of the policy: uint8 frames to a map of features."""

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, UInt8


def patches(
  pixels: UInt8[Array, 'n h w c'], size: int
) -> UInt8[Array, 'n h2 w2 d']:
  """Cuts frames into squares, each flattened to one vector.

  It stays uint8: moving bytes is four times cheaper than moving floats, and
  on CPU moving the frames is most of the cost of a first convolution.

  Args:
    pixels: uint8 `[N, H, W, C]`.
    size: side of a square in pixels; divides H and W.

  Returns:
    uint8 `[N, H/size, W/size, size * size * C]`.
  """
  n, height, width, channels = pixels.shape
  rows, columns = height // size, width // size
  x = pixels.reshape(n, rows, size, columns, size * channels)
  x = x.transpose(0, 1, 3, 2, 4)
  return x.reshape(n, rows, columns, size * size * channels)


def shrunk(
  pixels: UInt8[Array, 'n h w c'], size: int
) -> UInt8[Array, 'n h2 w2 c']:
  """Averages squares of pixels, for a policy that needs fewer than the reward.

  Args:
    pixels: uint8 `[N, H, W, C]`.
    size: side of a square in pixels; divides H and W.

  Returns:
    uint8 `[N, H/size, W/size, C]`, rounded to the nearest.
  """
  if size == 1:
    return pixels
  n, height, width, channels = pixels.shape
  x = pixels.reshape(n, height // size, size, width // size, size, channels)
  total = jnp.sum(x, axis=(2, 4), dtype=jnp.int32)
  area = size * size
  return ((total + area // 2) // area).astype(jnp.uint8)


class Torso(nn.Module):
  """Patches, then 3x3 convolutions; the frames' gradient is never taken.

  Attributes:
    shrink: side in pixels of the squares that are averaged into one before
      all else, >= 1.
    patch: side in pixels of the squares of the first layer, >= 1.
    channels: width of each layer; the first belongs to the patches, every
      other one to a 3x3 convolution.
    strides: stride of each layer after the first, as long as `channels[1:]`.
  """

  shrink: int
  patch: int
  channels: tuple[int, ...]
  strides: tuple[int, ...]

  @nn.compact
  def __call__(
    self, pixels: UInt8[Array, 'n h w 3']
  ) -> Float[Array, 'n rows columns f']:
    """Computes the map.

    Args:
      pixels: uint8 `[N, H, W, 3]`.

    Returns:
      float32 `[N, rows, columns, F]`,
      `rows = H / (shrink * patch * Π strides)`.
    """
    # Centred and of about unit variance; with He's initialisation it stays so
    # through the layers, and small features learn slowly.
    pixels = shrunk(pixels, self.shrink)
    x = (patches(pixels, self.patch).astype(jnp.float32) - 127.5) / 64.0
    he = nn.initializers.he_normal()
    x = nn.relu(nn.Dense(self.channels[0], kernel_init=he, name='patches')(x))
    for i, (width, stride) in enumerate(
      zip(self.channels[1:], self.strides, strict=True)
    ):
      conv = nn.Conv(
        width,
        (3, 3),
        (stride, stride),
        padding='SAME',
        kernel_init=he,
        name=f'conv_{i}',
      )
      x = nn.relu(conv(x))
    return x
