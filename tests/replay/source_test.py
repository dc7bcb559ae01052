import threading
import time

import pytest

from acme_vlm import errors
from acme_vlm.replay import client as client_lib
from acme_vlm.replay import source


def test_the_order_of_writing_is_the_order_of_taking(serve, make_actor):
  client = serve(unlabeled_max_size=20).client()
  make_actor(client).play(1, 4 * 12)
  unlabeled = source.UnlabeledSource(client, at_once=5)
  starts = []
  while len(starts) < 12:
    taken = unlabeled.take(7, timeout=20)
    assert 1 <= len(taken) <= 5
    starts += [int(t.pixels[0, 0, 0, 0]) for t in taken]
  assert starts == list(range(1, 49, 4))


def test_nothing_comes_after_the_timeout(serve):
  unlabeled = source.UnlabeledSource(serve().client())
  start = time.monotonic()
  assert unlabeled.take(5, timeout=0.2) == []
  assert time.monotonic() - start >= 0.2


def test_idleness_loses_no_item(serve, make_actor):
  client = serve().client()
  unlabeled = source.UnlabeledSource(client)
  # Longer than one wait on the rate limiter: the dataset has begun anew.
  assert unlabeled.take(5, timeout=0.4) == []
  make_actor(client).play(1, 8)
  starts = []
  while len(starts) < 2:
    taken = unlabeled.take(5, timeout=20)
    assert taken
    starts += [int(t.pixels[0, 0, 0, 0]) for t in taken]
  assert starts == [1, 5]


def test_waiting_counts_what_is_not_taken_yet(serve, make_actor):
  client = serve().client()
  make_actor(client).play(1, 12)
  unlabeled = source.UnlabeledSource(client)
  assert unlabeled.waiting() == 3
  assert len(unlabeled.take(1, timeout=20)) == 1
  assert unlabeled.waiting() == 2
  unlabeled.close()
  assert unlabeled.waiting() == 0


def test_close_ends_a_waiting_take_of_another_thread(serve):
  unlabeled = source.UnlabeledSource(serve().client())
  results = []
  thread = threading.Thread(
    target=lambda: results.append(unlabeled.take(5, timeout=60))
  )
  thread.start()
  start = time.monotonic()
  unlabeled.close()
  thread.join(10)
  assert results == [[]]
  assert time.monotonic() - start < 4


def test_a_server_that_goes_away_is_an_error(serve):
  server = serve()
  # A client of its own is not told that the server stops.
  client = client_lib.ReplayClient(server.address)
  unlabeled = source.UnlabeledSource(client)
  assert unlabeled.take(1, timeout=0.3) == []
  server.stop()
  with pytest.raises(errors.ReplayError, match="table 'unlabeled' at local"):
    unlabeled.take(1, timeout=60)
