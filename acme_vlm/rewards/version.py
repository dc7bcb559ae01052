"""The version of a reward: a hash of everything that makes it."""

import hashlib
from collections.abc import Sequence

from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import ensemble, heads
from acme_vlm.rewards import prompts as prompts_lib


def reward_version(
  members: Sequence[ensemble.Member],
  prompts: prompts_lib.Prompts,
  config: config_lib.RewardConfig,
) -> int:
  """Hashes the members' weights, all texts, head, numbers and window.

  A checkpoint counts by its content, not by its name or revision, so a copy has
  the same version and a retrained one another. What the head does not look at
  does not count, nor does the kind of an ensemble of one.

  Args:
    members: the models, with their numbers.
    prompts: of goals, negatives and baseline; the tokenizers count by the ids
      that they give them.
    config: head, prompts of goals that are added later, threshold, window,
      hysteresis, kind of the ensemble and dtype.

  Returns:
    At least 0 and below 2^63, so that it fits a signed 64-bit integer.
  """
  state = hashlib.blake2b(digest_size=8)
  head = heads.get(config.head)
  several = [*prompts.goals, *prompts.negatives, prompts.baseline]
  for member in members:
    state.update(member.towers.images.fingerprint)
    ids, mask = member.towers.model.tokenize([t for p in several for t in p])
    state.update(ids.tobytes())
    state.update(mask.tobytes())
    used = [getattr(member.numbers, name) for name in head.parameters]
    state.update(repr(used).encode())
  made_of = (
    config.head,
    tuple(prompts),
    config.prompt_templates,
    sorted(config.goal_prompts.items()),
    config.ensemble if len(members) > 1 else None,
    config.threshold,
    config.thresholded,
    config.window,
    tuple(config.hysteresis),
    config.dtype,
  )
  state.update(repr(made_of).encode())
  if head.negatives and config.negatives_sharing:
    state.update(repr(config.negatives_sharing).encode())
  return int.from_bytes(state.digest(), 'little') >> 1
