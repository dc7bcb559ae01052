"""Configuration of the reward model and of the service around it."""

import dataclasses
import itertools
import math
from typing import Literal

from acme_vlm import errors

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
  """What makes the reward; each field is part of the reward's version.

  The paper publishes neither temperature, threshold nor the number of
  negatives: `python -m experiments.calibrate` chooses the first two.

  Attributes:
    checkpoint: CLIP in the Hugging Face layout: a shipped name such as
      'in_domain/phone_small', a folder, or a Hugging Face name.
    prompt_template: text with the placeholder [TASK], which each goal fills;
      describe the state that success looks like rather than the action.
    task_set: goals from which the negatives are drawn when the caller of
      `make_reward_model` gives none, as a run does with its environment's.
      None twice; empty leaves them to the caller.
    num_negatives: goals drawn uniformly without replacement from the task set,
      once, as negatives of every goal (a negative equal to the goal is
      dropped). 0 to the size of the task set.
    negatives_seed: seed of that draw, at least 0.
    extra_negatives: what else fills the template as a negative of every goal,
      whatever the draw: states that belong to no goal. Empty is the paper's
      eq. 1 exactly; then a frame that shows no goal at all still splits all
      probability among goals.
    temperature: tau of eq. 1, above 0, in units of cosine similarity; the
      smaller, the closer every probability is to 0 or 1.
    threshold: beta of eq. 2 in [0, 1]: reward 1 for a probability above it;
      at 1 there is never a reward.
    window: newest frames of the episode that are scored as one, at least 1.
    dtype: type of the towers' computation; probabilities are float32.
  """

  checkpoint: str = 'in_domain/phone_small'
  prompt_template: str = PROMPT_TEMPLATES['D']
  task_set: tuple[str, ...] = ()
  num_negatives: int = 10
  negatives_seed: int = 0
  extra_negatives: tuple[str, ...] = ('the home screen',)
  temperature: float = 0.05
  threshold: float = 0.7
  window: int = 1
  dtype: Literal['float32', 'bfloat16'] = 'float32'

  def __post_init__(self):
    if not self.checkpoint:
      raise errors.ConfigError("expected a checkpoint name or path, got ''")
    if PLACEHOLDER not in self.prompt_template:
      raise errors.ConfigError(
        f'expected a prompt template with the placeholder {PLACEHOLDER}, '
        f'got {self.prompt_template!r}'
      )
    if len(set(self.task_set)) < len(self.task_set):
      raise errors.ConfigError(
        f'expected a task set of distinct goals, got {self.task_set}'
      )
    _at_least('num_negatives', self.num_negatives, 0)
    _at_least('negatives_seed', self.negatives_seed, 0)
    _at_least('window', self.window, 1)
    if self.num_negatives == 0 and not self.extra_negatives:
      raise errors.ConfigError(
        'expected at least one negative, got num_negatives 0 and no '
        'extra_negatives'
      )
    # `not (a > 0)` also refuses NaN.
    if not self.temperature > 0 or math.isinf(self.temperature):
      raise errors.ConfigError(
        f'expected a temperature > 0, got {self.temperature}'
      )
    if not 0 <= self.threshold <= 1:
      raise errors.ConfigError(
        f'expected a threshold in [0, 1], got {self.threshold}'
      )
    if self.dtype not in ('float32', 'bfloat16'):
      raise errors.ConfigError(
        f'expected dtype float32 or bfloat16, got {self.dtype!r}'
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
  """

  batch_sizes: tuple[int, ...] = (16, 64, 256)
  cache_frames: int = 65536
  cache_path: str = ''
  cache_mib: int = 1024
  trajectories_per_batch: int = 64
  episodes_remembered: int = 16384
  metrics_window: int = 200

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


def _at_least(name: str, value: int, least: int) -> None:
  if value < least:
    raise errors.ConfigError(f'expected {name} >= {least}, got {value}')
