import threading
import time

import pytest

from acme_vlm import errors
from acme_vlm.replay import client as client_lib
from acme_vlm.replay import labeled, reader


def test_it_takes_what_is_there_up_to_most(serve, make_labeled):
  client = serve().client()
  writer = labeled.LabeledWriter(client)
  for number in range(3):
    writer.write(make_labeled(number))
  taken = reader.take(client, 'labeled', 2, timeout=0)
  taken += reader.take(client, 'labeled', 9, timeout=0)
  assert [item['action'][0] for item in taken] == [0, 1, 2]
  assert reader.take(client, 'labeled', 9, timeout=0) == []


def test_it_waits_for_the_first(serve, make_labeled):
  client = serve().client()
  writer = labeled.LabeledWriter(client)
  timer = threading.Timer(0.3, writer.write, [make_labeled(7)])
  timer.start()
  start = time.monotonic()
  (item,) = reader.take(client, 'labeled', 9, timeout=20)
  assert time.monotonic() - start > 0.25
  assert item['action'][0] == 7


def test_a_closed_client_takes_nothing(serve, make_labeled):
  client = serve().client()
  labeled.LabeledWriter(client).write(make_labeled(1))
  client.close()
  start = time.monotonic()
  assert reader.take(client, 'labeled', 1, timeout=30) == []
  assert time.monotonic() - start < 5


def test_nobody_at_the_address_is_one_clear_line(serve):
  server = serve()
  client = client_lib.ReplayClient(server.address)
  server.stop()
  with pytest.raises(errors.ReplayError, match='expected table') as caught:
    reader.take(client, 'labeled', 1, timeout=60)
  assert '\n' not in str(caught.value)
