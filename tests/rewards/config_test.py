import dataclasses

import pytest

from acme_vlm import errors, rewards
from acme_vlm.rewards import config

RewardConfig, ServiceConfig = rewards.RewardConfig, rewards.ServiceConfig


CHECKPOINT = "expected a checkpoint name or path, got ''"


@pytest.mark.parametrize(
  ('values', 'line'),
  [
    ({'checkpoint': ''}, "expected a checkpoint name or path, got ''"),
    (
      {'prompt_templates': ('Open [TASK]', 'Open the app')},
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
    (
      {'threshold': 1.5},
      "expected a threshold in [0, 1], got 1.5 for head 'softmax'",
    ),
    (
      {'threshold': -0.1, 'head': 'sigmoid'},
      "expected a threshold in [0, 1], got -0.1 for head 'sigmoid'",
    ),
    (
      {'threshold': -1.1, 'head': 'cosine'},
      "expected a threshold in [-1, 1], got -1.1 for head 'cosine'",
    ),
    (
      {'threshold': 1.1, 'head': 'goal_baseline', 'baseline_prompt': 'b'},
      "expected a threshold in [-1, 1], got 1.1 for head 'goal_baseline'",
    ),
    (
      {'threshold': float('nan')},
      "expected a threshold in [0, 1], got nan for head 'softmax'",
    ),
    ({'checkpoint': 'a', 'members': ('b', ' ')}, CHECKPOINT),
    (
      {'checkpoint': 'a', 'members': ('b', 'a')},
      "expected members of an ensemble that differ, got ('a', 'b', 'a')",
    ),
    (
      {'ensemble': 'median'},
      "expected ensemble mean, min or agree, got 'median'",
    ),
    (
      {'head': 'dot'},
      "expected head softmax, cosine, goal_baseline or sigmoid, got 'dot'",
    ),
    (
      {'prompt_templates': ()},
      'expected at least one prompt template, got none',
    ),
    (
      {'goal_prompts': {'a': ()}},
      "expected goal_prompts with at least one text for each goal, got 'a': ()",
    ),
    (
      {'goal_prompts': {'a': ('an a', ' ')}},
      "expected goal_prompts with at least one text for each goal, got 'a': "
      "('an a', ' ')",
    ),
    (
      {'head': 'goal_baseline'},
      "expected a baseline_prompt for head 'goal_baseline', got ''",
    ),
    (
      {'baseline_alpha': 1.1},
      'expected a baseline_alpha in [0, 1], got 1.1',
    ),
    ({'bias': float('inf')}, 'expected a finite bias, got inf'),
    ({'task_set': ('a', ' ')}, "expected a goal in words, got ' '"),
    ({'extra_negatives': ('',)}, "expected a goal in words, got ''"),
    (
      {'hysteresis': (0, 1)},
      'expected hysteresis (k, n) with 1 <= k <= n, got (0, 1)',
    ),
    (
      {'hysteresis': (3, 2)},
      'expected hysteresis (k, n) with 1 <= k <= n, got (3, 2)',
    ),
    (
      {'thresholded': False, 'hysteresis': (1, 2)},
      'expected hysteresis (1, 1) for a reward that is not thresholded, got '
      '(1, 2)',
    ),
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
  RewardConfig(temperature=None, bias=-30.0, hysteresis=(3, 3))
  RewardConfig(head='cosine', threshold=-1.0, thresholded=False)
  # A head that compares with no negatives needs none.
  RewardConfig(head='sigmoid', num_negatives=0, extra_negatives=())
  RewardConfig(head='goal_baseline', baseline_prompt='b', baseline_alpha=1.0)
  ServiceConfig(cache_frames=0, batch_sizes=(1,))


def test_all_checkpoints_begin_with_the_first():
  config = RewardConfig(checkpoint='a', members=('b', 'c'))
  assert config.checkpoints == ('a', 'b', 'c')


def test_configurations_with_prompts_of_goals_are_hashed():
  a, b = (RewardConfig(goal_prompts={'a': (text,)}) for text in 'xy')
  assert a != b
  assert len({a, b, RewardConfig(goal_prompts={'a': ('x',)})}) == 2


def test_no_field_changes_after_the_check():
  with pytest.raises(dataclasses.FrozenInstanceError):
    RewardConfig().threshold = 2.0


def test_the_papers_templates_have_a_placeholder():
  for template in config.PROMPT_TEMPLATES.values():
    RewardConfig(prompt_templates=(template,))
