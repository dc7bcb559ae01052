"""All apps by name, and the two task sets."""

from acme_vlm import errors
from acme_vlm.environments.android.apps import (
  app,
  documents,
  essentials,
  games,
  health,
  media,
  money,
  office,
  outdoors,
  people,
  tools,
  travel,
)

# The nine that the paper names, and Settings.
_COMMON_NAMES = (
  'Gmail',
  'Sheets',
  'Chrome',
  'Calculator',
  'Clock',
  'Messages',
  'Phone',
  'Calendar',
  'Docs',
  'Settings',
)
_COMMON: tuple[app.App, ...] = tuple(
  sorted(
    office.APPS + essentials.APPS,
    key=lambda entry: _COMMON_NAMES.index(entry.name),
  )
)
_DIVERSE: tuple[app.App, ...] = (
  _COMMON
  + media.APPS
  + travel.APPS
  + outdoors.APPS
  + money.APPS
  + health.APPS
  + games.APPS
  + people.APPS
  + documents.APPS
  + tools.APPS
)

BY_NAME: dict[str, app.App] = {entry.name: entry for entry in _DIVERSE}
BY_PACKAGE: dict[str, app.App] = {entry.package: entry for entry in _DIVERSE}

TASK_SETS: dict[str, tuple[str, ...]] = {
  'open_common_apps': tuple(entry.name for entry in _COMMON),
  'open_diverse_apps': tuple(entry.name for entry in _DIVERSE),
}


def task_set(name: str) -> tuple[str, ...]:
  """Returns the names of the apps of a task set.

  Args:
    name: 'open_common_apps' or 'open_diverse_apps', with or without the
      domain, as in 'android/open_common_apps'.

  Raises:
    UnknownNameError: if there is no such task set.
  """
  found = TASK_SETS.get(name.removeprefix('android/'))
  if found is None:
    raise errors.UnknownNameError('task set', name, tuple(TASK_SETS))
  return found
