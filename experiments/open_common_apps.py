"""Open the ten common apps on phones that are never twice the same.

python -m launch.local experiments/open_common_apps.py
"""

from acme_vlm.acting.config import ActorConfig
from acme_vlm.agent.config import (
  EnvironmentConfig,
  ExperimentConfig,
  RunConfig,
)
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.rewards import RewardConfig

CONFIG = ExperimentConfig(
  name='open_common_apps',
  environment=EnvironmentConfig(name='android/open_common_apps'),
  reward=RewardConfig(
    checkpoint='in_domain/phone_tiny',
    prompt_templates=('Screenshot of [TASK] on Android',),
    temperature=0.0561,
    threshold=0.9391,
  ),
  actor=ActorConfig(termination='online'),
  learner=LearnerConfig(learning_rate=2e-3, passes_per_batch=1),
  run=RunConfig(minutes=5.5),
)
