"""preprocessor_config.json as files of all ages write it."""

import dataclasses
import json
import math
import types

import pytest

from acme_vlm import errors
from acme_vlm.networks import preprocessor_config
from acme_vlm.ops import pixels

_CLIP = pixels.Preprocessing()
_EXACT = pixels.Preprocessing(
  resize=(30, 40), crop=None, filter='bilinear', mean=(0.5,) * 3, std=(0.5,) * 3
)


def _config(height=224, width=224):
  return types.SimpleNamespace(image_shape=(height, width, 3))


@pytest.mark.parametrize(
  'raw,expected',
  [
    ({}, _CLIP),
    # The first files: numbers, and the class by its old name.
    (
      {
        'feature_extractor_type': 'CLIPFeatureExtractor',
        'size': 224,
        'crop_size': 224,
        'resample': 3,
        'do_normalize': True,
      },
      _CLIP,
    ),
    # The next: objects, and fields that say nothing.
    (
      {
        'image_processor_type': 'CLIPImageProcessor',
        'size': {'shortest_edge': 224},
        'crop_size': {'height': 224, 'width': 224},
        'rescale_factor': 0.00392156862745098,
        'do_rescale': True,
        'processor_class': 'CLIPProcessor',
      },
      _CLIP,
    ),
    # The newest: one file of the whole processor.
    (
      {
        'image_processor': {'size': {'height': 30, 'width': 40}, 'resample': 2},
        'processor_class': 'CLIPProcessor',
      },
      dataclasses.replace(_CLIP, resize=(30, 40), filter='bilinear'),
    ),
    (
      {'size': [30, 40], 'do_center_crop': False, 'crop_size': 20},
      dataclasses.replace(_CLIP, resize=(30, 40), crop=None),
    ),
    (
      {'do_resize': False, 'do_rescale': False, 'do_normalize': False},
      pixels.Preprocessing(
        resize=None, rescale=None, mean=(0.0,) * 3, std=(1.0,) * 3
      ),
    ),
    (
      {'image_mean': [0, 0.25, 1], 'size': None, 'resample': None},
      dataclasses.replace(_CLIP, mean=(0.0, 0.25, 1.0)),
    ),
  ],
)
def test_steps_are_those_of_the_file(raw, expected):
  assert preprocessor_config.read_clip(raw, _config()) == expected


def test_what_is_not_said_follows_the_image_tower():
  steps = preprocessor_config.read_clip({}, _config(336, 336))
  assert (steps.resize, steps.crop) == (336, (336, 336))


@pytest.mark.parametrize(
  'steps', [_CLIP, _EXACT, dataclasses.replace(_CLIP, rescale=None)]
)
def test_written_and_read_back(steps):
  raw = json.loads(json.dumps(preprocessor_config.write_clip(steps)))
  assert preprocessor_config.read_clip(raw, _config()) == steps


@pytest.mark.parametrize(
  'raw,message',
  [
    ({'resample': 1}, 'resample 1, not one of'),
    ({'size': {'longest_edge': 3}}, 'KeyError'),
    ({'size': 'big'}, 'got'),
    ({'size': {'shortest_edge': '224'}}, "a side of '224' pixels"),
    ({'size': {'shortest_edge': -5}}, 'a side of -5 pixels'),
    ({'crop_size': [2.5, 3]}, 'a side of 2.5 pixels'),
    ({'image_std': [math.nan] * 3}, 'image_std .* nan'),
    ({'crop_size': {'height': 3}}, 'KeyError'),
    ({'image_mean': 'white'}, 'got'),
    ({'image_std': [1, 0, 1]}, 'std none that is 0'),
    ({'image_mean': [0.5]}, 'one entry per channel'),
    ({'do_pad': True}, 'do_pad'),
  ],
)
def test_nonsense_is_one_line(raw, message):
  with pytest.raises(errors.CheckpointError, match=message) as caught:
    preprocessor_config.read_clip(raw, _config())
  line = str(caught.value)
  assert 'expected an image processor' in line and '\n' not in line


def test_a_processor_holds_an_object():
  with pytest.raises(errors.CheckpointError, match=r"image_processor, got 'x'"):
    preprocessor_config.read_clip({'image_processor': 'x'}, _config())
