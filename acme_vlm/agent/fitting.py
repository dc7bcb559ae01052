"""Whether what is configured fits the environment and the machine."""

from dm_env import specs

from acme_vlm import errors, interfaces, replicate
from acme_vlm.agent.config import ExperimentConfig


def check(
  config: ExperimentConfig, environment: interfaces.GoalEnvironment
) -> None:
  """Checks what can be checked before anything is loaded.

  Args:
    config: of the experiment.
    environment: one of those that it trains in.

  Raises:
    ConfigError: a batch that does not divide among the devices, or actions of
      the policy that are not the environment's.
  """
  # The learner gives each device an equal part of a batch.
  devices = len(replicate.local_devices())
  if config.replay.batch_size % devices:
    raise errors.ConfigError(
      f'expected a batch_size that divides among {devices} devices, got'
      f' {config.replay.batch_size}'
    )
  actions = environment.action_spec()
  if not isinstance(actions, specs.DiscreteArray):
    raise errors.ConfigError(
      'expected an environment with discrete actions to train in, got'
      f' {actions}'
    )
  taps = getattr(environment, 'action_grid', None)
  grid = config.policy.grid
  if taps and grid and (taps.rows, taps.columns) != tuple(grid):
    raise errors.ConfigError(
      f"expected the policy's grid to be the environment's,"
      f' ({taps.rows}, {taps.columns}), got {grid}'
    )
  heads = getattr(environment, 'action_heads', None)
  chosen = config.policy.action_heads
  if heads is not None and chosen and tuple(chosen) != tuple(heads):
    raise errors.ConfigError(
      f"expected the policy's action_heads to be the environment's, {heads},"
      f' or none, got {chosen}'
    )
