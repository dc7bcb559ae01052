"""Writes the goldens of the SigLIP tests with the reference implementation.

Runs in the environment of `make_clip_goldens.py`:

  /tmp/torchenv/bin/python tests/networks/goldens/make_siglip_goldens.py

Weights are random from a fixed seed and scaled up, so that attention is far
from uniform and a wrong mask, head split, pooling or resize of the positions
shows in the outputs.
"""

import json
import pathlib

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file

_HERE = pathlib.Path(__file__).parent
_VOCAB, _CONTEXT, _PATCH = 48, 8, 4
_TOWER = {
  'intermediate_size': 36,
  'num_hidden_layers': 2,
  'num_attention_heads': 2,
}


def _frames() -> np.ndarray:
  """Smooth and hard-edged frames, higher than wide."""
  rng = np.random.default_rng(2)
  y, x = np.mgrid[0:40, 0:26]
  waves = 127 + 120 * np.sin(x / 3)[..., None] * np.cos(y / 5)[..., None]
  edges = np.kron(rng.integers(0, 2, (8, 13, 3)), np.ones((5, 2, 1))) * 255
  return np.stack(
    [np.repeat(waves, 3, axis=-1), edges, rng.integers(0, 256, (40, 26, 3))]
  ).astype(np.uint8)


def _texts() -> np.ndarray:
  """Ids padded with 1, as SigLIP pads; one text fills the context."""
  ids = np.ones((4, _CONTEXT), np.int64)
  rng = np.random.default_rng(3)
  for row, length in enumerate((1, 3, 5, _CONTEXT)):
    ids[row, :length] = rng.integers(2, _VOCAB, length)
  return ids


def _scramble(model: torch.nn.Module) -> None:
  torch.manual_seed(0)
  with torch.no_grad():
    for key, parameter in model.named_parameters():
      if key == 'logit_scale':
        parameter.fill_(2.3)
      elif key == 'logit_bias':
        parameter.fill_(-4.0)
      else:
        center = 1.0 if 'norm' in key and key.endswith('weight') else 0.0
        scale = 0.4 if parameter.ndim > 1 else 0.2
        parameter.copy_(center + scale * torch.randn_like(parameter))


def _run(model, pixels: dict, ids: np.ndarray) -> dict[str, np.ndarray]:
  """Features before normalisation, embeddings, logits and probabilities."""
  with torch.no_grad():
    out = model(
      input_ids=torch.tensor(ids),
      **{k: torch.tensor(v) for k, v in pixels.items()},
    )
  return {
    'image_features': out.vision_model_output.pooler_output.numpy(),
    'text_features': out.text_model_output.pooler_output.numpy(),
    'image_embeddings': out.image_embeds.numpy(),
    'text_embeddings': out.text_embeds.numpy(),
    'logits': out.logits_per_image.numpy(),
    'probabilities': torch.sigmoid(out.logits_per_image).numpy(),
  }


def _save(name: str, model, golden: dict[str, np.ndarray]) -> None:
  folder = _HERE / name
  model.save_pretrained(folder)
  (folder / 'generation_config.json').unlink(missing_ok=True)
  raw = json.loads((folder / 'config.json').read_text())
  (folder / 'config.json').write_text(json.dumps(raw, indent=1) + '\n')
  save_file(
    {k: np.ascontiguousarray(v) for k, v in golden.items()},
    folder / 'golden.safetensors',
  )


def _text_config() -> dict:
  # The ids of special tokens are not the tower's business.
  special = dict.fromkeys(('bos_token_id', 'eos_token_id', 'pad_token_id'))
  return {
    **_TOWER,
    **special,
    'hidden_size': 16,
    'projection_size': 24,
    'vocab_size': _VOCAB,
    'max_position_embeddings': _CONTEXT,
  }


def _write_fixed() -> None:
  config = transformers.SiglipConfig(
    text_config=_text_config(),
    # 18 is no multiple of 4: the right and bottom rest is unseen.
    vision_config={
      **_TOWER,
      'hidden_size': 24,
      'image_size': 18,
      'patch_size': _PATCH,
    },
  )
  model = transformers.SiglipModel(config).eval()
  _scramble(model)
  processor = transformers.SiglipImageProcessorPil(
    size={'height': 18, 'width': 18}
  )
  frames, ids = _frames(), _texts()
  pixels = processor(list(frames), return_tensors='np')['pixel_values']
  golden = _run(model, {'pixel_values': pixels}, ids)
  golden |= {'frames': frames, 'ids': ids.astype(np.int32)}
  golden['pixels'] = pixels.transpose(0, 2, 3, 1)
  _save('siglip_fixed', model, golden)
  processor.save_pretrained(_HERE / 'siglip_fixed')


def _write_naflex() -> None:
  config = transformers.Siglip2Config(
    text_config=_text_config(),
    vision_config={
      **_TOWER,
      'hidden_size': 24,
      'num_patches': 16,
      'patch_size': _PATCH,
    },
  )
  model = transformers.Siglip2Model(config).eval()
  _scramble(model)
  ids = _texts()
  golden = {'ids': ids.astype(np.int32)}
  # Fewer rows and columns than the table of positions has, more, and both;
  # the reference pads to the budget and masks the padding.
  for name, frames, budget in (
    ('high', _frames(), 30),
    ('wide', _frames().transpose(0, 2, 1, 3)[:, :13], 14),
    ('square', _frames()[:, :26], 9),
  ):
    processor = transformers.Siglip2ImageProcessorPil(
      patch_size=_PATCH, max_num_patches=budget
    )
    inputs = dict(processor(list(frames), return_tensors='np'))
    out = _run(model, inputs, ids)
    golden |= {
      f'{name}.frames': frames,
      f'{name}.budget': np.int32(budget),
      f'{name}.patches': inputs['pixel_values'].astype(np.float32),
      f'{name}.mask': inputs['pixel_attention_mask'].astype(np.int32),
      f'{name}.shapes': np.asarray(inputs['spatial_shapes'], np.int32),
      **{f'{name}.{key}': value for key, value in out.items()},
    }
  _save('siglip_naflex', model, golden)
  transformers.Siglip2ImageProcessorPil(
    patch_size=_PATCH, max_num_patches=16
  ).save_pretrained(_HERE / 'siglip_naflex')


def _write_sizes() -> None:
  """Sizes of the reference processor for many frames and budgets."""
  from transformers.models.siglip2 import image_processing_pil_siglip2 as module

  rng = np.random.default_rng(4)
  rows = []
  for _ in range(300):
    height, width = (int(v) for v in rng.integers(1, 1200, 2))
    patch, budget = int(rng.choice([14, 16, 32])), int(rng.integers(1, 1025))
    size = module.get_image_size_for_max_num_patches(
      height, width, patch, budget
    )
    rows.append((height, width, patch, budget, *size))
  save_file(
    {'rows': np.array(rows, np.int32)}, _HERE / 'siglip_sizes.safetensors'
  )


def main() -> None:
  _write_fixed()
  _write_naflex()
  _write_sizes()


if __name__ == '__main__':
  main()
