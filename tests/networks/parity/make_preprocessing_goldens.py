"""Writes `preprocessing.safetensors` with the reference's image processors.

scripts/parity_environment.sh FOLDER
FOLDER/bin/python -m tests.networks.parity.make_preprocessing_goldens
"""

import pathlib

import numpy as np
import PIL
import transformers
from safetensors import numpy as safetensors_numpy

from tests.networks.parity import configurations, pictures

_PATH = pathlib.Path(__file__).with_name('preprocessing.safetensors')


def main() -> None:
  goldens = {}
  for name, (height, width) in pictures.cases():
    steps = configurations.preprocessor(name)
    siglip = steps.pop('image_processor_type').startswith('Siglip')
    processor = (
      transformers.SiglipImageProcessorPil
      if siglip
      else transformers.CLIPImageProcessorPil
    )(**steps)
    frames = list(pictures.pictures(height, width))
    # A picture of one row must not pass for one with its channels first.
    pixels = processor(
      frames, return_tensors='np', input_data_format='channels_last'
    )['pixel_values']
    levels = pictures.grey_levels(pixels.transpose(0, 2, 3, 1), name)
    # Whole levels: all that the samples leave out is the normalisation.
    assert np.abs(levels - np.round(levels)).max() < 1e-3
    key = f'{name}/{height}x{width}'
    goldens[key] = pictures.sample(np.uint8(np.round(levels)), key)
  versions = {
    'transformers': transformers.__version__,
    'pillow': PIL.__version__,
  }
  goldens = {k: np.ascontiguousarray(v) for k, v in goldens.items()}
  safetensors_numpy.save_file(goldens, _PATH, metadata=versions)
  _PATH.chmod(0o644)


if __name__ == '__main__':
  main()
