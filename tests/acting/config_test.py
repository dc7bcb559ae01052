import pytest

from acme_vlm import errors
from acme_vlm.acting import config


@pytest.mark.parametrize(
  'fields, line',
  [
    ({'num_environments': 0}, 'expected num_environments >= 1, got 0'),
    ({'threads': 0}, 'expected threads >= 1, got 0'),
    ({'num_environments': 2, 'threads': 3}, 'at most 2 threads.*got 3'),
    (
      {'variable_update_period': -1},
      'expected variable_update_period >= 1, got -1',
    ),
    ({'termination': 'never'}, "'online' or 'relabel', got 'never'"),
  ],
)
def test_values_out_of_range_are_one_clear_line(fields, line):
  with pytest.raises(errors.ConfigError, match=line):
    config.ActorConfig(**fields)


def test_edges_are_allowed():
  config.ActorConfig(
    num_environments=1,
    threads=1,
    variable_update_period=1,
    termination='online',
  )
