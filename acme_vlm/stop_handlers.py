"""Stop handlers on SIGINT and SIGTERM, under the name `launchpad`.

`import acme` imports `launchpad`, of which it uses two functions:
`register_stop_handler` and `unregister_stop_handler`. Launchpad has no wheels
for CPython 3.11 and does not work with TensorFlow 2.15, so this module provides
the two functions, with real signal handling. `install` must run before the
first `import acme`; the package's `__init__` does that.

The signals are taken over when the first handler is registered on the main
thread (only the main thread may do so) and given back when the last one is
unregistered there. A handler registered on another thread is called as well as
soon as the main thread has registered one.

On a signal:

1. With handlers registered, all of them are called, in the order of their
   registration, and then the signal's previous Python handler, if the program
   had set one of its own. The default action (KeyboardInterrupt, death) is left
   out: the handlers are the orderly stop.
2. A second signal while handlers are still registered takes the default action,
   so that a stop that hangs can be forced.
3. With no handlers, the signal does what it did before.

A signal that is ignored when the first handler is registered stays ignored, as
`nohup` and background jobs expect.
"""

import importlib.machinery
import importlib.util
import logging
import os
import signal
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

Handler = Callable[[], Any]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Reentrant: a signal may arrive while the main thread is registering.
_lock = threading.RLock()
_handlers: list[Handler] = []
_previous: dict[int, Any] = {}
_stopping = False


def register_stop_handler(handler: Handler) -> None:
  """Registers a function to be called on SIGINT or SIGTERM.

  Args:
    handler: called without arguments, on a thread of its own. What it raises is
      logged and does not keep the other handlers from running.
  """
  with _lock:
    _handlers.append(handler)
    if _on_main_thread():
      _take_signals()


def unregister_stop_handler(handler: Handler) -> None:
  """Removes a registered handler; does nothing for an unknown one.

  Args:
    handler: the function given to `register_stop_handler`. One that was
      registered twice is removed once.
  """
  global _stopping
  with _lock:
    if handler in _handlers:
      _handlers.remove(handler)
    if not _handlers:
      _stopping = False
      if _on_main_thread():
        _give_back_signals()


def install() -> None:
  """Provides the module `launchpad` unless the real one is there.

  Calling it again does nothing.
  """
  if importlib.util.find_spec('launchpad'):
    return
  module = types.ModuleType('launchpad', __doc__)
  module.__spec__ = importlib.machinery.ModuleSpec('launchpad', loader=None)
  module.register_stop_handler = register_stop_handler  # type: ignore[attr-defined]
  module.unregister_stop_handler = unregister_stop_handler  # type: ignore[attr-defined]
  sys.modules['launchpad'] = module


def _on_main_thread() -> bool:
  return threading.current_thread() is threading.main_thread()


def _take_signals() -> None:
  for number in _SIGNALS:
    current = signal.getsignal(number)
    if number not in _previous and current is not signal.SIG_IGN:
      _previous[number] = signal.signal(number, _on_signal)


def _give_back_signals() -> None:
  for number, previous in tuple(_previous.items()):
    # Somebody may have put their own handler over ours since.
    if signal.getsignal(number) is _on_signal:
      # None: the previous handler was not set from Python.
      signal.signal(number, signal.SIG_DFL if previous is None else previous)
    del _previous[number]


def _on_signal(number: int, frame: types.FrameType | None) -> None:
  global _stopping
  previous = _previous.get(number)
  with _lock:
    handlers = () if _stopping else tuple(_handlers)
    _stopping = bool(handlers)
  if handlers:
    # Not on this thread: Acme's handler raises SystemExit asynchronously in the
    # thread of its loop, which may be this one, and would cut the rest off; and
    # a handler may wait for a lock that the interrupted code holds. Not a
    # daemon: the interpreter waits for the handlers before it exits.
    threading.Thread(
      target=_call_all, args=(handlers,), name='stop_handlers', daemon=False
    ).start()
    if callable(previous) and previous is not signal.default_int_handler:
      previous(number, frame)
  elif callable(previous):
    previous(number, frame)
  else:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _call_all(handlers: tuple[Handler, ...]) -> None:
  for handler in handlers:
    try:
      handler()
    except Exception:
      logging.getLogger(__name__).exception('Stop handler %r failed.', handler)
