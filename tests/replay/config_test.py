import subprocess
import sys

import pytest

from acme_vlm import errors
from acme_vlm.replay import config


@pytest.mark.parametrize(
  ('values', 'line'),
  [
    ({'unroll_length': 0}, 'expected unroll_length >= 1, got 0'),
    ({'batch_size': 0}, 'expected batch_size >= 1, got 0'),
    ({'samples_per_trajectory': 0}, 'samples_per_trajectory >= 1, got 0'),
    ({'unlabeled_max_size': 0}, 'expected unlabeled_max_size >= 1, got 0'),
    ({'prefetch': 0}, 'expected prefetch >= 1, got 0'),
    (
      {'batch_size': 64, 'labeled_max_size': 63},
      'expected labeled_max_size >= batch_size 64, got 63',
    ),
    ({'port': 0}, r'expected a port in \[1, 65535\] or None, got 0'),
    ({'port': 70000}, r'expected a port in \[1, 65535\] or None, got 70000'),
  ],
)
def test_bad_values_give_one_clear_line(values, line):
  with pytest.raises(errors.ConfigError, match=line) as caught:
    config.ReplayConfig(**values)
  assert '\n' not in str(caught.value)


def test_reading_the_configuration_starts_neither_reverb_nor_tensorflow():
  code = (
    'import sys, acme_vlm.replay.config;'
    "assert not {'reverb', 'tensorflow'} & set(sys.modules)"
  )
  subprocess.run([sys.executable, '-c', code], check=True, timeout=60)
