"""Sizes as published `config.json` files state them."""

import dataclasses

import pytest

from acme_vlm import errors
from acme_vlm.networks import siglip_config


def test_a_terse_file_means_b16():
  # What google/siglip-base-patch16-224 states, and no more.
  config = siglip_config.SiglipConfig.from_dict(
    {
      'model_type': 'siglip',
      'initializer_factor': 1.0,
      'text_config': {'model_type': 'siglip_text_model'},
      'vision_config': {'model_type': 'siglip_vision_model'},
    }
  )
  assert config == siglip_config.SiglipConfig()
  assert config.image_shape == (224, 224, 3)
  assert (config.context_length, config.projection_dim) == (64, 768)
  assert config.vision.num_patches == 196
  assert config.text.vocab_size == 32000
  assert config.vision.hidden_act == 'gelu_pytorch_tanh'
  assert config.text.layer_norm_eps == 1e-6


def test_towers_of_two_widths_meet_in_the_images():
  # As in google/siglip2-giant-opt-patch16-256.
  raw = {
    'model_type': 'siglip',
    'text_config': {
      'hidden_size': 1152,
      'num_attention_heads': 16,
      'projection_size': 1536,
      'vocab_size': 256000,
    },
    'vision_config': {
      'hidden_size': 1536,
      'num_attention_heads': 16,
      'image_size': 256,
    },
  }
  assert siglip_config.SiglipConfig.from_dict(raw).projection_dim == 1536
  del raw['text_config']['projection_size']
  with pytest.raises(
    errors.CheckpointError, match=r'must be hidden_size 1536.*got 1152'
  ):
    siglip_config.SiglipConfig.from_dict(raw)


def test_naflex_has_a_table_of_positions_and_no_image_size():
  config = siglip_config.NaflexConfig.from_dict({'model_type': 'siglip2'})
  assert config.vision.position_side == 16
  assert config.image_shape == (256, 256, 3)
  assert 'image_size' not in config.to_dict()['vision_config']


@pytest.mark.parametrize(
  'config',
  [
    siglip_config.SiglipConfig(
      vision=siglip_config.FixedVisionConfig(image_size=378, patch_size=14)
    ),
    siglip_config.NaflexConfig(
      vision=siglip_config.NaflexVisionConfig(num_patches=64)
    ),
  ],
)
def test_what_is_written_is_read_back(config):
  assert type(config).from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
  'section,fields,message',
  [
    ('vision_config', {'vision_use_head': False}, 'vision_use_head false'),
    ('vision_config', {'patch_size': 0}, 'patch_size must be .* at least 1'),
    ('vision_config', {'patch_size': '16'}, "of type int .* got '16'"),
    ('vision_config', {'layer_norm_eps': 'x'}, 'of type float'),
    ('vision_config', 'b16', "expected an object as vision_config .* 'b16'"),
    ('text_config', [1], 'expected an object as text_config'),
    ('text_config', {'max_position_embeddings': 0}, 'at least 1, got 0'),
    ('vision_config', {'image_size': 8}, 'at least patch_size 16, got 8'),
    ('text_config', {'num_attention_heads': 5}, 'not a multiple of'),
    ('text_config', {'hidden_act': 'relu'}, "got 'relu'"),
  ],
)
def test_impossible_sizes_are_refused(section, fields, message):
  with pytest.raises(errors.CheckpointError, match=message):
    siglip_config.SiglipConfig.from_dict(
      {'model_type': 'siglip', section: fields}
    )


def test_other_architectures_are_refused():
  with pytest.raises(errors.CheckpointError, match=r"'siglip'.*got 'siglip2'"):
    siglip_config.SiglipConfig.from_dict({'model_type': 'siglip2'})
  with pytest.raises(errors.CheckpointError, match='a square number, got 200'):
    dataclasses.replace(siglip_config.NaflexVisionConfig(), num_patches=200)
