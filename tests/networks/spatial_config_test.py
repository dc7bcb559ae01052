import dataclasses

import pytest

from acme_vlm import errors
from acme_vlm.networks import clip_config, spatial_config

_TOWER = spatial_config.SpatialConfig(
  image_height=16, image_width=24, context_layers=2, attention_heads=3
)


@pytest.mark.parametrize(
  'fields,message',
  [
    ({'image_height': 20}, 'multiples of 8, got 20 and 24'),
    ({'image_width': 0}, 'image_width of at least 1'),
    ({'depth': -1}, 'depth of at least 0'),
    (
      {'coarse_width': 100},
      'a multiple of 32 with context_layers, got 100',
    ),
    ({'attention_heads': -1}, 'attention_heads of at least 0'),
  ],
)
def test_impossible_sizes_are_refused(fields, message):
  with pytest.raises(errors.CheckpointError, match=message):
    dataclasses.replace(_TOWER, **fields)


def test_config_is_written_and_read_back():
  config = spatial_config.SpatialClipConfig(
    vision=_TOWER, text=clip_config.TextConfig(eos_token_id=7)
  )
  raw = config.to_dict()
  assert raw['model_type'] == 'spatial_clip'
  assert spatial_config.SpatialClipConfig.from_dict(raw) == config


def test_a_tower_begins_as_one_without_blocks_or_attention():
  found = spatial_config.beginnings(_TOWER)
  sizes = [(v.context_layers, v.attention_heads) for v in found]
  assert sorted(sizes) == [(0, 0), (0, 3), (2, 0), (2, 3)]
  assert all(
    dataclasses.replace(v, context_layers=2, attention_heads=3) == _TOWER
    for v in found
  )
