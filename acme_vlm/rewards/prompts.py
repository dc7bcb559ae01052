"""Goals to prompts, and the fixed draw of the negatives."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.rewards import config as config_lib


class Prompts(NamedTuple):
  """The texts that a reward model compares frames with.

  Attributes:
    goals: the task set's prompts, in its order.
    negatives: the negatives' prompts, drawn ones first, none twice.
  """

  goals: tuple[str, ...]
  negatives: tuple[str, ...]


def fill(template: str, goal: str) -> str:
  """Puts a goal in the place of the placeholder.

  Args:
    template: text with `[TASK]`, for example 'Screenshot of [TASK]'.
    goal: a goal in words, not empty.

  Returns:
    The prompt.

  Raises:
    ConfigError: template without the placeholder, or an empty goal.
  """
  if config_lib.PLACEHOLDER not in template:
    raise errors.ConfigError(
      'expected a prompt template with the placeholder '
      f'{config_lib.PLACEHOLDER}, got {template!r}'
    )
  if not goal.strip():
    raise errors.ConfigError(f'expected a goal in words, got {goal!r}')
  return template.replace(config_lib.PLACEHOLDER, goal)


def draw_negatives(
  task_set: Sequence[str], num: int, seed: int
) -> tuple[str, ...]:
  """Draws the negatives: uniform, without replacement, once for a run.

  A new draw per step would make the reward stochastic (arXiv 2312.09187,
  section 3), so the draw is a pure function of its arguments.

  Args:
    task_set: the goals L, distinct.
    num: how many, 0 to `len(task_set)`.
    seed: at least 0.

  Returns:
    `num` goals in the order drawn.

  Raises:
    ConfigError: more negatives than goals.
  """
  if num > len(task_set):
    raise errors.ConfigError(
      f'expected num_negatives of at most the {len(task_set)} goals of the '
      f'task set, got {num}'
    )
  drawn = np.random.default_rng(seed).permutation(len(task_set))[:num]
  return tuple(task_set[i] for i in drawn)


def make(config: config_lib.RewardConfig, task_set: Sequence[str]) -> Prompts:
  """Fills the template with every goal and every negative.

  Args:
    config: template, number and seed of the negatives.
    task_set: the goals L.

  Returns:
    The prompts.

  Raises:
    ConfigError: more negatives than goals, or a goal that is left without any
      negative: its probability would be 1 on every frame.
  """
  if not task_set or len(set(task_set)) < len(task_set):
    raise errors.ConfigError(
      f'expected a task set of distinct goals, got {tuple(task_set)}'
    )
  drawn = draw_negatives(task_set, config.num_negatives, config.negatives_seed)
  # A dictionary keeps the order and drops a neutral prompt that was drawn.
  words = tuple(dict.fromkeys((*drawn, *config.extra_negatives)))
  for goal in task_set:
    if set(words) <= {goal}:
      raise errors.ConfigError(
        f'expected a negative other than the goal {goal!r}, got {words}'
      )
  template = config.prompt_template
  return Prompts(
    goals=tuple(fill(template, goal) for goal in task_set),
    negatives=tuple(fill(template, word) for word in words),
  )
