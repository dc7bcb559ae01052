"""Threads of one process, one per node of the program."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

# A stage may be compiling, which nothing can interrupt.
_JOIN_SECONDS = 90.0
_POLL_SECONDS = 0.2


class Node(NamedTuple):
  """One stage of the program.

  Attributes:
    name: shown in errors and as the thread's name.
    run: does the stage's work until the event is set, then returns.
    unblock: called when the program stops; must end the stage's blocking
      calls.
  """

  name: str
  run: Callable[[threading.Event], None]
  unblock: Callable[[], None] = lambda: None


class NodeError(RuntimeError):
  """A node of the program died, or did not stop; the cause is chained."""


class Program:
  """Runs nodes until they are told to stop, one fails, or time is up.

  Call order: `run` once; `stop` from any thread ends it. Nodes stop in the
  order in which they were given, each joined before the next is told: actors
  first, so that nothing is produced that nobody consumes.
  """

  def __init__(self, nodes: Sequence[Node]):
    """Initialises the program; starts nothing."""
    self._nodes = tuple(nodes)
    self._events = [threading.Event() for _ in nodes]
    self._wake = threading.Event()
    self._failed: tuple[str, BaseException] | None = None
    self._lock = threading.Lock()

  def stop(self) -> None:
    """Asks the program to end; returns at once."""
    self._wake.set()

  def run(self, finished: Callable[[], bool]) -> None:
    """Starts every node and returns when all of them have ended.

    Args:
      finished: polled several times a second; True ends the program.

    Raises:
      NodeError: a node raised, or did not end when it was told to.
      BaseException: what `finished` raised, after an orderly stop.
    """
    threads = [
      threading.Thread(
        target=self._guard, args=(node, event), name=node.name, daemon=True
      )
      for node, event in zip(self._nodes, self._events, strict=True)
    ]
    for thread in threads:
      thread.start()
    try:
      while not self._wake.wait(_POLL_SECONDS) and not finished():
        pass
    except BaseException:
      # Whatever went wrong here, nobody may be left running.
      self._stop_in_order(threads)
      raise
    stuck = self._stop_in_order(threads)
    if self._failed is not None:
      name, cause = self._failed
      raise NodeError(f'{name} died: {cause!r}') from cause
    if stuck:
      raise NodeError(f'did not stop: {", ".join(stuck)}')

  def _guard(self, node: Node, event: threading.Event) -> None:
    try:
      node.run(event)
    except BaseException as error:
      with self._lock:
        # What breaks because the program stops is not the cause of the stop.
        if self._failed is None and not event.is_set():
          self._failed = (node.name, error)
      self._wake.set()

  def _stop_in_order(self, threads: Sequence[threading.Thread]) -> list[str]:
    stuck = []
    for node, event, thread in zip(
      self._nodes, self._events, threads, strict=True
    ):
      event.set()
      deadline = time.monotonic() + _JOIN_SECONDS
      # The first wait lets a node finish its step before its calls are cut.
      thread.join(1.0)
      if thread.is_alive():
        node.unblock()
        thread.join(max(0.0, deadline - time.monotonic()))
      if thread.is_alive():
        stuck.append(node.name)
    return stuck
