"""The configuration of the policy's network."""

import dataclasses
import math
import typing
from typing import Literal

from acme_vlm import errors


@dataclasses.dataclass(frozen=True)
class PolicyConfig:
  """Architecture of the policy."""

  eyes: Literal['random', 'reward_model', 'own'] = 'random'
  """What the policy looks with. 'random': a torso of its own that begins at
  random and learns with everything else. 'reward_model': it is not fed with
  pixels but with the reward model's maps of where its goal may be; patch,
  channels, strides and film_size mean nothing then. 'own': with such maps of a
  torso of its own, which learns from the reward model's scores of all training
  goals. Those fed with maps have no tap grid."""

  eyes_size: int = 64
  """Width of the embeddings that eyes of its own compare places and words by;
  at least 1."""

  action_heads: tuple[int, ...] = ()
  """Sizes of the heads whose product the actions are, in C order: the last head
  changes fastest; each at least 1. Log-probabilities are the sums of the heads'
  own. Empty: one head; not together with a grid."""

  grid: tuple[int, int] | None = (10, 6)
  """Rows and columns of the tap grid, at least 1; the actions are then that
  many taps, row by row, and after them any others. None: no taps."""

  shrink: int = 1
  """Side in pixels of the squares that are averaged into one before the policy
  looks, on its device: the reward sees the whole frame; at least 1."""

  patch: int = 4
  """Side in pixels of the squares that the first layer cuts; at least 1."""

  channels: tuple[int, ...] = (16, 32, 64)
  """Width of each layer of the torso; the first belongs to the squares, every
  other one to a 3x3 convolution."""

  strides: tuple[int, ...] = (3, 1)
  """Stride of each 3x3 convolution; one fewer than channels."""

  instruction_size: int = 32
  """Width of word embeddings and of the instruction's encoding; at least 1."""

  film_size: int = 64
  """Features of the map that the instruction modulates; at least 1."""

  hidden_size: int = 64
  """Width of the layer before the recurrent core, which reads the sight if
  the policy is fed with one; at least 1."""

  core_size: int = 64
  """Units of the recurrent core; 0: a policy without memory."""

  past_actions: bool = False
  """Whether the core is told the action taken before (as in arXiv 1802.01561,
  figure 3), and how often each was taken in the episode: what cannot be seen,
  as what the hand is doing or how far the view is tilted, may follow from
  them."""

  action_bias: tuple[float, ...] = ()
  """Logits that the choices of the action heads begin with, one head after the
  other: what the policy does more often before it has learned anything. Of
  policies that are fed with maps; empty: zeros."""

  persistence: tuple[float, ...] = ()
  """How much higher, for each action head, the logit of its last choice begins
  than those of the others; learned from there. A hand that opens at every other
  step carries nothing, so that nothing is learned about carrying. Of policies
  that are fed with maps and told their past actions; empty: none."""

  switch: float | None = None
  """Maximum of the last map from which on actions and value come from heads of
  their own, in (0, 1); None: one head for all. Of tasks that need the hand the
  last map is that of what is held: what is learned of a full hand, as to let
  go, then does not spread to an empty one. Of policies that are fed with maps
  of a reward model."""

  outcome_head: bool = True
  """Whether taps are also scored by what they are predicted to achieve, which
  is learned from the reward model's labels of all goals; needs a grid."""

  map_weight: float = 0.3
  """Standard deviation of the first weights that read the entries of a sight's
  maps; above 0."""

  summary_weight: float = 0.6
  """Standard deviation of the first weights that read what summarises a sight's
  maps; above 0."""

  def __post_init__(self) -> None:
    """Checks every field.

    Raises:
      ConfigError: naming the field, what was expected and what came.
    """
    for name in (
      'shrink',
      'patch',
      'instruction_size',
      'film_size',
      'hidden_size',
    ):
      check(getattr(self, name) >= 1, name, 'at least 1', getattr(self, name))
    check(self.core_size >= 0, 'core_size', 'at least 0', self.core_size)
    check(
      len(self.channels) >= 1 and min(self.channels) >= 1,
      'channels',
      'one or more widths of at least 1',
      self.channels,
    )
    check(
      len(self.strides) == len(self.channels) - 1
      and all(s >= 1 for s in self.strides),
      'strides',
      f'{len(self.channels) - 1} values of at least 1, one for each of '
      'channels but the first',
      self.strides,
    )
    check(
      self.grid is None or (len(self.grid) == 2 and min(self.grid) >= 1),
      'grid',
      'rows and columns of at least 1, or None',
      self.grid,
    )
    self._check_eyes()
    self._check_heads()

  def _check_eyes(self) -> None:
    """Checks what the policy looks with."""
    check(self.eyes_size >= 1, 'eyes_size', 'at least 1', self.eyes_size)
    for name in ('map_weight', 'summary_weight'):
      value = getattr(self, name)
      check(0 < value < math.inf, name, 'a number above 0', value)
    kinds = typing.get_args(typing.get_type_hints(type(self))['eyes'])
    check(self.eyes in kinds, 'eyes', f'one of {kinds}', repr(self.eyes))
    check(
      self.eyes == 'random' or self.grid is None,
      'grid',
      f"None with eyes '{self.eyes}'",
      self.grid,
    )
    check(
      self.switch is None or self.eyes == 'reward_model',
      'switch',
      "None without eyes 'reward_model'",
      self.switch,
    )
    check(
      self.switch is None or 0 < self.switch < 1,
      'switch',
      'a number in (0, 1), or None',
      self.switch,
    )

  def _check_heads(self) -> None:
    """Checks what the policy acts by."""
    check(
      min(self.action_heads, default=1) >= 1,
      'action_heads',
      'sizes of at least 1',
      self.action_heads,
    )
    check(
      not self.action_bias or self.eyes != 'random',
      'action_bias',
      "none with eyes 'random'",
      self.action_bias,
    )
    check(
      len(self.action_bias) in (0, sum(self.action_heads))
      and all(map(math.isfinite, self.action_bias)),
      'action_bias',
      f'{sum(self.action_heads)} numbers, one for each choice, or none',
      self.action_bias,
    )
    check(
      not self.persistence or (self.past_actions and self.eyes != 'random'),
      'persistence',
      "none without past_actions, or with eyes 'random'",
      self.persistence,
    )
    check(
      len(self.persistence) in (0, len(self.action_heads))
      and all(map(math.isfinite, self.persistence)),
      'persistence',
      f'{len(self.action_heads)} numbers, one for each action head, or none',
      self.persistence,
    )
    check(
      not self.action_heads or self.grid is None,
      'grid',
      'None with action_heads',
      self.grid,
    )

  def check_frame(self, frame_shape: tuple[int, int, int]) -> None:
    """Checks that patches, strides and grid divide the frame.

    Args:
      frame_shape: height, width and 3.

    Raises:
      ConfigError: if they do not.
    """
    unit = self.shrink * self.patch * math.prod(self.strides)
    for side, name in zip(frame_shape[:2], ('height', 'width'), strict=True):
      check(
        side % unit == 0,
        f'frame {name}',
        f'a multiple of shrink times patch times strides ({unit} px)',
        side,
      )
    if self.grid is None:
      return
    for side, number, name in zip(
      frame_shape[:2], self.grid, ('rows', 'columns'), strict=True
    ):
      check(
        side // unit % number == 0,
        f'grid {name}',
        f"a number that divides the torso's map of {side // unit} "
        f'({side} px / {unit})',
        number,
      )


