"""The learner: a thin Acme shell around `sgd_step.sgd_step`."""

import functools
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np
from acme import core
from acme.utils import counting
from acme.utils.loggers import base as loggers
from jaxtyping import PRNGKeyArray

from acme_vlm import errors, interfaces, replicate
from acme_vlm.learning import packing, sgd_step
from acme_vlm.learning import state as state_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.learning.state import TrainingState
from acme_vlm.networks.policy import Policy
from acme_vlm.types import BatchProvenance, LabeledBatch, Variables

# The name under which variables are asked for.
POLICY = 'policy'
# The keys under which a shared counter counts.
STEPS = 'learner_steps'
FRAMES = 'learner_frames'


class BatchesEndedError(Exception):
  """The source was closed: there will be no more batches."""


class Learner(core.Learner):
  """Learns from labeled batches, on all devices that it is given.

  The order of calls:

      learner = Learner(policy, config, source, key=key)
      learner.restore(store.restore(learner.save()))       # to resume
      while ...: learner.step()                            # or learner.run(n)
      learner.get_variables(['policy'])                    # from any thread
      store.save(learner.steps, learner.save())

  `step` and `restore` belong to one thread; `get_variables` and `save` may be
  called from any.
  """

  def __init__(
    self,
    policy: Policy,
    config: LearnerConfig,
    source: interfaces.BatchSource,
    *,
    key: PRNGKeyArray,
    devices: Sequence[jax.Device] | None = None,
    logger: loggers.Logger | None = None,
    counter: counting.Counter | None = None,
    clock: Callable[[], float] = time.time,
  ):
    """Draws the parameters; takes nothing from the source yet.

    Args:
      policy: the network.
      config: the learner's numbers.
      source: batches whose number of rows divides among the devices.
      key: JAX random key of a new run.
      devices: where to learn; None for all local devices.
      logger: gets one dictionary of numbers per step.
      counter: counts `learner_steps` and `learner_frames`.
      clock: seconds since the epoch, for the age of labels.
    """
    self._policy = policy
    self._config = config
    self._source = source
    self._batches: Iterator[tuple[LabeledBatch, BatchProvenance]] | None = None
    self._devices = list(devices or replicate.local_devices())
    self._logger = logger
    self._counter = counter or counting.Counter()
    self._clock = clock
    self._sgd_step = _compiled_step(policy, config, tuple(self._devices))
    optimizer = state_lib.make_optimizer(config)
    self._lock = threading.Lock()
    self._set(state_lib.initial(policy, optimizer, key), steps=0)
    self._publish()

  @property
  def steps(self) -> int:
    """Batches learned from, in the whole run."""
    return self._steps

  def step(self) -> dict[str, float]:
    """Learns from one batch; blocks until there is one.

    Returns:
      The metrics of the step, as they went to the logger.

    Raises:
      BatchesEndedError: if the source was closed.
    """
    start = time.perf_counter()
    batch, provenance = self._next()
    waited = time.perf_counter() - start
    lag, age = self._staleness(batch, provenance)
    looks = self._policy.sight_grid is None
    num_devices = len(self._devices)
    sharded = replicate.shard(packing.lighten(batch, pixels=looks), num_devices)
    rows = packing.pack(batch, num_devices) if looks else None
    state, metrics = self._sgd_step(self._state, sharded, rows)
    scalars = {
      name: float(value)
      for name, value in jax.device_get(replicate.unreplicate(metrics)).items()
    }
    self._check_finite(scalars)
    self._set(state, steps=self._steps + 1, replicated=True)
    if self._steps % self._config.publish_every == 0:
      self._publish()
    counts = self._counter.increment(
      **{STEPS: 1, FRAMES: int(np.sum(np.asarray(batch.mask) > 0))}
    )
    seconds = time.perf_counter() - start
    result = {
      STEPS: counts[STEPS],
      FRAMES: counts[FRAMES],
      **scalars,
      **lag,
      **age,
      'step_seconds': seconds,
      'wait_seconds': waited,
      'distinct_rows': packing.share(rows, batch),
      'reward_versions': len(np.unique(provenance.reward_version)),
    }
    if self._logger is not None:
      self._logger.write(result)
    return result

  def run(self, num_steps: int | None = None) -> None:
    """Steps until the source is closed, or `num_steps` times."""
    done = 0
    while num_steps is None or done < num_steps:
      try:
        self.step()
      except BatchesEndedError:
        return
      done += 1

  def get_variables(self, names: Sequence[str] = (POLICY,)) -> list[Variables]:
    """The newest published parameters, in host memory.

    Args:
      names: `'policy'`, any number of times.

    Returns:
      One `Variables` per name; its arrays are NumPy and nobody writes to them.

    Raises:
      ValueError: if a name is not `'policy'`.
    """
    for name in names:
      if name != POLICY:
        raise ValueError(f'expected the name {POLICY!r}, got {name!r}')
    with self._lock:
      return [self._published] * len(names)

  def save(self) -> TrainingState:
    """The whole state in host memory, for a checkpoint."""
    with self._lock:
      state = self._state
    return jax.device_get(replicate.unreplicate(state))

  def restore(self, state: TrainingState) -> None:
    """Goes on from a state that `save` gave, and publishes its parameters."""
    self._set(state, steps=int(state.steps))
    self._publish()

  def _next(self) -> tuple[LabeledBatch, BatchProvenance]:
    if self._batches is None:
      self._batches = iter(self._source)
    try:
      return next(self._batches)
    except StopIteration:
      raise BatchesEndedError('the source of batches was closed') from None

  def _check_finite(self, scalars: dict[str, float]) -> None:
    """Parameters that are not numbers must not reach a checkpoint."""
    for name in ('loss', 'grad_norm'):
      if not math.isfinite(scalars[name]):
        raise errors.TrainingError(
          f'expected a finite {name}, got {scalars[name]} at learner step'
          f' {self._steps + 1}; the checkpoint before it is whole (a smaller'
          ' --learner.learning-rate may help)'
        )

  def _staleness(
    self, batch: LabeledBatch, provenance: BatchProvenance
  ) -> tuple[dict[str, float], dict[str, float]]:
    """Policy lag in learner steps over rows that count; label age, seconds."""
    lags = (self._steps - provenance.policy_version)[np.asarray(batch.mask) > 0]
    if not lags.size:
      lags = np.zeros(1, np.int32)
    ages = self._clock() - provenance.labeled_at
    return (
      {
        'policy_lag_mean': float(lags.mean()),
        'policy_lag_max': float(lags.max()),
      },
      {
        'label_age_mean': float(ages.mean()),
        'label_age_max': float(ages.max()),
      },
    )

  def _set(
    self, state: TrainingState, *, steps: int, replicated: bool = False
  ) -> None:
    if not replicated:
      state = replicate.replicate(state, self._devices)
    with self._lock:
      self._state = state
      self._steps = steps

  def _publish(self) -> None:
    params = jax.device_get(replicate.unreplicate(self._state.params))
    with self._lock:
      self._published = Variables(version=self._steps, params=params)


@functools.lru_cache(maxsize=8)
def _compiled_step(
  policy: Policy, config: LearnerConfig, devices: tuple[jax.Device, ...]
) -> Callable[..., Any]:
  """Learners of one configuration in one process compile once."""
  return replicate.pmap(
    functools.partial(
      sgd_step.sgd_step,
      policy=policy,
      optimizer=state_lib.make_optimizer(config),
      config=config,
      axis_name=replicate.AXIS,
    ),
    devices=devices,
  )
