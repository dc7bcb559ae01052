"""config.json as old and new files write it."""

import copy
import dataclasses
import json

import pytest
import transformers

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


# Sections as published files state them; each field of the answer by the
# reading of transformers, which is the layout's definition.
_QUIRKS = {
  'nothing': {},
  'null sections': {'text_config': None, 'vision_config_dict': None},
  'stated twice, the plain one at its defaults': {
    'vision_config': {'hidden_size': 768, 'layer_norm_eps': 1e-6},
    'vision_config_dict': {
      'hidden_size': 1024,
      'num_hidden_layers': 24,
      'num_attention_heads': 16,
      'intermediate_size': 4096,
      'patch_size': 14,
    },
  },
  'the old spelling leaves out what the plain one states': {
    'text_config': {'hidden_act': 'gelu', 'eos_token_id': 2},
    'text_config_dict': {'hidden_size': 1024, 'num_attention_heads': 16},
    'projection_dim': 1024,
  },
  'only the old spelling': {
    'text_config_dict': {'hidden_act': 'gelu', 'num_hidden_layers': 24},
    'vision_config_dict': {'hidden_act': 'gelu', 'image_size': 336},
    'logit_scale_init_value': 3,
  },
  'fields of generation': {
    'text_config': {'eos_token_id': 2, 'top_k': 50, 'id2label': {'0': 'a'}},
    'torch_dtype': 'float16',
  },
}


@pytest.mark.parametrize('case', _QUIRKS)
def test_read_as_transformers_reads(case):
  raw = {'model_type': 'clip', **_QUIRKS[case]}
  ours = clip_config.ClipConfig.from_dict(raw)
  theirs = transformers.CLIPConfig.from_dict(copy.deepcopy(raw))
  sections = (
    (ours.vision, theirs.vision_config),
    (ours.text, theirs.text_config),
  )
  for tower, reference in sections:
    for field, value in dataclasses.asdict(tower).items():
      assert value == getattr(reference, field), field
  assert ours.projection_dim == theirs.projection_dim
  assert ours.logit_scale_init_value == theirs.logit_scale_init_value


def test_of_several_end_tokens_the_first_is_pooled():
  text = {'eos_token_id': [49407, 7], 'hidden_size': None}
  config = clip_config.ClipConfig.from_dict(
    {'model_type': 'clip', 'text_config': text}
  )
  assert config.text == clip_config.TextConfig()


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
    ('vision_config', {'hidden_size': -768}, 'at least 1, got -768'),
    (
      'vision_config',
      {'hidden_size': 768.0},
      'type int in config.json, got 768.0',
    ),
    (
      'vision_config',
      {'image_size': [224, 224]},
      'image_size must be of type int',
    ),
    (
      'text_config',
      {'layer_norm_eps': '1e-5'},
      "type float in config.json, got '1e-5'",
    ),
    ('text_config', {'num_attention_heads': 7}, '512 is not a multiple'),
    ('text_config', {'num_attention_heads': 0}, 'at least 1, got 0'),
  ],
)
def test_impossible_sizes_are_refused(section, fields, message):
  with pytest.raises(errors.CheckpointError, match=message):
    clip_config.ClipConfig.from_dict({'model_type': 'clip', section: fields})


def test_a_section_that_is_no_object_is_refused():
  raw = {'model_type': 'clip', 'text_config': ['hidden_size']}
  with pytest.raises(errors.CheckpointError, match='an object as text_config'):
    clip_config.ClipConfig.from_dict(raw)


def test_other_models_are_refused():
  with pytest.raises(errors.CheckpointError, match='got None'):
    clip_config.ClipConfig.from_dict({})
  with pytest.raises(errors.CheckpointError, match='projection_dim'):
    clip_config.ClipConfig(projection_dim=0)
