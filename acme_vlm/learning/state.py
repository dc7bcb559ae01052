"""What the learner carries from step to step, and how it begins."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int32, PRNGKeyArray, PyTree, UInt32

from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy_eyes
from acme_vlm.networks.policy import Policy

# Of the step size, when it has fallen.
_LEAST_SHARE = 0.05


class TrainingState(NamedTuple):
  """All of the learner: what a checkpoint holds.

  Attributes:
    params: the policy's parameters.
    opt_state: the optimizer's state.
    steps: batches learned from, int32 scalar.
    key: data of the random key for the steps to come, uint32 `[2]`.
  """

  params: PyTree
  opt_state: optax.OptState
  steps: Int32[Array, '']
  key: UInt32[Array, '2']


def make_optimizer(config: LearnerConfig) -> optax.GradientTransformation:
  """Adam after clipping by the global norm.

  The eyes that a policy may have of its own learn from a loss of their own,
  whose gradient must not leave the policy's less room.
  """
  return optax.chain(
    _clip_apart(config.max_grad_norm),
    optax.adam(_step_size(config), eps=config.adam_eps),
  )


def _step_size(config: LearnerConfig) -> optax.ScalarOrSchedule:
  """Constant, or falling with the optimizer's updates."""
  if not config.decay_steps:
    return config.learning_rate
  return optax.linear_schedule(
    config.learning_rate,
    _LEAST_SHARE * config.learning_rate,
    # The optimizer counts its own updates.
    config.decay_steps * config.passes_per_batch,
  )


def initial(
  policy: Policy, optimizer: optax.GradientTransformation, key: PRNGKeyArray
) -> TrainingState:
  """Draws the parameters of a new run.

  Args:
    policy: the network.
    optimizer: from `make_optimizer`.
    key: JAX random key; the same key gives the same state.

  Returns:
    `TrainingState` with `steps` 0.
  """
  init_key, key = jax.random.split(key)
  params = policy.init(init_key)
  return TrainingState(
    params=params,
    opt_state=optimizer.init(params),
    steps=jnp.zeros((), jnp.int32),
    key=jax.random.key_data(key),
  )


def _clip_apart(max_norm: float) -> optax.GradientTransformation:
  """Clips the eyes' part by its norm and the rest by its own."""
  clip = optax.clip_by_global_norm(max_norm)

  def update(
    updates: PyTree, state: optax.OptState, params: PyTree | None = None
  ) -> tuple[PyTree, optax.OptState]:
    parts = updates.get('params', {})
    if policy_eyes.EYES not in parts:
      return clip.update(updates, state, params)
    clipped: dict[str, PyTree] = {}
    for names in ({policy_eyes.EYES}, parts.keys() - {policy_eyes.EYES}):
      part = {name: parts[name] for name in sorted(names)}
      clipped |= clip.update(part, state)[0]
    return {**updates, 'params': clipped}, state

  return optax.GradientTransformation(clip.init, update)
