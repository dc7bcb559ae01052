"""Trains an in-domain CLIP on the simulated phone's frames and captions.

  python -m experiments.pretrain_clip --size small --minutes 15

and with `--domain home` on those of the home (`experiments.pretrain_home`). It
writes `runs/pretrain_clip/<size>/` in the Hugging Face layout, with a model
card; every minute, so that an early version is of use. The training state lies
beside it, and `--resume True` goes on from it. What the package ships is
written only when named, by `--out acme_vlm/checkpoints/in_domain/phone_small`.
"""

import dataclasses
import functools
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import jax
import numpy as np

from acme_vlm import errors
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.networks import (
  clip,
  clip_checkpoint,
  clip_config,
  clip_tokenizer_training,
  dual_encoder,
)
from acme_vlm.ops import pixels
from acme_vlm.rewards import config as reward_config
from acme_vlm.rewards import (
  contrastive,
  contrastive_evaluation,
  contrastive_training,
)
from experiments import pretrain_home, pretraining
from launch import command_line

PROG = 'python -m experiments.pretrain_clip'
# From worst to best.
TEMPLATES = tuple(reward_config.PROMPT_TEMPLATES.values())
HOME = 'the home screen'
TASK_SET = 'open_diverse_apps'
SCREEN = (120, 72)

_TEXT = clip_config.TextConfig(
  hidden_size=64,
  intermediate_size=256,
  num_hidden_layers=2,
  num_attention_heads=2,
  max_position_embeddings=20,
)
SIZES = {
  'tiny': clip_config.VisionConfig(
    hidden_size=64,
    intermediate_size=192,
    num_hidden_layers=3,
    num_attention_heads=2,
    image_size=64,
    patch_size=16,
  ),
  'small': clip_config.VisionConfig(
    hidden_size=128,
    intermediate_size=512,
    num_hidden_layers=4,
    num_attention_heads=4,
    image_size=72,
    patch_size=12,
  ),
}
State = contrastive_training.TrainingState


@dataclasses.dataclass(frozen=True)
class Options:
  """What to train.

  Attributes:
    size: of the image tower.
    minutes: training time at most, above 0.
    num_steps: updates over which the learning rate falls to 0, at least 1.
    batch_size: frames of an update, at least 2.
    learning_rate: peak, above 0.
    home_fraction: share of home screens among the frames, in [0, 1).
    num_contents: how many contents each app has per theme and font size, at
      least 1.
    chunk: frames drawn at once by the background process, a multiple of
      `batch_size`.
    heldout: validation frames at the end, at least 4; a quarter of them on the
      way.
    seed: of parameters, frames and templates, at least 0.
    out: folder of the checkpoint; `runs/pretrain_clip/<size>` if absent.
    resume: go on from the last training state.
  """

  size: Literal['tiny', 'small'] = 'small'
  minutes: float = 15.0
  num_steps: int = 1500
  batch_size: int = 96
  learning_rate: float = 1e-3
  home_fraction: float = 0.25
  num_contents: int = 64
  chunk: int = 1536
  heldout: int = 4000
  seed: int = 0
  out: Path | None = None
  resume: bool = False

  def __post_init__(self):
    for name, least in (
      ('num_steps', 1),
      ('batch_size', 2),
      ('num_contents', 1),
      ('heldout', 4),
      ('seed', 0),
    ):
      if getattr(self, name) < least:
        raise errors.ConfigError(
          f'expected {name} >= {least}, got {getattr(self, name)}'
        )
    for name in ('minutes', 'learning_rate'):
      # The comparison is false for NaN.
      if not 0 < getattr(self, name) < math.inf:
        raise errors.ConfigError(
          f'expected {name} > 0, got {getattr(self, name)}'
        )
    if not 0 <= self.home_fraction < 1:
      raise errors.ConfigError(
        f'expected a home_fraction in [0, 1), got {self.home_fraction}'
      )
    if self.chunk < 1 or self.chunk % self.batch_size:
      raise errors.ConfigError(
        f'expected a chunk that is a multiple of batch_size {self.batch_size},'
        f' got {self.chunk}'
      )

  @property
  def folder(self) -> Path:
    """Where the checkpoint is written."""
    return self.out or pretraining.RUNS / self.size

  @property
  def state_file(self) -> Path:
    """Where the training state is written."""
    return pretraining.RUNS / f'phone_{self.size}.msgpack'


def captions_of(labels: Sequence[str], template: str) -> list[str]:
  words = {frames_lib.HOME_SCREEN: HOME}
  return [template.replace('[TASK]', words.get(x, x)) for x in labels]


def chunk(
  seed: int, *, options: Options, split: str, num: int
) -> tuple[np.ndarray, list[str]]:
  return frames_lib.labeled_frames(
    TASK_SET,
    split=split,
    seed=seed,
    num=num,
    screen=SCREEN,
    home_fraction=options.home_fraction,
    num_contents=options.num_contents,
  )


def batches(
  options: Options, first: int
) -> Iterator[contrastive_training.Batch]:
  rng = np.random.default_rng([options.seed, first])
  make = functools.partial(
    chunk, options=options, split='train', num=options.chunk
  )
  for frames, labels in contrastive_training.in_background(make, first):
    for start in range(0, options.chunk, options.batch_size):
      part = slice(start, start + options.batch_size)
      # One template a batch: another one's caption of the same app would be
      # a negative that is right.
      template = TEMPLATES[rng.integers(len(TEMPLATES))]
      yield frames[part], captions_of(labels[part], template)


