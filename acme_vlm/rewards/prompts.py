"""Goals to prompts, and the fixed draw of the negatives."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.rewards import config as config_lib
from acme_vlm.rewards import heads

# Texts whose embeddings are averaged into one.
Prompt = tuple[str, ...]


class Prompts(NamedTuple):
  """The texts that a reward model compares frames with.

  Attributes:
    goals: the prompts of the task set's goals, in its order.
    words: the negatives as goals in words, drawn ones first, none twice; none
      for a head that compares with none.
    negatives: the prompts of those.
    baseline: the prompt of the default state; empty for a head without.
  """

  goals: tuple[Prompt, ...]
  words: tuple[str, ...]
  negatives: tuple[Prompt, ...]
  baseline: Prompt


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


def of_goal(config: config_lib.RewardConfig, goal: str) -> Prompt:
  """The texts that stand for a goal: its own, or the filled templates.

  Args:
    config: templates and the goals' own prompts.
    goal: a goal in words, not empty.

  Returns:
    At least one text.

  Raises:
    ConfigError: an empty goal.
  """
  filled = tuple(fill(template, goal) for template in config.prompt_templates)
  return tuple(config.goal_prompts.get(goal, filled))


def same(goal: str, other: str) -> bool:
  """Tells whether two goals are the same words, whatever case and spaces."""
  return _words(goal) == _words(other)


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
  """Writes the prompts of every goal and every negative.

  Args:
    config: head, templates, number and seed of the negatives.
    task_set: the goals L.

  Returns:
    The prompts.

  Raises:
    ConfigError: no goal, one twice or an empty one, more negatives than goals,
      or a goal that is left without any negative: its probability would be 1
      on every frame.
  """
  if not task_set or len(set(task_set)) < len(task_set):
    raise errors.ConfigError(
      f'expected a task set of distinct goals, got {tuple(task_set)}'
    )
  head = heads.get(config.head)
  words: tuple[str, ...] = ()
  if head.negatives:
    drawn = draw_negatives(
      task_set, config.num_negatives, config.negatives_seed
    )
    # A dictionary keeps the order and drops a neutral text that was drawn.
    words = tuple(dict.fromkeys((*drawn, *config.extra_negatives)))
    for goal in task_set:
      check_negatives(goal, [w for w in words if compete(config, goal, w)])
  return Prompts(
    goals=tuple(of_goal(config, goal) for goal in task_set),
    words=words,
    negatives=tuple(of_goal(config, word) for word in words),
    baseline=(config.baseline_prompt,) if head.baseline else (),
  )


def compete(config: config_lib.RewardConfig, goal: str, word: str) -> bool:
  """Tells whether a negative is one of this goal, by `negatives_sharing`."""
  sharing = config.negatives_sharing
  if not sharing or word in config.extra_negatives:
    return True
  return any(text in goal and text in word for text in sharing)


def check_negatives(goal: str, words: Sequence[str]) -> None:
  """Raises `ConfigError` for a goal that is all of the negatives itself."""
  if all(same(goal, word) for word in words):
    raise errors.ConfigError(
      f'expected a negative other than the goal {goal!r}, got {tuple(words)}'
    )


def _words(goal: str) -> str:
  return ' '.join(goal.casefold().split())
