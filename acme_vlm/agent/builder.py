"""The one place that knows all the stages, and joins them.

    parts = builder.Parts(config)                 # checks; starts nothing
    stages = builder.Stages(parts, metrics)       # replay runs, nothing moves
    ... stages.loop, stages.service, stages.learner ...
    stages.close()

What the agent may know of the environment passes `blind.BlindEnvironment`
here, in `Parts.training_environment`; nothing else makes an environment for
training.
"""

import dataclasses
import functools
import itertools
from collections.abc import Callable

import jax
import numpy as np
from acme import specs
from acme.utils import counting

from acme_vlm import environments, errors, interfaces
from acme_vlm.acting import actor as actor_lib
from acme_vlm.acting import actor_core, blind, instructions
from acme_vlm.acting import loop as loop_lib
from acme_vlm.agent import fitting, oracle
from acme_vlm.agent.config import ExperimentConfig
from acme_vlm.evaluation import evaluator as evaluator_lib
from acme_vlm.learning import learner as learner_lib
from acme_vlm.metrics import writer as writer_lib
from acme_vlm.networks import policy as policy_lib
from acme_vlm.replay import adder as adder_lib
from acme_vlm.replay import dataset as dataset_lib
from acme_vlm.replay import labeled as labeled_lib
from acme_vlm.replay import server as server_lib
from acme_vlm.replay import source as source_lib
from acme_vlm.replay import tables
from acme_vlm.rewards import make_reward_model, sight, windows
from acme_vlm.rewards import scorer as scorer_lib
from acme_vlm.rewards import service as service_lib
from acme_vlm.rewards.config import RewardConfig

# Seeds of environments: two of one run differ by their slot, those of a run
# that was resumed by _SLOTS, those of two runs by _SEED_STRIDE.
_SLOTS = 10_000
_SEED_STRIDE = 10_000_000


