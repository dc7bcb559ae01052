"""Writes `goldens.safetensors` with the reference implementation.

  scripts/parity_environment.sh FOLDER
  FOLDER/bin/python -m tests.networks.parity.make_goldens

Every published configuration at its own width, heads, patch, resolution and
activation, with few blocks and a small vocabulary.
"""

import pathlib
import tempfile

import torch
import transformers
from safetensors import numpy as safetensors_numpy

from tests.networks.parity import configurations, folder, inputs, reference

_PATH = pathlib.Path(__file__).with_name('goldens.safetensors')


def main() -> None:
  goldens = {}
  for name in configurations.NAMES:
    with tempfile.TemporaryDirectory() as work:
      path = pathlib.Path(work)
      config = folder.write_reduced(name, path)
      results = reference.compare(
        reference.load(path), inputs.pixels(config), *inputs.ids(config)
      )
    goldens |= {f'{name}/{key}': value for key, value in results.items()}
  versions = {
    'torch': torch.__version__,
    'transformers': transformers.__version__,
  }
  safetensors_numpy.save_file(goldens, _PATH, metadata=versions)


if __name__ == '__main__':
  main()
