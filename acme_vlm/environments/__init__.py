"""Environments by name: `make('android/open_common_apps', seed=0)`.

The domains' own packages are imported when an environment is made.
"""

from acme_vlm.environments.registry import goals as goals
from acme_vlm.environments.registry import make as make
from acme_vlm.environments.registry import names as names
from acme_vlm.environments.registry import solver as solver
