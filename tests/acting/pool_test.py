import threading

import dm_env
import numpy as np
import pytest

from acme_vlm.acting import pool


class Recorder:
  """Says where and in which thread it was used."""

  def __init__(self, slot):
    self.slot = slot
    self.threads = {threading.get_ident()}
    self.closed = False

  def reset(self):
    self.threads.add(threading.get_ident())
    return dm_env.restart(self.slot)

  def step(self, action):
    self.threads.add(threading.get_ident())
    return dm_env.transition(0.0, (self.slot, int(action)))

  def close(self):
    self.threads.add(threading.get_ident())
    self.closed = True


@pytest.mark.parametrize('threads', [1, 2, 3, 5])
def test_slots_keep_their_order_and_their_thread(threads):
  made = {}

  def factory(slot):
    made[slot] = Recorder(slot)
    return made[slot]

  environments = pool.EnvironmentPool(factory, 5, threads)
  assert not made, 'nothing is made before it is needed'
  first = environments.reset(range(5))
  assert {slot: t.observation for slot, t in first.items()} == {
    slot: slot for slot in range(5)
  }
  for n in range(3):
    steps = environments.step(np.arange(5) + n)
    assert [t.observation for t in steps] == [(s, s + n) for s in range(5)]
    assert list(environments.reset([4, 1])) == [4, 1]
  environments.close()
  assert all(recorder.closed for recorder in made.values())
  assert all(len(recorder.threads) == 1 for recorder in made.values())
  used = set.union(*(recorder.threads for recorder in made.values()))
  assert len(used) == threads
  assert (threading.get_ident() in used) == (threads == 1)


def test_an_error_in_a_thread_reaches_the_caller():
  def factory(slot):
    raise OSError(f'no screen for {slot}')

  with pytest.raises(OSError, match='no screen'):
    pool.EnvironmentPool(factory, 2, 2).reset([0, 1])
