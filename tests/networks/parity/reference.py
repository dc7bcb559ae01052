"""What the reference implementation says of a checkpoint.

  python -m tests.networks.parity.reference FOLDER OUTPUT.safetensors

Runs in the reference environment (scripts/parity_environment.sh). The folder
goes through the reference's own loaders of weights, image processor and
tokenizer.
"""

import argparse
import pathlib
from typing import Any

import numpy as np
import torch
import transformers
from safetensors import numpy as safetensors_numpy

from tests.networks.parity import configurations, inputs


def load(folder: pathlib.Path) -> Any:
  """The reference's model, every tensor found and none left over."""
  config = transformers.AutoConfig.from_pretrained(folder)
  cls = {
    'clip': transformers.CLIPModel,
    'siglip': transformers.SiglipModel,
    'siglip2': transformers.Siglip2Model,
  }[config.model_type]
  model, report = cls.from_pretrained(
    folder, dtype=torch.float32, output_loading_info=True
  )
  wrong = {key: names for key, names in report.items() if names}
  assert not wrong, wrong
  return model.eval()


@torch.inference_mode()
def compare(
  model: Any, pixels: np.ndarray, ids: np.ndarray, mask: np.ndarray
) -> dict[str, np.ndarray]:
  """Embeddings and logits.

  Args:
    model: the reference's.
    pixels: float32 [N, H, W, C].
    ids: int [M, L].
    mask: int [M, L].

  Returns:
    image [N, D] and text [M, D], normalised, and logits [N, M]; float32.
  """
  if model.config.model_type == 'siglip2':
    images = _patches(model, pixels)
  else:
    images = {'pixel_values': torch.tensor(pixels.transpose(0, 3, 1, 2).copy())}
  images['pixel_values'] = images['pixel_values'].to(model.dtype)
  out = model(
    **images,
    input_ids=torch.tensor(np.asarray(ids, np.int64)),
    attention_mask=torch.tensor(np.asarray(mask, np.int64)),
  )
  results = {
    'image': out.image_embeds,
    'text': out.text_embeds,
    'logits': out.logits_per_image,
  }
  return {k: v.float().contiguous().numpy() for k, v in results.items()}


def _patches(model: Any, pixels: np.ndarray) -> dict[str, torch.Tensor]:
  """NaFlex's input: rows of patches, padded to their largest number."""
  size = model.config.vision_config.patch_size
  n, height, width, channels = pixels.shape
  shape = height // size, width // size
  x = pixels.reshape(n, shape[0], size, shape[1], size, channels)
  x = x.transpose(0, 1, 3, 2, 4, 5).reshape(n, shape[0] * shape[1], -1)
  more = configurations.PATCHES - x.shape[1]
  mask = np.pad(np.ones(x.shape[:2], np.int64), ((0, 0), (0, more)))
  return {
    'pixel_values': torch.tensor(np.pad(x, ((0, 0), (0, more), (0, 0)))),
    'pixel_attention_mask': torch.tensor(mask),
    'spatial_shapes': torch.tensor([shape] * n),
  }


def _images(encoded: Any, size: int) -> np.ndarray:
  """Undoes `_patches` on what NaFlex's processor gives for equal frames."""
  rows, columns = map(int, encoded['spatial_shapes'][0])
  x = np.float32(encoded['pixel_values'])[:, : rows * columns]
  x = x.reshape(len(x), rows, columns, size, size, -1)
  x = x.transpose(0, 1, 3, 2, 4, 5)
  return x.reshape(len(x), rows * size, columns * size, -1)


def preprocess(folder: pathlib.Path) -> np.ndarray:
  """The reference processor's pixels of `inputs.frames`, channels last."""
  processor = transformers.AutoImageProcessor.from_pretrained(folder)
  encoded = processor(list(inputs.frames()), return_tensors='np')
  if 'spatial_shapes' in encoded:
    return _images(encoded, processor.patch_size)
  pixels = encoded['pixel_values']
  return np.ascontiguousarray(np.float32(pixels).transpose(0, 2, 3, 1))


def tokenize(folder: pathlib.Path, length: int) -> dict[str, np.ndarray]:
  """The reference tokenizer's ids and mask of `inputs.TEXTS`.

  SigLIP was trained without a mask and its processor gives none: all ones.
  """
  tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
  encoded = tokenizer(
    list(inputs.TEXTS),
    padding='max_length',
    truncation=True,
    max_length=length,
    return_tensors='np',
  )
  ids = np.asarray(encoded['input_ids'], np.int32)
  mask = np.asarray(encoded.get('attention_mask', np.ones_like(ids)), np.int32)
  clip = transformers.AutoConfig.from_pretrained(folder).model_type == 'clip'
  return {'ids': ids, 'mask': mask if clip else np.ones_like(ids)}


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('folder', type=pathlib.Path)
  parser.add_argument('output', type=pathlib.Path)
  parser.add_argument('--threads', type=int, default=1)
  options = parser.parse_args()
  torch.set_num_threads(options.threads)
  model = load(options.folder)
  length = model.config.text_config.max_position_embeddings
  results = {'pixels': preprocess(options.folder)}
  results |= tokenize(options.folder, length)
  arguments = results['pixels'], results['ids'], results['mask']
  results |= compare(model, *arguments)
  half = compare(model.to(torch.bfloat16), *arguments)
  results |= {f'bfloat16_{key}': value for key, value in half.items()}
  versions = {
    'torch': torch.__version__,
    'transformers': transformers.__version__,
    'numpy': np.__version__,
    'image_processor': type(
      transformers.AutoImageProcessor.from_pretrained(options.folder)
    ).__name__,
  }
  safetensors_numpy.save_file(results, options.output, metadata=versions)


if __name__ == '__main__':
  main()
