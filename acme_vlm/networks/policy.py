"""The policy: pixels, or a sight, and words to actions, as pure functions.

The order of use:

    policy = make_policy(config, num_actions=64, frame_shape=(120, 72, 3),
                         num_words=80)
    params = policy.init(key)
    state = policy.initial_state(batch)                            # acting
    output = policy.step(params, pixels, instruction, first, state)
    logits, value = policy.unroll(params, pixels, instruction, first, state)

`step` row by row and `unroll` at once give the same numbers. A policy whose
eyes are the reward model's takes a sight (`interfaces.Eyes`) as one argument
more, and does not look at the pixels, which may then have height 0.
"""

import dataclasses
import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float32, Int32, PRNGKeyArray, PyTree, UInt8

from acme_vlm.networks import (
  policy_config,
  policy_eyes,
  policy_heads,
  policy_modules,
  policy_network,
  policy_sight,
)
from acme_vlm.networks.policy_config import PolicyConfig

# Of the order of one, as all else that the core is told.
_COUNTED = 0.1


class PolicyOutput(NamedTuple):
  """One step of the policy.

  Attributes:
    logits: unnormalised log-probabilities of the actions, float32 `[B, A]`.
    value: float32 `[B]`.
    core_state: recurrent state for the next step, float32 `[B, S]`.
  """

  logits: Float32[Array, 'b a']
  value: Float32[Array, ' b']
  core_state: Float32[Array, 'b s']


class DistinctRows(NamedTuple):
  """Frames and instructions of a batch, repeated rows left out.

  Attributes:
    pixels: uint8 `[U, H, W, 3]`.
    sight: float32 `[U, F]`.
    instruction: int32 `[U, L]`.
    position: which of the U rows stands at `[b, t]`, int32 `[B, T+1]`.
  """

  pixels: UInt8[Array, 'u h w 3']
  sight: Float32[Array, 'u f']
  instruction: Int32[Array, 'u l']
  position: Int32[Array, 'b t1']


