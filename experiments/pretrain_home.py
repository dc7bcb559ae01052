"""Trains an in-domain CLIP on frames of homes and what is true of them.

  python -m experiments.pretrain_clip --domain home --size small --minutes 20

The truth of every frame is known for every caption of the goal set: near, held
up, on, next to, and what is in view. Frames are rendered by another process
into a pool in memory while training samples from it.
"""

import dataclasses
import functools
import math
import time
from pathlib import Path
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from flax import traverse_util

from acme_vlm import errors
from acme_vlm.environments.playhouse import captions, frames
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.networks import (
  clip_checkpoint,
  clip_config,
  clip_tokenizer_training,
  dual_encoder,
  spatial_clip,
  spatial_config,
)
from acme_vlm.ops import pixels
from acme_vlm.rewards import (
  contrastive,
  contrastive_training,
  frame_pool,
  text_pretraining,
)
from experiments import (
  home_card,
  home_frames,
  home_report,
  home_scores,
  pretraining,
)

_TEXT = clip_config.TextConfig(
  hidden_size=64,
  intermediate_size=256,
  num_hidden_layers=2,
  num_attention_heads=2,
  max_position_embeddings=16,
)
State = contrastive_training.TrainingState


@dataclasses.dataclass(frozen=True)
class Options:
  """What to train.

  Attributes:
    size: of the image tower.
    minutes: training time at most, above 0.
    num_steps: updates over which the learning rate falls to 0, at least 1.
    batch_size: frames of an update, at least 2.
    max_captions: captions of an update at most; those that are true of a frame
      of it first; at least 2. The common set has 452.
    learning_rate: peak, above 0.
    text_steps: updates of the text tower alone, before all else; at least 1.
    start: checkpoint whose towers are trained on, a shipped name or a folder,
      of the same sizes but for blocks and attention that it may lack; its
      text tower is taught no more. None: random ones.
    home: the homes; its goal set says which captions there are.
    hide_held_out: whether captions of held-out pairs are never shown, so that
      it can be measured what the model makes of pairs it never saw captioned.
    pool: frames kept in memory, at least one batch; a frame takes 22 KB.
    reuse: how often a frame is trained on before a new one takes its place;
      above 0.
    chunk: frames rendered at once by the other process, at least 1.
    families: whose goals are learned; a model of one family learns it sooner.
    frames: folder that rendered frames are kept in, and taken from if they are
      there: for trainings of several models; a frame takes 22 KB. None: they
      are kept in memory alone.
    heldout: validation frames at the end, at least 8; a quarter on the way.
    episodes: of each family that random actions and the scripted solver play
      at the end, in validation homes to choose thresholds, and in evaluation
      homes to report them; at least 1.
    seed: of parameters, homes and captions, at least 0.
    out: folder of the checkpoint; `runs/pretrain_clip/home_<size>` if absent,
      with `_hidden` behind it where captions are.
    resume: go on from the last training state.
  """

  size: Literal['tiny', 'small', 'base', 'large'] = 'small'
  minutes: float = 20.0
  num_steps: int = 12_000
  batch_size: int = 64
  max_captions: int = 452
  learning_rate: float = 2e-3
  text_steps: int = 800
  start: str | None = None
  home: home_config.HomeConfig = dataclasses.field(
    default_factory=lambda: home_config.HomeConfig(rooms=(1, 2))
  )
  hide_held_out: bool = False
  pool: int = 140_000
  reuse: float = 8.0
  chunk: int = 1000
  families: tuple[goals_lib.Family, ...] = goals_lib.FAMILIES
  frames: Path | None = None
  heldout: int = 4000
  episodes: int = 40
  seed: int = 0
  out: Path | None = None
  resume: bool = False

  def __post_init__(self):
    for name, least in (
      ('num_steps', 1),
      ('batch_size', 2),
      ('max_captions', 2),
      ('text_steps', 1),
      ('pool', self.batch_size),
      ('chunk', 1),
      ('heldout', 8),
      ('episodes', 1),
      ('seed', 0),
    ):
      if getattr(self, name) < least:
        raise errors.ConfigError(
          f'expected {name} >= {least}, got {getattr(self, name)}'
        )
    if not self.families or not set(self.families) <= set(goals_lib.FAMILIES):
      raise errors.ConfigError(
        f'expected families of {goals_lib.FAMILIES}, got {self.families}'
      )
    for name in ('minutes', 'learning_rate', 'reuse'):
      # The comparison is false for NaN.
      if not 0 < getattr(self, name) < math.inf:
        raise errors.ConfigError(
          f'expected {name} > 0, got {getattr(self, name)}'
        )

  @property
  def folder(self) -> Path:
    """Where the checkpoint is written."""
    hidden = '_hidden' if self.hide_held_out else ''
    return self.out or pretraining.RUNS / f'home_{self.size}{hidden}'

  @property
  def state_file(self) -> Path:
    """Where the training state is written."""
    return pretraining.RUNS / f'{self.folder.name}.msgpack'