class Parts:
  """What an experiment is made of, checked before anything starts."""

  def __init__(
    self,
    config: ExperimentConfig,
    make_environment: Callable[..., interfaces.GoalEnvironment] | None = None,
    reward_model: interfaces.RewardModel | None = None,
    eyes: interfaces.Eyes | None = None,
  ):
    """Loads the reward model and sizes the policy.

    Args:
      config: the experiment.
      make_environment: called with `seed` and `split`; None takes the
        registered environment that the configuration names.
      reward_model: None makes the one that the configuration describes.
      eyes: of a policy that is fed by the reward model; None takes the reward
        model's.

    Raises:
      AcmeVlmError: whatever of the configuration does not fit what is there.
    """
    self.config = config
    self._make = make_environment or functools.partial(_registered, config)
    self.ledger = oracle.Ledger() if config.run.oracle_reward else None
    probe = self._make(seed=0, split='train')
    try:
      self.goals = probe.goals
      self.task_set = probe.task_set
      self.training_goals = probe.training_goals
      said = probe.instructions
      self.vocabulary = instructions.Vocabulary(itertools.chain(*said))
      self.goal_instructions = np.stack(
        [self.vocabulary.encode(ways[0]) for ways in said]
      )
      blinded = blind.BlindEnvironment(probe, self.vocabulary)
      self.spec = specs.make_environment_spec(blinded)
      phrases = probe.phrases
      fitting.check(config, probe)
    finally:
      probe.close()
    self.frame_shape = self.spec.observations['pixels'].shape
    self.vlm = reward_model or self.load_reward(config.reward)
    # Those that the run began with, whatever reward it is given later: another
    # model's maps would be another language.
    self.eyes = self._open_eyes(eyes, phrases)
    self.policy = policy_lib.make_policy(
      config.policy,
      num_actions=int(self.spec.actions.num_values),
      frame_shape=self.frame_shape,
      num_words=self.vocabulary.num_ids,
      sight_grid=None if self.eyes is None else self.eyes.grid,
      # What only some ways to say a goal have tells nothing of its looks.
      goal_words=np.stack(
        [
          self.vocabulary.encode(instructions.shared(said[goal]))
          for goal in self.training_goals
        ]
      ),
    )
    self.warm_up(self.vlm)
    self.warm_up(self.eyes)

  @property
  def reward_model(self) -> interfaces.RewardModel:
    """What labels training: the CLIP, or in an oracle run the truth."""
    return self.vlm if self.ledger is None else self.ledger

  @property
  def num_scores(self) -> int:
    """Scores of goals beside each frame: for eyes that learn from them."""
    return max(len(self.policy.goal_words), 1)

  def load_reward(
    self,
    reward: RewardConfig,
    *,
    like: interfaces.RewardModel | None = None,
  ) -> interfaces.RewardModel:
    """Loads a reward model for the experiment's goals and frames.

    Args:
      reward: what makes it.
      like: a reward model whose image towers are taken over where they agree.

    Returns:
      The model, not warmed up; nothing uses it yet.

    Raises:
      AcmeVlmError: whatever of the configuration does not fit what is there.
    """
    # Negatives come from the whole task set, also if only some are goals.
    config, task_set = self.config, self.task_set
    for goal in reward.goal_prompts:
      if goal not in (*task_set, *reward.extra_negatives):
        raise errors.UnknownNameError('goal in goal_prompts', goal, task_set)
    if not isinstance(like, scorer_lib.DualEncoderScorer):
      like = None
    return make_reward_model(
      reward, task_set, service=config.service, like=like
    )

  def warm_up(
    self, model: interfaces.RewardModel | interfaces.Eyes | None
  ) -> None:
    """Compiles a reward model or eyes, if need be, for the run's frames."""
    warm_up = getattr(model, 'warm_up', None)
    if warm_up is not None:
      warm_up(self.frame_shape[:2])

  def adopt(self, reward: RewardConfig, model: interfaces.RewardModel) -> None:
    """Makes a model the experiment's reward: of what is built from now on.

    Args:
      reward: what makes it.
      model: from `load_reward`.
    """
    self.config = dataclasses.replace(self.config, reward=reward)
    self.vlm = model

  def judge(self) -> tuple[evaluator_lib.Scorer, float]:
    """Scores of newest frames by the reward in use, and its threshold."""
    most = self.config.service.episodes_remembered
    scorer = windows.EpisodeScorer(self.vlm, self.goals, most)
    return scorer.scores, self.vlm.threshold

  def training_environment(self, slot: int) -> blind.BlindEnvironment:
    """Makes environment `slot` of training, blind to the true reward."""
    environment = self._make(
      seed=self.config.seed * _SEED_STRIDE + slot, split='train'
    )
    if self.ledger is not None:
      environment = oracle.TellingEnvironment(environment, self.ledger)
    return blind.BlindEnvironment(environment, self.vocabulary)

  def evaluator(
    self, variable_source: learner_lib.Learner | None = None
  ) -> evaluator_lib.Evaluator:
    """Makes the evaluator: its worlds are those of the evaluation split.

    Its episodes end by the CLIP's reward, in an oracle run too: what is
    compared is the policy that each reward has trained.

    Args:
      variable_source: the learner, for evaluations during training.

    Returns:
      The evaluator, with the modes 'sampled', 'greedy' and 'random'.
    """
    config = self.config.evaluation
    size = config.num_environments
    return evaluator_lib.Evaluator(
      lambda slot: self._make(seed=slot, split='evaluation'),
      {
        'sampled': actor_core.make_actor_core(self.policy, batch_size=size),
        'greedy': actor_core.make_actor_core(
          self.policy, batch_size=size, greedy=True
        ),
        'random': actor_core.make_uniform_core(
          self.policy.num_actions, batch_size=size
        ),
      },
      self.vocabulary.encode,
      *self.judge(),
      config,
      eyes=self.eyes,
      variable_source=variable_source,
      seed=self.config.seed,
    )

  def _open_eyes(
    self, eyes: interfaces.Eyes | None, phrases: tuple[tuple[str, ...], ...]
  ) -> interfaces.Eyes | None:
    """What the policy is fed by; None if it looks at frames itself."""
    config, model = self.config, self.vlm
    if config.policy.eyes != 'reward_model':
      return None
    if eyes is None and isinstance(model, scorer_lib.DualEncoderScorer):
      return sight.Sight(model, phrases, config.environment.background)
    return eyes


