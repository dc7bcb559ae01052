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
