"""Compares this project's towers with what the reference said.

  python -m tests.networks.parity.ours FOLDER REFERENCE.safetensors

Prints the differences as JSON. Runs in .venv.
"""

import argparse
import dataclasses
import json
import pathlib
import resource
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import safetensors
from safetensors import numpy as safetensors_numpy

from acme_vlm.networks import clip_checkpoint, dual_encoder
from acme_vlm.ops import pixels as pixels_lib
from tests.networks.parity import inputs


def embed(
  checkpoint: dual_encoder.Checkpoint,
  pixels: np.ndarray,
  ids: np.ndarray,
  mask: np.ndarray,
  *,
  fast_compilation: bool = False,
) -> dict[str, np.ndarray]:
  """Embeddings and logits by our towers.

  Args:
    checkpoint: loaded in the dtype to compute in.
    pixels: float32 [N, H, W, C].
    ids: int32 [M, L].
    mask: int32 [M, L].
    fast_compilation: leave out the compiler's work on the machine code, which
      takes longer than one pass through a small model.

  Returns:
    image [N, D] and text [M, D], normalised, and logits [N, M]; float32.
  """
  options = {'xla_backend_optimization_level': 0} if fast_compilation else None
  out = jax.jit(checkpoint.module.apply, compiler_options=options)(
    {'params': checkpoint.parameters},
    jnp.asarray(pixels),
    jnp.asarray(ids),
    jnp.asarray(mask),
  )
  return {
    'image': np.asarray(out.image_embeddings),
    'text': np.asarray(out.text_embeddings),
    'logits': np.asarray(out.logits),
  }


def differences(
  ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], scale: float
) -> dict[str, float]:
  """Largest absolute differences.

  Args:
    ours: image, text and logits.
    theirs: likewise.
    scale: of the logits; cosines are compared too, which are free of it.

  Returns:
    The difference by name, two significant digits.
  """
  found = {key: _largest(ours[key], theirs[key]) for key in ours}
  found['cosine'] = found['logits'] / scale
  return {key: float(f'{value:.2g}') for key, value in found.items()}


def _largest(a: np.ndarray, b: np.ndarray) -> float:
  return float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max())


def _grey_levels(
  difference: np.ndarray, preprocessing: pixels_lib.Preprocessing
) -> float:
  """The largest difference of normalised pixels, in steps of 0..255."""
  steps = np.abs(difference) * np.float32(preprocessing.std)
  return float(steps.max() / (preprocessing.rescale or 1.0))


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('folder')
  parser.add_argument('reference', type=pathlib.Path)
  options = parser.parse_args()
  theirs = safetensors_numpy.load_file(options.reference)
  with safetensors.safe_open(options.reference, 'np') as file:
    versions = dict(file.metadata())
  checkpoint = clip_checkpoint.load(options.folder)
  preprocess = jax.jit(
    lambda x: pixels_lib.preprocess(x, checkpoint.preprocessing)
  )
  pixels = np.asarray(preprocess(inputs.frames()))
  ids, mask = checkpoint.tokenize(inputs.TEXTS)
  scale = 1 / checkpoint.temperature
  results: dict[str, Any] = {
    'versions': versions | {'jax': jax.__version__},
    'parameters': sum(x.size for x in jax.tree.leaves(checkpoint.parameters)),
    'logit_scale': round(scale, 4),
    'pixels_in_255ths': round(
      _grey_levels(pixels - theirs['pixels'], checkpoint.preprocessing), 4
    ),
    'same_ids': bool(np.array_equal(ids, theirs['ids'])),
    # The embeddings differ from one another: a comparison of constants would
    # agree whatever the towers do.
    'spread': {
      key: float(f'{np.ptp(theirs[key], axis=0).max():.2g}')
      for key in ('image', 'text')
    },
    'logits': np.round(theirs['logits'], 3).tolist(),
  }
  # The towers alone, on the reference's pixels and ids.
  same = theirs['pixels'], theirs['ids'], theirs['mask']
  ours = embed(checkpoint, *same)
  results['float32'] = differences(ours, theirs, scale)
  # Everything from frames and words on.
  whole = embed(checkpoint, pixels, ids, mask)
  results['float32_from_frames'] = differences(whole, theirs, scale)
  half_module = checkpoint.module.clone(dtype=jnp.bfloat16)
  half = dataclasses.replace(checkpoint, module=half_module)
  results['bfloat16'] = differences(embed(half, *same), theirs, scale)
  reference_half = {key: theirs[f'bfloat16_{key}'] for key in ours}
  results['reference_bfloat16'] = differences(reference_half, theirs, scale)
  peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
  results['peak_gib'] = round(peak / 2**20, 1)
  print(json.dumps(results))


if __name__ == '__main__':
  main()
