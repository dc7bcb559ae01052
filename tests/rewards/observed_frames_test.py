import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.rewards import observed_frames


def _movie():
  """Three RGB frames [T, H, W, C], no two numbers in them alike."""
  return np.arange(3 * 4 * 5 * 3, dtype=np.uint8).reshape(3, 4, 5, 3)


def _reader(pixels, layout=None, low=0, high=255):
  return observed_frames.FrameReader(
    pixels.shape, pixels.dtype, low=low, high=high, layout=layout
  )


@pytest.mark.parametrize('layout', ['THWC', 'TCHW', 'HWTC', 'CTWH'])
def test_the_newest_of_stacked_frames_in_any_layout(layout):
  movie = _movie()
  pixels = movie.transpose(['THWC'.index(letter) for letter in layout])
  np.testing.assert_array_equal(_reader(pixels, layout)(pixels), movie[-1])
  batch = np.stack([pixels, pixels // 2])
  np.testing.assert_array_equal(
    _reader(pixels, layout).batch(batch), [movie[-1], movie[-1] // 2]
  )


@pytest.mark.parametrize('layout', ['HWC', 'CHW'])
def test_frames_stacked_among_the_channels(layout):
  movie = _movie()
  pixels = np.concatenate(list(movie), axis=-1)  # [H, W, 9], newest last.
  pixels = pixels.transpose(['HWC'.index(letter) for letter in layout])
  np.testing.assert_array_equal(_reader(pixels, layout)(pixels), movie[-1])


@pytest.mark.parametrize('layout', ['HWT', 'THW', 'HW', 'HWC', 'CHW'])
def test_grey_frames(layout):
  grey = _movie()[..., 0]  # [T, H, W].
  axes = ['THW'.index(letter) for letter in layout.replace('C', '')]
  pixels = grey.transpose(axes) if 'T' in layout else grey[-1]
  if 'C' in layout:
    pixels = np.expand_dims(pixels, layout.index('C'))
  expected = np.stack([grey[-1]] * 3, axis=-1)
  np.testing.assert_array_equal(_reader(pixels, layout)(pixels), expected)


@pytest.mark.parametrize(
  ('shape', 'layout'),
  [
    ((64, 48), 'HW'),
    ((64, 48, 3), 'HWC'),
    ((1, 64, 48), 'CHW'),
    ((4, 64, 48, 1), 'THWC'),
    ((4, 3, 64, 48), 'TCHW'),
  ],
)
def test_a_layout_without_doubt_is_guessed(shape, layout):
  assert _reader(np.zeros(shape, np.uint8)).layout == layout


@pytest.mark.parametrize(
  'shape', [(84, 84, 4), (4, 84, 84), (3, 84, 3), (7,), (2, 3, 64, 3)]
)
def test_a_layout_in_doubt_is_asked_for(shape):
  with pytest.raises(errors.ConfigError, match='give it as layout='):
    _reader(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
  ('pixels', 'low', 'high', 'expected'),
  [
    (np.array([[0, 0.5, 1]], np.float32), 0, 1, [0, 128, 255]),
    (np.array([[-1, 0.0, 1]]), -1, 1, [0, 128, 255]),
    (np.array([[0, 128, 255]], np.float64), 0, 255, [0, 128, 255]),
    (np.array([[0, 2, 4]], np.int64), 0, 4, [0, 128, 255]),
    (np.array([[-9.0, 2.0, 1]]), 0, 1, [0, 255, 255]),
  ],
)
def test_other_types_are_scaled_from_their_range(pixels, low, high, expected):
  frame = _reader(pixels, low=low, high=high)(pixels)
  assert frame.dtype == np.uint8
  np.testing.assert_array_equal(frame[0, :, 1], expected)


def test_a_frame_is_a_copy():
  pixels = _movie()[0]
  frame = _reader(pixels)(pixels)
  frame[:] = 0
  assert pixels.any()


@pytest.mark.parametrize(
  ('shape', 'dtype', 'layout', 'said'),
  [
    ((4, 5, 3), np.uint8, 'HW', '3 letters of THWC, H and W among them, for'),
    ((4, 5), np.uint8, 'HC', "for pixels [4, 5], got 'HC'"),
    ((4, 5, 3), np.uint8, 'HWX', "got 'HWX'"),
    ((4, 5, 4), np.uint8, 'HWC', 'of stacked RGB frames, got 4'),
    ((0, 5, 3), np.uint8, None, 'expected pixels, got none: [0, 5, 3]'),
    (
      (4, 5, 3),
      np.float32,
      None,
      'a bounded range, got float32 in [-inf, inf]',
    ),
  ],
)
def test_what_cannot_be_read_is_one_clear_line(shape, dtype, layout, said):
  bound = 255 if dtype == np.uint8 else np.inf
  with pytest.raises(errors.ConfigError) as caught:
    _reader(np.zeros(shape, dtype), layout, -bound, bound)
  assert said in str(caught.value)


def test_an_array_of_another_shape_is_refused():
  reader = _reader(np.zeros((4, 5, 3), np.uint8))
  with pytest.raises(ValueError, match=r'\[4, 5, 3\], got \[5, 4, 3\]'):
    reader(np.zeros((5, 4, 3), np.uint8))
