"""Tests of the errors a user can cause: one line each, told apart by class."""

import inspect

import pytest

from acme_vlm import errors

_CLASSES = [
  kind
  for _, kind in inspect.getmembers(errors, inspect.isclass)
  if kind.__module__ == errors.__name__
]


@pytest.mark.parametrize('kind', _CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_one_that_the_launchers_print(kind):
  assert issubclass(kind, errors.AcmeVlmError)
  assert inspect.getdoc(kind)


@pytest.mark.parametrize(
  ('kind', 'builtin'),
  [
    (errors.ConfigError, ValueError),
    (errors.UnknownNameError, LookupError),
  ],
)
def test_who_knows_only_pythons_errors_catches_them_too(kind, builtin):
  assert issubclass(kind, builtin)


def test_causes_are_told_apart():
  siblings = [kind for kind in _CLASSES if kind is not errors.AcmeVlmError]
  for kind in siblings:
    assert not any(
      issubclass(kind, other) for other in siblings if other is not kind
    )


def test_an_unknown_name_comes_with_the_known_ones():
  error = errors.UnknownNameError('goal', 'Nope', ['Gmail', 'Clock'])
  assert str(error) == "unknown goal 'Nope'; expected one of: Gmail, Clock"
  assert (error.kind, error.name) == ('goal', 'Nope')
  assert error.known == ('Gmail', 'Clock')


def test_an_empty_registry_says_so():
  line = str(errors.UnknownNameError('split', 'x', ()))
  assert line == "unknown split 'x'; expected one of: (none)"


def test_of_many_names_the_nearest_are_listed():
  few = str(errors.UnknownNameError('app', 'b', ['a', 'c']))
  assert few == "unknown app 'b'; expected one of: a, c"
  many = [f'a {colour} {n}' for n in range(2000) for colour in ('red', 'blue')]
  line = str(errors.UnknownNameError('goal', 'a rde 77', many))
  assert 'a red 77' in line and '4,000 in all' in line and len(line) < 200
