"""The members of a reward model, one or more, and their scores as one."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import clip_checkpoint, dual_encoder
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import (
  embedding_cache,
  heads,
  image_encoder,
  prompts,
  text_table,
)


class Towers(NamedTuple):
  """A frozen model, whatever goals and head it is used with.

  Attributes:
    model: the checkpoint.
    images: frames to embeddings.
    texts: prompts to embeddings.
    made_of: what it was made of; equal towers may stand for each other.
  """

  model: dual_encoder.Checkpoint
  images: image_encoder.ImageEncoder
  texts: text_table.TextEncoder
  made_of: tuple


class Member(NamedTuple):
  """One model with its goals and its numbers.

  Attributes:
    towers: the model.
    table: its embeddings of goals, negatives and baseline.
    numbers: the head's, None replaced by what the checkpoint was trained to.
  """

  towers: Towers
  table: text_table.TextTable
  numbers: heads.Parameters


def load(
  config: config_lib.RewardConfig,
  service: config_lib.ServiceConfig,
  cache: embedding_cache.EmbeddingCache,
  devices: Sequence[jax.Device] | None,
  known: Sequence[Towers] = (),
) -> list[Towers]:
  """Loads the models of a configuration.

  Args:
    config: names the checkpoints.
    service: batch sizes.
    cache: of embeddings.
    devices: where the image towers run; None for all local devices.
    known: towers that are taken over where they are what is asked for and
      their files have not changed.

  Returns:
    One for each of `config.checkpoints`.

  Raises:
    CheckpointError: a missing, broken or misfitting checkpoint.
  """
  towers = []
  for n, name in enumerate(config.checkpoints):
    revision = config.revision if n == 0 else ''
    made_of = (
      name,
      revision,
      config.dtype,
      service.batch_sizes,
      None if devices is None else tuple(devices),
    )
    same = [t for t in known if t.made_of[:-1] == made_of and _unchanged(t)]
    if same:
      towers.append(same[0])
      continue
    model = clip_checkpoint.load(
      name,
      dtype=jnp.dtype(config.dtype),
      revision=revision or None,
      cache_dir=config.cache_dir or None,
      offline=config.offline,
    )
    images = image_encoder.ImageEncoder(
      model, batch_sizes=service.batch_sizes, cache=cache, devices=devices
    )
    texts = text_table.TextEncoder(model)
    towers.append(Towers(model, images, texts, (*made_of, _files(model))))
  return towers


def member(
  towers: Towers, config: config_lib.RewardConfig, texts: prompts.Prompts
) -> Member:
  """Gives a model its texts and its numbers.

  Args:
    towers: the model.
    config: prompts, and the head's numbers.
    texts: negatives and baseline.

  Returns:
    The member.

  Raises:
    ConfigError: a text that is longer than the model's context.
  """
  model, given = towers.model, config
  numbers = heads.Parameters(
    temperature=(
      model.temperature if given.temperature is None else given.temperature
    ),
    bias=model.logit_bias if given.bias is None else given.bias,
    alpha=given.baseline_alpha,
  )
  table = text_table.TextTable(towers.texts, config, texts)
  return Member(towers, table, numbers)


class Ensemble:
  """All members as one model, whose embeddings stand side by side."""

  def __init__(self, members: Sequence[Member]):
    """Joins members.

    Args:
      members: at least one.
    """
    self.members = tuple(members)

  @property
  def dimensions(self) -> tuple[int, ...]:
    """Lengths of the members' embeddings."""
    return tuple(member.towers.model.dimension for member in self.members)

  def embed(self, frames: np.ndarray) -> np.ndarray:
    """Embeds frames uint8 [N, H, W, 3] by every member: float32 [N, D]."""
    rows = [member.towers.images.embed(frames) for member in self.members]
    return rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)

  def recall(self, digests: Sequence[bytes]) -> np.ndarray | None:
    """Embeddings float32 [N, D] of frames known by name, or None."""
    rows = []
    for member in self.members:
      known = member.towers.images.recall(digests)
      if known is None:
        return None
      rows.append(known)
    return np.concatenate(rows, axis=1)

  def look_up(
    self, goals: Sequence[str]
  ) -> tuple[heads.Texts[np.ndarray], ...]:
    """The texts of N goals, by every member."""
    return tuple(member.table.look_up(goals) for member in self.members)


def _files(model: dual_encoder.Checkpoint) -> tuple:
  """What tells whether the files of a checkpoint were written again."""
  files = sorted(path for path in model.path.iterdir() if path.is_file())
  stats = [(path.name, path.stat()) for path in files]
  return tuple((name, s.st_size, s.st_mtime_ns) for name, s in stats)


def _unchanged(towers: Towers) -> bool:
  try:
    return _files(towers.model) == towers.made_of[-1]
  except OSError:
    return False
