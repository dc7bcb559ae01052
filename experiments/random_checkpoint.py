"""A randomly initialised checkpoint: the control that any reward must beat.

`python -m experiments.random_checkpoint --architecture vit_b_32 --out FOLDER`

`--reward.checkpoint FOLDER` then names a reward model that knows nothing. It is
of a published model's size and in its layout; the tokenizer is a shipped
checkpoint's, so that none need be downloaded.
"""

import dataclasses
import pathlib
import sys

import jax
import numpy as np

from acme_vlm import errors
from acme_vlm.networks import (
  clip_checkpoint,
  clip_config,
  clip_source,
  clip_tokenizer,
  dual_encoder,
  published,
  random_parameters,
)
from launch import command_line

_DTYPES = ('float16', 'float32', 'bfloat16')


@dataclasses.dataclass(frozen=True)
class Options:
  """Writes a randomly initialised checkpoint in the Hugging Face layout."""

  architecture: str = 'vit_b_32'
  """Which published model's sizes; an unknown one lists them all."""

  out: pathlib.Path = pathlib.Path('runs/random_checkpoint')
  """Folder to write."""

  seed: int = 0
  """Of the parameters, at least 0."""

  shards: int = 1
  """Files that the weights are written to, at least 1."""

  dtype: str = 'float16'
  """Type the weights are stored in: 'float16', 'float32' or 'bfloat16'."""

  tokenizer: str = 'in_domain/phone_tiny'
  """Shipped checkpoint whose tokenizer it gets."""

  def __post_init__(self):
    for name, least in (('seed', 0), ('shards', 1)):
      value = getattr(self, name)
      if value < least:
        raise errors.ConfigError(f'expected {name} >= {least}, got {value}')
    if self.dtype not in _DTYPES:
      raise errors.ConfigError(
        f'expected dtype one of {_DTYPES}, got {self.dtype!r}'
      )
    if self.tokenizer not in clip_source.shipped():
      raise errors.UnknownNameError(
        'shipped checkpoint', self.tokenizer, clip_source.shipped()
      )
    published.find(self.architecture)


def make(options: Options) -> tuple[dual_encoder.Config, dict]:
  """Draws the model.

  Args:
    options: which one.

  Returns:
    The sizes, its text tower pooling where the tokenizer ends texts, and the
    tree of parameters, float32.
  """
  config = published.find(options.architecture).config
  if isinstance(config, clip_config.ClipConfig):
    end = _tokenizer(options, config).eos_token_id
    text = dataclasses.replace(config.text, eos_token_id=end)
    config = dataclasses.replace(config, text=text)
  family = dual_encoder.family_of(config)
  module = family.make_module(config, np.float32, np.float32)
  return config, random_parameters.draw(module, config, options.seed)


def write(options: Options) -> None:
  """Writes the checkpoint.

  Args:
    options: which one, and where.

  Raises:
    CheckpointError: the folder holds something, which may be weights that
      nobody could get back, or cannot be written.
  """
  out = options.out
  if out.exists() and not (out.is_dir() and not any(out.iterdir())):
    raise errors.CheckpointError(f'expected a new or empty folder, got {out}')
  try:
    # Before the parameters are drawn, which takes a while for a big model.
    options.out.mkdir(parents=True, exist_ok=True)
    config, parameters = make(options)
    clip_checkpoint.save(
      options.out,
      config=config,
      parameters=parameters,
      preprocessing=dual_encoder.family_of(config).read_preprocessing(
        {}, config
      ),
      tokenizer=_tokenizer(options, config),
      dtype=options.dtype,
      num_shards=options.shards,
    )
  except OSError as error:
    raise errors.CheckpointError(
      f'expected to write {options.out}, got: {error}'
    ) from None
  numbers = sum(leaf.size for leaf in jax.tree.leaves(parameters))
  repository = published.find(options.architecture).repository
  print(
    f'{options.out}: {numbers / 1e6:.1f}M parameters, sizes of {repository}'
  )


def _tokenizer(
  options: Options, config: dual_encoder.Config
) -> clip_tokenizer.Tokenizer:
  return clip_tokenizer.Tokenizer.load(
    clip_source.resolve(options.tokenizer), config.context_length
  )


def main() -> None:
  """Writes the checkpoint that the command line names."""
  with command_line.user_mistakes():
    write(
      command_line.parse(
        Options(), sys.argv[1:], prog='python -m experiments.random_checkpoint'
      )
    )


if __name__ == '__main__':
  main()
