"""Preprocessing against PIL and the reference image processor."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from safetensors import numpy as safetensors_numpy

from acme_vlm.ops import pixels

_GOLDENS = pathlib.Path(__file__).parents[1] / 'networks/goldens'
_GOLDEN = _GOLDENS / 'preprocessing/golden.safetensors'
_HALVES = {'crop': None, 'mean': (0.5,) * 3, 'std': (0.5,) * 3}
_PIL = {'nearest': 0, 'bilinear': 2, 'bicubic': 3}

_resize = jax.jit(pixels.resize, static_argnums=(1, 2, 3))
_preprocess = jax.jit(pixels.preprocess, static_argnums=1)


def _frames(height, width):
  """Hard edges: overshoot is clipped, so that the order of the axes shows."""
  rng = np.random.default_rng(height * 1000 + width)
  noise = rng.normal(128, 200, (2, height, width, 3))
  return np.clip(noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize('name', ['bicubic', 'bilinear', 'nearest'])
@pytest.mark.parametrize(
  'size,new_size',
  [
    ((120, 72), (64, 64)),  # squashed: columns first
    ((120, 72), (72, 72)),  # one axis only
    ((72, 96), (64, 64)),  # rows first
    ((50, 30), (80, 60)),  # enlarged
    ((50, 30), (17, 40)),  # one axis smaller, one larger
    ((37, 41), (12, 13)),
  ],
)
def test_resize_is_pils_to_the_last_bit(name, size, new_size):
  frames = _frames(*size)
  ours = np.asarray(_resize(frames, *new_size, name))
  theirs = np.stack(
    [
      np.asarray(Image.fromarray(frame).resize(new_size[::-1], _PIL[name]))
      for frame in frames
    ]
  )
  np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
  'name,preprocessing',
  [
    ('squash_down', pixels.Preprocessing(resize=(16, 16), crop=None)),
    ('edge_and_crop', pixels.Preprocessing(resize=20, crop=(18, 18))),
    ('enlarge', pixels.Preprocessing(resize=32, crop=(32, 32))),
    (
      'bilinear',
      pixels.Preprocessing(resize=(17, 23), crop=None, filter='bilinear'),
    ),
  ],
)
def test_preprocess_is_the_reference_processor(name, preprocessing):
  golden = safetensors_numpy.load_file(_GOLDEN)
  ours = _preprocess(golden['frames'], preprocessing)
  assert ours.dtype == jnp.float32 and ours.shape == golden[name].shape
  np.testing.assert_allclose(ours, golden[name], rtol=0, atol=1e-6)


def test_an_exact_size_is_siglips_reference_processor():
  golden = safetensors_numpy.load_file(
    _GOLDENS / 'siglip_fixed/golden.safetensors'
  )
  steps = pixels.Preprocessing(resize=(18, 18), **_HALVES)
  ours = _preprocess(golden['frames'], steps)
  np.testing.assert_allclose(ours, golden['pixels'], rtol=0, atol=1e-6)


@pytest.mark.parametrize('name', ['high', 'wide', 'square'])
def test_a_patch_budget_is_naflexs_reference_processor(name):
  golden = safetensors_numpy.load_file(
    _GOLDENS / 'siglip_naflex/golden.safetensors'
  )
  budget = pixels.PatchBudget(4, golden[f'{name}.budget'].item())
  steps = pixels.Preprocessing(resize=budget, filter='bilinear', **_HALVES)
  ours = _preprocess(golden[f'{name}.frames'], steps)
  rows, columns = golden[f'{name}.shapes'][0]
  assert ours.shape == (3, rows * 4, columns * 4, 3)
  # The reference pads to the budget, with zeros that its mask hides.
  np.testing.assert_allclose(
    pixels.patchify(ours, 4),
    golden[f'{name}.patches'][:, : rows * columns],
    rtol=0,
    atol=1e-6,
  )


def test_sizes_of_a_patch_budget_are_the_references():
  rows = safetensors_numpy.load_file(_GOLDENS / 'siglip_sizes.safetensors')
  for height, width, patch, most, *expected in rows['rows'].tolist():
    size = pixels.PatchBudget(patch, most).resized(height, width)
    assert list(size) == expected, (height, width, patch, most)


def test_patches_go_by_row_column_channel_and_leave_a_rest_out():
  images = np.arange(5 * 7 * 2, dtype=np.float32).reshape(1, 5, 7, 2)
  ours = pixels.patchify(jnp.asarray(images), 2)
  expected = [
    [images[0, 2 * r + i, 2 * c + j] for i in (0, 1) for j in (0, 1)]
    for r in range(2)
    for c in range(3)
  ]
  np.testing.assert_array_equal(ours, np.reshape(expected, (1, 6, 8)))


def test_steps_left_out_are_left_out():
  frames = _frames(8, 8)
  raw = pixels.Preprocessing(
    resize=None, crop=None, rescale=None, mean=(0.0,) * 3, std=(1.0,) * 3
  )
  np.testing.assert_array_equal(pixels.preprocess(frames, raw), frames)


def test_crop_is_the_centre():
  frames = np.arange(36, dtype=np.uint8).reshape(1, 6, 6, 1).repeat(3, -1)
  plain = pixels.Preprocessing(
    resize=None, crop=(2, 4), rescale=None, mean=(0.0,) * 3, std=(1.0,) * 3
  )
  np.testing.assert_array_equal(
    pixels.preprocess(frames, plain)[0, ..., 0],
    [[13, 14, 15, 16], [19, 20, 21, 22]],
  )


def test_refuses_what_is_no_batch_of_frames():
  with pytest.raises(ValueError, match='expected frames uint8'):
    pixels.preprocess(_frames(8, 8).astype(np.float32), pixels.Preprocessing())
  for shape, message in (
    ((8, 8), r'expected frames uint8 \[N, H, W, 3\], got uint8 \(8, 8\)'),
    ((2, 8, 8, 1), r'of 3 channels.*got 1 channel\(s\), \(2, 8, 8, 1\)'),
    ((2, 8, 8, 4), 'of 3 channels.*got 4'),
    ((2, 0, 8, 3), 'at least one pixel, got 0x8 pixels'),
    ((2, 8, 0, 3), 'at least one pixel, got 8x0 pixels'),
  ):
    with pytest.raises(ValueError, match=message):
      pixels.preprocess(np.zeros(shape, np.uint8), pixels.Preprocessing())
  small = pixels.Preprocessing(resize=None, crop=(9, 9))
  with pytest.raises(ValueError, match=r'at least \(9, 9\).*got \(8, 8\)'):
    pixels.preprocess(_frames(8, 8), small)


@pytest.mark.parametrize(
  'fields', [{'filter': 'lanczos'}, {'std': (1.0, 0.0, 1.0)}, {'mean': (0.0,)}]
)
def test_refuses_impossible_steps(fields):
  with pytest.raises(ValueError, match='must'):
    pixels.Preprocessing(**fields)


def test_refuses_an_impossible_budget():
  with pytest.raises(ValueError, match='must be positive'):
    pixels.PatchBudget(16, 0)