def make_model(options: Options) -> dual_encoder.Checkpoint:
  """The CLIP without its parameters."""
  goals = catalogue.task_set(TASK_SET)
  captions = [c for t in TEMPLATES for c in captions_of((*goals, HOME), t)]
  tokenizer = clip_tokenizer_training.train(
    # Words beyond the captions, so that other prompts stay short too.
    captions + (pretraining.SHIPPED / 'common_words.txt').read_text().split(),
    num_merges=1000,
    context_length=_TEXT.max_position_embeddings,
  )
  vision = SIZES[options.size]
  config = clip_config.ClipConfig(
    vision=vision,
    text=dataclasses.replace(
      _TEXT, vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id
    ),
    projection_dim=64,
  )
  return dual_encoder.Checkpoint(
    module=clip.Clip(config),
    parameters={},
    preprocessing=pixels.Preprocessing(
      resize=(vision.image_size, vision.image_size), crop=None
    ),
    tokenizer=tokenizer,
    config=config,
    path=options.folder,
  )


class Writer:
  """Prints progress; writes and evaluates what has been learnt so far."""

  def __init__(self, options: Options, model: dual_encoder.Checkpoint):
    self._options, self._model = options, model
    self._heldout = chunk(
      0, options=options, split='validation', num=options.heldout
    )
    self._written = time.monotonic()

  def report(self, state: State, metrics: dict[str, float]) -> None:
    """Prints; writes too, once a minute."""
    pretraining.show(state, self._options.batch_size, metrics)
    if time.monotonic() - self._written > 60:
      self.write(state, self._options.heldout // 4)
      self._written = time.monotonic()

  def write(self, state: State, num: int) -> None:
    """Writes, and evaluates on `num` held-out frames."""
    model = self._model
    clip_checkpoint.save(
      model.path,
      config=model.config,
      parameters=state.params,
      preprocessing=model.preprocessing,
      tokenizer=model.tokenizer,
    )
    contrastive_training.save_state(self._options.state_file, state)
    frames, labels = self._heldout
    report = contrastive_evaluation.evaluate(
      # As stored, so that the numbers are those of the files.
      clip_checkpoint.load(str(model.path)),
      frames[:num],
      captions_of(labels[:num], '[TASK]'),
      goals=catalogue.task_set(TASK_SET),
      neutral=HOME,
      template=TEMPLATES[-1],
    )
    print(f'held-out: {report}', flush=True)
    text = card(self._options, model.config, state, report)
    (model.path / 'README.md').write_text(text)


def pretrain(options: Options) -> None:
  training = contrastive.TrainingConfig(
    num_steps=options.num_steps,
    minutes=options.minutes,
    learning_rate=options.learning_rate,
    seed=options.seed,
  )
  model = make_model(options)
  state = contrastive_training.initial_state(model.module, training)
  if options.resume:
    state = contrastive_training.load_state(options.state_file, state)
  pretraining.make_folder(options.folder)
  writer = Writer(options, model)
  first = int(state.step) * options.batch_size // options.chunk
  state = contrastive_training.train(
    state,
    batches(options, options.seed * 1_000_000 + first),
    module=model.module,
    tokenizer=model.tokenizer,
    preprocessing=model.preprocessing,
    config=training,
    report=writer.report,
  )
  writer.write(state, options.heldout)


def card(
  options: Options,
  config: clip_config.ClipConfig,
  state: State,
  report: contrastive_evaluation.Report,
) -> str:
  return (
    (pretraining.SHIPPED / 'card_template.md')
    .read_text()
    .format(
      name=f'in_domain/phone_{options.size}',
      num_goals=len(catalogue.task_set(TASK_SET)),
      task_set=TASK_SET,
      frames=int(state.step) * options.batch_size,
      seed=options.seed,
      home=options.home_fraction,
      templates='\n'.join(f"  - '{t}'" for t in TEMPLATES),
      home_words=HOME,
      vision=config.vision,
      parameters=sum(np.size(leaf) for leaf in jax.tree.leaves(state.params)),
      batch=options.batch_size,
      steps=int(state.step),
      minutes=float(state.seconds) / 60,
      command=pretraining.command(options),
      report=report,
      prompt=TEMPLATES[-1],
      worst='; '.join(report.worst) or 'none',
    )
  )


def main() -> None:
  """Runs the command line: the domain first, then its own options."""
  options = sys.argv[1:]
  domain = 'phone'
  if options[:1] == ['--domain']:
    domain, options = (options[1:2] or [''])[0], options[2:]
  with command_line.user_mistakes():
    if domain == 'phone':
      pretrain(command_line.parse(Options(), options, prog=PROG))
    elif domain == 'home':
      prog = f'{PROG} --domain home'
      pretrain_home.pretrain(
        command_line.parse(pretrain_home.Options(), options, prog=prog)
      )
    else:
      raise errors.UnknownNameError('domain', domain, ('phone', 'home'))


if __name__ == '__main__':
  main()
