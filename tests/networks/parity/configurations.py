"""Sizes of published checkpoints, as their `config.json` states them.

Plain data, read on both sides of the comparison: this file imports neither
framework.
"""

import copy
from typing import Any

_OPENAI = (
  (0.48145466, 0.4578275, 0.40821073),
  (0.26862954, 0.26130258, 0.27577711),
)
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

# Vision width, MLP, depth, heads, patch, side; text width, MLP, depth, heads;
# projection; activation of both towers; end token (2: pool at the largest id).
_CLIP: dict[str, tuple] = {
  'vit_b_32': (
    (768, 3072, 12, 12, 32, 224), (512, 2048, 12, 8), 512, 'quick_gelu', 2,
  ),
  'vit_b_16': (
    (768, 3072, 12, 12, 16, 224), (512, 2048, 12, 8), 512, 'quick_gelu', 2,
  ),
  'vit_l_14': (
    (1024, 4096, 24, 16, 14, 224), (768, 3072, 12, 12), 768, 'quick_gelu', 2,
  ),
  'vit_l_14_336': (
    (1024, 4096, 24, 16, 14, 336), (768, 3072, 12, 12), 768, 'quick_gelu', 2,
  ),
  'laion_vit_b_32': (
    (768, 3072, 12, 12, 32, 224), (512, 2048, 12, 8), 512, 'gelu', 2,
  ),
  'laion_vit_h_14': (
    (1280, 5120, 32, 16, 14, 224), (1024, 4096, 24, 16), 1024, 'gelu', 2,
  ),
  'laion_vit_bigg_14': (
    (1664, 8192, 48, 16, 14, 224), (1280, 5120, 32, 20), 1280, 'gelu', 2,
  ),
  'metaclip_b_32': (
    (768, 3072, 12, 12, 32, 224), (512, 2048, 12, 8), 512, 'quick_gelu', 49407,
  ),
}  # fmt: skip

# Width, MLP, depth and heads of both towers; patch, side; vocabulary. A side of
# None: any size, up to a number of patches (NaFlex).
_SIGLIP: dict[str, tuple] = {
  'siglip_b_16': ((768, 3072, 12, 12), (16, 224), 32000),
  'siglip2_b_16': ((768, 3072, 12, 12), (16, 224), 256000),
  'siglip2_b_16_naflex': ((768, 3072, 12, 12), (16, None), 256000),
  'siglip_so400m_14_384': ((1152, 4304, 27, 16), (14, 384), 32000),
}

PATCHES = 256  # that a NaFlex image has at most, and its table of places
NAMES = (*_CLIP, *_SIGLIP)
# A repository of the hub that each is the configuration of.
REPOSITORIES = {
  'vit_b_32': 'openai/clip-vit-base-patch32',
  'vit_b_16': 'openai/clip-vit-base-patch16',
  'vit_l_14': 'openai/clip-vit-large-patch14',
  'vit_l_14_336': 'openai/clip-vit-large-patch14-336',
  'laion_vit_b_32': 'laion/CLIP-ViT-B-32-laion2B-s34B-b79K',
  'laion_vit_h_14': 'laion/CLIP-ViT-H-14-laion2B-s32B-b79K',
  'laion_vit_bigg_14': 'laion/CLIP-ViT-bigG-14-laion2B-39B-b160k',
  'metaclip_b_32': 'facebook/metaclip-b32-400m',
  'siglip_b_16': 'google/siglip-base-patch16-224',
  'siglip2_b_16': 'google/siglip2-base-patch16-224',
  'siglip2_b_16_naflex': 'google/siglip2-base-patch16-naflex',
  'siglip_so400m_14_384': 'google/siglip-so400m-patch14-384',
}


