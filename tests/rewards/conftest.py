"""A small CLIP with random weights, in the layout of a real one."""

import string

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import transformers

from acme_vlm.networks import (
  clip,
  clip_checkpoint,
  clip_config,
  clip_tokenizer,
)
from acme_vlm.ops import pixels

CONTEXT = 64


def _tokenizer():
  symbols = string.ascii_lowercase + string.digits + '.,'
  vocabulary = [*symbols, *(s + '</w>' for s in symbols)]
  vocabulary += ['<|startoftext|>', '<|endoftext|>']
  ids = {word: number for number, word in enumerate(vocabulary)}
  return transformers.CLIPTokenizer(vocab=ids, merges=[])


def save_clip(path, *, seed=0):
  """Writes a random CLIP of 24x16 pixels; returns its folder as a string."""
  tokenizer = _tokenizer()
  config = clip_config.ClipConfig(
    vision=clip_config.VisionConfig(
      hidden_size=32,
      intermediate_size=64,
      num_hidden_layers=2,
      num_attention_heads=2,
      image_size=16,
      patch_size=8,
    ),
    text=clip_config.TextConfig(
      hidden_size=32,
      intermediate_size=64,
      num_hidden_layers=1,
      num_attention_heads=2,
      vocab_size=len(tokenizer),
      max_position_embeddings=CONTEXT,
      eos_token_id=tokenizer.eos_token_id,
    ),
    projection_dim=16,
  )
  module = clip.Clip(config)
  parameters = jax.jit(module.init)(
    jax.random.key(seed),
    jnp.zeros((1, 16, 16, 3)),
    jnp.zeros((1, CONTEXT), jnp.int32),
  )['params']
  clip_checkpoint.save(
    path,
    config=config,
    parameters=parameters,
    preprocessing=pixels.Preprocessing(resize=(16, 16), crop=None),
    tokenizer=clip_tokenizer.Tokenizer(tokenizer, CONTEXT),
    dtype=np.float32,
  )
  return str(path)


@pytest.fixture(scope='session')
def clip_folder(tmp_path_factory):
  return save_clip(tmp_path_factory.mktemp('clip'))


@pytest.fixture(scope='session')
def other_clip_folder(tmp_path_factory):
  return save_clip(tmp_path_factory.mktemp('other_clip'), seed=1)
