import math
import struct

import numpy as np
from tensorboardX.proto import event_pb2

from acme_vlm.metrics import tensorboard


def scalars(directory):
  """Reads (step, tag, value) from the event files' records."""
  found = []
  for path in sorted(directory.iterdir()):
    data = path.read_bytes()
    while data:
      # Length, its checksum, the event, its checksum.
      (length,) = struct.unpack('<Q', data[:8])
      event = event_pb2.Event.FromString(data[12 : 12 + length])
      data = data[16 + length :]
      for value in event.summary.value:
        found.append((event.step, value.tag, value.simple_value))
  return found


def test_numbers_are_written_over_environment_frames(tmp_path):
  logger = tensorboard.TensorBoardLogger(tmp_path)
  logger.write({'environment_frames': 64, 'actor/speed': 1500, 'name': 'x'})
  logger.write(
    {
      'environment_frames': 2**33,
      'learner/loss': np.float32(0.25),
      'learner/unknown': math.nan,
      'rewards/p99': np.array(3.5),
    }
  )
  logger.close()
  assert scalars(tmp_path) == [
    (64, 'actor/speed', 1500.0),
    (2**33, 'learner/loss', 0.25),
    (2**33, 'rewards/p99', 3.5),
  ]
