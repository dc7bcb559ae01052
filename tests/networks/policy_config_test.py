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
    ({'grid': (0, 3)}, r'grid: expected rows and columns .*got \(0, 3\)'),
  ],
)
def test_fields_out_of_range_are_refused(fields, message):
  with pytest.raises(errors.ConfigError, match=message):
    PolicyConfig(**fields)
