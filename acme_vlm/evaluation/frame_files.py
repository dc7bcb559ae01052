"""Frames from files: images of any kind, and videos."""

import contextlib
import glob
import math
import os
import pathlib
import re
import subprocess
import tempfile
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import IO, NamedTuple

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageOps

from acme_vlm import errors

# What transparent pixels lie on; and steps of 16-bit grey to one of 8-bit.
_PAPER = (255, 255, 255, 255)
_DEEP_STEP = 257.0
_FRAME_TIME = re.compile(r'\bn: *\d+ pts: *\S+ pts_time:(\S+)')


class NamedImage(NamedTuple):
  """An image and the name under which it is reported.

  Attributes:
    name: the path as it was given or found.
    pixels: uint8 `[H, W, 3]`, RGB, at least one pixel.
  """

  name: str
  pixels: np.ndarray


class VideoFrame(NamedTuple):
  """One frame of a video.

  Attributes:
    number: of the frame in the video, from 0.
    seconds: its time since the beginning.
    pixels: uint8 `[H, W, 3]`, RGB.
  """

  number: int
  seconds: float
  pixels: np.ndarray


def find_images(places: Sequence[str]) -> list[pathlib.Path]:
  """Lists image files.

  Args:
    places: files, folders (all their images, not those of subfolders) or
      patterns such as `'shots/*.png'`.

  Returns:
    Paths, each once, place by place; within a folder or pattern sorted as
    people do, 2 before 10.

  Raises:
    ConfigError: a place at which no image lies, or no place at all.
  """
  if not places:
    raise errors.ConfigError('expected images, got none')
  found: dict[pathlib.Path, None] = {}
  for place in places:
    path = pathlib.Path(place)
    if path.is_dir():
      files = _images_among(path.iterdir())
      if not files:
        raise errors.ConfigError(
          f'expected images in the folder {place}, got none of them'
        )
    elif path.exists():
      files = [path]
    else:
      files = _images_among(map(pathlib.Path, glob.glob(place)))
      if not files:
        raise errors.ConfigError(
          f'expected an image, a folder or a pattern, got {place!r}, which'
          ' is none'
        )
    found.update(dict.fromkeys(files))
  return list(found)


def read_image(path: str | os.PathLike) -> NamedImage:
  """Reads an image of any mode as RGB.

  Turned as its EXIF orientation says; transparent parts lie on white; grey,
  palette, CMYK and 16-bit grey are converted; of several frames, the first.

  Args:
    path: of the file.

  Returns:
    The image.

  Raises:
    ConfigError: no readable image, or one without pixels.
  """
  try:
    with warnings.catch_warnings():
      # An image of suspicious size is refused, not only warned of.
      warnings.simplefilter('error', Image.DecompressionBombWarning)
      # Metadata that is broken or beyond what is read here harms no pixel.
      warnings.simplefilter('ignore', UserWarning)
      with Image.open(path) as image:
        pixels = np.array(_as_rgb(ImageOps.exif_transpose(image)))
  except (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
  ) as error:
    raise errors.ConfigError(
      f'expected an image, got {os.fspath(path)}: {_reason(error)}'
    ) from error
  if not pixels.size:
    raise errors.ConfigError(
      f'expected an image with pixels, got {os.fspath(path)} of '
      f'{pixels.shape[1]} x {pixels.shape[0]}'
    )
  return NamedImage(os.fspath(path), pixels)


def read_video(
  path: str | os.PathLike, *, every: int = 1, fps: float | None = None
) -> Iterator[VideoFrame]:
  """Reads a video frame by frame, one at a time in memory.

  Args:
    path: of a file that ffmpeg reads (an animated GIF too).
    every: takes one frame of so many, at least 1.
    fps: takes so many frames a second instead, above 0: of each interval of
      1/fps seconds the first frame, if it has one.

  Yields:
    The frames taken, in the order of time; the first one always.

  Raises:
    ConfigError: an option out of range, or no video of which ffmpeg can read
      a frame.
  """
  if every < 1:
    raise errors.ConfigError(f'expected every >= 1, got {every}')
  if fps is not None and not 0 < fps < math.inf:
    raise errors.ConfigError(f'expected fps > 0, got {fps}')
  if not pathlib.Path(path).is_file():
    raise errors.ConfigError(
      f'expected a video, got {os.fspath(path)}, which is not a file'
    )
  wanted = begin = None
  with contextlib.closing(_decode(pathlib.Path(path))) as frames:
    for index, (time, pixels) in enumerate(frames):
      begin = time if begin is None else begin
      seconds = time - begin
      if fps is not None:
        # Rounding must not push a frame that is due to the next one.
        moment = math.floor(seconds * fps + 1e-6)
        if moment == wanted:
          continue
        wanted = moment
      elif index % every:
        continue
      yield VideoFrame(index, seconds, pixels)


