"""Environments by name, imported when they are made."""

import dataclasses
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import dm_env

from acme_vlm import errors, interfaces


@dataclasses.dataclass(frozen=True)
class Entry:
  """Where an environment comes from.

  Attributes:
    module: imported when the environment is made, not before: domains need
      packages that other users of the registry do not.
    factory: name of the class or function in that module; it is called with
      `variant`, `seed`, `split` and the options.
    variant: the first argument of the factory.
    task_sets: module with a function `task_set(variant)` that returns the
      goals.
  """

  module: str
  factory: str
  variant: str
  task_sets: str


_ANDROID = 'acme_vlm.environments.android'
_PLAYHOUSE = 'acme_vlm.environments.playhouse'

ENTRIES: dict[str, Entry] = {
  f'android/{variant}': Entry(
    f'{_ANDROID}.open_app', 'OpenApp', variant, f'{_ANDROID}.apps.catalogue'
  )
  for variant in ('open_common_apps', 'open_diverse_apps')
} | {
  f'playhouse/{variant}': Entry(
    f'{_PLAYHOUSE}.environment', 'Playhouse', variant, f'{_PLAYHOUSE}.goals'
  )
  for variant in ('find', 'lift', 'pick_and_place')
}

# Class of an environment -> module whose `make(environment)` returns a solver.
SOLVERS: dict[str, str] = {
  f'{_ANDROID}.open_app.OpenApp': f'{_ANDROID}.solver',
  f'{_PLAYHOUSE}.environment.Playhouse': f'{_PLAYHOUSE}.solver',
}


def _entry(name: str) -> Entry:
  if name not in ENTRIES:
    raise errors.UnknownNameError('environment', name, tuple(ENTRIES))
  return ENTRIES[name]


def make(
  name: str, *, seed: int, split: str = 'train', **options: Any
) -> interfaces.GoalEnvironment:
  """Makes an environment.

  Args:
    name: such as 'android/open_common_apps'.
    seed: with name and split it determines all episodes.
    split: 'train', 'validation' or 'evaluation', which share nothing that is
      drawn at random.
    **options: of the domain; see its class.

  Returns:
    The environment.

  Raises:
    UnknownNameError: if there is no environment, split or goal of that name.
    ConfigError: if there is no such option or its value is out of range.
  """
  entry = _entry(name)
  factory = getattr(importlib.import_module(entry.module), entry.factory)
  known = tuple(inspect.signature(factory).parameters)[1:]
  for option in options:
    if option not in known:
      raise errors.UnknownNameError(f'option of {name}', option, known)
  return factory(entry.variant, seed=seed, split=split, **options)


def goals(name: str) -> tuple[str, ...]:
  """Returns all goals of an environment, without making it.

  Raises:
    UnknownNameError: if there is no such environment.
  """
  entry = _entry(name)
  return importlib.import_module(entry.task_sets).task_set(entry.variant)


def names() -> tuple[str, ...]:
  """Returns the names of all environments."""
  return tuple(ENTRIES)


def solver(
  environment: interfaces.GoalEnvironment,
) -> Callable[[dm_env.TimeStep], int]:
  """Returns a scripted solver, which knows the environment's inner state.

  For recordings and reference returns only: nothing that acts or learns may
  ask for it.

  Args:
    environment: of a registered class or a subclass of one, or any with a
      method `expert_action()`, which returns what to do now.

  Returns:
    A function from the newest time step to the next action.

  Raises:
    ConfigError: if the environment has no solver.
  """
  for kind in type(environment).__mro__:
    module = SOLVERS.get(_dotted(kind))
    if module is not None:
      return importlib.import_module(module).make(environment)
  expert = getattr(environment, 'expert_action', None)
  if expert is None:
    raise errors.ConfigError(
      f'expected an environment with a scripted solver, '
      f'{_dotted(type(environment))} '
      'has none (a method expert_action() makes it one)'
    )
  return lambda timestep: int(expert())


def _dotted(kind: type) -> str:
  return f'{kind.__module__}.{kind.__qualname__}'
