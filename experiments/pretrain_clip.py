"""Trains an in-domain CLIP on the simulated phone's frames and captions.

  python -m experiments.pretrain_clip --size small --minutes 15

writes `acme_vlm/checkpoints/in_domain/phone_<size>/` in the Hugging Face
layout, with a model card; every minute, so that an early version is of use.
The training state lies beside it under `runs/`, and --resume goes on from it.
"""

import dataclasses
import functools
import pathlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Literal

import jax
import numpy as np
import tyro

import acme_vlm
from acme_vlm import errors
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.networks import (
  clip,
  clip_checkpoint,
  clip_config,
  clip_tokenizer_training,
)
from acme_vlm.ops import pixels
from acme_vlm.rewards import (
  contrastive,
  contrastive_evaluation,
  contrastive_training,
)

# arXiv 2312.09187, figure 5, A to D.
TEMPLATES = (
  'Open [TASK]',
  'Open the [TASK] app',
  'Screenshot of [TASK]',
  'Screenshot of [TASK] on Android',
)
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
_TEXTS = pathlib.Path(acme_vlm.__file__).parent / 'checkpoints'


@dataclasses.dataclass(frozen=True)
class Options:
  """What to train.

  Attributes:
    size: of the image tower.
    minutes: training time at most.
    num_steps: updates over which the learning rate falls to 0.
    batch_size: frames of an update.
    learning_rate: peak.
    home_fraction: share of home screens among the frames.
    num_contents: how many contents each app has per theme and font size.
    chunk: frames drawn at once by the background process.
    heldout: validation frames at the end; a quarter of them on the way.
    seed: of parameters, frames and templates.
    out: folder of the checkpoint; the shipped one if absent.
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
  out: pathlib.Path | None = None
  resume: bool = False


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


def main(options: Options) -> None:
  goals = catalogue.task_set(TASK_SET)
  captions = [c for t in TEMPLATES for c in captions_of((*goals, HOME), t)]
  tokenizer = clip_tokenizer_training.train(
    # Words beyond the captions, so that other prompts stay short too.
    captions + (_TEXTS / 'common_words.txt').read_text().split(),
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
  module = clip.Clip(config)
  preprocessing = pixels.Preprocessing(
    resize=(vision.image_size, vision.image_size), crop=None
  )
  training = contrastive.TrainingConfig(
    num_steps=options.num_steps,
    minutes=options.minutes,
    learning_rate=options.learning_rate,
    seed=options.seed,
  )
  state = contrastive_training.initial_state(module, training)
  name = f'phone_{options.size}'
  state_file = pathlib.Path('runs', 'pretrain_clip', f'{name}.msgpack')
  if options.resume:
    state = contrastive_training.load_state(state_file, state)
  shipped = pathlib.Path('acme_vlm', 'checkpoints', 'in_domain', name)
  folder = options.out or shipped
  heldout = chunk(0, options=options, split='validation', num=options.heldout)

  def evaluate(
    state: contrastive_training.TrainingState, num: int
  ) -> contrastive_evaluation.Report:
    checkpoint = clip_checkpoint.ClipCheckpoint(
      module, state.params, preprocessing, tokenizer, config, folder
    )
    return contrastive_evaluation.evaluate(
      checkpoint,
      heldout[0][:num],
      captions_of(heldout[1][:num], '[TASK]'),
      goals=goals,
      neutral=HOME,
      template=TEMPLATES[-1],
    )

  def write(state: contrastive_training.TrainingState, num: int) -> None:
    clip_checkpoint.save(
      folder,
      config=config,
      parameters=state.params,
      preprocessing=preprocessing,
      tokenizer=tokenizer,
    )
    contrastive_training.save_state(state_file, state)
    report = evaluate(state, num)
    print(f'held-out: {report}', flush=True)
    text = card(options, name, config, state, report)
    (folder / 'README.md').write_text(text)

  saved = [time.monotonic()]

  def report(
    state: contrastive_training.TrainingState, metrics: dict[str, float]
  ) -> None:
    speed = int(state.step) * options.batch_size / float(state.seconds)
    listed = ' '.join(f'{k} {v:.4f}' for k, v in metrics.items())
    print(
      f'{float(state.seconds):.0f} s, update {int(state.step)}, '
      f'{speed:.0f} frames/s: {listed}',
      flush=True,
    )
    if time.monotonic() - saved[0] > 60:
      write(state, options.heldout // 4)
      saved[0] = time.monotonic()

  first = int(state.step) * options.batch_size // options.chunk
  state = contrastive_training.train(
    state,
    batches(options, options.seed * 1_000_000 + first),
    module=module,
    tokenizer=tokenizer,
    preprocessing=preprocessing,
    config=training,
    report=report,
  )
  write(state, options.heldout)


def card(
  options: Options,
  name: str,
  config: clip_config.ClipConfig,
  state: contrastive_training.TrainingState,
  report: contrastive_evaluation.Report,
) -> str:
  return (
    (_TEXTS / 'card_template.md')
    .read_text()
    .format(
      name=f'in_domain/{name}',
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
      command=f'--size {options.size} --minutes {options.minutes:g}',
      report=report,
      prompt=TEMPLATES[-1],
      worst='; '.join(report.worst) or 'none',
    )
  )


if __name__ == '__main__':
  try:
    main(tyro.cli(Options))
  except errors.AcmeVlmError as error:
    sys.exit(f'error: {error}')