def check_parts(
  config: PolicyConfig,
  *,
  num_actions: int,
  frame_shape: tuple[int, ...],
  num_words: int,
  sees: bool,
  num_goals: int,
) -> None:
  """Checks that a policy fits its environment, its words and its eyes.

  Args:
    config: the architecture.
    num_actions: of the environment.
    frame_shape: height, width and 3.
    num_words: size of the vocabulary, padding included.
    sees: whether a reward model offers maps of its goals.
    num_goals: goals that eyes of its own would learn from.

  Raises:
    ConfigError: naming what does not fit.
  """
  check(num_words >= 2, 'num_words', 'padding and a word or more', num_words)
  check(
    len(frame_shape) == 3 and frame_shape[2] == 3 and min(frame_shape) >= 1,
    'frame_shape',
    'height, width and 3 channels',
    frame_shape,
  )
  if config.eyes == 'reward_model':
    expected = 'a reward model that offers maps of its goals'
    check(sees, 'eyes', expected, 'one that does not')
  else:
    height, width, channels = frame_shape
    config.check_frame((height, width, channels))
  if config.eyes == 'own':
    expected = "those of a goal or more with eyes 'own'"
    check(num_goals >= 1, 'goal_words', expected, num_goals)
  taps = 0 if config.grid is None else math.prod(config.grid)
  least = max(taps, 1)
  check(num_actions >= least, 'num_actions', f'at least {least}', num_actions)
  check(
    not config.action_heads or math.prod(config.action_heads) == num_actions,
    'action_heads',
    f"sizes whose product is the environment's {num_actions} actions",
    config.action_heads,
  )


def check(fits: bool, name: str, expected: str, came: object) -> None:
  """Raises the one line for a value that does not fit.

  Args:
    fits: whether it does.
    name: what it is.
    expected: what was expected, in words.
    came: the value.

  Raises:
    ConfigError: if it does not fit.
  """
  if not fits:
    raise errors.ConfigError(f'{name}: expected {expected}, got {came}.')
