import pytest

from acme_vlm.environments.android.apps import app
from acme_vlm.environments.android.drawing import palette


def _nothing(_):
  pass


def test_package_is_the_first_part_of_the_component():
  entry = app.App(
    'X', 'com.x.y/.Main', palette.RED, palette.RED, _nothing, _nothing
  )
  assert entry.package == 'com.x.y'


@pytest.mark.parametrize(
  ('name', 'package'),
  [('Chess', 'org.acmevlm.chess'), ('Two Words', 'org.acmevlm.twowords')],
)
def test_simulated_apps_have_component_names(name, package):
  entry = app.simulated(name, palette.RED, palette.RED, _nothing, _nothing)
  assert entry.activity == f'{package}/{package}.MainActivity'
  assert entry.package == package
