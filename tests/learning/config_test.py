import pytest

from acme_vlm import errors
from acme_vlm.learning.config import LearnerConfig


@pytest.mark.parametrize(
  ('field', 'value'),
  [
    ('learning_rate', 0.0),
    ('adam_eps', -1.0),
    ('decay_steps', -1),
    ('max_grad_norm', 0.0),
    ('entropy_cost', -0.1),
    ('baseline_cost', -0.1),
    ('discount', 1.1),
    ('lambda_', -0.1),
    ('clip_rho_threshold', 0.0),
    ('clip_pg_rho_threshold', float('nan')),
    ('passes_per_batch', 0),
    ('publish_every', 0),
  ],
)
def test_a_value_out_of_range_is_one_clear_line(field, value):
  with pytest.raises(errors.ConfigError, match=f'{field}: expected .*{value}'):
    LearnerConfig(**{field: value})


def test_edge_values_are_allowed():
  LearnerConfig(entropy_cost=0, baseline_cost=0, discount=1, lambda_=0)
