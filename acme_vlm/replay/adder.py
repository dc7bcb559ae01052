"""Acme's sequence adder, for the trajectories of this system."""

from typing import Any

import dm_env
import numpy as np
from acme.adders import reverb as adders

from acme_vlm.replay import client as client_lib
from acme_vlm.replay import tables

_EXTRAS = {
  'log_prob': np.float32,
  'core_state': np.float32,
  'policy_version': np.int32,
  'episode': np.int64,
}
# What a run without eyes carries: no array has size 0.
_NO_SIGHT = np.zeros(1, np.float32)


class UnrollAdder(adders.SequenceAdder):
  """Cuts one environment's steps into unrolls that overlap by one row.

  Episodes follow one another without a gap: the last observation of an episode
  is a row with a zero action, the next row begins the next one. No reward is
  written, whatever the time step carries: Acme's column of rewards stays 0.
  """

  def add_first(self, timestep: dm_env.TimeStep) -> None:
    """Begins an episode.

    Args:
      timestep: of type FIRST; its observation holds 'pixels' uint8 [H, W, 3],
        'instruction' int32 [L], 'goal' int32 and, if the run has eyes,
        'sight' float32 [F].
    """
    super().add_first(_typed(timestep))

  def add(
    self, action: Any, next_timestep: dm_env.TimeStep, extras: Any = ()
  ) -> None:
    """Adds a transition; blocks while the table is full.

    Args:
      action: int32, taken at the previous observation.
      next_timestep: what it led to.
      extras: 'log_prob' float32, 'core_state' float32 [S] before the step,
        'policy_version' int32 and 'episode' int64.

    Raises:
      ReplayError: if the client is closed while this blocks.
    """
    typed = {name: dtype(extras[name]) for name, dtype in _EXTRAS.items()}
    super().add(np.int32(action), _typed(next_timestep), typed)


def make_adder(
  client: client_lib.ReplayClient, unroll_length: int
) -> UnrollAdder:
  """Makes the adder of one environment; for one thread.

  Args:
    client: may be shared by many adders.
    unroll_length: transitions T, at least 1.

  Returns:
    The adder.
  """
  return UnrollAdder(
    client,
    sequence_length=unroll_length + 1,
    # Rows overlap by one: row T is the next unroll's row 0.
    period=unroll_length,
    priority_fns={tables.UNLABELED: None},
    # What is in flight waits outside of the table, and a hundred environments
    # would hide hundreds of stale unrolls from its rate limiter.
    max_in_flight_items=0,
    end_of_episode_behavior=adders.EndBehavior.CONTINUE,
  )


def _typed(timestep: dm_env.TimeStep) -> dm_env.TimeStep:
  observation = timestep.observation
  discount = 1.0 if timestep.discount is None else timestep.discount
  return timestep._replace(
    reward=np.float32(0),
    discount=np.float32(discount),
    observation={
      'pixels': observation['pixels'],
      'sight': np.asarray(observation.get('sight', _NO_SIGHT), np.float32),
      'instruction': np.asarray(observation['instruction'], np.int32),
      'goal': np.int32(observation['goal']),
    },
  )
