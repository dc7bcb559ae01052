"""Metrics as TensorBoard events."""

import math
import numbers
import os

import numpy as np
import tensorboardX
from acme.utils.loggers import base

STEP = 'environment_frames'


class TensorBoardLogger(base.Logger):
  """Writes every number of a row as a scalar, over environment frames."""

  def __init__(self, directory: str | os.PathLike):
    """Opens an event file.

    Args:
      directory: where; made if it is not there. A resumed run may use the
        same one: TensorBoard joins the files in it.
    """
    self._writer = tensorboardX.SummaryWriter(os.fspath(directory))

  def write(self, data: base.LoggingData) -> None:
    """Writes the scalars of a row.

    Args:
      data: flat keys to values, among them `environment_frames`; values that
        are no finite number are left out.
    """
    step = int(data[STEP])
    for key, value in data.items():
      if key == STEP or not isinstance(value, (numbers.Number, np.ndarray)):
        continue
      number = float(np.asarray(value))
      if math.isfinite(number):
        self._writer.add_scalar(key, number, step)

  def close(self) -> None:
    """Writes what is left and closes the file."""
    self._writer.close()
