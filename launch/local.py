"""Trains an experiment on this machine: one process, a thread per stage.

    python -m launch.local EXPERIMENT.py [--any.config.field value] [--resume]

Ctrl-C stops the stages in order and writes a checkpoint; `--resume` goes on
with the newest run of the experiment.
"""

import contextlib
import os
import pathlib
import sys
import threading
from collections.abc import Iterator, Sequence

from acme_vlm import errors, stop_handlers
from acme_vlm.agent import config as config_lib
from acme_vlm.agent import run_directory
from launch import command_line, nodes, training

_PROGRAM = 'python -m launch.local'
_SWITCH_SECONDS = 5e-4
_STDERR = 2  # The process's file descriptor, whatever sys.stderr is.
_INTERRUPTED = 130  # As a shell reports a program that Ctrl-C ended.


def main(argv: Sequence[str] | None = None) -> None:
  """Runs the command line.

  Args:
    argv: without the program; None takes the process's.

  Raises:
    SystemExit: with code 2 and one line on a user's mistake, 130 if Ctrl-C
      stopped it.
  """
  argv = sys.argv[1:] if argv is None else list(argv)
  options = [arg for arg in argv if arg != '--resume']
  resume = len(options) < len(argv)
  if not options or options[0] in ('-h', '--help'):
    print(__doc__)
    if not options:
      command_line.fail('expected an experiment file, got none')
    raise SystemExit(0)
  experiment, *options = options
  try:
    with command_line.user_mistakes():
      _run(_session(experiment, options, resume))
  except KeyboardInterrupt:
    # Only before training and after it: in between, the handlers stop it.
    print('Stopped.')
    raise SystemExit(_INTERRUPTED) from None


def _session(
  experiment: str, options: Sequence[str], resume: bool
) -> training.Session:
  """Reads the configuration and checks all that can be checked."""
  default = command_line.load_experiment(experiment)
  config = command_line.parse(
    default, options, prog=f'{_PROGRAM} {experiment} [--resume]'
  )
  if not resume:
    return training.Session(config)
  run = run_directory.RunDirectory.newest(
    config.run.root, training.folder_name(config)
  )
  return training.Session(_resumed_config(run, options, experiment), run)


def _resumed_config(
  run: run_directory.RunDirectory, options: Sequence[str], experiment: str
) -> config_lib.ExperimentConfig:
  """The run's own configuration, with the options of this command line."""
  saved = config_lib.read(run.config)
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
    except nodes.NodeError as error:
      if isinstance(error.__cause__, errors.AcmeVlmError):
        raise error.__cause__ from None
      raise
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
  """Sends what C++ libraries print to a file; Python's messages stay visible.

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
