"""config.json as old and new files write it."""

import json

import pytest

from acme_vlm import errors
from acme_vlm.networks import clip_config


def test_what_is_missing_is_vit_b_32():
  config = clip_config.ClipConfig.from_dict({'model_type': 'clip'})
  assert config.vision.num_patches == 49 and config.vision.hidden_size == 768
  assert config.text.vocab_size == 49408 and config.projection_dim == 512


def test_fields_of_no_use_are_left():
  config = clip_config.ClipConfig.from_dict(
    {
      'model_type': 'clip',
      'transformers_version': '4',
      'projection_dim': 8,
      'text_config': {'hidden_size': 64, 'top_k': 50, 'eos_token_id': 2},
      'vision_config': None,
    }
  )
  assert config.text.hidden_size == 64 and config.text.eos_token_id == 2
  assert config.projection_dim == 8


def test_oldest_files_state_their_sizes_twice():
  config = clip_config.ClipConfig.from_dict(
    {
      'model_type': 'clip',
      'vision_config': {'hidden_size': 768},
      'vision_config_dict': {'hidden_size': 1024, 'num_attention_heads': 16},
    }
  )
  assert config.vision.hidden_size == 1024


def test_written_and_read_back():
  config = clip_config.ClipConfig(
    vision=clip_config.VisionConfig(image_size=64, patch_size=16),
    text=clip_config.TextConfig(hidden_act='gelu', eos_token_id=7),
    projection_dim=32,
  )
  raw = json.loads(json.dumps(config.to_dict()))
  assert clip_config.ClipConfig.from_dict(raw) == config


@pytest.mark.parametrize(
  'section,fields,message',
  [
    ('vision_config', {'patch_size': 300}, r'\[1, image_size=224\], got 300'),
    ('vision_config', {'hidden_act': 'relu'}, "got 'relu'"),
    ('vision_config', {'hidden_size': -768}, 'integer, got -768'),
    ('text_config', {'num_attention_heads': 7}, '512 is not a multiple'),
    ('text_config', {'num_attention_heads': 0}, 'num_attention_heads 0'),
  ],
)
def test_impossible_sizes_are_refused(section, fields, message):
  with pytest.raises(errors.CheckpointError, match=message):
    clip_config.ClipConfig.from_dict({'model_type': 'clip', section: fields})


def test_other_models_are_refused():
  with pytest.raises(errors.CheckpointError, match='got None'):
    clip_config.ClipConfig.from_dict({})
  with pytest.raises(errors.CheckpointError, match='projection_dim'):
    clip_config.ClipConfig(projection_dim=0)