class Stages:
  """The stages of one run, joined.

  Each is driven by its own thread, or all of them in turn by one.
  """

  def __init__(
    self,
    parts: Parts,
    metrics: writer_lib.MetricsWriter,
    *,
    episode_log: loop_lib.EpisodeLog | None = None,
    counter: counting.Counter | None = None,
    restarts: int = 0,
  ):
    """Starts replay and builds the stages around it.

    Args:
      parts: of the experiment.
      metrics: gets the learner's figures.
      episode_log: gets the record of every finished training episode.
      counter: of frames and learner steps; one is made if None.
      restarts: how often the run was resumed: environments, actions and
        episode numbers go on with new seeds, none twice.

    Raises:
      ReplayError: the replay server could not be started.
    """
    config = parts.config
    self.counter = counter or counting.Counter()
    observations = parts.spec.observations
    self.server = server_lib.ReplayServer(
      config.replay,
      tables.TrajectorySpec(
        frame_shape=parts.frame_shape,
        instruction_length=observations['instruction'].shape[0],
        state_size=parts.policy.state_size,
        sight_size=parts.policy.sight_size,
        num_scores=parts.num_scores,
      ),
    )
    self._source = source_lib.UnlabeledSource(
      self.server.client(), config.service.trajectories_per_batch
    )
    self._sink = labeled_lib.LabeledWriter(self.server.client())
    self.dataset = dataset_lib.LabeledDataset(
      self.server.client(),
      config.replay.batch_size,
      config.replay.prefetch,
      pixels=parts.eyes is None,
    )
    self.learner = learner_lib.Learner(
      parts.policy,
      config.learner,
      self.dataset,
      key=jax.random.key(config.seed),
      logger=metrics.stage('learner'),
      counter=self.counter,
    )
    self.service = service_lib.RewardService(
      parts.reward_model,
      parts.goals,
      self._source,
      self._sink,
      config.service,
      goal_instructions=parts.goal_instructions
      if config.policy.outcome_head and config.policy.grid is not None
      else None,
      training_goals=parts.training_goals,
      goal_scores=config.policy.eyes == 'own',
      seed=config.seed + restarts,
    )
    self._adding = self.server.client()
    self.loop = self._make_loop(parts, episode_log, restarts)

  def _make_loop(
    self, parts: Parts, episode_log: loop_lib.EpisodeLog | None, restarts: int
  ) -> loop_lib.VectorizedLoop:
    """Joins the environments with the actor, replay and the scorer."""
    config = parts.config
    size = config.actor.num_environments
    return loop_lib.VectorizedLoop(
      lambda slot: parts.training_environment(restarts * _SLOTS + slot),
      actor_lib.BatchedActor(
        actor_core.make_actor_core(parts.policy, batch_size=size),
        self.learner,
        seed=config.seed + restarts * _SEED_STRIDE,
        actor_id=restarts,
        adders=[
          adder_lib.make_adder(self._adding, config.replay.unroll_length)
          for _ in range(size)
        ],
        update_period=config.actor.variable_update_period,
      ),
      config.actor,
      scorer=self.service,
      eyes=parts.eyes,
      episode_log=episode_log,
      counter=self.counter,
    )

  def release_actor(self) -> None:
    """Ends the actor's blocked writes."""
    self._adding.close()

  def release_rewards(self) -> None:
    """Ends the reward service's blocked reads and writes."""
    self._source.close()
    self._sink.close()

  def release_learner(self) -> None:
    """Ends the learner's wait for a batch."""
    self.dataset.close()

  def close(self) -> None:
    """Ends replay, and with it whatever waits for it."""
    self.server.stop()


def _registered(
  config: ExperimentConfig, *, seed: int, split: str
) -> interfaces.GoalEnvironment:
  """The environment that the configuration names.

  It runs on after true success: an early end would tell the agent of it.
  """
  chosen = config.environment
  options = {
    field.name: getattr(chosen, field.name)
    for field in dataclasses.fields(chosen)
  }
  name, goals, home = (options.pop(key) for key in ('name', 'goals', 'home'))
  del options['background']  # Of the eyes.
  if name.startswith('playhouse/'):
    options['home'] = home
  return environments.make(
    name,
    seed=seed,
    split=split,
    goals=goals or None,
    end_on_success=False,
    **options,
  )
