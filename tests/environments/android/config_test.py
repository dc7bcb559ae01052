import pytest

from acme_vlm import errors
from acme_vlm.environments.android import config, look


def test_defaults_are_the_ten_common_apps():
  assert len(config.SimulatedPhoneConfig().apps) == 10


@pytest.mark.parametrize(
  ('options', 'message'),
  [
    ({'screen': (120, 7)}, r'at least 24 pixels, got \(120, 7\)'),
    ({'num_contents': 0}, 'num_contents >= 1, got 0'),
    ({'grid': look.Grid(1, 3, 3)}, '10 apps do not fit on 1 pages of 3 x 3'),
    ({'apps': ('Gmail', 'Doors')}, "unknown app 'Doors'"),
    ({'split': 'dev'}, "unknown split 'dev'"),
  ],
)
def test_values_out_of_range(options, message):
  with pytest.raises(errors.AcmeVlmError, match=message):
    config.SimulatedPhoneConfig(**options)
