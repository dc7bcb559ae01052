"""Put the named object where the words say, in homes never twice the same.

python -m launch.local experiments/playhouse_pick_and_place.py
"""

from acme_vlm.acting.config import ActorConfig
from acme_vlm.agent.config import (
  EnvironmentConfig,
  ExperimentConfig,
  RunConfig,
)
from acme_vlm.environments.playhouse.config import HomeConfig
from acme_vlm.evaluation.config import EvaluationConfig
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.replay.config import ReplayConfig
from acme_vlm.rewards import RewardConfig, ServiceConfig

CONFIG = ExperimentConfig(
  name='playhouse_pick_and_place',
  environment=EnvironmentConfig(
    name='playhouse/pick_and_place',
    screen=(72, 96),
    max_steps=50,
    # Found by chance once in thousands of episodes: so some begin near the
    # object, and some with it in the hand, near where it is to be put.
    home=HomeConfig(near_starts=0.5, held_starts=0.5),
  ),
  reward=RewardConfig(
    checkpoint='in_domain/home_small',
    prompt_templates=('[TASK]',),
    # All of the task set.
    num_negatives=225,
    # A thing on a table may be next to another, too.
    negatives_sharing=(' on ', ' next to '),
    extra_negatives=('nothing put anywhere',),
    threshold=0.85,
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
    past_actions=True,
    # Or the hand opens at every other step, and carries nothing.
    persistence=(0.5, 0.0, 2.5),
    map_weight=0.1,
    summary_weight=1.0,
  ),
  actor=ActorConfig(termination='online', num_environments=32),
  replay=ReplayConfig(unroll_length=32, batch_size=32),
  learner=LearnerConfig(
    learning_rate=2e-3,
    decay_steps=800,
    entropy_cost=2e-3,
    discount=0.97,
    lambda_=0.95,
  ),
  evaluation=EvaluationConfig(period_seconds=300.0),
  run=RunConfig(minutes=30),
)
