"""Real signals, sent to a process of its own."""

import pathlib
import signal
import subprocess
import sys
import textwrap

import pytest

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ROOT = pathlib.Path(__file__).parents[1]

# What runs before each program. SIGINT is reset because a parent in the
# background hands it down ignored.
_PREAMBLE = """
import os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from acme_vlm import stop_handlers

def say(word):
  os.write(1, (word + chr(10)).encode())

def send(number):
  os.kill(os.getpid(), number)

def wait(seconds=10):
  end = time.monotonic() + seconds
  while time.monotonic() < end:
    time.sleep(0.01)
"""


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess:
  return subprocess.run(
    (
      sys.executable,
      '-c',
      _PREAMBLE + textwrap.dedent(program),
      *map(str, arguments),
    ),
    cwd=ROOT,
    capture_output=True,
    text=True,
    timeout=60,
  )


@pytest.mark.parametrize('number', SIGNALS)
def test_all_handlers_run_in_order_and_the_program_goes_on(number):
  result = _run(
    """
    number = int(sys.argv[1])
    done = threading.Event()
    stop_handlers.register_stop_handler(lambda: say('first'))
    stop_handlers.register_stop_handler(lambda: say('second'))
    stop_handlers.register_stop_handler(done.set)
    send(number)
    say('stopped in order' if done.wait(10) else 'never stopped')
    """,
    number.value,
  )
  assert result.stdout.split('\n')[:3] == [
    'first',
    'second',
    'stopped in order',
  ]
  assert result.returncode == 0, result.stderr


def test_a_failing_handler_is_logged_and_does_not_stop_the_others():
  result = _run(
    """
    done = threading.Event()
    def fail():
      raise OSError('disk gone')
    stop_handlers.register_stop_handler(fail)
    stop_handlers.register_stop_handler(done.set)
    send(signal.SIGTERM)
    say(str(done.wait(10)))
    """
  )
  assert result.stdout == 'True\n'
  assert result.returncode == 0
  assert 'OSError: disk gone' in result.stderr


def test_a_handler_of_another_thread_runs_too():
  result = _run(
    """
    done = threading.Event()
    thread = threading.Thread(
      target=stop_handlers.register_stop_handler, args=(done.set,))
    thread.start(); thread.join()
    stop_handlers.register_stop_handler(lambda: None)
    send(signal.SIGINT)
    say(str(done.wait(10)))
    """
  )
  assert result.stdout == 'True\n', result.stderr


def test_the_programs_own_signal_handler_runs_as_well():
  result = _run(
    """
    signal.signal(signal.SIGTERM, lambda number, frame: say('own'))
    done = threading.Event()
    stop_handlers.register_stop_handler(done.set)
    send(signal.SIGTERM)
    say(str(done.wait(10)))
    """
  )
  assert result.stdout == 'own\nTrue\n', result.stderr


@pytest.mark.parametrize(
  ('number', 'returncode', 'word'),
  (
    (signal.SIGINT, 3, 'interrupted\n'),
    (signal.SIGTERM, -signal.SIGTERM, ''),
  ),
)
def test_a_second_signal_forces_the_end(number, returncode, word):
  result = _run(
    """
    number = int(sys.argv[1])
    stop_handlers.register_stop_handler(lambda: None)
    send(number)
    try:
      send(number)
      wait()
    except KeyboardInterrupt:
      say('interrupted')
      sys.exit(3)
    """,
    number.value,
  )
  assert (result.returncode, result.stdout) == (returncode, word)


def test_without_handlers_the_signals_are_as_they_were():
  result = _run(
    """
    def own(number, frame):
      pass
    signal.signal(signal.SIGTERM, own)
    handler = lambda: say('must not run')
    stop_handlers.register_stop_handler(handler)
    assert signal.getsignal(signal.SIGTERM) is not own
    stop_handlers.unregister_stop_handler(handler)
    assert signal.getsignal(signal.SIGTERM) is own
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    stop_handlers.unregister_stop_handler(handler)
    try:
      send(signal.SIGINT)
      wait()
    except KeyboardInterrupt:
      say('interrupted')
    """
  )
  assert result.stdout == 'interrupted\n', result.stderr


def test_handlers_removed_on_another_thread_leave_the_default():
  result = _run(
    """
    handler = lambda: say('must not run')
    stop_handlers.register_stop_handler(handler)
    thread = threading.Thread(
      target=stop_handlers.unregister_stop_handler, args=(handler,))
    thread.start(); thread.join()
    send(signal.SIGTERM)
    wait()
    """
  )
  assert (result.returncode, result.stdout) == (-signal.SIGTERM, '')


def test_an_ignored_signal_stays_ignored():
  result = _run(
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop_handlers.register_stop_handler(lambda: say('must not run'))
    send(signal.SIGINT)
    say('alive')
    """
  )
  assert result.stdout == 'alive\n', result.stderr


def test_acme_stops_its_loop_in_the_main_thread_and_lets_the_others_run():
  # Acme raises SystemExit asynchronously in the thread of its loop; the handler
  # registered after it must still run.
  result = _run(
    """
    from acme.utils import signals
    done = threading.Event()
    with signals.runtime_terminator():
      stop_handlers.register_stop_handler(done.set)
      send(signal.SIGTERM)
      wait()
      say('never stopped')
    say(str(done.wait(10)))
    """
  )
  assert result.stdout == 'True\n', result.stderr
  assert result.returncode == 0


def test_launchpad_is_found_by_import_machinery_and_installed_once():
  result = _run(
    """
    import importlib.util, launchpad
    assert importlib.util.find_spec('launchpad') is not None
    stop_handlers.install()
    assert sys.modules['launchpad'] is launchpad
    for name in ('register_stop_handler', 'unregister_stop_handler'):
      assert getattr(launchpad, name) is getattr(stop_handlers, name)
    say('same')
    """
  )
  assert result.stdout == 'same\n', result.stderr


def test_a_real_launchpad_is_left_alone(tmp_path):
  (tmp_path / 'launchpad.py').write_text('REAL = True\n')
  result = _run(
    """
    del sys.modules['launchpad']
    sys.path.insert(0, sys.argv[1])
    stop_handlers.install()
    import launchpad
    say(str(launchpad.REAL))
    """,
    tmp_path,
  )
  assert result.stdout == 'True\n', result.stderr