@dataclasses.dataclass(frozen=True)
class Policy:
  """Pure functions of one architecture; hashable, so jit may close over it.

  Build it with `make_policy`, which checks that the parts fit.

  Attributes:
    config: the architecture.
    num_actions: A.
    frame_shape: height, width and 3 of the frames.
    num_words: size of the vocabulary, padding included.
    sight_grid: maps, rows and columns of the sight that it is fed with, or
      None.
    goal_words: word ids of the goals that eyes of its own learn from, of equal
      lengths, or none.
  """

  config: PolicyConfig
  num_actions: int
  frame_shape: tuple[int, int, int]
  num_words: int
  sight_grid: tuple[int, int, int] | None = None
  goal_words: tuple[tuple[int, ...], ...] = ()

  @property
  def state_size(self) -> int:
    """S. A policy without memory carries one zero: no array has size 0.

    One that is told its past actions carries them behind the core's own state:
    the last one, as its index plus one (0 for none), and how often each choice
    of each head was taken.
    """
    return max(self.config.core_size, 1) + self._num_carried

  @property
  def sight_size(self) -> int:
    """F. A policy that is fed with no sight carries one zero instead."""
    return 1 if self.sight_grid is None else policy_sight.size(self.sight_grid)

  @property
  def network(
    self,
  ) -> (
    policy_network.PolicyNetwork
    | policy_sight.SightNetwork
    | policy_eyes.SeeingNetwork
  ):
    """The Flax module."""
    sizes = {'num_actions': self.num_actions, 'num_words': self.num_words}
    if self.sight_grid is not None:
      maps = self.sight_grid[0]
      return policy_modules.fed(self.config, **sizes, num_maps=maps)
    if self.config.eyes == 'own':
      return policy_modules.seeing(self.config, **sizes)
    return policy_modules.looking(self.config, **sizes)

  def init(self, key: PRNGKeyArray) -> PyTree:
    """Draws parameters.

    Args:
      key: JAX random key.

    Returns:
      Nest of float32 arrays.
    """
    rest = (
      jnp.zeros((1, 1), jnp.int32),
      None,
      jnp.ones((1, 1), bool),
      jnp.zeros((1, max(self.config.core_size, 1))),
    )
    told = {}
    if self.config.past_actions:
      told = {'done': jnp.zeros((1, 1, 2 * self._num_choices))}
    network = self.network
    if isinstance(network, policy_sight.SightNetwork):
      sight = jnp.zeros((1, self.sight_size), jnp.float32)
      return network.init(key, sight, *rest, **told)
    pixels = jnp.zeros((1, *self.frame_shape), jnp.uint8)
    if isinstance(network, policy_eyes.SeeingNetwork):
      return network.init(key, pixels, *rest, self._goals(), **told)
    return network.init(key, pixels, *rest, **told)

  def initial_state(self, batch: int) -> Float32[Array, 'b s']:
    """Recurrent state before the first row of a stream: zeros `[B, S]`."""
    return jnp.zeros((batch, self.state_size), jnp.float32)

  def remember(
    self, core_state: Float32[Array, 'b s'], action: Int32[Array, ' b']
  ) -> Float32[Array, 'b s']:
    """The state for the next step, once the action is chosen.

    Args:
      core_state: that `step` gave, float32 `[B, S]`.
      action: int32 `[B]`.

    Returns:
      float32 `[B, S]`.
    """
    if not self.config.past_actions:
      return core_state
    own, carried = self._split(core_state)
    counts = carried[:, 1:] + self._choices(action[:, None])[:, 0]
    last = action.astype(jnp.float32)[:, None] + 1.0
    return jnp.concatenate([own, last, counts], axis=1)

  def step(
    self,
    params: PyTree,
    pixels: UInt8[Array, 'b h w 3'],
    instruction: Int32[Array, 'b l'],
    first: Bool[Array, ' b'],
    core_state: Float32[Array, 'b s'],
    sight: Float32[Array, 'b f'] | None = None,
  ) -> PolicyOutput:
    """Runs one step of B streams, for acting.

    Args:
      params: from `init`.
      pixels: uint8 `[B, H, W, 3]`.
      instruction: word ids, int32 `[B, L]`, 0 is padding.
      first: whether an episode begins here, bool `[B]`; resets the state.
      core_state: float32 `[B, S]`.
      sight: float32 `[B, F]`, if it is fed with one.

    Returns:
      `PolicyOutput`.
    """
    logits, value, core_state, _ = self._apply(
      params, pixels, sight, instruction, None, first[:, None], core_state
    )
    return PolicyOutput(logits[:, 0], value[:, 0], core_state)

  def unroll(
    self,
    params: PyTree,
    pixels: UInt8[Array, 'b t1 h w 3'],
    instruction: Int32[Array, 'b t1 l'],
    first: Bool[Array, 'b t1'],
    core_state: Float32[Array, 'b s'],
    sight: Float32[Array, 'b t1 f'] | None = None,
    action: Int32[Array, 'b t'] | None = None,
  ) -> tuple[Float32[Array, 'b t1 a'], Float32[Array, 'b t1']]:
    """Runs whole unrolls, for learning.

    Args:
      params: from `init`.
      pixels: uint8 `[B, T+1, H, W, 3]`.
      instruction: word ids, int32 `[B, T+1, L]`, 0 is padding.
      first: bool `[B, T+1]`; the state is reset before such a row.
      core_state: before row 0, float32 `[B, S]`.
      sight: float32 `[B, T+1, F]`, if it is fed with one.
      action: taken at rows 0 to T - 1, int32 `[B, T]`, if it is told.

    Returns:
      Logits float32 `[B, T+1, A]` and values float32 `[B, T+1]`.
    """
    logits, value, _, _ = self._apply(
      params,
      pixels.reshape(first.size, *pixels.shape[2:]),
      None if sight is None else sight.reshape(first.size, -1),
      instruction.reshape(-1, *instruction.shape[2:]),
      None,
      first,
      core_state,
      action=action,
    )
    return logits, value

  def unroll_distinct(
    self,
    params: PyTree,
    rows: DistinctRows,
    first: Bool[Array, 'b t1'],
    core_state: Float32[Array, 'b s'],
    action: Int32[Array, 'b t'] | None = None,
  ) -> tuple[Float32[Array, 'b t1 a'], Float32[Array, 'b t1']]:
    """The same as `unroll`, with what is repeated computed once.

    Args:
      params: from `init`.
      rows: frames and instructions, and where they stand.
      first: bool `[B, T+1]`.
      core_state: before row 0, float32 `[B, S]`.
      action: taken at rows 0 to T - 1, int32 `[B, T]`, if it is told.

    Returns:
      Logits float32 `[B, T+1, A]` and values float32 `[B, T+1]`.
    """
    logits, value, _, _ = self._apply(
      params, *rows, first, core_state, action=action
    )
    return logits, value

  def unroll_answering(
    self,
    params: PyTree,
    rows: DistinctRows,
    first: Bool[Array, 'b t1'],
    core_state: Float32[Array, 'b s'],
    question: policy_network.Question,
    action: Int32[Array, 'b t'] | None = None,
  ) -> tuple[
    Float32[Array, 'b t1 a'], Float32[Array, 'b t1'], policy_network.Answer
  ]:
    """`unroll_distinct` that answers a question about outcomes as well.

    Args:
      params: from `init`.
      rows: frames and instructions, and where they stand.
      first: bool `[B, T+1]`.
      core_state: before row 0, float32 `[B, S]`.
      question: about the taps of rows 0 to T - 1; the policy has a grid.
      action: taken at these rows, int32 `[B, T]`, if it is told.

    Returns:
      Logits float32 `[B, T+1, A]`, values float32 `[B, T+1]`, and the answer.
    """
    logits, value, _, answer = self._apply(
      params, *rows, first, core_state, question, action
    )
    assert isinstance(answer, policy_network.Answer)
    return logits, value, answer

  def unroll_seeing(
    self,
    params: PyTree,
    rows: DistinctRows,
    first: Bool[Array, 'b t1'],
    core_state: Float32[Array, 'b s'],
    action: Int32[Array, 'b t'] | None = None,
  ) -> tuple[
    Float32[Array, 'b t1 a'],
    Float32[Array, 'b t1'],
    Float32[Array, 'b t1 g'],
  ]:
    """`unroll_distinct` that tells what eyes of its own see as well.

    Args:
      params: from `init`.
      rows: frames and instructions, and where they stand.
      first: bool `[B, T+1]`.
      core_state: before row 0, float32 `[B, S]`.
      action: taken at rows 0 to T - 1, int32 `[B, T]`, if it is told.

    Returns:
      Logits float32 `[B, T+1, A]`, values float32 `[B, T+1]`, and logits that
      each frame shows each of the goals that the eyes learn from, float32
      `[B, T+1, G]`.
    """
    logits, value, _, seen = self._apply(
      params, *rows, first, core_state, action=action
    )
    assert isinstance(seen, jnp.ndarray)
    return logits, value, seen[rows.position]

  def _goals(self) -> Int32[Array, 'g l']:
    return jnp.asarray(self.goal_words, jnp.int32)

  def _apply(
    self,
    params: PyTree,
    pixels: UInt8[Array, 'u h w 3'],
    sight: Float32[Array, 'u f'] | None,
    instruction: Int32[Array, 'u l'],
    position: Int32[Array, 'b t1'] | None,
    first: Bool[Array, 'b t1'],
    core_state: Float32[Array, 'b s'],
    question: policy_network.Question | None = None,
    action: Int32[Array, 'b t'] | None = None,
  ) -> tuple[
    Float32[Array, 'b t1 a'],
    Float32[Array, 'b t1'],
    Float32[Array, 'b s'],
    policy_network.Answer | Float32[Array, 'u g'] | None,
  ]:
    """Logits, values, the state after the last row, and what else is said."""
    done, core_state, carried = self._past(first, core_state, action)
    network, rest = self.network, (instruction, position, first, core_state)
    answer = None
    if isinstance(network, policy_eyes.SeeingNetwork):
      logits, value, core_state, answer = network.apply(
        params, pixels, *rest, self._goals(), done
      )
    elif isinstance(network, policy_network.PolicyNetwork):
      logits, value, core_state, answer = network.apply(
        params, pixels, *rest, question, done
      )
    elif sight is None:
      raise ValueError(
        'expected the sight that the policy is fed with, got none'
      )
    else:
      logits, value, core_state = network.apply(params, sight, *rest, done)
    core_state = jnp.concatenate([core_state, carried], axis=1)
    return logits, value, core_state, answer

  @property
  def _num_choices(self) -> int:
    """Choices of all heads together."""
    return sum(self.config.action_heads or (self.num_actions,))

  @property
  def _num_carried(self) -> int:
    """Numbers of the state that say what was done: the last one, and counts."""
    return self.config.past_actions * (1 + self._num_choices)

  def _choices(
    self, action: Int32[Array, 'b t']
  ) -> Float32[Array, 'b t choices']:
    return policy_heads.one_hots(
      action, self.num_actions, self.config.action_heads
    )

  def _split(
    self, core_state: Float32[Array, 'b s']
  ) -> tuple[Float32[Array, 'b c'], Float32[Array, 'b k']]:
    """The core's own state, and what was done."""
    border = self.state_size - self._num_carried
    return core_state[:, :border], core_state[:, border:]

  def _past(
    self,
    first: Bool[Array, 'b t1'],
    core_state: Float32[Array, 'b s'],
    action: Int32[Array, 'b t'] | None,
  ) -> tuple[
    Float32[Array, 'b t1 d'] | None,
    Float32[Array, 'b c'],
    Float32[Array, 'b k'],
  ]:
    """What the core is told of the actions before each row.

    Returns:
      That, or None; the core's own state; and what the state behind the last
      row carries, until `remember` is told.
    """
    own, carried = self._split(core_state)
    if not self.config.past_actions:
      return None, own, carried
    known = [carried[:, :1].astype(jnp.int32) - 1]
    if action is not None:
      known.append(action)
    previous = jnp.concatenate(known, axis=1)
    if previous.shape != first.shape:
      raise ValueError(
        'expected the actions between the rows, for a policy that is told them,'
        f' got {previous.shape[1] - 1} of {first.shape[1] - 1}'
      )
    last = self._choices(jnp.where(first, -1, previous))
    # Row 0's action is in the counts that came with it.
    counts = jnp.where(first[:, :1], 0.0, carried[:, 1:])
    rows = [counts]
    for t in range(1, first.shape[1]):
      counts = jnp.where(first[:, t, None], 0.0, counts + last[:, t])
      rows.append(counts)
    told = jnp.concatenate([last, _COUNTED * jnp.stack(rows, axis=1)], axis=-1)
    return told, own, jnp.pad(counts, ((0, 0), (1, 0)))


