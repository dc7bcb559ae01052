"""What an actor computes, as pure functions of a batch of B environments.

The order of use:

    core = make_actor_core(policy, batch_size=B)
    state = core.init(key)
    action, state = core.select_action(params, observation, state)
    extras = core.get_extras(state)
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float32, Int32, PRNGKeyArray, PyTree, UInt8

Observation = Mapping[str, Array | np.ndarray]


class PolicyOutput(Protocol):
  """What a step of the policy gives."""

  @property
  def logits(self) -> Float32[Array, 'b a']:
    """Of the actions."""

  @property
  def core_state(self) -> Float32[Array, 'b s']:
    """After the step."""


class Policy(Protocol):
  """The policy as the actor needs it."""

  def initial_state(self, batch: int) -> Float32[Array, 'b s']:
    """Core state [B, S] before the first step."""

  def step(
    self,
    params: PyTree,
    pixels: UInt8[Array, 'b h w 3'],
    instruction: Int32[Array, 'b l'],
    first: Bool[Array, ' b'],
    core_state: Float32[Array, 'b s'],
    sight: Float32[Array, 'b f'] | None = None,
  ) -> PolicyOutput:
    """One step of B environments; resets the core state where `first`.

    `sight` comes with eyes only.
    """

  def remember(
    self, core_state: Float32[Array, 'b s'], action: Int32[Array, ' b']
  ) -> Float32[Array, 'b s']:
    """The state for the next step, once the action is chosen."""


class ActorState(NamedTuple):
  """What an actor carries from step to step.

  Attributes:
    key: of the next step's sampling.
    core_state: after the step, float32 [B, S].
    previous_core_state: before the step and before its resets, float32 [B, S].
    log_prob: of the actions taken, float32 [B].
  """

  key: PRNGKeyArray
  core_state: Float32[Array, 'b s']
  previous_core_state: Float32[Array, 'b s']
  log_prob: Float32[Array, ' b']


class ActorCore(NamedTuple):
  """Pure functions of an actor.

  Attributes:
    init: `key -> ActorState`.
    select_action: `(params, observation, state) -> (action int32 [B], state)`;
      the observation holds `pixels` uint8 [B, H, W, 3], `instruction` int32
      [B, L] and `first` bool [B], and with eyes `sight` float32 [B, F].
      Compiled.
    get_extras: `state -> {'log_prob': [B], 'core_state': [B, S]}`, what is
      stored beside the action; the core state is that before the step.
  """

  init: Callable[[PRNGKeyArray], ActorState]
  select_action: Callable[
    [PyTree, Observation, ActorState], tuple[Int32[Array, ' b'], ActorState]
  ]
  get_extras: Callable[[ActorState], dict[str, Array]]


def make_actor_core(
  policy: Policy, *, batch_size: int, greedy: bool = False
) -> ActorCore:
  """Acts by a policy.

  Args:
    policy: its `step` must be pure.
    batch_size: B, at least 1.
    greedy: takes the most likely action; if not, samples. Log-probabilities
      are the sampling policy's in both cases.

  Returns:
    The functions.
  """

  def init(key: PRNGKeyArray) -> ActorState:
    core_state = jnp.asarray(policy.initial_state(batch_size))
    return ActorState(key, core_state, core_state, jnp.zeros(batch_size))

  @jax.jit
  def select_action(params, observation, state):
    output = policy.step(
      params,
      observation['pixels'],
      observation['instruction'],
      observation['first'],
      state.core_state,
      observation.get('sight'),
    )
    key, now = jax.random.split(state.key)
    log_probs = jax.nn.log_softmax(output.logits)
    if greedy:
      action = jnp.argmax(log_probs, axis=-1)
    else:
      action = jax.random.categorical(now, log_probs)
    log_prob = jnp.take_along_axis(log_probs, action[:, None], axis=1)[:, 0]
    action = action.astype(jnp.int32)
    core_state = policy.remember(output.core_state, action)
    state = ActorState(key, core_state, state.core_state, log_prob)
    return action, state

  return ActorCore(init, select_action, _get_extras)


def make_uniform_core(num_actions: int, *, batch_size: int) -> ActorCore:
  """Acts uniformly at random: the baseline that needs no parameters.

  Args:
    num_actions: A, at least 1.
    batch_size: B, at least 1.

  Returns:
    The functions; parameters are not looked at and may be None.
  """
  policy = _Uniform(num_actions)
  return make_actor_core(policy, batch_size=batch_size)


class _UniformOutput(NamedTuple):
  logits: Float32[Array, 'b a']
  core_state: Float32[Array, 'b s']


class _Uniform(NamedTuple):
  num_actions: int

  def initial_state(self, batch):
    return jnp.zeros((batch, 1))

  def step(self, params, pixels, instruction, first, core_state, sight=None):
    del params, instruction, first, sight
    logits = jnp.zeros((pixels.shape[0], self.num_actions))
    return _UniformOutput(logits, core_state)

  def remember(self, core_state, action):
    del action
    return core_state


def _get_extras(state: ActorState) -> dict[str, Array]:
  return {
    'log_prob': state.log_prob,
    'core_state': state.previous_core_state,
  }
