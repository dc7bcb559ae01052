"""Frames per second of learning, and the time of one inference, on one core.

    taskset -c 0 python -m benchmarks.learner [--distinct 0.4]

Batches of noise of the open-app experiment's shape: 64 unrolls of 16 steps,
frames of 120 x 72. `--distinct` is the part of the rows that differ from the
row before: a random policy on the phone makes about 0.4, a trained one 0.9.
"""

import argparse
import os
import time

os.environ.setdefault('JAX_PLATFORMS', 'cpu')
os.environ.setdefault(
  'XLA_FLAGS',
  '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1',
)

import jax
import numpy as np

from acme_vlm import replicate
from acme_vlm.learning import learner as learner_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.types import BatchProvenance, LabeledBatch

_FRAME, _WORDS, _ACTIONS = (120, 72, 3), 80, 64


def make_batch(
  streams: int, steps: int, distinct: float, state_size: int
) -> tuple[LabeledBatch, BatchProvenance]:
  """Draws one batch; a row repeats the one before with odds 1 - distinct."""
  rng = np.random.default_rng(0)
  pixels = rng.integers(0, 256, (streams, steps + 1, *_FRAME), dtype=np.uint8)
  for t in range(1, steps + 1):
    same = rng.random(streams) >= distinct
    pixels[same, t] = pixels[same, t - 1]
  words = rng.integers(1, _WORDS, (streams, 1, 4)).astype(np.int32)
  ones = np.ones((streams, steps), np.float32)
  batch = LabeledBatch(
    pixels=pixels,
    sight=np.zeros((streams, steps + 1, 1), np.float32),
    instruction=np.repeat(words, steps + 1, axis=1),
    first=np.zeros((streams, steps + 1), bool),
    action=rng.integers(0, _ACTIONS, (streams, steps)).astype(np.int32),
    log_prob=-np.log(_ACTIONS).astype(np.float32) * ones,
    reward=(rng.random((streams, steps)) < 0.02).astype(np.float32),
    discount=ones,
    mask=ones,
    core_state=np.zeros((streams, state_size), np.float32),
    outcome_goal=rng.integers(1, _WORDS, (streams, steps, 4)).astype(np.int32),
    outcome=(rng.random((streams, steps)) < 0.1).astype(np.float32),
    outcome_mask=ones,
    goal_scores=np.zeros((streams, steps + 1, 1), np.float32),
  )
  provenance = BatchProvenance(
    np.zeros((streams, steps), np.int32),
    np.zeros(streams, np.int64),
    np.full(streams, time.time()),
  )
  return batch, provenance


def main() -> None:
  """Prints one line per measurement; the best of several, for busy machines."""
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--streams', type=int, default=64)
  parser.add_argument('--steps', type=int, default=16)
  parser.add_argument('--passes', type=int, default=2)
  parser.add_argument('--distinct', type=float, nargs='*', default=[0.4, 1.0])
  parser.add_argument('--repeats', type=int, default=5)
  options = parser.parse_args()
  policy = policy_lib.make_policy(
    PolicyConfig(),
    num_actions=_ACTIONS,
    frame_shape=_FRAME,
    num_words=_WORDS,
  )
  for distinct in options.distinct:
    batch, provenance = make_batch(
      options.streams, options.steps, distinct, policy.state_size
    )
    learner = learner_lib.Learner(
      policy,
      LearnerConfig(passes_per_batch=options.passes),
      [(batch, provenance)] * (options.repeats + 1),
      key=jax.random.key(0),
      devices=replicate.local_devices(1),
    )
    start = time.perf_counter()
    metrics = learner.step()
    compiled = time.perf_counter() - start
    best = min(learner.step()['step_seconds'] for _ in range(options.repeats))
    print(
      f'learner, {options.passes} passes, '
      f'{metrics["distinct_rows"]:.2f} of the rows computed: '
      f'{batch.mask.size / best:,.0f} frames/s '
      f'({1000 * best:.0f} ms a batch, first step {compiled:.1f} s)'
    )
  step = jax.jit(policy.step)
  arguments = (
    learner.get_variables()[0].params,
    batch.pixels[:, 0],
    batch.instruction[:, 0],
    batch.first[:, 0],
    policy.initial_state(options.streams),
  )
  jax.block_until_ready(step(*arguments))
  best = float('inf')
  for _ in range(20):
    start = time.perf_counter()
    jax.block_until_ready(step(*arguments))
    best = min(best, time.perf_counter() - start)
  print(f'inference, batch of {options.streams}: {1000 * best:.1f} ms')


if __name__ == '__main__':
  main()
