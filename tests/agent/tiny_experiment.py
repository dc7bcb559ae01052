"""The smallest experiment: all stages on the fake phone, quick to compile.

Learners of one configuration compile once in a process, so whatever changes
neither policy, learner, batch nor unroll shares the compilation.
"""

import dataclasses

from acme_vlm.acting.config import ActorConfig
from acme_vlm.agent import builder
from acme_vlm.agent.config import ExperimentConfig, RunConfig
from acme_vlm.evaluation.config import EvaluationConfig
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.replay.config import ReplayConfig
from acme_vlm.testing import fake_environment, fake_reward_model

UNROLL = 4
BATCH = 4


def config(**changes):
  values = {
    'name': 'tiny',
    'replay': ReplayConfig(
      unroll_length=UNROLL, batch_size=BATCH, labeled_max_size=64
    ),
    'actor': ActorConfig(num_environments=1, termination='online'),
    'policy': PolicyConfig(
      grid=(4, 3),
      channels=(4, 8),
      strides=(3,),
      instruction_size=8,
      film_size=8,
      hidden_size=8,
      core_size=8,
    ),
    'learner': LearnerConfig(passes_per_batch=1),
    'evaluation': EvaluationConfig(
      num_environments=2, episodes=4, final_episodes=8, recorded_episodes=2
    ),
    'run': RunConfig(minutes=0),
  }
  return ExperimentConfig(**(values | changes))


def with_run(experiment, **changes):
  run = dataclasses.replace(experiment.run, **changes)
  return dataclasses.replace(experiment, run=run)


def make_environment(*, seed, split, kind=fake_environment.FakeEnvironment):
  # Seeds of the splits never meet.
  offset = fake_environment.SPLITS.index(split) * 1_000_000_000
  return kind(seed=seed + offset, end_on_success=False)


def parts(experiment, make=make_environment, reward_model=None, eyes=None):
  model = reward_model or fake_reward_model.FakeRewardModel()
  return builder.Parts(experiment, make, model, eyes)


def learn(stages, steps):
  """Drives all stages in turn, in one thread; returns the rewards' means."""
  means = []
  labeled = 0
  for _ in range(steps):
    # More than a batch of steps: unrolls overlap by a row. A fixed number, so
    # that the parameters change at the same steps in every run.
    for _ in range(BATCH * (UNROLL + 1)):
      stages.loop.step()
    while labeled < BATCH:
      labeled += stages.service.step(timeout=10.0)
    labeled -= BATCH
    means.append(stages.learner.step()['reward_mean'])
  return means
