"""Frames/s of the actors' loop, and where its time goes.

    python -m benchmarks.acting                      # fake environment
    python -m benchmarks.acting --environment android/open_common_apps

The loop runs on one thread with adders that throw everything away. "Beside the
environment" is what the loop adds to a frame with a policy that costs nothing;
inference is measured with the real policy. Times are of this process's CPU,
which sharing the machine does not distort much.
"""

import argparse
import time

import jax
import numpy as np

from acme_vlm import environments, interfaces, types
from acme_vlm.acting import actor, actor_core, blind, config, instructions, loop
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.testing import fake_environment


class _NoAdder:
  def add_first(self, timestep):
    pass

  def add(self, action, next_timestep, extras=()):
    pass


class _Fixed:
  """The parameters of one policy, for ever."""

  def __init__(self, params):
    self._variables = types.Variables(0, params)

  def get_variables(self, names):
    del names
    return [self._variables]


def _make(name: str, seed: int) -> interfaces.GoalEnvironment:
  if name == 'fake':
    # The frames and the actions of a small phone.
    return fake_environment.make(
      seed, end_on_success=False, grid=(10, 6), max_steps=20
    )
  return environments.make(name, seed=seed, end_on_success=False)


def _environment_alone(name: str, size: int, steps: int) -> float:
  """Microseconds per step of the bare environments."""
  made = [_make(name, seed) for seed in range(size)]
  rng = np.random.default_rng(0)
  num_actions = made[0].action_spec().num_values
  actions = rng.integers(num_actions, size=(steps, size), dtype=np.int32)
  for environment in made:
    environment.reset()
  _play(made, actions[: steps // 2])
  start = time.process_time()
  _play(made, actions)
  seconds = time.process_time() - start
  for environment in made:
    environment.close()
  return seconds / (size * steps) * 1e6


def _play(made: list, actions: np.ndarray) -> None:
  for row in actions:
    for environment, action in zip(made, row, strict=True):
      environment.step(action)


def _loop(name: str, size: int, steps: int, with_policy: bool) -> dict:
  probe = _make(name, 0)
  vocabulary = instructions.Vocabulary(probe.instructions)
  num_actions = int(probe.action_spec().num_values)
  shape = probe.observation_spec()['pixels'].shape
  probe.close()
  if with_policy:
    policy = policy_lib.make_policy(
      PolicyConfig(),
      num_actions=num_actions,
      frame_shape=shape,
      num_words=vocabulary.num_ids,
    )
    params = policy.init(jax.random.key(0))
    functions = actor_core.make_actor_core(policy, batch_size=size)
  else:
    params = None
    functions = actor_core.make_uniform_core(num_actions, batch_size=size)
  running = loop.VectorizedLoop(
    lambda slot: blind.BlindEnvironment(_make(name, slot), vocabulary),
    actor.BatchedActor(
      functions,
      _Fixed(params),
      seed=0,
      adders=[_NoAdder() for _ in range(size)],
      update_period=16,
    ),
    config.ActorConfig(num_environments=size),
  )
  for _ in range(steps // 2):
    running.step()
  running.metrics()
  start = time.process_time()
  for _ in range(steps):
    running.step()
  seconds = time.process_time() - start
  figures = running.metrics()
  running.close()
  return figures | {'microseconds': seconds / (size * steps) * 1e6}


def main() -> None:
  """Prints the figures."""
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--environment', default='fake')
  parser.add_argument('--size', type=int, default=64, help='environments')
  parser.add_argument('--steps', type=int, default=200)
  options = parser.parse_args()
  arguments = options.environment, options.size, options.steps
  alone = _environment_alone(*arguments)
  plain = _loop(*arguments, with_policy=False)
  acting = _loop(*arguments, with_policy=True)
  beside = plain['microseconds'] - alone
  print(f'{options.size} environments of {options.environment!r}')
  print(f'environment alone      {alone:8.1f} us/frame')
  print(f'beside the environment {beside:8.1f} us/frame')
  for name, figures in (('uniform policy', plain), ('real policy', acting)):
    shares = ', '.join(
      f'{key.removesuffix("_share")} {100 * value:.0f} %'
      for key, value in figures.items()
      if key.endswith('_share')
    )
    speed = 1e6 / figures['microseconds']
    print(f'{name:<22} {speed:8,.0f} frames/s: {shares}')


if __name__ == '__main__':
  main()
