import threading
import time

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.replay import client as client_lib
from acme_vlm.replay import dataset, labeled
from acme_vlm.types import BatchProvenance, LabeledBatch


def test_what_was_written_comes_bit_for_bit(serve, make_labeled):
  client = serve().client()
  writer = labeled.LabeledWriter(client)
  for number in (3, 4):
    writer.write(make_labeled(number))
  data = dataset.LabeledDataset(client, batch_size=2)
  batch, provenance = next(iter(data))
  assert isinstance(batch, LabeledBatch)
  assert isinstance(provenance, BatchProvenance)
  for b, number in enumerate((3, 4)):
    written = make_labeled(number)
    for came in (batch, provenance):
      for name, column in came._asdict().items():
        expected = np.asarray(getattr(written, name))
        assert column.dtype == expected.dtype
        np.testing.assert_array_equal(column[b], expected, err_msg=name)


def test_frames_that_nobody_looks_at_are_left_out(serve, make_labeled):
  client = serve().client()
  writer = labeled.LabeledWriter(client)
  for number in (3, 4):
    writer.write(make_labeled(number))
  data = dataset.LabeledDataset(client, batch_size=2, pixels=False)
  batch, _ = next(iter(data))
  assert batch.pixels.shape == (2, 5, 0, 3, 3)
  np.testing.assert_array_equal(batch.sight[1], make_labeled(4).sight)


def test_the_learner_blocks_while_labels_lag(serve, make_labeled):
  client = serve().client()
  writer = labeled.LabeledWriter(client)
  data, got = dataset.LabeledDataset(client, batch_size=2), []
  thread = threading.Thread(target=lambda: got.append(next(iter(data))))
  thread.start()
  writer.write(make_labeled(0))
  thread.join(0.6)
  assert thread.is_alive()
  writer.write(make_labeled(1))
  thread.join(20)
  assert len(got) == 1


def test_each_trajectory_comes_as_often_as_the_config_says(serve, make_labeled):
  client = serve(samples_per_trajectory=3, labeled_max_size=4).client()
  writer = labeled.LabeledWriter(client)
  for number in range(4):
    writer.write(make_labeled(number))
  batches = iter(dataset.LabeledDataset(client, batch_size=2))
  numbers = [n for _ in range(6) for n in next(batches)[0].action[:, 0]]
  assert sorted(numbers) == sorted(list(range(4)) * 3)
  info = client.server_info()['labeled']
  assert info.current_size == 0


def test_many_passes_never_lock_the_table(serve, make_labeled):
  client = serve(samples_per_trajectory=2, labeled_max_size=2).client()
  writer = labeled.LabeledWriter(client)

  def write():
    for number in range(60):
      writer.write(make_labeled(number))

  thread = threading.Thread(target=write)
  thread.start()
  batches = iter(dataset.LabeledDataset(client, batch_size=2))
  numbers = [n for _ in range(60) for n in next(batches)[0].action[:, 0]]
  assert sorted(numbers) == sorted(list(range(60)) * 2)
  thread.join(10)
  assert not thread.is_alive()


def test_close_ends_the_iteration_of_another_thread(serve):
  data, got = dataset.LabeledDataset(serve().client(), batch_size=2), []
  thread = threading.Thread(target=lambda: got.append(list(data)))
  thread.start()
  time.sleep(0.2)
  start = time.monotonic()
  data.close()
  thread.join(10)
  assert got == [[]]
  assert time.monotonic() - start < 3


def test_a_server_that_goes_away_is_an_error(serve, make_labeled):
  server = serve()
  # A client of its own is not told that the server stops.
  client = client_lib.ReplayClient(server.address)
  labeled.LabeledWriter(client).write(make_labeled(0))
  batches = iter(dataset.LabeledDataset(client, batch_size=1))
  next(batches)
  server.stop()
  with pytest.raises(errors.ReplayError, match="table 'labeled' at local"):
    next(batches)


def test_stalls_of_the_writer_and_of_the_reader_lose_nothing(
  serve, make_labeled
):
  client = serve(labeled_max_size=4).client()
  writer = labeled.LabeledWriter(client)
  rng = np.random.default_rng(0)
  pauses = rng.choice([0, 0.001, 0.02], (2, 100))

  def write():
    for number, pause in enumerate(pauses[0]):
      writer.write(make_labeled(number))
      time.sleep(pause)

  thread = threading.Thread(target=write)
  thread.start()
  numbers = []
  batches = iter(dataset.LabeledDataset(client, batch_size=1))
  for pause in pauses[1]:
    numbers.append(int(next(batches)[0].action[0, 0]))
    time.sleep(pause)
  thread.join(10)
  assert numbers == list(range(100))
