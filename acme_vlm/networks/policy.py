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

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float32, Int32, PRNGKeyArray, PyTree, UInt8

from acme_vlm.networks import (
  policy_config,
  policy_eyes,
  policy_modules,
  policy_network,
  policy_past,
  policy_sight,
)
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.networks.policy_network import DistinctRows, PolicyOutput


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

    One that is told its past actions carries them behind the core's own state.
    """
    own = max(self.config.core_size, 1)
    return own + (self.past.size if self.past else 0)

  @property
  def past(self) -> policy_past.PastActions | None:
    """What it is told of its past; None if nothing."""
    if not self.config.past_actions:
      return None
    return policy_past.PastActions(self.num_actions, self.config.action_heads)

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
    if self.past is not None:
      told = {'done': jnp.zeros((1, 1, self.past.told_size))}
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
    if self.past is None:
      return core_state
    own, carried = self._parts(core_state)
    return jnp.concatenate([own, self.past.remember(carried, action)], axis=1)

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
      rows: see `unroll_distinct`, as are the next two.
      first: bool `[B, T+1]`.
      core_state: float32 `[B, S]`.
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

  def _parts(
    self, core_state: Float32[Array, 'b s']
  ) -> tuple[Float32[Array, 'b c'], Float32[Array, 'b k']]:
    """The core's own state, and what is carried of the past behind it."""
    own = max(self.config.core_size, 1)
    return core_state[:, :own], core_state[:, own:]

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
    done = carried = None
    if self.past is not None:
      core_state, carried = self._parts(core_state)
      done, carried = self.past.told(first, carried, action)
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
    if carried is not None:
      core_state = jnp.concatenate([core_state, carried], axis=1)
    return logits, value, core_state, answer


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
  policy_config.check_parts(
    config,
    num_actions=num_actions,
    frame_shape=frame_shape,
    num_words=num_words,
    sees=sight_grid is not None,
    num_goals=0 if goal_words is None else len(goal_words),
  )
  if config.eyes != 'reward_model':
    sight_grid = None
  words: tuple[tuple[int, ...], ...] = ()
  if config.eyes == 'own':
    words = tuple(map(tuple, np.asarray(goal_words).tolist()))
  height, width, channels = frame_shape
  shape = (height, width, channels)
  return Policy(config, num_actions, shape, num_words, sight_grid, words)
