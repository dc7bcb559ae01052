"""Camera frames to the pixels a vision-language model was trained on."""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Shaped, UInt8

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


Frames = UInt8[Array, 'N H W C'] | UInt8[np.ndarray, 'N H W C']
# What users hand in: its type is checked with a message of its own.
Unchecked = Shaped[Array, '...'] | Shaped[np.ndarray, '...']


@dataclasses.dataclass(frozen=True)
class PatchBudget:
  """A size for whole patches: as many as fit the budget, aspect ratio kept.

  SigLIP 2, arXiv 2502.14786, section 2.4.2 (NaFlex).

  Attributes:
    patch_size: side of a patch, in pixels.
    max_num_patches: number of patches that an image gets at most.
  """

  patch_size: int = 16
  max_num_patches: int = 256

  def __post_init__(self):
    if self.patch_size < 1 or self.max_num_patches < 1:
      raise ValueError(f'patches must be positive in size and number: {self}')

  def resized(self, height: int, width: int) -> tuple[int, int]:
    """Largest size within the budget, by bisection of the scale.

    Each side is rounded up to whole patches, so that the aspect ratio is kept
    only as well as whole patches can.

    Args:
      height: of the frame, in pixels.
      width: of the frame, in pixels.

    Returns:
      (height, width) in pixels, multiples of the patch size.
    """

    def patches(scale: float) -> tuple[int, int]:
      rows, columns = (
        max(1, math.ceil(side * scale / self.patch_size))
        for side in (height, width)
      )
      return rows, columns

    # The ends and the tolerance are the published ones: near a jump of the
    # rounding they decide which size it is.
    low, high = 1e-6, 100.0
    while high - low >= 1e-5:
      middle = (low + high) / 2
      if math.prod(patches(middle)) <= self.max_num_patches:
        low = middle
      else:
        high = middle
    rows, columns = patches(low)
    return rows * self.patch_size, columns * self.patch_size


@dataclasses.dataclass(frozen=True)
class Preprocessing:
  """Steps from uint8 frames to model input, in the order of application.

  Attributes:
    resize: (height, width) in pixels, exactly; or one number: the shorter
      edge gets this length and the aspect ratio stays; or a `PatchBudget`;
      None leaves the size.
    crop: (height, width) in pixels cut from the centre; None keeps all.
    filter: 'bicubic', 'bilinear' or 'nearest', antialiased as in PIL.
    rescale: factor on the values 0..255; None leaves them.
    mean: subtracted per channel, after rescaling.
    std: divided by per channel.
  """

  resize: tuple[int, int] | int | PatchBudget | None = 224
  crop: tuple[int, int] | None = (224, 224)
  filter: str = 'bicubic'
  rescale: float | None = 1 / 255
  mean: tuple[float, ...] = _CLIP_MEAN
  std: tuple[float, ...] = _CLIP_STD

  def __post_init__(self):
    if self.filter not in _KERNELS:
      raise ValueError(
        f'filter must be one of {tuple(_KERNELS)}, got {self.filter!r}'
      )
    if len(self.mean) != len(self.std) or not all(self.std):
      raise ValueError(
        'mean and std must have one entry per channel and std none that is 0, '
        f'got {self.mean} and {self.std}'
      )

  def resized(self, height: int, width: int) -> tuple[int, int]:
    """Size after the resize step.

    Args:
      height: of the frame, in pixels.
      width: of the frame, in pixels.

    Returns:
      (height, width) in pixels.
    """
    if self.resize is None:
      return height, width
    if isinstance(self.resize, tuple):
      return self.resize
    if isinstance(self.resize, PatchBudget):
      return self.resize.resized(height, width)
    edge = self.resize
    if height <= width:
      return edge, int(edge * width / height)
    return int(edge * height / width), edge


def preprocess(
  frames: Unchecked,
  preprocessing: Preprocessing,
  dtype: DTypeLike = jnp.float32,
) -> Float[Array, 'N h w C']:
  """Resizes, crops, rescales and normalises a batch of frames.

  A pure function of the frames, to be jitted with the other arguments static.

  Args:
    frames: uint8 [N, H, W, C].
    preprocessing: the steps.
    dtype: type of the result.

  Returns:
    dtype [N, h, w, C].

  Raises:
    ValueError: not a batch of uint8 images, images without pixels or of
      another number of channels, or a crop larger than the image.
  """
  channels = len(preprocessing.mean)
  if frames.ndim != 4 or frames.dtype != jnp.uint8:
    raise ValueError(
      f'expected frames uint8 [N, H, W, {channels}], '
      f'got {frames.dtype} {frames.shape}'
    )
  if frames.shape[-1] != channels:
    raise ValueError(
      f'expected frames of {channels} channels, [N, H, W, {channels}], '
      f'got {frames.shape[-1]} channel(s), {frames.shape}'
    )
  if 0 in frames.shape[1:3]:
    raise ValueError(
      f'expected frames of at least one pixel, got {frames.shape[1]}x'
      f'{frames.shape[2]} pixels, {frames.shape}'
    )
  height, width = preprocessing.resized(*frames.shape[1:3])
  x = resize(frames, height, width, preprocessing.filter)
  if preprocessing.crop is not None:
    crop_h, crop_w = preprocessing.crop
    if crop_h > height or crop_w > width:
      raise ValueError(
        f'expected frames of at least {preprocessing.crop} after resizing, '
        f'got {(height, width)}'
      )
    top, left = (height - crop_h) // 2, (width - crop_w) // 2
    x = x[:, top : top + crop_h, left : left + crop_w]
  if preprocessing.rescale is not None:
    x = x * jnp.float32(preprocessing.rescale)
  mean = jnp.asarray(preprocessing.mean, jnp.float32)
  std = jnp.asarray(preprocessing.std, jnp.float32)
  shape = (1, 1, 1, len(preprocessing.mean))
  return ((x - mean.reshape(shape)) / std.reshape(shape)).astype(dtype)


