import pytest

from acme_vlm import errors
from acme_vlm.evaluation import config


@pytest.mark.parametrize(
  'fields, line',
  [
    ({'period_seconds': 0.0}, 'expected period_seconds > 0, got 0.0'),
    ({'episodes': 0}, 'expected episodes >= 1, got 0'),
    ({'final_episodes': -2}, 'expected final_episodes >= 1, got -2'),
    ({'num_environments': 0}, 'expected num_environments >= 1, got 0'),
    ({'recorded_episodes': -1}, 'expected recorded_episodes >= 0, got -1'),
  ],
)
def test_values_out_of_range_are_one_clear_line(fields, line):
  with pytest.raises(errors.ConfigError, match=line):
    config.EvaluationConfig(**fields)


def test_edges_are_allowed():
  config.EvaluationConfig(1e-3, 1, 1, 1, 0)
