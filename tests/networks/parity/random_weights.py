"""Seeded random weights of a dual encoder, made without either framework.

The names and shapes are written down here by hand from the published layout,
so that neither side's idea of them is the other's oracle. Each tensor has a
stream of its own (Philox, keyed by seed and name), read as raw bits: the same
numbers on every version of NumPy, in whatever order they are asked for.

Scales: the residual stream starts at 0.03, as in trained models, where a wrong
epsilon of a layer norm shows; attention logits have a standard deviation of
about 1.5, far from uniform and far from one-hot; each of L blocks adds 1/√L, so
that all of them matter and nothing overflows.
"""

import hashlib
import json
import pathlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

SEED = 20230613
_EMBEDDING = 0.03
_LOGITS = 1.5


def values(name: str, shape: tuple[int, ...], seed: int = SEED) -> np.ndarray:
  """Uniform numbers of mean 0 and variance 1.

  Args:
    name: key of the stream.
    shape: of the result.
    seed: of all the streams.

  Returns:
    float32 of that shape.
  """
  digest = hashlib.sha256(f'{seed}/{name}'.encode()).digest()
  bits = np.random.Philox(key=int.from_bytes(digest[:16], 'little'))
  size = int(np.prod(shape, dtype=np.int64))
  raw = bits.random_raw((size + 1) // 2).astype('<u8', copy=False)
  words = raw.view('<u4')[:size] >> np.uint32(8)
  unit = words.astype(np.float32) * np.float32(2**-24) - np.float32(0.5)
  return (unit * np.float32(12**0.5)).reshape(shape)


def tensors(
  config: Mapping[str, Any],
) -> Iterator[tuple[str, tuple[int, ...], float, float]]:
  """Every tensor of a checkpoint.

  Args:
    config: content of `config.json`, `model_type` 'clip', 'siglip' or
      'siglip2' (NaFlex, whose patches are rows of a matrix).

  Yields:
    Name, shape, mean and standard deviation.
  """
  siglip = config['model_type'] != 'clip'
  vision, text = config['vision_config'], config['text_config']
  width, patch = vision['hidden_size'], vision['patch_size']
  inputs = vision['num_channels'] * patch**2
  kernel: tuple[int, ...] = (width, vision['num_channels'], patch, patch)
  if config['model_type'] == 'siglip2':
    kernel, places = (width, inputs), vision['num_patches']
  else:
    places = (vision['image_size'] // patch) ** 2
  inner = 'vision_model.embeddings'
  scale = _EMBEDDING / inputs**0.5
  yield f'{inner}.patch_embedding.weight', kernel, 0.0, scale
  if siglip:
    yield f'{inner}.patch_embedding.bias', (width,), 0.0, _EMBEDDING
  else:
    yield f'{inner}.class_embedding', (width,), 0.0, _EMBEDDING
    yield from _norm('vision_model.pre_layrnorm', width)
    places += 1
  yield _table(f'{inner}.position_embedding', places, width)
  yield from _blocks('vision_model', vision)
  yield from _norm('vision_model.post_layernorm', width)

  inner, length = 'text_model.embeddings', text['max_position_embeddings']
  columns = text['hidden_size']
  yield _table(f'{inner}.token_embedding', text['vocab_size'], columns)
  yield _table(f'{inner}.position_embedding', length, columns)
  yield from _blocks('text_model', text)
  yield from _norm('text_model.final_layer_norm', columns)
  # The values of trained models: 1/0.07 grows to 100; a sigmoid's bias is -16.
  yield 'logit_scale', (1,) if siglip else (), float(np.log(100)), 0.0
  if siglip:
    yield from _pooling_head('vision_model.head', vision)
    yield from _linear('text_model.head', columns, columns)
    yield 'logit_bias', (1,), -16.5, 0.0
    return
  size = config['projection_dim']
  yield 'visual_projection.weight', (size, width), 0.0, width**-0.5
  yield 'text_projection.weight', (size, columns), 0.0, columns**-0.5


def _table(name: str, rows: int, width: int) -> tuple:
  return f'{name}.weight', (rows, width), 0.0, _EMBEDDING


def _norm(name: str, width: int) -> Iterator[tuple]:
  yield f'{name}.weight', (width,), 1.0, 0.2
  yield f'{name}.bias', (width,), 0.0, 0.2


def _linear(
  name: str, rows: int, columns: int, gain: float = 1.0
) -> Iterator[tuple]:
  yield f'{name}.weight', (rows, columns), 0.0, gain * columns**-0.5
  yield f'{name}.bias', (rows,), 0.0, 0.1 * gain


def _blocks(tower: str, sizes: Mapping[str, Any]) -> Iterator[tuple]:
  width, mlp = sizes['hidden_size'], sizes['intermediate_size']
  depth = sizes['num_hidden_layers']
  for i in range(depth):
    block = f'{tower}.encoder.layers.{i}'
    for projection, gain in (
      ('q_proj', _LOGITS**0.5),
      ('k_proj', _LOGITS**0.5),
      ('v_proj', 1.0),
      ('out_proj', depth**-0.5),
    ):
      yield from _linear(f'{block}.self_attn.{projection}', width, width, gain)
    yield from _norm(f'{block}.layer_norm1', width)
    yield from _linear(f'{block}.mlp.fc1', mlp, width)
    yield from _linear(f'{block}.mlp.fc2', width, mlp, depth**-0.5)
    yield from _norm(f'{block}.layer_norm2', width)


def _pooling_head(name: str, sizes: Mapping[str, Any]) -> Iterator[tuple]:
  width, mlp = sizes['hidden_size'], sizes['intermediate_size']
  yield f'{name}.probe', (1, 1, width), 0.0, 1.0
  # torch's multi-head attention keeps query, key and value in one matrix.
  scale = (_LOGITS / width) ** 0.5
  yield f'{name}.attention.in_proj_weight', (3 * width, width), 0.0, scale
  yield f'{name}.attention.in_proj_bias', (3 * width,), 0.0, 0.1
  yield from _linear(f'{name}.attention.out_proj', width, width)
  yield from _norm(f'{name}.layernorm', width)
  yield from _linear(f'{name}.mlp.fc1', mlp, width)
  yield from _linear(f'{name}.mlp.fc2', width, mlp)


def write(path: pathlib.Path, config: Mapping[str, Any]) -> int:
  """Writes `model.safetensors`, one tensor in memory at a time.

  Args:
    path: the file.
    config: content of `config.json`.

  Returns:
    Number of parameters.
  """
  header: dict[str, Any] = {'__metadata__': {'format': 'pt'}}
  items, end = list(tensors(config)), 0
  for name, shape, _, _ in items:
    start, end = end, end + 4 * int(np.prod(shape, dtype=np.int64))
    header[name] = {
      'dtype': 'F32',
      'shape': list(shape),
      'data_offsets': [start, end],
    }
  text = json.dumps(header).encode()
  text += b' ' * (-len(text) % 8)
  with path.open('wb') as file:
    file.write(struct.pack('<Q', len(text)) + text)
    for name, shape, mean, deviation in items:
      tensor = values(name, shape) * np.float32(deviation) + np.float32(mean)
      file.write(tensor.astype('<f4', copy=False).tobytes())
  return end // 4
