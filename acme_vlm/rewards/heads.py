"""The registry of reward heads: how a frame's score comes from embeddings.

Another head is one entry:

    heads.register(heads.Head('dot', program, lowest=-1.0, highest=1.0))

after which `RewardConfig(head='dot')` takes it.
"""

import dataclasses
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from jax import Array

from acme_vlm import errors
from acme_vlm.ops import reward_heads

# On the host the texts are NumPy's; a program sees JAX's.
_Array = TypeVar('_Array', Array, np.ndarray)


class Texts(NamedTuple, Generic[_Array]):
  """What one goal's score may look at, by one model.

  Of several goals, `goal` and `negative_mask` have a leading axis.

  Attributes:
    goal: float32 [D], the goal's embedding, unit length.
    negative_mask: bool [K], false at a negative that is the goal itself.
    negatives: float32 [K, D], the same for all goals; K is 0 for a head that
      asks for none.
    baseline: float32 [D], the baseline's embedding; zeros for a head that asks
      for none.
  """

  goal: _Array
  negative_mask: _Array
  negatives: _Array
  baseline: _Array


class Parameters(NamedTuple):
  """A head's numbers, by one model.

  Attributes:
    temperature: tau, above 0, in units of cosine similarity.
    bias: what is added to a scaled similarity.
    alpha: of the goal baseline, in [0, 1].
  """

  temperature: float
  bias: float
  alpha: float


@dataclasses.dataclass(frozen=True)
class Head:
  """One way to score a frame.

  Attributes:
    name: what `RewardConfig.head` calls it.
    program: (image embedding float32 [D], `Texts`, `Parameters`) to a float32
      scalar; pure and traceable.
    lowest: no score is below it, so it is never a success.
    highest: no score is above it.
    negatives: whether it compares with negatives; one at least, then.
    baseline: whether it needs the embedding of a baseline prompt.
    parameters: which of `Parameters` make its score.
  """

  name: str
  program: Callable[[Array, Texts[Array], Parameters], Array]
  lowest: float
  highest: float
  negatives: bool = False
  baseline: bool = False
  parameters: tuple[str, ...] = ()

  def __post_init__(self):
    unknown = set(self.parameters) - set(Parameters._fields)
    if unknown or not self.lowest < self.highest:
      raise errors.ConfigError(
        f'expected a head with lowest < highest and parameters among '
        f'{Parameters._fields}, got {self.lowest}, {self.highest} and '
        f'{self.parameters}'
      )


_HEADS: dict[str, Head] = {}


def register(head: Head) -> None:
  """Makes a head known by its name.

  Args:
    head: to register.

  Raises:
    ConfigError: the name is taken.
  """
  if head.name in _HEADS:
    raise errors.ConfigError(
      f'expected a new name for a reward head, got {head.name!r}'
    )
  _HEADS[head.name] = head


def get(name: str) -> Head:
  """Looks a head up.

  Args:
    name: of a registered head.

  Returns:
    The head.

  Raises:
    UnknownNameError: no such head.
  """
  if name not in _HEADS:
    raise errors.UnknownNameError('reward head', name, names())
  return _HEADS[name]


def names() -> tuple[str, ...]:
  """Names of all heads, in the order of their registration."""
  return tuple(_HEADS)


def _softmax(image: Array, texts: Texts[Array], numbers: Parameters) -> Array:
  return reward_heads.softmax_probability(
    image, texts.goal, texts.negatives, numbers.temperature, texts.negative_mask
  )


def _cosine(image: Array, texts: Texts[Array], numbers: Parameters) -> Array:
  del numbers
  return reward_heads.cosine(image, texts.goal)


def _goal_baseline(
  image: Array, texts: Texts[Array], numbers: Parameters
) -> Array:
  return reward_heads.goal_baseline(
    image, texts.goal, texts.baseline, numbers.alpha
  )


def _sigmoid(image: Array, texts: Texts[Array], numbers: Parameters) -> Array:
  return reward_heads.sigmoid_probability(
    image, texts.goal, numbers.temperature, numbers.bias
  )


register(Head('softmax', _softmax, 0.0, 1.0, True, parameters=('temperature',)))
register(Head('cosine', _cosine, -1.0, 1.0))
register(
  Head(
    'goal_baseline',
    _goal_baseline,
    -1.0,
    1.0,
    baseline=True,
    parameters=('alpha',),
  )
)
register(
  Head('sigmoid', _sigmoid, 0.0, 1.0, parameters=('temperature', 'bias'))
)
