import threading
import time

import pytest
import reverb

from acme_vlm import errors
from acme_vlm.replay import client as client_lib
from acme_vlm.replay import labeled


def test_acmes_argument_is_taken_and_ignored(serve):
  client = serve().client()
  writer = client.trajectory_writer(5, get_signature_timeout_ms=300_000)
  assert isinstance(writer, reverb.TrajectoryWriter)


def test_available_counts_what_the_limiter_lets_go(serve, make_labeled):
  client = serve(samples_per_trajectory=3, labeled_max_size=4).client()
  writer = labeled.LabeledWriter(client)
  assert client.available('labeled') == 0
  for number in range(2):
    writer.write(make_labeled(number))
  assert client.available('labeled') == 6
  list(client.sample('labeled', 4, emit_timesteps=False))
  assert client.available('labeled') == 2


def test_an_unknown_table_is_an_error(serve):
  with pytest.raises(RuntimeError, match="no table 'nope'"):
    serve().client().available('nope')


def test_a_timeout_is_kept_while_open_and_empty_when_closed(
  serve, make_labeled
):
  client = serve(labeled_max_size=2).client()
  writer = labeled.LabeledWriter(client)
  for number in range(2):
    writer.write(make_labeled(number))

  def blocked():
    with pytest.raises(errors.ReplayError):
      writer.write(make_labeled(2))

  thread = threading.Thread(target=blocked)
  thread.start()
  time.sleep(0.2)
  with pytest.raises(reverb.DeadlineExceededError):
    writer._writer.flush(0, timeout_ms=50)
  client.close()
  thread.join(5)
  # Acme's adders flush with ten seconds of patience when they are deleted.
  start = time.monotonic()
  writer._writer.flush(0, timeout_ms=10_000)
  assert time.monotonic() - start < 1


def test_closing_one_client_leaves_others_alone(serve, make_labeled):
  server = serve()
  one, other = server.client(), server.client()
  one.close()
  labeled.LabeledWriter(other).write(make_labeled(1))
  with pytest.raises(errors.ReplayError, match='got a closed one'):
    labeled.LabeledWriter(one).write(make_labeled(1))
  assert not client_lib.ReplayClient(server.address).closed.is_set()
