"""Plays one episode of any goal environment and keeps the ground truth."""

import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import dm_env
import numpy as np
from dm_env import specs

from acme_vlm import datasets, environments, errors, interfaces

SOLVER, NOISY, RANDOM = POLICIES = ('solver', 'noisy', 'random')
_IMPORT = 'import:'
# Multiples of the golden ratio fill [0, 1) evenly, however many there are.
_GOLDEN = (5**0.5 - 1) / 2

Policy = Callable[[dm_env.TimeStep], int]


@dataclasses.dataclass(frozen=True)
class Plan:
  """All that determines the episodes; episode i depends on nothing else.

  Attributes:
    environment: registered name, or 'import:' and the dotted name of a class
      or function that makes a GoalEnvironment.
    options: of the environment, by name.
    split: whose worlds; not given to imported environments that know none.
    seed: at least 0.
    solver_fraction: share of episodes that the solver plays, in [0, 1].
    noisy_fraction: share of those in which it errs, in [0, 1].
    epsilon: chance of a random action where it errs, in [0, 1].
    linger: steps that a solver's episode goes on for after success, at least
      0.
    max_steps: after which an episode is cut that does not end before, at
      least 1.
  """

  environment: str
  options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  split: str = 'validation'
  seed: int = 0
  solver_fraction: float = 0.5
  noisy_fraction: float = 0.5
  epsilon: float = 0.4
  linger: int = 3
  max_steps: int = 1000

  def __post_init__(self):
    for name in ('solver_fraction', 'noisy_fraction', 'epsilon'):
      if not 0 <= getattr(self, name) <= 1:
        raise errors.ConfigError(
          f'expected {name} in [0, 1], got {getattr(self, name)}'
        )
    for name, least in (('seed', 0), ('linger', 0), ('max_steps', 1)):
      if getattr(self, name) < least:
        raise errors.ConfigError(
          f'expected {name} >= {least}, got {getattr(self, name)}'
        )


def make_environment(plan: Plan, seed: int) -> interfaces.GoalEnvironment:
  """Makes the plan's environment, whose episodes go on after success.

  Raises:
    UnknownNameError: if there is no such environment, split or option.
    ConfigError: if an option is out of range, or what is imported makes no
      GoalEnvironment with discrete actions.
  """
  given: dict[str, Any] = {'split': plan.split, 'end_on_success': False}
  if plan.environment.startswith(_IMPORT):
    factory = _factory(plan.environment.removeprefix(_IMPORT))
    given = {
      name: value for name, value in given.items() if _takes(factory, name)
    }
  else:
    factory = functools.partial(environments.make, plan.environment)
  try:
    environment = factory(**{'seed': seed} | given | dict(plan.options))
  except (TypeError, ValueError) as error:
    if isinstance(error, errors.AcmeVlmError):
      raise
    raise errors.ConfigError(
      f'expected {plan.environment} to take a seed and the options '
      f'{dict(plan.options)}, got: {error}'
    ) from error
  if not isinstance(environment, interfaces.GoalEnvironment):
    raise errors.ConfigError(
      f'expected {plan.environment} to make a GoalEnvironment, got '
      f'{type(environment).__name__}'
    )
  if not isinstance(environment.action_spec(), specs.DiscreteArray):
    raise errors.ConfigError(
      f'expected {plan.environment} to have discrete actions, got '
      f'{environment.action_spec()}'
    )
  return environment


def _factory(name: str) -> Callable[..., Any]:
  module, _, attribute = name.rpartition('.')
  try:
    return getattr(importlib.import_module(module), attribute)
  except (AttributeError, ImportError, ValueError) as error:
    raise errors.ConfigError(
      f'expected import:package.module.name of an environment, got {name!r}: '
      f'{error}'
    ) from error


def _takes(factory: Callable[..., Any], name: str) -> bool:
  try:
    return name in inspect.signature(factory).parameters
  except ValueError:  # Written in C, without a signature.
    return False


def policy_of(plan: Plan, index: int) -> str:
  """Returns who plays the episode of that number."""
  place = index * _GOLDEN % 1.0
  if place >= plan.solver_fraction:
    return RANDOM
  return NOISY if place < plan.solver_fraction * plan.noisy_fraction else SOLVER


def play(plan: Plan, index: int) -> datasets.Episode:
  """Plays the episode of that number, in an environment of its own.

  So that it does not depend on the episodes before, which another process may
  have played, and can be played again from its seed alone.
  """
  seed = int(np.random.SeedSequence([plan.seed, index]).generate_state(1)[0])
  # Seeds fit into 31 bits: some environments take no more.
  seed >>= 1
  environment = make_environment(plan, seed)
  try:
    return _play(environment, plan, policy_of(plan, index), seed)
  finally:
    environment.close()


def _play(
  environment: interfaces.GoalEnvironment, plan: Plan, name: str, seed: int
) -> datasets.Episode:
  policy = _policy(environment, plan, name, seed)
  timestep = environment.reset()
  frames = [timestep.observation['pixels']]
  actions: list[int] = []
  achieved = [_truth(environment)]
  goal = environment.goal_index
  left, reached = plan.linger, bool(achieved[0][goal])
  while not timestep.last() and len(actions) < plan.max_steps:
    if name != RANDOM and reached:
      if not left:
        break
      left -= 1
    action = policy(timestep)
    timestep = environment.step(action)
    frames.append(timestep.observation['pixels'])
    actions.append(action)
    achieved.append(_truth(environment))
    reached = reached or bool(achieved[-1][goal])
  return datasets.Episode(
    pixels=np.stack(frames),
    goal=goal,
    achieved=np.stack(achieved),
    action=np.array(actions, np.int32),
    policy=name,
    seed=seed,
  )


def _policy(
  environment: interfaces.GoalEnvironment, plan: Plan, name: str, seed: int
) -> Policy:
  rng = np.random.default_rng([seed, 1])
  num_actions = environment.action_spec().num_values
  epsilon = {SOLVER: 0.0, NOISY: plan.epsilon, RANDOM: 1.0}[name]
  solver = None if name == RANDOM else environments.solver(environment)

  def policy(timestep: dm_env.TimeStep) -> int:
    if solver is None or rng.random() < epsilon:
      return int(rng.integers(num_actions))
    return solver(timestep)

  return policy


def _truth(environment: interfaces.GoalEnvironment) -> np.ndarray:
  row = np.zeros(len(environment.goals), np.int8)
  row[list(environment.achieved_goals())] = 1
  return row
