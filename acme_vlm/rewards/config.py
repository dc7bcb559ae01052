"""Configuration of the reward model and of the service around it."""

import dataclasses
import itertools
import math
from typing import Literal

from acme_vlm import errors
from acme_vlm.rewards import heads

PLACEHOLDER = '[TASK]'

# arXiv 2312.09187, figure 5, from worst to best.
PROMPT_TEMPLATES = {
  'A': 'Open [TASK]',
  'B': 'Open the [TASK] app',
  'C': 'Screenshot of [TASK]',
  'D': 'Screenshot of [TASK] on Android',
}


@dataclasses.dataclass(frozen=True)
class RewardConfig:
  """What makes the reward; whatever does is part of the reward's version.

  The papers publish neither temperature, threshold nor the number of
  negatives: `python -m experiments.calibrate` chooses the first two.

  Attributes:
    checkpoint: dual encoder in the Hugging Face layout: a shipped name such as
      'in_domain/phone_small', a folder, or a Hugging Face name.
    revision: branch, tag or commit of a Hugging Face name; empty takes the
      newest. Of the checkpoint only; a member's stands in its name, behind '@'.
    cache_dir: folder where downloads are kept; empty takes Hugging Face's own.
    offline: whether to take downloads from the cache only.
    members: checkpoints beside the first, each with its own score of a frame:
      an ensemble. Empty: one model.
    ensemble: how the members' scores become one: 'mean'; 'min', success only if
      all say so; or 'agree', their mean where all agree about success, and else
      no verdict (NaN): no success, and the step is masked out of the loss.
      Means nothing without members.
    head: how a frame's score comes from embeddings: 'softmax' over negatives
      (arXiv 2312.09187, eq. 1), 'cosine' similarity, 'goal_baseline' (arXiv
      2310.12921, needs a baseline_prompt), 'sigmoid' (arXiv 2303.15343), or
      another that is registered in `heads`.
    prompt_templates: texts with the placeholder [TASK], which each goal fills;
      describe the state that success looks like rather than the action. Of
      several, the embeddings are averaged into one. At least one.
    goal_prompts: by goal, its own prompts instead of the filled templates, at
      least one; also where it is a negative of another goal. Goals that are not
      there take the templates.
    baseline_prompt: the default state in words, of 'goal_baseline'; without
      placeholder.
    baseline_alpha: of 'goal_baseline', in [0, 1]: 0 is the cosine similarity;
      at 1 only the line from baseline to goal counts.
    task_set: goals from which the negatives are drawn when the caller of
      `make_reward_model` gives none, as a run does with its environment's.
      None twice; empty leaves them to the caller.
    num_negatives: goals drawn uniformly without replacement from the task set,
      once, as negatives of every goal (a negative equal to the goal is
      dropped). 0 to the size of the task set. Of 'softmax'.
    negatives_seed: seed of that draw, at least 0.
    negatives_sharing: texts of which a goal shares one with each of its drawn
      negatives, such as (' on ', ' next to '): goals of other kinds, which a
      frame may show as well, do not compete with it. Empty: all do.
    extra_negatives: what else fills the template as a negative of every goal,
      whatever the draw: states that belong to no goal. Empty is the paper's
      eq. 1 exactly; then a frame that shows no goal at all still splits all
      probability among goals.
    temperature: tau of 'softmax' and 'sigmoid', above 0, in units of cosine
      similarity; the smaller, the closer every probability is to 0 or 1. None
      takes what each checkpoint was trained to.
    bias: what 'sigmoid' adds to a scaled similarity, any finite number; None
      takes what each checkpoint was trained to.
    threshold: beta: reward 1 for a score above it (arXiv 2312.09187, eq. 2).
      Within the head's range: [0, 1] for 'softmax' and 'sigmoid', [-1, 1] for
      'cosine' and 'goal_baseline'; at the highest there is never a reward.
    thresholded: whether the reward is 1 or 0 by the threshold, and the first 1
      ends the episode. Otherwise the score itself is the reward of every step,
      and episodes of training end by time-out only; an evaluation still ends
      its episodes, and counts them as successes, by the threshold, and the
      policy's outcome head learns from it.
    window: newest frames of the episode that are scored as one by the mean of
      their embeddings, at least 1.
    hysteresis: (k, n): a success needs scores above the threshold at k of the
      newest n steps of the episode, 1 <= k <= n. (1, 1) needs the newest only.
      Needs thresholded.
    dtype: type of the image tower's products; all else is float32.
  """

  checkpoint: str = 'in_domain/phone_small'
  revision: str = ''
  cache_dir: str = ''
  offline: bool = False
  members: tuple[str, ...] = ()
  ensemble: Literal['mean', 'min', 'agree'] = 'mean'
  head: str = 'softmax'
  prompt_templates: tuple[str, ...] = (PROMPT_TEMPLATES['D'],)
  # Not hashed, as no dictionary can be; configurations are.
  goal_prompts: dict[str, tuple[str, ...]] = dataclasses.field(
    default_factory=dict, hash=False
  )
  baseline_prompt: str = ''
  baseline_alpha: float = 0.5
  task_set: tuple[str, ...] = ()
  num_negatives: int = 10
  negatives_seed: int = 0
  negatives_sharing: tuple[str, ...] = ()
  extra_negatives: tuple[str, ...] = ('the home screen',)
  temperature: float | None = None
  bias: float | None = None
  threshold: float = 0.7
  thresholded: bool = True
  window: int = 1
  hysteresis: tuple[int, int] = (1, 1)
  dtype: Literal['float32', 'bfloat16'] = 'float32'

  def __post_init__(self):
    _one_of('head', self.head, heads.names())
    head = heads.get(self.head)
    _check_models(self)
    _check_prompts(self, head)
    _check_negatives(self, head)
    _check_numbers(self, head)
    _check_time(self)

  @property
  def checkpoints(self) -> tuple[str, ...]:
    """All models: the checkpoint, then the members."""
    return (self.checkpoint, *self.members)


