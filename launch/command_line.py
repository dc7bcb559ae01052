"""Experiment file and command line to one validated configuration.

`python -m launch.local EXPERIMENT.py [--any.config.field value]`: the file's
`CONFIG` gives the defaults, its dataclasses give the options, their types and
the text of `--help`. A mistake is one line on standard error and exit code 2.
"""

import contextlib
import importlib.util
import io
import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn, TypeVar

import tyro

from acme_vlm import errors
from acme_vlm.agent import config as config_lib

_Config = TypeVar('_Config')
_USER_MISTAKE = 2  # Exit code, as argparse's and most Unix commands'.


def fail(message: str) -> NoReturn:
  """Prints one line to standard error and exits with code 2."""
  print(f'error: {" ".join(message.split())}', file=sys.stderr)
  raise SystemExit(_USER_MISTAKE)


@contextlib.contextmanager
def user_mistakes() -> Iterator[None]:
  """Turns an `AcmeVlmError` of its body into one line and exit code 2."""
  try:
    yield
  except errors.AcmeVlmError as error:
    fail(str(error))


def load_experiment(path: str) -> config_lib.ExperimentConfig:
  """Reads `CONFIG` from an experiment file.

  Args:
    path: a Python file that holds one `CONFIG: ExperimentConfig`.

  Returns:
    The configuration.

  Raises:
    ConfigError: no such file, it does not load, or it holds no CONFIG.
  """
  file = pathlib.Path(path)
  if not file.is_file():
    raise errors.ConfigError(
      f'expected an experiment file such as experiments/open_common_apps.py,'
      f' got {path!r}, which is not a file'
    )
  spec = importlib.util.spec_from_file_location(file.stem, file)
  if spec is None or spec.loader is None:
    raise errors.ConfigError(f'expected a .py experiment file, got {path!r}')
  module = importlib.util.module_from_spec(spec)
  try:
    spec.loader.exec_module(module)
  except Exception as error:
    raise errors.ConfigError(
      f'{path} does not load: {type(error).__name__}: {error}'
    ) from error
  config = getattr(module, 'CONFIG', None)
  if not isinstance(config, config_lib.ExperimentConfig):
    raise errors.ConfigError(
      f'expected {path} to hold CONFIG, an ExperimentConfig, got'
      f' {type(config).__name__}'
    )
  return config


def parse(default: _Config, args: Sequence[str], *, prog: str) -> _Config:
  """Applies command-line options to a configuration.

  Args:
    default: the configuration whose fields are the options.
    args: the command line, without the program and the experiment file.
    prog: the program's name in `--help`.

  Returns:
    A configuration of the same type, validated by its `__post_init__`.

  Raises:
    ConfigError: an unknown option, a wrong type, or a value out of range.
    SystemExit: with code 0, after `--help`.
  """
  printed = io.StringIO()
  with contextlib.redirect_stderr(printed), _wide_terminal():
    try:
      return tyro.cli(
        type(default),
        default=default,
        args=list(args),
        prog=prog,
        config=(tyro.conf.FlagConversionOff,),
      )
    except SystemExit as stop:
      if not stop.code:
        raise
  raise errors.ConfigError(_one_line(printed.getvalue()))


def _one_line(box: str) -> str:
  """The message inside the frame that tyro draws around it."""
  # Where the terminal's encoding is not UTF-8 the frame is of ASCII.
  lines = [line.strip('│╭╮╰╯─|+ ') for line in box.splitlines()]
  lines = [line for line in lines if any(map(str.isalnum, line))]
  message = lines[1] if len(lines) > 1 else 'bad command line'
  if 'Perhaps you meant:' in lines:
    guess = lines[lines.index('Perhaps you meant:') + 1]
    message += f' (perhaps you meant {guess.split()[0]})'
  return f'{message}; --help lists all options'


@contextlib.contextmanager
def _wide_terminal() -> Iterator[None]:
  """Keeps tyro from wrapping an error over several lines."""
  if any(arg in ('-h', '--help') for arg in sys.argv):
    yield
    return
  before = os.environ.get('COLUMNS')
  os.environ['COLUMNS'] = '1000'
  try:
    yield
  finally:
    if before is None:
      del os.environ['COLUMNS']
    else:
      os.environ['COLUMNS'] = before
