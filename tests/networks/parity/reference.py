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

from tests.networks.parity import inputs


def load(folder: pathlib.Path) -> Any:
  """The reference's model, every tensor found and none left over."""
  config = transformers.AutoConfig.from_pretrained(folder)
  cls = {
    'clip': transformers.CLIPModel,
    'siglip': transformers.SiglipModel,
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
  images = torch.tensor(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
  out = model(
    pixel_values=images.to(model.dtype),
    input_ids=torch.tensor(np.asarray(ids, np.int64)),
    attention_mask=torch.tensor(np.asarray(mask, np.int64)),
  )
  results = {
    'image': out.image_embeds,
    'text': out.text_embeds,
    'logits': out.logits_per_image,
  }
  return {k: v.float().contiguous().numpy() for k, v in results.items()}


def preprocess(folder: pathlib.Path) -> np.ndarray:
  """The reference processor's pixels of `inputs.frames`, channels last."""
  processor = transformers.AutoImageProcessor.from_pretrained(folder)
  frames = list(inputs.frames())
  pixels = processor(frames, return_tensors='np')['pixel_values']
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