def _check_models(config: RewardConfig) -> None:
  if not all(name.strip() for name in config.checkpoints):
    raise errors.ConfigError("expected a checkpoint name or path, got ''")
  if len(set(config.checkpoints)) < len(config.checkpoints):
    raise errors.ConfigError(
      f'expected members of an ensemble that differ, got {config.checkpoints}'
    )
  _one_of('ensemble', config.ensemble, ('mean', 'min', 'agree'))
  _one_of('dtype', config.dtype, ('float32', 'bfloat16'))


def _check_prompts(config: RewardConfig, head: heads.Head) -> None:
  if not config.prompt_templates:
    raise errors.ConfigError('expected at least one prompt template, got none')
  for template in config.prompt_templates:
    if PLACEHOLDER not in template:
      raise errors.ConfigError(
        f'expected a prompt template with the placeholder {PLACEHOLDER}, '
        f'got {template!r}'
      )
  for goal, texts in config.goal_prompts.items():
    if not goal.strip() or not texts or not all(t.strip() for t in texts):
      raise errors.ConfigError(
        'expected goal_prompts with at least one text for each goal, '
        f'got {goal!r}: {texts}'
      )
  if head.baseline and not config.baseline_prompt.strip():
    raise errors.ConfigError(
      f'expected a baseline_prompt for head {head.name!r}, '
      f'got {config.baseline_prompt!r}'
    )


def _check_negatives(config: RewardConfig, head: heads.Head) -> None:
  if len(set(config.task_set)) < len(config.task_set):
    raise errors.ConfigError(
      f'expected a task set of distinct goals, got {config.task_set}'
    )
  for goal in (*config.task_set, *config.extra_negatives):
    if not goal.strip():
      raise errors.ConfigError(f'expected a goal in words, got {goal!r}')
  for text in config.negatives_sharing:
    if not text.strip():
      raise errors.ConfigError(
        f'expected negatives_sharing of words, got {config.negatives_sharing}'
      )
  _at_least('num_negatives', config.num_negatives, 0)
  _at_least('negatives_seed', config.negatives_seed, 0)
  none = config.num_negatives == 0 and not config.extra_negatives
  if head.negatives and none:
    raise errors.ConfigError(
      'expected at least one negative, got num_negatives 0 and no '
      'extra_negatives'
    )


