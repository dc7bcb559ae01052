"""Trains an experiment on this machine: one process, a thread per stage.

    python -m launch.local EXPERIMENT.py [--any.config.field value] [--resume]

Ctrl-C stops the stages in order and writes a checkpoint; `--resume` goes on
with the newest run of the experiment.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys
import threading
from collections.abc import Iterator, Sequence

from acme_vlm import errors, stop_handlers
from acme_vlm.agent import config as config_lib
from acme_vlm.agent import run_directory
from launch import command_line, training

_PROGRAM = 'python -m launch.local'
_SWITCH_SECONDS = 5e-4
_STDERR = 2  # The process's file descriptor, whatever sys.stderr is.
_INTERRUPTED = 130  # As a shell reports a program that Ctrl-C ended.


def main(argv: Sequence[str] | None = None) -> None:
  """Runs the command line; exits with code 2 on a user's mistake."""
  argv = sys.argv[1:] if argv is None else list(argv)
  parser = argparse.ArgumentParser(
    prog=_PROGRAM,
    description='Trains an experiment on this machine.',
    epilog=f'{_PROGRAM} EXPERIMENT.py --help lists every field.',
  )
  parser.add_argument('experiment', help='a file that holds one CONFIG')
  parser.add_argument(
    '--resume',
    action='store_true',
    help='continue the newest run of the experiment',
  )
  # The experiment's own options, --help among them, are the file's business.
  named = bool(argv) and not argv[0].startswith('-')
  if not named:
    parser.parse_args(argv)
  options = [arg for arg in argv[1:] if arg != '--resume']
  with command_line.user_mistakes():
    default = command_line.load_experiment(argv[0])
    config = command_line.parse(
      default, options, prog=f'{_PROGRAM} {argv[0]} [--resume]'
    )
    resumed = None
    if len(options) < len(argv) - 1:
      resumed = run_directory.RunDirectory.newest(
        config.run.root, training.folder_name(config)
      )
      config = _resumed_config(resumed, options, argv[0])
    session = training.Session(config, resumed)
  _run(session)


def _resumed_config(
  run: run_directory.RunDirectory, options: Sequence[str], experiment: str
) -> config_lib.ExperimentConfig:
  """The run's own configuration, with the options of this command line."""
  try:
    values = json.loads(run.config.read_text())['config']
  except (OSError, ValueError, KeyError) as error:
    raise errors.RunDirectoryError(
      f'expected the configuration of a run in {run.config}, got {error!r}'
    ) from error
  saved = config_lib.from_json(config_lib.ExperimentConfig, values)
  return command_line.parse(saved, options, prog=f'{_PROGRAM} {experiment}')


def _run(session: training.Session) -> None:
  # The stages' threads hand the interpreter over thousands of times a second;
  # with CPython's 5 ms each handover may wait that long.
  sys.setswitchinterval(_SWITCH_SECONDS)
  interrupted = threading.Event()

  def interrupt() -> None:
    interrupted.set()
    session.stop()

  with _native_output_to(session.run.native_log):
    stop_handlers.register_stop_handler(interrupt)
    try:
      session.train()
    finally:
      stop_handlers.unregister_stop_handler(interrupt)
    # From here on Ctrl-C raises: everything is on disk, nothing else runs.
    try:
      if not interrupted.is_set():
        session.evaluate()
    except KeyboardInterrupt:
      interrupted.set()
  if interrupted.is_set():
    print(
      f'Stopped. A checkpoint is in {session.run.checkpoints}; the same command'
      ' with --resume goes on from it.'
    )
    raise SystemExit(_INTERRUPTED)


@contextlib.contextmanager
def _native_output_to(path: pathlib.Path) -> Iterator[None]:
  """Sends what C++ libraries print to a file; Python's own stays visible.

  Reverb reports every connection on the process's standard error, in the
  middle of the progress line, and has no option against it.
  """
  sys.stderr.flush()
  terminal = os.dup(_STDERR)
  visible = os.fdopen(os.dup(terminal), 'w', buffering=1)
  log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
  os.dup2(log, _STDERR)
  os.close(log)
  try:
    with contextlib.redirect_stderr(visible):
      yield
  finally:
    os.dup2(terminal, _STDERR)
    os.close(terminal)
    visible.close()


if __name__ == '__main__':
  main()
