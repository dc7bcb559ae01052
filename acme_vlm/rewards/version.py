"""The version of a reward: a hash of everything that makes it."""

import hashlib

import jax
import numpy as np

from acme_vlm.networks import dual_encoder
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import prompts as prompts_lib


def reward_version(
  model: dual_encoder.Checkpoint,
  prompts: prompts_lib.Prompts,
  config: config_lib.RewardConfig,
) -> int:
  """Hashes weights, preprocessing, token ids, prompts, tau, beta and window.

  The checkpoint counts by its content, not by its name, so a copy has the same
  version and a retrained one another.

  Args:
    model: the checkpoint.
    prompts: of goals and negatives; the tokenizer counts by their token ids.
    config: temperature, threshold, window and dtype.

  Returns:
    At least 0 and below 2^63, so that it fits a signed 64-bit integer.
  """
  state = hashlib.blake2b(digest_size=8)
  leaves, _ = jax.tree_util.tree_flatten_with_path(model.parameters)
  for path, leaf in leaves:
    array = np.ascontiguousarray(leaf)
    state.update(jax.tree_util.keystr(path).encode())
    state.update(f'{array.dtype}{array.shape}'.encode())
    state.update(array.tobytes())
  ids, _ = model.tokenize([*prompts.goals, *prompts.negatives])
  state.update(ids.tobytes())
  made_of = (
    model.config,
    model.preprocessing,
    tuple(prompts),
    config.prompt_template,
    config.temperature,
    config.threshold,
    config.window,
    config.dtype,
  )
  state.update(repr(made_of).encode())
  return int.from_bytes(state.digest(), 'little') >> 1