def make_policy(
  config: PolicyConfig,
  *,
  num_actions: int,
  frame_shape: tuple[int, int, int],
  num_words: int,
  sight_grid: tuple[int, int, int] | None = None,
  goal_words: Int32[np.ndarray, 'g l'] | None = None,
) -> Policy:
  """Builds a policy whose parts fit each other.

  Args:
    config: the architecture.
    num_actions: A, at least 1, and at least the taps of the grid; the product
      of the action heads, if there are any.
    frame_shape: height, width and 3.
    num_words: word ids are in [0, num_words), 0 is padding; at least 2.
    sight_grid: of the eyes that it is fed by (`interfaces.Eyes.grid`); with
      eyes 'reward_model' only.
    goal_words: word ids of the goals that training may have, int32 `[G, L]`;
      with eyes 'own' only.

  Returns:
    `Policy`.

  Raises:
    ConfigError: if patches, strides or grid do not divide the frame, the
      actions are fewer than the taps or not the product of the heads, or there
      is no sight, or are no goals, for a policy that needs them.
  """
  policy_config.check(
    num_words >= 2, 'num_words', 'padding and a word or more', num_words
  )
  policy_config.check(
    len(frame_shape) == 3 and frame_shape[2] == 3 and min(frame_shape) >= 1,
    'frame_shape',
    'height, width and 3 channels',
    frame_shape,
  )
  if config.eyes == 'reward_model':
    policy_config.check(
      sight_grid is not None,
      'eyes',
      'a reward model that offers maps of its goals',
      'one that does not',
    )
  else:
    sight_grid = None
    config.check_frame(frame_shape)
  words: tuple[tuple[int, ...], ...] = ()
  if config.eyes == 'own':
    policy_config.check(
      goal_words is not None and len(goal_words) >= 1,
      'goal_words',
      "those of a goal or more with eyes 'own'",
      goal_words,
    )
    words = tuple(map(tuple, np.asarray(goal_words).tolist()))
  taps = 0 if config.grid is None else math.prod(config.grid)
  policy_config.check(
    num_actions >= max(taps, 1),
    'num_actions',
    f'at least {max(taps, 1)}',
    num_actions,
  )
  policy_config.check(
    not config.action_heads or math.prod(config.action_heads) == num_actions,
    'action_heads',
    f"sizes whose product is the environment's {num_actions} actions",
    config.action_heads,
  )
  height, width, channels = frame_shape
  shape = (height, width, channels)
  return Policy(config, num_actions, shape, num_words, sight_grid, words)
