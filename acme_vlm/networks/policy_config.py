"""The configuration of the policy's network."""

import dataclasses

from acme_vlm import errors


@dataclasses.dataclass(frozen=True)
class PolicyConfig:
  """Architecture of the policy."""

  grid: tuple[int, int] | None = (10, 6)
  """Rows and columns of the tap grid, at least 1; the actions are then that
  many taps, row by row, and after them any others. None: no taps."""

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
  """Width of the layer before the recurrent core; at least 1."""

  core_size: int = 64
  """Units of the recurrent core; 0: a policy without memory."""

  outcome_head: bool = True
  """Whether taps are also scored by what they are predicted to achieve, which
  is learned from the reward model's labels of all goals; needs a grid."""

  def __post_init__(self) -> None:
    """Checks every field.

    Raises:
      ConfigError: naming the field, what was expected and what came.
    """
    for name in ('patch', 'instruction_size', 'film_size', 'hidden_size'):
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
