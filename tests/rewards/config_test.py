import dataclasses

import pytest

from acme_vlm import errors, rewards
from acme_vlm.rewards import config

RewardConfig, ServiceConfig = rewards.RewardConfig, rewards.ServiceConfig


@pytest.mark.parametrize(
  ('values', 'line'),
  [
    ({'checkpoint': ''}, "expected a checkpoint name or path, got ''"),
    (
      {'prompt_template': 'Open the app'},
      'expected a prompt template with the placeholder [TASK], '
      "got 'Open the app'",
    ),
    (
      {'task_set': ('a', 'a')},
      "expected a task set of distinct goals, got ('a', 'a')",
    ),
    ({'num_negatives': -1}, 'expected num_negatives >= 0, got -1'),
    ({'negatives_seed': -1}, 'expected negatives_seed >= 0, got -1'),
    (
      {'num_negatives': 0, 'extra_negatives': ()},
      'expected at least one negative, got num_negatives 0 and no '
      'extra_negatives',
    ),
    ({'temperature': -1.0}, 'expected a temperature > 0, got -1.0'),
    ({'temperature': 0.0}, 'expected a temperature > 0, got 0.0'),
    ({'temperature': float('nan')}, 'expected a temperature > 0, got nan'),
    ({'temperature': float('inf')}, 'expected a temperature > 0, got inf'),
    ({'threshold': 1.5}, 'expected a threshold in [0, 1], got 1.5'),
    ({'threshold': -0.1}, 'expected a threshold in [0, 1], got -0.1'),
    ({'threshold': float('nan')}, 'expected a threshold in [0, 1], got nan'),
    ({'window': 0}, 'expected window >= 1, got 0'),
    ({'dtype': 'float16'}, "expected dtype float32 or bfloat16, got 'float16'"),
  ],
)
def test_bad_reward_values_give_one_clear_line(values, line):
  with pytest.raises(errors.ConfigError) as caught:
    RewardConfig(**values)
  assert str(caught.value) == line


@pytest.mark.parametrize(
  ('values', 'line'),
  [
    ({'batch_sizes': ()}, 'expected rising batch_sizes of at least 1, got ()'),
    (
      {'batch_sizes': (4, 2)},
      'expected rising batch_sizes of at least 1, got (4, 2)',
    ),
    (
      {'batch_sizes': (0, 2)},
      'expected rising batch_sizes of at least 1, got (0, 2)',
    ),
    ({'cache_frames': -1}, 'expected cache_frames >= 0, got -1'),
    ({'cache_mib': 0}, 'expected cache_mib >= 1, got 0'),
    (
      {'trajectories_per_batch': 0},
      'expected trajectories_per_batch >= 1, got 0',
    ),
    ({'episodes_remembered': 0}, 'expected episodes_remembered >= 1, got 0'),
    ({'metrics_window': 0}, 'expected metrics_window >= 1, got 0'),
  ],
)
def test_bad_service_values_give_one_clear_line(values, line):
  with pytest.raises(errors.ConfigError) as caught:
    ServiceConfig(**values)
  assert str(caught.value) == line


def test_edge_values_are_allowed():
  RewardConfig(threshold=0.0, temperature=1e-6, num_negatives=0)
  RewardConfig(threshold=1.0, extra_negatives=())
  ServiceConfig(cache_frames=0, batch_sizes=(1,))


def test_no_field_changes_after_the_check():
  with pytest.raises(dataclasses.FrozenInstanceError):
    RewardConfig().threshold = 2.0


def test_the_papers_templates_have_a_placeholder():
  for template in config.PROMPT_TEMPLATES.values():
    RewardConfig(prompt_template=template)
