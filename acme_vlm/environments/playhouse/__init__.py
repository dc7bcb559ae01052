"""The home: a first-person, procedurally generated MuJoCo world.

`environments.make('playhouse/find', seed=0)` makes one; `config.HomeConfig`
says what homes are like. MuJoCo is told here, before anything imports it, to
draw without a window: with EGL, or where that is not installed with OSMesa.
"""

import ctypes.util
import os

os.environ.setdefault(
  'MUJOCO_GL', 'egl' if ctypes.util.find_library('EGL') else 'osmesa'
)
# One thread of the software renderer for each environment: its own threads
# slow one another down, and a fork after they were started hangs.
os.environ.setdefault('LP_NUM_THREADS', '0')
