"""Sizes of published dual encoders, as their `config.json` states them."""

from typing import NamedTuple

from acme_vlm import errors
from acme_vlm.networks import clip_config, dual_encoder, siglip_config

# Width, hidden width of the MLP, blocks, heads.
_Tower = tuple[int, int, int, int]
_B, _L, _H = (
  (768, 3072, 12, 12),
  (1024, 4096, 24, 16),
  (1280, 5120, 32, 16),
)
_SO400M = (1152, 4304, 27, 16)
_TEXT_B, _TEXT_L = (512, 2048, 12, 8), (768, 3072, 12, 12)


class Published(NamedTuple):
  """A published model.

  Attributes:
    repository: on the Hugging Face hub.
    config: its sizes.
  """

  repository: str
  config: dual_encoder.Config


def _clip(
  repository: str,
  vision: _Tower,
  text: _Tower,
  projection_dim: int,
  *,
  patch_size: int = 14,
  image_size: int = 224,
  hidden_act: str = 'quick_gelu',
  eos_token_id: int = 2,
) -> Published:
  return Published(
    repository,
    clip_config.ClipConfig(
      vision=clip_config.VisionConfig(
        *vision,
        hidden_act=hidden_act,
        image_size=image_size,
        patch_size=patch_size,
      ),
      text=clip_config.TextConfig(
        *text, hidden_act=hidden_act, eos_token_id=eos_token_id
      ),
      projection_dim=projection_dim,
    ),
  )


def _siglip(
  repository: str,
  tower: _Tower,
  *,
  patch_size: int,
  image_size: int,
  vocab_size: int = 32000,
) -> Published:
  return Published(
    repository,
    siglip_config.SiglipConfig(
      vision=siglip_config.FixedVisionConfig(
        *tower, image_size=image_size, patch_size=patch_size
      ),
      text=siglip_config.TextConfig(
        *tower, vocab_size=vocab_size, projection_size=tower[0]
      ),
    ),
  )


MODELS: dict[str, Published] = {
  'vit_b_32': _clip(
    'openai/clip-vit-base-patch32', _B, _TEXT_B, 512, patch_size=32
  ),
  'vit_b_16': _clip(
    'openai/clip-vit-base-patch16', _B, _TEXT_B, 512, patch_size=16
  ),
  'vit_l_14': _clip('openai/clip-vit-large-patch14', _L, _TEXT_L, 768),
  'vit_l_14_336': _clip(
    'openai/clip-vit-large-patch14-336', _L, _TEXT_L, 768, image_size=336
  ),
  'laion_vit_h_14': _clip(
    'laion/CLIP-ViT-H-14-laion2B-s32B-b79K', _H, _L, 1024, hidden_act='gelu'
  ),
  'laion_vit_g_14': _clip(
    'laion/CLIP-ViT-g-14-laion2B-s34B-b88K',
    (1408, 6144, 40, 16),
    _L,
    1024,
    hidden_act='gelu',
  ),
  'laion_vit_bigg_14': _clip(
    'laion/CLIP-ViT-bigG-14-laion2B-39B-b160k',
    (1664, 8192, 48, 16),
    (1280, 5120, 32, 20),
    1280,
    hidden_act='gelu',
  ),
  'metaclip_b_32': _clip(
    'facebook/metaclip-b32-400m',
    _B,
    _TEXT_B,
    512,
    patch_size=32,
    eos_token_id=49407,
  ),
  'metaclip_b_16': _clip(
    'facebook/metaclip-b16-400m',
    _B,
    _TEXT_B,
    512,
    patch_size=16,
    eos_token_id=49407,
  ),
  'metaclip_l_14': _clip(
    'facebook/metaclip-l14-400m', _L, _TEXT_L, 768, eos_token_id=49407
  ),
  'metaclip_h_14': _clip(
    'facebook/metaclip-h14-fullcc2.5b', _H, _L, 1024, eos_token_id=49407
  ),
  'siglip_b_16': _siglip(
    'google/siglip-base-patch16-224', _B, patch_size=16, image_size=224
  ),
  'siglip_l_16_384': _siglip(
    'google/siglip-large-patch16-384', _L, patch_size=16, image_size=384
  ),
  'siglip_so400m_14_384': _siglip(
    'google/siglip-so400m-patch14-384', _SO400M, patch_size=14, image_size=384
  ),
  'siglip2_b_16': _siglip(
    'google/siglip2-base-patch16-224',
    _B,
    patch_size=16,
    image_size=224,
    vocab_size=256000,
  ),
}


def find(name: str) -> Published:
  """Looks a published model up.

  Args:
    name: of `MODELS`.

  Returns:
    The model.

  Raises:
    UnknownNameError: no such model.
  """
  if name not in MODELS:
    raise errors.UnknownNameError('architecture', name, tuple(MODELS))
  return MODELS[name]
