import pytest

from acme_vlm import errors
from acme_vlm.networks.policy_config import PolicyConfig


@pytest.mark.parametrize(
  ('fields', 'message'),
  [
    ({'patch': 0}, 'patch: expected at least 1, got 0'),
    ({'core_size': -1}, 'core_size: expected at least 0, got -1'),
    ({'channels': ()}, 'channels: expected one or more'),
    ({'strides': (2,)}, r'strides: expected 2 values .*got \(2,\)'),
    ({'map_weight': 0.0}, 'map_weight: expected a number above 0, got 0.0'),
    ({'summary_weight': float('nan')}, 'summary_weight: .* above 0, got nan'),
    ({'eyes': 'reward_model'}, "grid: expected None with eyes 'reward_model'"),
    ({'eyes': 'own'}, "grid: expected None with eyes 'own'"),
    ({'eyes_size': 0}, 'eyes_size: expected at least 1, got 0'),
    ({'action_heads': (2, 3)}, 'grid: expected None with action_heads'),
    ({'grid': None, 'action_heads': (2, 0)}, 'action_heads: expected sizes'),
    ({'action_bias': (1.0,)}, "action_bias: expected none with eyes 'random'"),
    (
      {
        'eyes': 'own',
        'grid': None,
        'action_heads': (2,),
        'action_bias': (1.0,),
      },
      r'action_bias: expected 2 numbers, .*got \(1.0,\)',
    ),
    ({'persistence': (1.0,)}, 'persistence: expected none without past_act'),
    (
      {
        'eyes': 'reward_model',
        'grid': None,
        'action_heads': (2, 3),
        'past_actions': True,
        'persistence': (1.0,),
      },
      r'persistence: expected 2 numbers, .*got \(1.0,\)',
    ),
    ({'switch': 0.5}, "switch: expected None without eyes 'reward_model'"),
    (
      {'eyes': 'reward_model', 'grid': None, 'switch': 1.0},
      r'switch: expected a number in \(0, 1\), or None, got 1.0',
    ),
    ({'grid': (0, 3)}, r'grid: expected rows and columns .*got \(0, 3\)'),
  ],
)
def test_fields_out_of_range_are_refused(fields, message):
  with pytest.raises(errors.ConfigError, match=message):
    PolicyConfig(**fields)


def test_eyes_of_another_kind_are_refused():
  config = PolicyConfig()
  # Past the type checker of the tests.
  object.__setattr__(config, 'eyes', 'mine')
  with pytest.raises(errors.ConfigError, match=r"eyes: .*'random'.*got 'mine'"):
    config.__post_init__()
