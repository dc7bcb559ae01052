"""Open any of sixty apps, spread over six home pages, for an hour.

python -m launch.local experiments/open_diverse_apps.py
"""

from acme_vlm.acting.config import ActorConfig
from acme_vlm.agent.config import (
  EnvironmentConfig,
  ExperimentConfig,
  RunConfig,
)
from acme_vlm.evaluation.config import EvaluationConfig
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.rewards import RewardConfig

CONFIG = ExperimentConfig(
  name='open_diverse_apps',
  environment=EnvironmentConfig(name='android/open_diverse_apps'),
  reward=RewardConfig(
    checkpoint='in_domain/phone_tiny',
    prompt_templates=('Screenshot of [TASK] on Android',),
    num_negatives=31,
    temperature=0.0839,
    threshold=0.8351,
  ),
  actor=ActorConfig(termination='online'),
  policy=PolicyConfig(instruction_size=64, film_size=96),
  learner=LearnerConfig(learning_rate=1e-3, passes_per_batch=1),
  evaluation=EvaluationConfig(period_seconds=180.0, episodes=128),
  run=RunConfig(minutes=60),
)
