"""One training run on one machine, from its folder to its summary."""

import datetime
import threading
import time
from collections.abc import Callable
from typing import Any

import jax
from acme.utils import counting

from acme_vlm import errors, types
from acme_vlm.acting import loop as loop_lib
from acme_vlm.agent import (
  beginning,
  builder,
  progress,
  report,
  run_directory,
  swap_requests,
  swapper,
)
from acme_vlm.agent import config as config_lib
from acme_vlm.evaluation import evaluator as evaluator_lib
from acme_vlm.learning import checkpoint
from acme_vlm.learning import learner as learner_lib
from acme_vlm.learning import state as state_lib
from acme_vlm.metrics import csv, tensorboard, terminal
from acme_vlm.metrics import writer as writer_lib
from launch import nodes


def folder_name(config: config_lib.ExperimentConfig) -> str:
  """The experiment's folder; oracle runs never mix with others."""
  if config.run.oracle_reward:
    return report.oracle_name(config.name)
  return config.name


class Session:
  """Call order: `train`, then `evaluate`; `stop` from any thread ends `train`.

  The constructor checks everything that can be checked and starts nothing.
  """

  def __init__(
    self,
    config: config_lib.ExperimentConfig,
    resumed: run_directory.RunDirectory | None = None,
  ):
    """Loads the reward model and makes, or takes up, the run's folder.

    Args:
      config: the experiment.
      resumed: the run to go on with; None begins a new one.

    Raises:
      AcmeVlmError: a mistake in the configuration, a checkpoint that does not
        fit, a folder that cannot be used.
    """
    self._config = config
    self._parts = builder.Parts(config)
    begun: state_lib.TrainingState | None = None
    if resumed is None and config.run.start:
      begun = beginning.begin(config, self._template())
    if resumed is None:
      self.run = run_directory.RunDirectory.create(
        config.run.root, folder_name(config), config.seed, config.run.disk_mib
      )
    else:
      self.run = resumed
      self.run.check_room(config.run.disk_mib)
    self._store = checkpoint.CheckpointStore(
      self.run.checkpoints, keep=config.run.keep_checkpoints
    )
    self._restored = begun
    self._extra: dict[str, Any] = {'seconds': 0.0, 'counts': {}, 'restarts': 0}
    if resumed is not None:
      beginning.check_resumed(config, resumed)
      self._restored, self._extra = self._store.restore(self._template())
      self._extra['restarts'] += 1
    # Not before the checkpoint has proved to fit this configuration.
    self.run.write_config(config_lib.to_json(config), self._rewards())
    self._mailbox = swap_requests.Mailbox(self.run.requests)
    # Left by a session that died. What is asked from `train` on, is for this.
    self._mailbox.refuse_waiting()
    self._program: nodes.Program | None = None
    self._stopped = threading.Event()

  def stop(self) -> None:
    """Asks `train` to end; it still writes a checkpoint."""
    self._stopped.set()
    if self._program is not None:
      self._program.stop()

  def train(self) -> None:
    """Trains until the configured end or `stop`; leaves a checkpoint.

    Raises:
      NodeError: a stage died.
      RunDirectoryError: another process trains the run.
    """
    with self.run.hold():
      self._train_held()

  def _train_held(self) -> None:
    writer = self._writer()
    log = progress.EpisodeLog()
    counter = counting.Counter()
    counter.increment(**self._extra['counts'])
    self._announce()
    stages = builder.Stages(
      self._parts,
      writer,
      episode_log=log,
      counter=counter,
      restarts=self._extra['restarts'],
    )
    try:
      if self._restored is not None:
        stages.learner.restore(self._restored)
      self._train(stages, writer, log)
    finally:
      stages.close()
      writer.close()
      self._store.close()

  def evaluate(self) -> None:
    """Plays the final evaluation, writes the results and prints the table."""
    print('Evaluating on worlds that training never saw ...', flush=True)
    evaluations = report.final_evaluation(self._parts, self._variables)
    summary = report.write(
      self._parts,
      self.run,
      evaluations,
      training_seconds=self._extra['seconds'],
      environment_frames=self._extra['counts'].get(loop_lib.FRAMES, 0),
      learner_steps=self._extra['counts'].get(learner_lib.STEPS, 0),
    )
    report.show(summary, self.run)

  def _rewards(self) -> list[dict[str, Any]]:
    """The rewards of the run, the one that it begins this session with last."""
    frames = self._extra['counts'].get(loop_lib.FRAMES, 0)
    seconds = self._extra['seconds']
    # What came after the checkpoint that the run goes on from comes then.
    past = [
      reward
      | {
        'frames': min(reward['frames'], frames),
        'seconds': min(reward['seconds'], seconds),
      }
      for reward in self.run.rewards()
    ]
    now = self._reward_entry(frames, seconds)
    if past and past[-1]['version'] == now['version']:
      return past
    return [*past, now]

  def _reward_entry(
    self, frames: int, seconds: float, **figures: Any
  ) -> dict[str, Any]:
    return {
      'version': progress.version_name(self._parts.reward_model.version),
      'frames': frames,
      'seconds': round(seconds, 1),
      'time': datetime.datetime.now().isoformat(timespec='seconds'),
      **figures,
      'reward': config_lib.to_json(self._parts.config.reward),
    }

  def _announce(self) -> None:
    """Prints what runs, a line for each component."""
    for name, value in config_lib.to_json(self._config).items():
      if isinstance(value, dict):
        value = ', '.join(f'{key}={field!r}' for key, field in value.items())
      print(f'{name}: {value}')
    print(f'Run folder: {self.run.path}', flush=True)

  def _template(self) -> state_lib.TrainingState:
    """A state of the shapes that a checkpoint must have."""
    return state_lib.initial(
      self._parts.policy,
      state_lib.make_optimizer(self._config.learner),
      jax.random.key(self._config.seed),
    )

  def _writer(self) -> writer_lib.MetricsWriter:
    seconds = self._extra['seconds']
    limit = self._config.run.minutes * 60
    return writer_lib.MetricsWriter(
      [
        csv.CSVLogger(
          self.run.metrics, keep_until=(writer_lib.SECONDS, seconds)
        ),
        tensorboard.TensorBoardLogger(self.run.path),
        terminal.TerminalLogger(total_seconds=limit),
      ],
      start_seconds=seconds,
    )

  def _save(
    self, stages: builder.Stages, writer: writer_lib.MetricsWriter
  ) -> None:
    """Writes a checkpoint: one moment of the learner, and its counters."""
    state = stages.learner.save()
    steps = int(state.steps)
    counts = stages.counter.get_counts() | {learner_lib.STEPS: steps}
    self._extra |= {
      'seconds': writer.seconds,
      'counts': {key: int(value) for key, value in counts.items()},
    }
    self._store.save(steps, state, self._extra)
    self._variables = types.Variables(steps, state.params)

  def _train(
    self,
    stages: builder.Stages,
    writer: writer_lib.MetricsWriter,
    log: progress.EpisodeLog,
  ) -> None:
    config = self._config.run
    reporter = progress.Progress(stages, writer, log, config.report_seconds)
    evaluator = self._parts.evaluator(stages.learner)
    rewards = self._make_swapper(stages, writer, reporter, evaluator)
    last_save = time.monotonic()

    def finished() -> bool:
      nonlocal last_save
      reporter.poll()
      rewards.poll()
      if time.monotonic() - last_save > config.checkpoint_minutes * 60:
        last_save = time.monotonic()
        self._save(stages, writer)
      counts = stages.counter.get_counts()
      return self._stopped.is_set() or any(
        limit and value >= limit
        for limit, value in (
          (config.minutes * 60, writer.seconds),
          (config.frames, counts.get(loop_lib.FRAMES, 0)),
          (config.learner_steps, counts.get(learner_lib.STEPS, 0)),
        )
      )

    self._program = nodes.Program(
      [
        nodes.Node('actor', stages.loop.run, stages.release_actor),
        nodes.Node('rewards', stages.service.run, stages.release_rewards),
        nodes.Node('learner', _learn(stages.learner), stages.release_learner),
        nodes.Node(
          'evaluator',
          lambda stop: evaluator.run(
            stop, reporter.evaluated, clock=lambda: reporter.frames
          ),
        ),
      ]
    )
    try:
      self._program.run(finished)
    finally:
      try:
        reporter.report()
        self._save(stages, writer)
      finally:
        # Last: a reward that is being loaded is waited for.
        rewards.close()

  def _make_swapper(
    self,
    stages: builder.Stages,
    writer: writer_lib.MetricsWriter,
    reporter: progress.Progress,
    evaluator: evaluator_lib.Evaluator,
  ) -> swapper.RewardSwapper:
    """What gives the run another reward when it is asked to."""

    def switched(done: swapper.Switched) -> None:
      evaluator.judge_by(*self._parts.judge())
      swap = done.swap
      entry = self._reward_entry(
        done.frames,
        writer.seconds,
        request=done.request,
        relabeled=swap.relabeled,
        dropped=swap.dropped,
      )
      self.run.add_reward(config_lib.to_json(self._parts.config), entry)
      print(
        f'Reward {progress.version_name(swap.old_version)} ->'
        f' {entry["version"]} at frame {done.frames:,}:'
        f' {swap.relabeled} trajectories relabeled, {swap.dropped} dropped.',
        flush=True,
      )

    return swapper.RewardSwapper(
      self._parts,
      stages.service,
      self._mailbox,
      frames=lambda: reporter.frames,
      on_switched=switched,
    )


def _learn(
  learner: learner_lib.Learner,
) -> Callable[[threading.Event], None]:
  """The learner's loop as a node: steps until told to stop."""

  def run(stop: threading.Event) -> None:
    while not stop.is_set():
      try:
        learner.step()
      except learner_lib.BatchesEndedError:
        if not stop.is_set():
          raise errors.ReplayError(
            'replay ended although nobody stopped it'
          ) from None

  return run
