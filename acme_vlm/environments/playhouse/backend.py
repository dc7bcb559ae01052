"""MuJoCo, imported here for the first time by what draws.

It looks for its GL library as it is imported; what goes wrong then is said in
one line. `environment` and `frames` import this before anything that imports
MuJoCo.
"""

import os

from acme_vlm import errors


def failure(error: Exception) -> errors.EnvironmentFailure:
  """The error for the user of a machine that cannot draw."""
  said = ' '.join(str(error).split()) or 'no reason given'
  return errors.EnvironmentFailure(
    'expected a GL library that draws without a screen (Debian and Ubuntu:'
    ' apt-get install libegl1 libgl1, or libosmesa6 with MUJOCO_GL=osmesa), got'
    f' with MUJOCO_GL={os.environ.get("MUJOCO_GL", "")}:'
    f' {type(error).__name__}: {said}'
  )


try:
  import mujoco  # noqa: F401
except Exception as error:
  raise failure(error) from None
