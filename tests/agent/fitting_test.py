"""What is checked against the environment and the machine."""

import types

import numpy as np
import pytest
from dm_env import specs

from acme_vlm import errors
from acme_vlm.agent import fitting
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.replay.config import ReplayConfig
from tests.agent import tiny_experiment

_GRID = types.SimpleNamespace(rows=4, columns=3)


def _environment(**parts):
  return types.SimpleNamespace(
    **({'action_spec': lambda: specs.DiscreteArray(10)} | parts)
  )


@pytest.mark.parametrize(
  ('changes', 'environment', 'line'),
  [
    (
      {'replay': ReplayConfig(batch_size=6)},
      {},
      'batch_size that divides among 4 devices, got 6',
    ),
    (
      {'policy': PolicyConfig(grid=(2, 3))},
      {'action_grid': _GRID},
      r"grid to be the environment's, \(4, 3\), got \(2, 3\)",
    ),
    (
      {'policy': PolicyConfig(grid=None, action_heads=(2, 5))},
      {'action_heads': (5, 2)},
      r"action_heads to be the environment's, \(5, 2\), or none, got \(2, 5\)",
    ),
  ],
)
def test_what_does_not_fit_is_told(changes, environment, line):
  with pytest.raises(errors.ConfigError, match=line):
    fitting.check(
      tiny_experiment.config(**changes), _environment(**environment)
    )


def test_continuous_actions_are_told_in_one_line():
  spec = specs.BoundedArray((5,), np.float32, -1, 1, name='action')
  with pytest.raises(errors.ConfigError) as caught:
    fitting.check(
      tiny_experiment.config(), _environment(action_spec=lambda: spec)
    )
  assert 'an environment with discrete actions' in str(caught.value)
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
  ('policy', 'environment'),
  [
    ({'grid': (4, 3)}, {'action_grid': _GRID}),
    ({'grid': (2, 3)}, {}),
    ({'grid': None}, {'action_grid': _GRID, 'action_heads': (5, 2)}),
    ({'grid': None, 'action_heads': (5, 2)}, {'action_heads': (5, 2)}),
    ({'grid': None, 'action_heads': (5, 2)}, {}),
  ],
)
def test_what_fits_passes(policy, environment):
  fitting.check(
    tiny_experiment.config(policy=PolicyConfig(**policy)),
    _environment(**environment),
  )
