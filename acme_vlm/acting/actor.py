"""An Acme actor over a batch of environments."""

from collections.abc import Mapping, Sequence
from typing import Any

import dm_env
import jax
import numpy as np
from acme import core
from acme.adders import base as adders

from acme_vlm import types
from acme_vlm.acting import actor_core

# Episode numbers of one actor; the actor's own number stands above these bits.
EPISODE_BITS = 40


class BatchedActor(core.Actor):
  """Acts in B environments at once; `slot` numbers them.

  The order of use is Acme's, with batches in place of single values:

      actor.update(wait=True)
      actor.observe_first({slot: timestep for every slot})
      loop:
        actions = actor.select_action(observation)
        actor.observe(actions, timesteps)
        actor.observe_first({slot: timestep where an episode has ended})
        actor.update()

  Each slot has its own adder, which gets `extras` of `log_prob` float32,
  `core_state` float32 [S] (before the step), `policy_version` int32 and
  `episode` int64.
  """

  def __init__(
    self,
    functions: actor_core.ActorCore,
    variable_source: core.VariableSource,
    *,
    seed: int,
    adders: Sequence[adders.Adder] = (),
    update_period: int = 1,
    actor_id: int = 0,
  ):
    """Builds the actor; parameters come with the first `update`.

    Args:
      functions: the pure functions, made for B environments.
      variable_source: `get_variables(['policy'])` gives
        `[types.Variables]`.
      seed: of the actions.
      adders: B of them, one for each slot, or none to record nothing.
      update_period: calls of `update` between two fetches of parameters.
      actor_id: number of this actor in the run, which keeps the episode
        numbers of several actors apart.
    """
    self._core = functions
    self._source = variable_source
    self._adders = adders
    self._update_period = update_period
    self._updates = 0
    self._state = functions.init(jax.random.key(seed))
    batch_size = self._state.log_prob.shape[0]
    self._episodes = np.zeros(batch_size, np.int64)
    self._next_episode = (actor_id << EPISODE_BITS) + 1
    self._version = np.int32(-1)
    self._params: Any = None

  @property
  def episodes(self) -> np.ndarray:
    """Numbers of the current episodes, int64 [B]; never 0 once begun."""
    return self._episodes

  @property
  def policy_version(self) -> int:
    """Learner steps behind the parameters; -1 before the first update."""
    return int(self._version)

  def observe_first(self, timestep: Mapping[int, dm_env.TimeStep]) -> None:
    """Begins episodes.

    Args:
      timestep: first timesteps, by slot.
    """
    for slot, first in timestep.items():
      self._episodes[slot] = self._next_episode
      self._next_episode += 1
      if self._adders:
        self._adders[slot].add_first(first)

  def select_action(self, observation: actor_core.Observation) -> np.ndarray:
    """One batched inference.

    Args:
      observation: `pixels` uint8 [B, H, W, 3], `instruction` int32 [B, L],
        `first` bool [B] and with eyes `sight` float32 [B, F], all slots.

    Returns:
      Actions, int32 [B].
    """
    action, self._state = self._core.select_action(
      self._params, observation, self._state
    )
    return np.asarray(action)

  def observe(
    self, action: np.ndarray, next_timestep: Sequence[dm_env.TimeStep]
  ) -> None:
    """Records what the last `select_action` led to.

    Args:
      action: int32 [B].
      next_timestep: B timesteps.
    """
    if not self._adders:
      return
    extras = jax.device_get(self._core.get_extras(self._state))
    log_prob, core_state = extras['log_prob'], extras['core_state']
    version, episodes = self._version, self._episodes
    for slot, adder in enumerate(self._adders):
      adder.add(
        action[slot],
        next_timestep[slot],
        {
          'log_prob': log_prob[slot],
          'core_state': core_state[slot],
          'policy_version': version,
          'episode': episodes[slot],
        },
      )

  def update(self, wait: bool = False) -> None:
    """Fetches parameters if it is time to.

    Args:
      wait: fetch now.
    """
    self._updates += 1
    if not wait and self._updates % self._update_period:
      return
    variables: types.Variables = self._source.get_variables(['policy'])[0]
    if variables.version != self._version:
      self._params = jax.device_put(variables.params)
      self._version = np.int32(variables.version)
