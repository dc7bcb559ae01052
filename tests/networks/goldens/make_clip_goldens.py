"""Writes the goldens of the CLIP tests with the reference implementation.

Runs in an environment of its own, since torch is no part of this project:

  python3.11 -m venv /tmp/torchenv
  /tmp/torchenv/bin/pip install torch==2.13.0 transformers==5.23.0 \
      numpy pillow safetensors
  /tmp/torchenv/bin/python tests/networks/goldens/make_clip_goldens.py

Weights are random from a fixed seed and scaled up, so that attention is far
from uniform and a wrong mask, head split or pooling shows in the outputs.
"""

import json
import pathlib

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file

_HERE = pathlib.Path(__file__).parent
_CASES = {
  # The first CLIPs: quick-gelu, pooling at the largest id, whole patches.
  'quick_gelu_legacy_eos': {
    'hidden_act': 'quick_gelu',
    'eos_token_id': 2,
    'image_size': 32,
    'patch_size': 8,
  },
  # Later ones: exact gelu, pooling at the first end token, which is not the
  # largest id; 30 is no multiple of 8, so the right and bottom rest is unseen.
  'gelu_first_eos': {
    'hidden_act': 'gelu',
    'eos_token_id': 33,
    'image_size': 30,
    'patch_size': 8,
  },
}
_VOCAB, _CONTEXT = 48, 10


def _config(case) -> transformers.CLIPConfig:
  tower = {
    'hidden_act': case['hidden_act'],
    'intermediate_size': 40,
    'num_hidden_layers': 2,
    'num_attention_heads': 2,
    'layer_norm_eps': 1e-5,
  }
  return transformers.CLIPConfig(
    projection_dim=12,
    vision_config={
      **tower,
      'hidden_size': 24,
      'image_size': case['image_size'],
      'patch_size': case['patch_size'],
    },
    text_config={
      **tower,
      'hidden_size': 16,
      'vocab_size': _VOCAB,
      'max_position_embeddings': _CONTEXT,
      'eos_token_id': case['eos_token_id'],
      'bos_token_id': 1,
      'pad_token_id': 0,
    },
  )


def _texts(rng, eos: int):
  """Right-padded ids of several lengths, tokens beyond the end included."""
  ids = np.zeros((4, _CONTEXT), np.int64)
  mask = np.zeros((4, _CONTEXT), np.int64)
  for row, length in enumerate((3, 5, 8, _CONTEXT)):
    ids[row, 0] = 1
    ids[row, 1 : length - 1] = rng.integers(4, 30, length - 2)
    ids[row, length - 1] = eos
    mask[row, :length] = 1
  if eos != _VOCAB - 1:  # ids above the end token, before and after it
    ids[2, 2], ids[0, 5] = _VOCAB - 1, _VOCAB - 2
  return ids, mask


def _write_model(name: str, case) -> None:
  torch.manual_seed(0)
  rng = np.random.default_rng(0)
  model = transformers.CLIPModel(_config(case)).eval()
  with torch.no_grad():
    for key, parameter in model.named_parameters():
      if key != 'logit_scale':
        center = 1.0 if 'norm' in key and key.endswith('weight') else 0.0
        scale = 0.3 if parameter.ndim > 1 else 0.2
        parameter.copy_(center + scale * torch.randn_like(parameter))
  side = case['image_size']
  pixels = rng.normal(size=(3, side, side, 3)).astype(np.float32)
  legacy = case['eos_token_id'] == 2
  ids, mask = _texts(rng, _VOCAB - 1 if legacy else case['eos_token_id'])
  with torch.no_grad():
    out = model(
      input_ids=torch.tensor(ids),
      attention_mask=torch.tensor(mask),
      pixel_values=torch.tensor(pixels.transpose(0, 3, 1, 2).copy()),
    )
    # In this version the pooled outputs are the projected ones.
    image = out.vision_model_output.pooler_output
    text = out.text_model_output.pooler_output
  folder = _HERE / name
  model.save_pretrained(folder)
  (folder / 'generation_config.json').unlink(missing_ok=True)
  raw = json.loads((folder / 'config.json').read_text())
  (folder / 'config.json').write_text(json.dumps(raw, indent=1) + '\n')
  golden = {
    'pixels': pixels,
    'ids': ids.astype(np.int32),
    'mask': mask.astype(np.int32),
    'image_features': image.numpy(),
    'text_features': text.numpy(),
    'image_embeddings': out.image_embeds.numpy(),
    'text_embeddings': out.text_embeds.numpy(),
    'logits': out.logits_per_image.numpy(),
  }
  save_file(
    {k: np.ascontiguousarray(v) for k, v in golden.items()},
    folder / 'golden.safetensors',
  )


def _write_preprocessing() -> None:
  rng = np.random.default_rng(1)
  # Smooth and hard-edged parts: ringing beyond 0 and 255 must be clipped.
  y, x = np.mgrid[0:50, 0:30]
  waves = 127 + 120 * np.sin(x / 3)[..., None] * np.cos(y / 5)[..., None]
  frames = np.stack(
    [
      np.repeat(waves, 3, axis=-1),
      rng.integers(0, 2, (50, 30, 3)) * 255,
      rng.integers(0, 256, (50, 30, 3)),
    ]
  ).astype(np.uint8)
  processors = {
    'squash_down': {
      'size': {'height': 16, 'width': 16},
      'do_center_crop': False,
    },
    'edge_and_crop': {
      'size': {'shortest_edge': 20},
      'crop_size': {'height': 18, 'width': 18},
    },
    'enlarge': {
      'size': {'shortest_edge': 32},
      'crop_size': {'height': 32, 'width': 32},
    },
    'bilinear': {
      'size': {'height': 17, 'width': 23},
      'do_center_crop': False,
      'resample': 2,
    },
  }
  golden = {'frames': frames}
  for name, options in processors.items():
    processor = transformers.CLIPImageProcessorPil(**options)
    out = processor(list(frames), return_tensors='np')['pixel_values']
    golden[name] = np.ascontiguousarray(
      np.asarray(out, np.float32).transpose(0, 2, 3, 1)
    )
  folder = _HERE / 'preprocessing'
  folder.mkdir(exist_ok=True)
  save_file(golden, folder / 'golden.safetensors')


def main() -> None:
  for name, case in _CASES.items():
    _write_model(name, case)
  _write_preprocessing()


if __name__ == '__main__':
  main()
