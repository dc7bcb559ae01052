"""Open the ten common apps on phones that are never twice the same.

python -m launch.local experiments/open_common_apps.py
"""

from acme_vlm.agent.config import (
  EnvironmentConfig,
  ExperimentConfig,
  RunConfig,
)
from acme_vlm.rewards import RewardConfig

CONFIG = ExperimentConfig(
  name='open_common_apps',
  environment=EnvironmentConfig(name='android/open_common_apps'),
  reward=RewardConfig(
    checkpoint='in_domain/phone_small',
    prompt_template='Screenshot of [TASK] on Android',
    temperature=0.05,
    threshold=0.7,
  ),
  run=RunConfig(minutes=5.5),
)
