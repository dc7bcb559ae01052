import pathlib
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from acme_vlm import errors
from acme_vlm.evaluation import frame_files

_RED, _GREEN = (200, 30, 30), (20, 180, 60)


def _picture(height=6, width=4):
  """Red above, green below; the left half darker."""
  pixels = np.empty((height, width, 3), np.uint8)
  pixels[: height // 2], pixels[height // 2 :] = _RED, _GREEN
  pixels[:, : width // 2] //= 2
  return pixels


def _grey_video(path, num=25, fps='10'):
  """Frame n is grey of brightness 10 n, its top left quarter white."""
  frames = [np.full((32, 48, 3), 10 * n, np.uint8) for n in range(num)]
  for frame in frames:
    frame[:16, :24] = 255
  raw = ('-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', '48x32', '-r', fps)
  coded = ('-c:v', 'libx264', '-qp', '5', '-pix_fmt', 'yuv444p')
  _run_ffmpeg(*raw, '-i', '-', *coded, path, data=np.stack(frames).tobytes())
  return path


@pytest.fixture(scope='module')
def video(tmp_path_factory):
  return _grey_video(tmp_path_factory.mktemp('video') / 'grey.mp4')


def test_files_folders_and_patterns_each_file_once(tmp_path):
  for name in ('b10.png', 'b2.png', 'a.JPG', '.hidden.png', 'c.bmp'):
    Image.fromarray(_picture()).save(tmp_path / name)
  (tmp_path / 'notes.txt').write_text('no image')
  (tmp_path / 'deeper').mkdir()
  found = frame_files.find_images(
    [str(tmp_path / 'b*.png'), str(tmp_path), str(tmp_path / 'c.bmp')]
  )
  assert [path.name for path in found] == [
    'b2.png',
    'b10.png',
    'a.JPG',
    'c.bmp',
  ]


@pytest.mark.parametrize(
  ('mode', 'expected'),
  [
    ('RGB', _picture()),
    ('CMYK', _picture()),
    ('P', _picture()),
    ('L', None),
    ('1', None),
    ('LA', None),
  ],
)
def test_every_mode_is_read_as_rgb(tmp_path, mode, expected):
  image = Image.fromarray(_picture())
  image = image.quantize(16) if mode == 'P' else image.convert(mode)
  ending = 'tif' if mode == 'CMYK' else 'png'
  image.save(tmp_path / f'x.{ending}')
  read = frame_files.read_image(tmp_path / f'x.{ending}')
  if expected is None:
    grey = np.asarray(image.convert('L'))
    expected = np.stack([grey] * 3, axis=-1)
  assert read.name.endswith(f'x.{ending}')
  np.testing.assert_allclose(read.pixels, expected, atol=1)


def test_transparent_parts_lie_on_white(tmp_path):
  pixels = np.zeros((1, 3, 4), np.uint8)
  pixels[0, :, 0] = 100
  pixels[0, :, 3] = (0, 51, 255)
  Image.fromarray(pixels).save(tmp_path / 'x.png')
  # alpha · colour + (1 − alpha) · 255, alpha 0, 1/5 and 1.
  expected = [[[255, 255, 255], [224, 204, 204], [100, 0, 0]]]
  read = frame_files.read_image(tmp_path / 'x.png').pixels
  np.testing.assert_allclose(read, expected, atol=1)


def test_a_transparent_colour_of_a_palette_lies_on_white(tmp_path):
  image = Image.fromarray(_picture()).quantize(16)
  corner = image.getpixel((0, 0))
  image.save(tmp_path / 'x.png', transparency=corner)
  read = frame_files.read_image(tmp_path / 'x.png').pixels
  np.testing.assert_array_equal(read[0, 0], [255, 255, 255])
  np.testing.assert_allclose(read[0, -1], _RED, atol=1)


def test_sixteen_bit_grey_keeps_its_range(tmp_path):
  deep = np.array([[0, 257 * 7, 257 * 200, 65535]], np.uint16)
  Image.fromarray(deep).save(tmp_path / 'x.png')
  read = frame_files.read_image(tmp_path / 'x.png').pixels
  np.testing.assert_array_equal(read[0, :, 1], [0, 7, 200, 255])


def test_a_photograph_is_turned_as_its_camera_was(tmp_path):
  image = Image.fromarray(_picture())
  exif = image.getexif()
  exif[0x0112] = 6  # Shown turned by 90 degrees, clockwise.
  image.save(tmp_path / 'x.png', exif=exif)
  read = frame_files.read_image(tmp_path / 'x.png').pixels
  np.testing.assert_array_equal(read, np.rot90(_picture(), -1))


def test_of_an_animation_the_first_frame_is_read(tmp_path):
  first = Image.fromarray(_picture())
  second = Image.new('RGB', first.size)
  first.save(tmp_path / 'x.png', save_all=True, append_images=[second])
  read = frame_files.read_image(tmp_path / 'x.png').pixels
  np.testing.assert_array_equal(read, _picture())


def test_what_is_no_image_is_one_clear_line(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / 'empty.png').touch()
  (tmp_path / 'words.png').write_text('no image at all')
  Image.fromarray(_picture(40, 40)).save('whole.png')
  whole = (tmp_path / 'whole.png').read_bytes()
  (tmp_path / 'cut.png').write_bytes(whole[: len(whole) // 2])
  Image.fromarray(np.zeros((2, 2), np.float32)).save('real.tif')
  monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 1000)
  for name, said in (
    ('empty.png', 'empty.png: its format is not known'),
    ('words.png', 'words.png: its format is not known'),
    ('cut.png', 'cut.png: '),
    ('real.tif', 'real.tif: its pixels are real numbers of no known range'),
    ('whole.png', 'whole.png: Image size (1600 pixels) exceeds limit'),
    ('.', '.: Is a directory'),
  ):
    with pytest.raises(errors.ConfigError) as caught:
      frame_files.read_image(name)
    assert f'expected an image, got {said}' in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
  ('places', 'said'),
  [
    ([], 'expected images, got none'),
    (['bare'], 'expected images in the folder bare, got none of them'),
    (['no.png'], "pattern, got 'no.png', which is none"),
    (['*.gif'], "pattern, got '*.gif', which is none"),
  ],
)
def test_nowhere_an_image(tmp_path, monkeypatch, places, said):
  monkeypatch.chdir(tmp_path)
  (tmp_path / 'bare').mkdir()
  with pytest.raises(errors.ConfigError) as caught:
    frame_files.find_images(places)
  assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
  ('options', 'indices'),
  [
    ({}, range(25)),
    ({'every': 7}, [0, 7, 14, 21]),
    ({'fps': 2}, [0, 5, 10, 15, 20]),
    # The first frames at or after 0, 1/3, 2/3, 3/3, ... seconds.
    ({'fps': 3}, [0, 4, 7, 10, 14, 17, 20, 24]),
    ({'fps': 300}, range(25)),
  ],
)
def test_a_video_is_read_at_the_rate_asked_for(video, options, indices):
  frames = list(frame_files.read_video(video, **options))
  assert [frame.number for frame in frames] == list(indices)
  for frame in frames:
    assert frame.seconds == pytest.approx(frame.number / 10)
    assert frame.pixels.shape == (32, 48, 3)
    # Brightness tells which frame of the video it is.
    assert frame.pixels[24, 36, 0] == pytest.approx(10 * frame.number, abs=4)


def test_a_turned_video_is_shown_as_it_is_played(video, tmp_path):
  path = tmp_path / 'turned.mp4'
  _run_ffmpeg('-display_rotation', '90', '-i', video, '-c', 'copy', path)
  frame = next(frame_files.read_video(path))
  assert frame.pixels.shape == (48, 32, 3)
  # What was at the left is at the bottom: turned counter-clockwise.
  assert frame.pixels[36, 8, 0] > 240 > 15 > frame.pixels[12, 8, 0]


def test_an_animated_gif_is_a_video(video, tmp_path):
  path = tmp_path / 'x.gif'
  _run_ffmpeg('-i', video, path)
  assert len(list(frame_files.read_video(path))) == 25


def test_times_are_true_where_frames_last_differently_long(video, tmp_path):
  path = tmp_path / 'still.mp4'
  # The frames from 0.5 to 2 seconds are missing: the one before stays.
  select = "select='lt(t,0.5)+gte(t,2)'"
  _run_ffmpeg('-i', video, '-vf', select, '-fps_mode', 'vfr', path)
  frames = list(frame_files.read_video(path))
  expected = [0, 0.1, 0.2, 0.3, 0.4, 2, 2.1, 2.2, 2.3, 2.4]
  np.testing.assert_allclose([f.seconds for f in frames], expected, atol=1e-6)
  np.testing.assert_allclose(
    [f.pixels[24, 36, 0] for f in frames], np.multiply(expected, 100), atol=4
  )


def test_rates_of_television_are_exact(tmp_path):
  path = _grey_video(tmp_path / 'x.mp4', num=3, fps='30000/1001')
  last = list(frame_files.read_video(path))[-1]
  assert last.seconds == pytest.approx(2002 / 30000)


def test_frames_left_unread_leave_no_process_behind(video):
  before = _children()
  frames = frame_files.read_video(video)
  next(frames)
  assert len(_children() - before) == 1
  frames.close()
  assert _children() == before


def _children():
  """Processes that this one has started and not yet waited for."""
  tasks = pathlib.Path('/proc/self/task').glob('*/children')
  return {number for task in tasks for number in task.read_text().split()}


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    ({'every': 0}, 'expected every >= 1, got 0'),
    ({'fps': 0.0}, 'expected fps > 0, got 0.0'),
    ({'fps': float('nan')}, 'expected fps > 0, got nan'),
  ],
)
def test_rates_out_of_range(video, options, said):
  with pytest.raises(errors.ConfigError) as caught:
    next(frame_files.read_video(video, **options))
  assert str(caught.value) == said


def test_what_is_no_video_is_one_clear_line(video, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / 'empty.mp4').touch()
  (tmp_path / 'words.mp4').write_text('no video at all')
  _run_ffmpeg('-f', 'lavfi', '-i', 'sine=duration=0.1', 'sound.mp4')
  for name in ('empty.mp4', 'words.mp4', 'sound.mp4', 'missing.mp4'):
    with pytest.raises(errors.ConfigError) as caught:
      next(frame_files.read_video(name))
    assert name in str(caught.value)
    assert 'expected a video' in str(caught.value)
    assert '\n' not in str(caught.value)


def _run_ffmpeg(*arguments, data=b''):
  program = imageio_ffmpeg.get_ffmpeg_exe()
  command = [program, '-loglevel', 'error', '-y', *map(str, arguments)]
  subprocess.run(command, check=True, input=data)
