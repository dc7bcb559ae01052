import collections
import threading
import time

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.replay import dataset, labeled


def _size(client):
  return client.server_info()['labeled'].current_size


def test_the_service_blocks_while_the_learner_lags(serve, make_labeled):
  client = serve(labeled_max_size=4).client()
  writer, written = labeled.LabeledWriter(client), []

  def write():
    for number in range(30):
      writer.write(make_labeled(number))
      written.append(number)

  thread = threading.Thread(target=write)
  thread.start()
  end = time.monotonic() + 20
  while len(written) < 4 and time.monotonic() < end:
    time.sleep(0.02)
  thread.join(0.5)
  assert thread.is_alive()
  assert len(written) == 4
  batches = iter(dataset.LabeledDataset(client, batch_size=2))
  actions = [next(batches)[0].action[:, 0] for _ in range(15)]
  np.testing.assert_array_equal(np.concatenate(actions), np.arange(30))
  thread.join(20)
  assert not thread.is_alive()


def test_closing_ends_a_blocked_write(serve, make_labeled):
  client = serve(labeled_max_size=2).client()
  writer, raised = labeled.LabeledWriter(client), []

  def write():
    try:
      for number in range(5):
        writer.write(make_labeled(number))
    except errors.ReplayError as error:
      raised.append(str(error))

  thread = threading.Thread(target=write)
  thread.start()
  end = time.monotonic() + 20
  while _size(client) < 2 and time.monotonic() < end:
    time.sleep(0.02)
  start = time.monotonic()
  writer.close()
  thread.join(10)
  assert raised == ['expected an open replay, got a closed one']
  assert time.monotonic() - start < 3


@pytest.mark.parametrize(
  ('field', 'value'),
  [
    ('reward', np.zeros(3, np.float32)),
    ('reward', np.zeros(4, np.float64)),
    ('pixels', np.zeros((5, 9, 3, 3), np.uint8)),
  ],
)
def test_the_table_refuses_other_shapes_and_types(
  serve, make_labeled, field, value
):
  writer = labeled.LabeledWriter(serve().client())
  with pytest.raises(ValueError, match=field):
    writer.write(make_labeled(1)._replace(**{field: value}))


def test_what_is_recalled_is_bit_for_bit_what_was_written(serve, make_labeled):
  writer = labeled.LabeledWriter(serve().client())
  for number in (3, 1, 2):
    writer.write(make_labeled(number))
  recalled = writer.recall()
  # By the time of their labels.
  for number, came in zip((1, 2, 3), recalled, strict=True):
    for name, column in came._asdict().items():
      expected = np.asarray(getattr(make_labeled(number), name))
      assert column.dtype == expected.dtype
      np.testing.assert_array_equal(column, expected, err_msg=name)
  assert writer.recall() == []


@pytest.mark.parametrize('times', [1, 3])
def test_recalls_lose_nothing_double_nothing_and_block_nobody(
  serve, make_labeled, times
):
  """A learner takes batches while the table is emptied again and again."""
  total, swaps = 120, 0
  server = serve(samples_per_trajectory=times, labeled_max_size=4)
  writer = labeled.LabeledWriter(server.client())
  data = dataset.LabeledDataset(server.client(), batch_size=1)
  seen, done = [], threading.Event()

  def learn():
    for batch, provenance in data:
      seen.extend(
        zip(batch.action[:, 0], provenance.reward_version, strict=True)
      )
    done.set()

  thread = threading.Thread(target=learn)
  thread.start()
  version = 0
  passes = {}
  for number in range(total):
    made = make_labeled(number)
    writer.write(made._replace(reward_version=np.int64(version)))
    if number % 7 == 6:
      swaps += 1
      version += 1
      recalled = writer.recall()
      numbers = [int(row.action[0]) for row in recalled]
      assert len(set(numbers)) == len(numbers)
      for row in recalled:
        passes[int(row.action[0])] = version
        writer.write(row._replace(reward_version=np.int64(version)))
  end = time.monotonic() + 60
  while _account(server) and time.monotonic() < end:
    time.sleep(0.05)
  time.sleep(0.2)
  data.close()
  assert done.wait(10)
  counts = collections.Counter(int(number) for number, _ in seen)
  assert set(counts) == set(range(total)), 'a trajectory was lost'
  newest = collections.Counter((int(n), int(v)) for n, v in seen)
  for number in range(total):
    if times == 1:
      assert counts[number] == 1
    if number in passes:
      # All its passes under the last label that it got.
      assert newest[number, passes[number]] == times
  assert swaps == 17
  # As many samples as inserts allow: nothing is owed to either side.
  assert data.labels() == collections.Counter(int(v) for _, v in seen)


def _account(server):
  client = server.client()
  return client.available('labeled')


def test_a_recall_makes_room_for_a_writer_and_ends_when_closed(
  serve, make_labeled
):
  client = serve(labeled_max_size=2).client()
  writer = labeled.LabeledWriter(client)
  for number in range(50):
    writer.write(make_labeled(number))
    if number % 2:
      assert len(writer.recall()) == 2
  client.close()
  assert writer.recall() == []