def _check_numbers(config: RewardConfig, head: heads.Head) -> None:
  temperature, bias = config.temperature, config.bias
  # `not (a > 0)` also refuses NaN.
  if temperature is not None and not 0 < temperature < math.inf:
    raise errors.ConfigError(f'expected a temperature > 0, got {temperature}')
  if bias is not None and not math.isfinite(bias):
    raise errors.ConfigError(f'expected a finite bias, got {bias}')
  if not 0 <= config.baseline_alpha <= 1:
    raise errors.ConfigError(
      f'expected a baseline_alpha in [0, 1], got {config.baseline_alpha}'
    )
  if not head.lowest <= config.threshold <= head.highest:
    raise errors.ConfigError(
      f'expected a threshold in [{head.lowest:g}, {head.highest:g}], '
      f'got {config.threshold} for head {head.name!r}'
    )


def _check_time(config: RewardConfig) -> None:
  _at_least('window', config.window, 1)
  if len(config.hysteresis) != 2 or not (
    1 <= config.hysteresis[0] <= config.hysteresis[1]
  ):
    raise errors.ConfigError(
      f'expected hysteresis (k, n) with 1 <= k <= n, got {config.hysteresis}'
    )
  if not config.thresholded and config.hysteresis != (1, 1):
    raise errors.ConfigError(
      'expected hysteresis (1, 1) for a reward that is not thresholded, '
      f'got {config.hysteresis}'
    )


@dataclasses.dataclass(frozen=True)
class ServiceConfig:
  """How frames are scored; changes speed and memory, never a reward.

  Attributes:
    batch_sizes: numbers of frames that the image tower is compiled for; each
      batch is padded to one of them. Rising, each at least 1; rounded up to a
      multiple of the number of devices.
    cache_frames: frames whose embeddings are remembered, oldest use forgotten
      first; 0 remembers none. An embedding takes 4 bytes per dimension.
    cache_path: file in which embeddings are remembered from one run to the
      next too, by the content of frame and checkpoint; several runs of one
      machine may share it. Empty: in memory only.
    cache_mib: size of that file at most, MiB, at least 1; what was written
      first is forgotten first.
    trajectories_per_batch: trajectories pulled and scored at once, at most; at
      least 1.
    episodes_remembered: episodes whose success or last frames are remembered
      from one unroll to the next, oldest forgotten first; at least 1, and more
      than there are environments.
    metrics_window: batches over which rates and latencies are reported, at
      least 1.
    on_swap: when the run gets another reward, what becomes of the labeled
      trajectories that the learner has not taken: 'relabel' labels them anew,
      'drop' throws them away, 'keep' leaves them the old labels.
  """

  batch_sizes: tuple[int, ...] = (16, 64, 256)
  cache_frames: int = 65536
  cache_path: str = ''
  cache_mib: int = 1024
  trajectories_per_batch: int = 64
  episodes_remembered: int = 16384
  metrics_window: int = 200
  on_swap: Literal['relabel', 'drop', 'keep'] = 'relabel'

  def __post_init__(self):
    sizes = self.batch_sizes
    rising = all(a < b for a, b in itertools.pairwise(sizes))
    if not sizes or min(sizes) < 1 or not rising:
      raise errors.ConfigError(
        f'expected rising batch_sizes of at least 1, got {sizes}'
      )
    _at_least('cache_frames', self.cache_frames, 0)
    _at_least('cache_mib', self.cache_mib, 1)
    _at_least('trajectories_per_batch', self.trajectories_per_batch, 1)
    _at_least('episodes_remembered', self.episodes_remembered, 1)
    _at_least('metrics_window', self.metrics_window, 1)
    _one_of('on_swap', self.on_swap, ('relabel', 'drop', 'keep'))


def _at_least(name: str, value: int, least: int) -> None:
  if value < least:
    raise errors.ConfigError(f'expected {name} >= {least}, got {value}')


def _one_of(name: str, value: str, values: tuple[str, ...]) -> None:
  if value not in values:
    listed = f'{", ".join(values[:-1])} or {values[-1]}'
    raise errors.ConfigError(f'expected {name} {listed}, got {value!r}')
