import os
import subprocess
import sys

import pytest

CODE = """
import sys
from acme_vlm import errors
try:
  {}
except errors.EnvironmentFailure as error:
  print(error)
"""
MAKE = (
  'from acme_vlm import environments; '
  "environments.make('playhouse/find', seed=0)"
)
FRAMES = (
  'from acme_vlm.environments.playhouse import config, frames; '
  "frames.captioned(config.HomeConfig(), split='train', seed=0, num=1)"
)


def said(code, **variables):
  kept = {k: v for k, v in os.environ.items() if k != 'DISPLAY'}
  return subprocess.run(
    [sys.executable, '-c', CODE.format(code)],
    capture_output=True,
    text=True,
    check=True,
    env=kept | variables,
  ).stdout.strip()


@pytest.mark.parametrize(
  ('code', 'library'),
  [(MAKE, 'nonsense'), (FRAMES, 'nonsense'), (MAKE, 'glfw'), (FRAMES, 'off')],
)
def test_a_machine_that_cannot_draw_is_told_what_to_install(code, library):
  line = said(code, MUJOCO_GL=library)
  assert '\n' not in line
  assert 'apt-get install libegl1 libgl1' in line
  assert f'MUJOCO_GL={library}' in line


def test_goals_and_configuration_need_no_mujoco():
  code = (
    'import acme_vlm.environments as e; e.goals("playhouse/lift"); '
    'import acme_vlm.environments.playhouse.config; '
    'print("mujoco" in sys.modules)'
  )
  assert said(code, MUJOCO_GL='nonsense') == 'False'
