import socket

import pytest

from acme_vlm import errors
from acme_vlm.replay import config, labeled, server


def test_a_port_that_is_taken_is_one_clear_line(spec):
  with socket.socket() as taken:
    taken.bind(('', 0))
    taken.listen()
    port = taken.getsockname()[1]
    with pytest.raises(errors.ReplayError) as caught:
      server.ReplayServer(config.ReplayConfig(port=port), spec)
  assert f'expected to serve replay on port {port}' in str(caught.value)
  assert '\n' not in str(caught.value)


def test_any_free_port_serves(serve, make_labeled):
  one, other = serve(), serve()
  assert one.address != other.address
  labeled.LabeledWriter(one.client()).write(make_labeled(1))
  assert one.client().available('labeled') == 1
  assert other.client().available('labeled') == 0


def test_stop_closes_its_clients_and_may_come_twice(serve):
  started = serve()
  client = started.client()
  started.stop()
  started.stop()
  assert client.closed.is_set()