def phrased() -> tuple[list[str], list[str]]:
  """All captions and other ways to say them, and what each of them means."""
  said: list[str] = []
  meant: list[str] = []
  # Of the few of the common set there are as many as of the others.
  for goal_set, times in (('common', 4), ('diverse', 1)):
    bank = captions.bank(goal_set)
    for text, group in zip(bank.texts, bank.group, strict=True):
      ways = (text, *captions.rephrased(text, int(group)))
      said += ways * times
      meant += [text] * (len(ways) * times)
  said += [goals_lib.BACKGROUND] * 50
  meant += [goals_lib.BACKGROUND] * 50
  return said, meant


def make_model(options: Options) -> dual_encoder.Checkpoint:
  """The CLIP, with no parameters but those that it starts from.

  Raises:
    CheckpointError: it is to start from one that is not there, or is of other
      sizes.
  """
  vision = spatial_config.SIZES[options.size]
  preprocessing = pixels.Preprocessing(
    resize=(vision.image_height, vision.image_width), crop=None
  )
  if options.start is not None:
    started = clip_checkpoint.load(options.start)
    theirs = getattr(started.config, 'vision', None)
    if theirs not in spatial_config.beginnings(vision):
      raise errors.CheckpointError(
        f'expected a home checkpoint of size {options.size!r} to start from,'
        f' got {options.start!r} of another'
      )
    config = dataclasses.replace(started.config, vision=vision)
    return dataclasses.replace(
      started,
      path=options.folder,
      config=config,
      module=spatial_clip.SpatialClip(config),
    )
  tokenizer = clip_tokenizer_training.train(
    # Of the largest set too, so that every home model reads every goal.
    list(dict.fromkeys(phrased()[0]))
    + (pretraining.SHIPPED / 'common_words.txt').read_text().split(),
    num_merges=1000,
    context_length=_TEXT.max_position_embeddings,
  )
  config = spatial_config.SpatialClipConfig(
    vision=vision,
    text=dataclasses.replace(
      _TEXT, vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id
    ),
    projection_dim=128,
  )
  return dual_encoder.Checkpoint(
    module=spatial_clip.SpatialClip(config),
    parameters={},
    preprocessing=preprocessing,
    tokenizer=tokenizer,
    config=config,
    path=options.folder,
  )


