"""Go near the named object, in homes that are never twice the same.

python -m launch.local experiments/playhouse_find.py
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
from acme_vlm.replay.config import ReplayConfig
from acme_vlm.rewards import RewardConfig, ServiceConfig

CONFIG = ExperimentConfig(
  name='playhouse_find',
  environment=EnvironmentConfig(
    name='playhouse/find', screen=(72, 96), max_steps=60
  ),
  reward=RewardConfig(
    checkpoint='in_domain/home_small',
    prompt_templates=('[TASK]',),
    # All of the task set.
    num_negatives=60,
    extra_negatives=('nothing up close',),
    threshold=0.8,
  ),
  # Frames of all environments at a step, of those that begin, and of unrolls.
  service=ServiceConfig(batch_sizes=(4, 32, 128)),
  policy=PolicyConfig(
    eyes='reward_model',
    grid=None,
    action_heads=(5, 5, 2),
    instruction_size=16,
    hidden_size=128,
    core_size=128,
    outcome_head=False,
    map_weight=0.1,
    summary_weight=1.0,
  ),
  actor=ActorConfig(termination='online', num_environments=32),
  replay=ReplayConfig(unroll_length=32, batch_size=32),
  learner=LearnerConfig(
    learning_rate=2e-3,
    decay_steps=300,
    entropy_cost=2e-3,
    discount=0.97,
    lambda_=0.95,
  ),
  evaluation=EvaluationConfig(period_seconds=150.0),
  run=RunConfig(minutes=20),
)
