"""What can go wrong for a user, one class per cause.

Every message is one line that says what was expected and what came. The
launchers print it as it is and exit with code 2; anything that is not an
`AcmeVlmError` is a defect of this package and keeps its traceback.
"""

import difflib

# Of more names than the first, so many of the nearest are listed.
_LISTED, _CLOSE = 100, 5


class AcmeVlmError(Exception):
  """Base of every error that a user can cause and mend."""


class ConfigError(AcmeVlmError, ValueError):
  """A configuration value is outside its range or contradicts another."""


class UnknownNameError(AcmeVlmError, LookupError):
  """A name (environment, app, goal, checkpoint) is not in its registry."""

  def __init__(self, kind: str, name: str, known: tuple[str, ...] | list[str]):
    """Builds the line.

    Args:
      kind: what was looked up, for example `'environment'`.
      name: the name that came.
      known: the names that exist.
    """
    self.kind, self.name, self.known = kind, name, tuple(known)
    names = [str(each) for each in self.known]
    if len(names) > _LISTED:
      names = difflib.get_close_matches(str(name), names, _CLOSE, cutoff=0.0)
      names.append(f'... ({len(self.known):,} in all)')
    listed = ', '.join(names) or '(none)'
    super().__init__(f'unknown {kind} {name!r}; expected one of: {listed}')


class CheckpointError(AcmeVlmError):
  """A checkpoint is missing, truncated, refused or does not fit its config."""


class RunDirectoryError(AcmeVlmError):
  """The folder of a run cannot be made, written, or resumed from."""


class EnvironmentFailure(AcmeVlmError):
  """An outside process (emulator, simulator) could not be started or died."""


class TrainingError(AcmeVlmError):
  """Learning went astray: a loss or a gradient is no number any more."""


class ReplayError(AcmeVlmError):
  """A replay server could not be started or reached."""


class DatasetError(AcmeVlmError):
  """Recorded episodes are missing, truncated or not of the format."""