def config(
  name: str,
  *,
  depth: tuple[int, int] | None = None,
  vocabulary: int | None = None,
) -> dict[str, Any]:
  """Content of `config.json`.

  Args:
    name: one of `NAMES`.
    depth: blocks of the image and of the text tower; the published ones if
      absent.
    vocabulary: number of token ids; the published one if absent. The end
      token becomes the last of them.

  Returns:
    The parsed JSON.
  """
  raw = copy.deepcopy(_clip(name) if name in _CLIP else _siglip(name))
  vision, text = raw['vision_config'], raw['text_config']
  if depth is not None:
    vision['num_hidden_layers'], text['num_hidden_layers'] = depth
  if vocabulary is not None:
    text['vocab_size'] = vocabulary
    if text.get('eos_token_id', 2) != 2:
      text['eos_token_id'] = vocabulary - 1
  return raw


def preprocessor(name: str) -> dict[str, Any]:
  """Content of `preprocessor_config.json` of the checkpoint `name`."""
  raw = config(name)
  mean, std = _OPENAI if name in _CLIP else _HALF
  content = {
    'do_resize': True,
    'do_rescale': True,
    'do_normalize': True,
    'image_mean': list(mean),
    'image_std': list(std),
    'resample': 3,
    'rescale_factor': 1 / 255,
  }
  if raw['model_type'] == 'siglip2':
    return content | {
      'image_processor_type': 'Siglip2ImageProcessor',
      'resample': 2,
      'patch_size': raw['vision_config']['patch_size'],
      'max_num_patches': PATCHES,
    }
  side = raw['vision_config']['image_size']
  if name in _SIGLIP:
    square = {'height': side, 'width': side}
    return content | {
      'image_processor_type': 'SiglipImageProcessor',
      'size': square,
    }
  return content | {
    'image_processor_type': 'CLIPImageProcessor',
    'do_center_crop': True,
    'do_convert_rgb': True,
    'crop_size': {'height': side, 'width': side},
    'size': {'shortest_edge': side},
  }


def _clip(name: str) -> dict[str, Any]:
  vision, text, projection, activation, end = _CLIP[name]
  rest = {'hidden_act': activation, 'layer_norm_eps': 1e-5}
  width, mlp, depth, heads, patch, side = vision
  return {
    'architectures': ['CLIPModel'],
    'model_type': 'clip',
    'projection_dim': projection,
    'logit_scale_init_value': 2.6592,
    'vision_config': _tower(width, mlp, depth, heads)
    | rest
    | {
      'model_type': 'clip_vision_model',
      'projection_dim': projection,
      'image_size': side,
      'patch_size': patch,
      'num_channels': 3,
    },
    'text_config': _tower(*text)
    | rest
    | {
      'model_type': 'clip_text_model',
      'projection_dim': projection,
      'vocab_size': 49408,
      'max_position_embeddings': 77,
      'bos_token_id': 0,
      'eos_token_id': end,
      'pad_token_id': 1,
    },
  }


def _siglip(name: str) -> dict[str, Any]:
  tower, (patch, side), vocabulary = _SIGLIP[name]
  kind = 'siglip2' if side is None else 'siglip'
  extent = {'num_patches': PATCHES} if side is None else {'image_size': side}
  rest = {'hidden_act': 'gelu_pytorch_tanh', 'layer_norm_eps': 1e-6}
  return {
    'architectures': [f'{kind.capitalize()}Model'],
    'model_type': kind,
    'vision_config': _tower(*tower)
    | rest
    | extent
    | {
      'model_type': f'{kind}_vision_model',
      'patch_size': patch,
      'num_channels': 3,
    },
    'text_config': _tower(*tower)
    | rest
    | {
      'model_type': f'{kind}_text_model',
      'vocab_size': vocabulary,
      'max_position_embeddings': 64,
    },
  }


def _tower(width: int, mlp: int, depth: int, heads: int) -> dict[str, Any]:
  return {
    'hidden_size': width,
    'intermediate_size': mlp,
    'num_hidden_layers': depth,
    'num_attention_heads': heads,
  }
