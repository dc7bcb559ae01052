"""Tests of the thread program."""

import queue
import threading

import pytest

from launch import nodes


def _idle(name, log, started=None):
  def run(event):
    if started is not None:
      started.set()
    event.wait()
    log.append(name)

  return nodes.Node(name, run)


def test_nodes_stop_in_the_given_order():
  log = []
  program = nodes.Program([_idle(name, log) for name in 'abcd'])
  program.run(finished=lambda: True)
  assert log == list('abcd')


def test_a_failing_node_ends_the_program_with_its_cause():
  log = []

  def fail(event):
    raise ArithmeticError('sum is off')

  program = nodes.Program([_idle('a', log), nodes.Node('bad', fail)])
  with pytest.raises(nodes.NodeError, match=r'bad died.*sum is off') as caught:
    program.run(finished=lambda: False)
  assert isinstance(caught.value.__cause__, ArithmeticError)
  assert log == ['a']


def test_a_blocked_node_is_unblocked_and_its_error_is_not_a_failure():
  blocked = queue.Queue()

  def run(event):
    if blocked.get() is None:
      raise ConnectionError('closed')

  node = nodes.Node('blocked', run, unblock=lambda: blocked.put(None))
  program = nodes.Program([node])
  program.run(finished=lambda: True)
  assert blocked.empty()


def test_interrupt_stops_every_node_first():
  log = []

  def finished():
    raise KeyboardInterrupt

  program = nodes.Program([_idle(name, log) for name in 'ab'])
  with pytest.raises(KeyboardInterrupt):
    program.run(finished=finished)
  assert log == list('ab')
  assert threading.active_count() == 1 or all(
    thread.name not in 'ab' for thread in threading.enumerate()
  )


def test_what_the_poll_raises_stops_every_node_first():
  log = []

  def finished():
    raise OSError('disk full')

  program = nodes.Program([_idle(name, log) for name in 'ab'])
  with pytest.raises(OSError, match='disk full'):
    program.run(finished=finished)
  assert log == list('ab')