class Writer:
  """Prints progress; writes and evaluates what has been learnt so far."""

  def __init__(self, options: Options, model: dual_encoder.Checkpoint):
    self._options, self._model = options, model
    self._heldout = frames.captioned(
      options.home,
      split='validation',
      seed=0,
      num=options.heldout,
      screen=home_frames.SCREEN,
    )
    self._written = time.monotonic()

  def report(self, state: State, metrics: dict[str, float]) -> None:
    """Prints; writes too, every two minutes."""
    pretraining.show(state, self._options.batch_size, metrics)
    if time.monotonic() - self._written > 120:
      self.write(state)
      self._written = time.monotonic()

  def write(self, state: State, at_the_end: bool = False) -> None:
    """Writes, and evaluates on frames of homes never trained on."""
    options, model = self._options, self._model
    clip_checkpoint.save(
      model.path,
      config=model.config,
      parameters=state.params,
      preprocessing=model.preprocessing,
      tokenizer=model.tokenizer,
    )
    contrastive_training.save_state(options.state_file, state)
    goal_set = options.home.goal_set
    compare = functools.partial(
      home_scores.compare,
      # As stored, so that the numbers are those of the files.
      clip_checkpoint.load(str(model.path)),
      goal_set=goal_set,
    )
    evaluate = functools.partial(
      home_report.evaluate,
      unseen=home_frames.hidden(goal_set) if options.hide_held_out else None,
      families=options.families,
    )
    num = options.heldout if at_the_end else options.heldout // 4
    table = evaluate(
      compare(self._heldout.frames[:num]), self._heldout.truth[:num]
    ).table()
    print(table, flush=True)
    played = 'Not evaluated yet.'
    if at_the_end:
      shown, truth = self._play('validation')
      chosen = home_report.thresholds(compare(shown), truth, options.families)
      shown, truth = self._play('evaluation')
      played = evaluate(compare(shown), truth, thresholds=chosen).table()
      print(played, flush=True)
    (model.path / 'README.md').write_text(
      home_card.card(
        name=f'in_domain/{model.path.name}',
        home=options.home,
        vision=model.config.vision,
        parameters=sum(np.size(x) for x in jax.tree.leaves(state.params)),
        frames=int(state.step) * options.batch_size,
        state=state,
        command=f'--domain home {pretraining.command(options)}',
        hidden=options.hide_held_out,
        families=options.families,
        table=table,
        episodes=options.episodes,
        played=played,
        start=options.start,
      )
    )

  def _play(self, split: str) -> tuple[np.ndarray, np.ndarray]:
    options = self._options
    return home_frames.played(
      dataclasses.replace(options.home, episode_goals='all'),
      split=split,
      seed=options.seed,
      episodes=options.episodes,
      screen=home_frames.SCREEN,
    )


def _first_state(
  options: Options,
  model: dual_encoder.Checkpoint,
  training: contrastive.TrainingConfig,
) -> State:
  """That of the file, or a new one whose text tower has been taught."""
  state = contrastive_training.initial_state(model.module, training)
  if options.resume:
    return contrastive_training.load_state(options.state_file, state)
  if options.start is not None:
    flat = traverse_util.flatten_dict(state.params)
    flat.update(traverse_util.flatten_dict(model.parameters))
    params = jax.tree.map(jnp.asarray, traverse_util.unflatten_dict(flat))
    return state._replace(params=params)
  said, meant = phrased()
  params, cosine = text_pretraining.pretrain(
    state.params,
    model.module,
    model.tokenize,
    said,
    meant=meant,
    seed=options.seed,
    num_steps=options.text_steps,
  )
  print(f'texts: mean cosine with what they mean {cosine:.4f}', flush=True)
  return state._replace(params=params)


def pretrain(options: Options) -> None:
  """Trains, evaluates and writes a model."""
  pretraining.make_folder(options.folder)
  training = contrastive.TrainingConfig(
    num_steps=options.num_steps,
    minutes=options.minutes,
    learning_rate=options.learning_rate,
    weight_decay=0.02,
    # More would move things over the line between near and not.
    max_shift=1,
    patch_weight=0.5,
    max_captions=options.max_captions,
    background=goals_lib.BACKGROUND,
    train_texts=False,
    seed=options.seed,
  )
  model = make_model(options)
  state = _first_state(options, model, training)
  writer = Writer(options, model)
  minutes = float(state.seconds) / 60
  if int(state.step) >= options.num_steps or minutes >= options.minutes:
    writer.write(state, at_the_end=True)  # Anew, of a resumed training.
    return
  bank = captions.bank(options.home.goal_set)
  pool = frame_pool.FramePool(
    options.pool,
    bank.texts,
    home_frames.groups(options.home.goal_set, options.hide_held_out),
  )
  # A resumed training sees other homes than before, if none are kept.
  first = options.seed * 1_000_000
  if options.frames is None:
    first += int(state.step)
  chunks = contrastive_training.in_background(
    functools.partial(
      home_frames.chunk,
      home=options.home,
      num=options.chunk,
      families=options.families,
      hide_held_out=options.hide_held_out,
      folder=options.frames,
    ),
    first,
  )
  with pool.following(chunks, options.reuse):
    state = contrastive_training.train(
      state,
      pool.batches(
        options.batch_size,
        # A resumed training draws others.
        options.seed + 7919 * int(state.step),
        least=min(options.pool, 20 * options.chunk),
        max_captions=options.max_captions,
      ),
      module=model.module,
      tokenizer=model.tokenizer,
      preprocessing=model.preprocessing,
      config=training,
      report=writer.report,
    )
  writer.write(state, at_the_end=True)
