"""A run whose policy begins as that of another run."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from acme_vlm import errors
from acme_vlm.agent import config as config_lib
from acme_vlm.agent import run_directory
from acme_vlm.learning import checkpoint
from acme_vlm.learning import state as state_lib

# Modules of `policy_sight` and `policy_network`.
_ANEW = ("['value", "['instruction']", "['actions_switched']")


def begin(
  config: config_lib.ExperimentConfig, fresh: state_lib.TrainingState
) -> state_lib.TrainingState:
  """The first state of a run: another run's parameters where they fit.

  Those of the same path and shape are the other's newest; the optimizer begins
  anew. If the other run has other goals, the words begin anew too, for theirs
  have other numbers, and so does the value: one that expects the rewards of
  another task finds all that the policy does worse than expected, and makes it
  forget what it can do. So does what a full hand does (`PolicyConfig.switch`).

  Args:
    config: of the run; `run.start` is the other's folder.
    fresh: how the run would begin without.

  Returns:
    The state, on the host.

  Raises:
    CheckpointError: no run or checkpoint there, or most of its parameters do
      not fit.
    ConfigError: it was trained on the true reward, and this one is not to be.
  """
  run = run_directory.RunDirectory(pathlib.Path(config.run.start))
  try:
    theirs = json.loads(run.config.read_text())['config']
    oracle = theirs['run']['oracle_reward']
    anew = () if _told_alike(theirs['environment'], config) else _ANEW
  except (OSError, ValueError, KeyError, TypeError):
    raise errors.CheckpointError(
      f'expected the folder of a run in run.start, got {config.run.start!r}'
    ) from None
  if oracle and not config.run.oracle_reward:
    raise errors.ConfigError(
      'expected a run.start that was not trained on the true reward, got '
      f'{config.run.start!r}'
    )
  found = {
    jax.tree_util.keystr(path): np.asarray(leaf)
    for path, leaf in jax.tree_util.tree_flatten_with_path(
      checkpoint.CheckpointStore(run.checkpoints).parameters()
    )[0]
  }
  taken = begun_anew = 0

  def choose(path: tuple, leaf: jax.Array) -> np.ndarray:
    nonlocal taken, begun_anew
    mine = np.asarray(leaf)
    name = jax.tree_util.keystr(path)
    if any(n in name for n in anew):
      begun_anew += 1
      return mine
    other = found.get(name)
    if other is None or (other.shape, other.dtype) != (mine.shape, mine.dtype):
      return mine
    taken += 1
    return other

  params = jax.tree_util.tree_map_with_path(choose, fresh.params)
  number = len(jax.tree.leaves(params))
  if 2 * taken < number - begun_anew:
    raise errors.CheckpointError(
      f'expected a policy like this one in {config.run.start!r}, got one that'
      f' shares {taken} of its {number} parameters'
    )
  print(f'{taken} of {number} parameters are those of {config.run.start}')
  return fresh._replace(params=params)


def _told_alike(
  theirs: Mapping[str, Any], config: config_lib.ExperimentConfig
) -> bool:
  """Whether the run whose environment is given in JSON has the same goals."""
  mine = config.environment
  # Runs of before lack fields.
  home = theirs.get('home', {})
  return (
    theirs['name'] == mine.name
    and tuple(theirs.get('goals', ())) == mine.goals
    and home.get('goal_set', 'common') == mine.home.goal_set
  )


def check_resumed(
  config: config_lib.ExperimentConfig, run: run_directory.RunDirectory
) -> None:
  """Refuses to go on with a run as if it had begun, or learned, otherwise.

  Args:
    config: of now.
    run: that is resumed.

  Raises:
    ConfigError: the run began with another policy, or learned from the true
      reward and is not to any more, or the other way round.
  """
  saved = json.loads(run.config.read_text())['config']['run']
  for name, now in (
    ('start', config.run.start),
    ('oracle_reward', config.run.oracle_reward),
  ):
    # Runs of before had no such field.
    before = saved.get(name, type(now)())
    if before != now:
      raise errors.ConfigError(
        f'expected run.{name} {before!r} of the resumed run, got {now!r}'
      )
