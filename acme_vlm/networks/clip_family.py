"""CLIP checkpoints: OpenAI's, LAION's, MetaCLIP's and all others like them."""

from flax import linen as nn
from jax.typing import DTypeLike

from acme_vlm.networks import clip, clip_config, dual_encoder


def _make_module(
  config: clip_config.ClipConfig, dtype: DTypeLike, param_dtype: DTypeLike
) -> nn.Module:
  return clip.Clip(config, dtype=dtype, param_dtype=param_dtype)


FAMILY = dual_encoder.register(
  dual_encoder.Family(
    model_type='clip',
    config_class=clip_config.ClipConfig,
    read_config=clip_config.ClipConfig.from_dict,
    make_module=_make_module,
    constants=r'(text|vision)_model\.embeddings\.position_ids',
  )
)