def shrink(pixels: np.ndarray, height: int) -> np.ndarray:
  """Makes an image as small as it is shown.

  Args:
    pixels: uint8 `[H, W, 3]`.
    height: pixels, at least 1.

  Returns:
    uint8 `[height, W', 3]` of the same proportions; smaller ones as they are.
  """
  if len(pixels) <= height:
    return pixels
  width = max(1, round(pixels.shape[1] * height / len(pixels)))
  image = Image.fromarray(pixels)
  return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def _images_among(paths: Iterable[pathlib.Path]) -> list[pathlib.Path]:
  endings = Image.registered_extensions()
  images = [
    path
    for path in paths
    if path.is_file()
    and path.suffix.lower() in endings
    and not path.name.startswith('.')
  ]
  return sorted(images, key=_as_people_sort)


def _as_people_sort(path: pathlib.Path) -> list[tuple[bool, int, str]]:
  parts = re.split(r'(\d+)', str(path).lower())
  return [(p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts]


def _as_rgb(image: Image.Image) -> Image.Image:
  if image.mode.startswith('I;16') or image.mode == 'I':
    # `convert` would cut off all above 255.
    deep = np.asarray(image, np.float64)
    shallow = np.clip(np.round(deep / _DEEP_STEP), 0, 255).astype(np.uint8)
    return Image.fromarray(shallow).convert('RGB')
  if image.mode == 'F':
    raise ValueError('its pixels are real numbers of no known range')
  if image.has_transparency_data:
    paper = Image.new('RGBA', image.size, _PAPER)
    return Image.alpha_composite(paper, image.convert('RGBA')).convert('RGB')
  return image.convert('RGB')


def _decode(
  path: pathlib.Path,
) -> Generator[tuple[float, np.ndarray], None, None]:
  """Time and pixels of every frame, turned as the video says."""
  command = [
    *(imageio_ffmpeg.get_ffmpeg_exe(), '-nostdin', '-hide_banner', '-nostats'),
    # Absolute, for ffmpeg takes 'a:b.mp4' for a protocol.
    *('-i', str(path.resolve()), '-map', '0:v:0'),
    # Each frame once, however long it stays; its time is printed before it.
    *('-vf', 'showinfo', '-fps_mode', 'passthrough'),
    *('-f', 'image2pipe', '-c:v', 'ppm', '-pix_fmt', 'rgb24', '-'),
  ]
  num = 0
  # What it prints goes to a file, since a pipe that nobody reads would fill up.
  with (
    tempfile.NamedTemporaryFile(suffix='.log') as log,
    open(log.name, encoding='utf-8', errors='replace') as printed,
    subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process,
  ):
    assert process.stdout is not None
    try:
      while (pixels := _read_ppm(process.stdout)) is not None:
        yield _next_time(printed), pixels
        num += 1
    finally:
      process.kill()
  if not num:
    raise errors.ConfigError(f'expected a video that ffmpeg reads, got {path}')


def _read_ppm(stream: IO[bytes]) -> np.ndarray | None:
  """One image uint8 `[H, W, 3]`; None at the end, a torn one counts as that."""
  if stream.readline().strip() != b'P6':
    return None
  width, height = map(int, stream.readline().split())
  stream.readline()  # The brightest value, 255.
  data = stream.read(width * height * 3)
  if len(data) < width * height * 3:
    return None
  return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _next_time(printed: IO[str]) -> float:
  while line := printed.readline():
    found = _FRAME_TIME.search(line)
    if found:
      return float(found[1])
  raise AssertionError('ffmpeg prints the time of a frame before the frame')


def _reason(error: BaseException) -> str:
  words = getattr(error, 'strerror', None) or str(error)
  if isinstance(error, Image.UnidentifiedImageError):
    words = 'its format is not known'
  return ' '.join(words.split()) or type(error).__name__