def patchify(
  images: Float[Array, 'N H W C'], patch_size: int
) -> Float[Array, 'N P D']:
  """Cuts images into square patches, row by row.

  Args:
    images: float [N, H, W, C]; a remainder at the right and the bottom is
      left out.
    patch_size: side of a patch, in pixels.

  Returns:
    float [N, P, D]: P whole patches, D = patch_size * patch_size * C values
    each, in the order row, column, channel.
  """
  n, height, width, channels = images.shape
  rows, columns = height // patch_size, width // patch_size
  x = images[:, : rows * patch_size, : columns * patch_size]
  x = x.reshape(n, rows, patch_size, columns, patch_size, channels)
  x = x.transpose(0, 1, 3, 2, 4, 5)
  return x.reshape(n, rows * columns, patch_size * patch_size * channels)


def resize(
  frames: Frames, height: int, width: int, filter: str
) -> Float[Array, 'N h w C']:
  """Resizes as PIL resizes 8-bit images: antialiased, one axis at a time.

  The kernel is stretched by the scale when shrinking; weights at the border
  are renormalised and rounded to PIL's fixed point; the values are rounded to
  8 bits after each axis. So every pixel is PIL's, ties included. Columns come
  first where that drops more than twice the pixels, as in Pillow 13: the order
  shows at hard edges, whose overshoot is clipped.

  Args:
    frames: uint8 [N, H, W, C].
    height: new height, in pixels.
    width: new width, in pixels.
    filter: name of the kernel.

  Returns:
    float32 [N, height, width, C] of whole numbers in [0, 255].
  """
  old_height, old_width = frames.shape[1:3]
  x = jnp.asarray(frames).astype(jnp.float32)
  lost_rows, lost_columns = old_height - height, old_width - width
  passes = [('vw,nhwc->nhvc', old_width, width)]
  vertical = ('uh,nhwc->nuwc', old_height, height)
  first = lost_rows > 0 and lost_rows > 2 * lost_columns
  passes.insert(0 if first else 1, vertical)
  for equation, size, new_size in passes:
    if size != new_size:
      high, low = (
        # Sums of whole numbers below 2**24 are exact in float32; a
        # half-precision product on an accelerator would not be: forbid it.
        jnp.einsum(
          equation, jnp.asarray(half), x, precision=jax.lax.Precision.HIGHEST
        ).astype(jnp.int32)
        for half in _fixed_point(size, new_size, filter)
      )
      total = (high << _LOW_BITS) + low + (1 << _BITS - 1)
      x = jnp.clip(total >> _BITS, 0, 255).astype(jnp.float32)
  return x


# PIL's weights have this many bits behind the point; the lower half of them is
# multiplied apart, so that float32 holds every sum.
_BITS, _LOW_BITS = 22, 11


@functools.lru_cache(maxsize=64)
def _fixed_point(
  size: int, new_size: int, filter: str
) -> tuple[np.ndarray, np.ndarray]:
  """Upper and lower part of PIL's whole-numbered weights, float32 [new, old].

  They are upper * 2**_LOW_BITS + lower, and 2**_BITS stands for 1.
  """
  scaled = _weights(size, new_size, filter) * 2**_BITS
  # Half away from zero, as PIL rounds.
  whole = np.trunc(scaled + np.copysign(0.5, scaled))
  high = np.round(whole / 2**_LOW_BITS)
  low = whole - high * 2**_LOW_BITS
  return high.astype(np.float32), low.astype(np.float32)


@functools.lru_cache(maxsize=64)
def resize_weights(
  size: int, new_size: int, filter: str
) -> Float[np.ndarray, 'new old']:
  """The antialiased resize of one axis, as a matrix.

  Args:
    size: old length of the axis.
    new_size: new length.
    filter: name of the kernel.

  Returns:
    float32 [new_size, size], each row the weights of one new place; rows sum
    to 1.
  """
  return _weights(size, new_size, filter).astype(np.float32)


def _weights(size: int, new_size: int, filter: str) -> np.ndarray:
  """`resize_weights` in float64, in which PIL computes them too."""
  kernel, radius = _KERNELS[filter]
  scale = size / new_size
  centers = (np.arange(new_size) + 0.5) * scale
  if kernel is None:
    return np.eye(size)[np.floor(centers).astype(int)]
  stretch = max(scale, 1.0)
  low = np.maximum(np.floor(centers - radius * stretch + 0.5), 0)
  high = np.minimum(np.floor(centers + radius * stretch + 0.5), size)
  places = np.arange(size)[None]
  inside = (places >= low[:, None]) & (places < high[:, None])
  distance = np.abs((places + 0.5 - centers[:, None]) / stretch)
  weights = np.where(inside, kernel(distance), 0.0)
  return weights / weights.sum(axis=1, keepdims=True)


def _cubic(x: np.ndarray) -> np.ndarray:
  """Keys' cubic kernel with a = -1/2 of the distance `x`."""
  near = (1.5 * x - 2.5) * x * x + 1
  far = ((-0.5 * x + 2.5) * x - 4) * x + 2
  return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _triangle(x: np.ndarray) -> np.ndarray:
  return np.maximum(1 - x, 0.0)


_KERNELS = {
  'bicubic': (_cubic, 2.0),
  'bilinear': (_triangle, 1.0),
  'nearest': (None, 0.5),
}
