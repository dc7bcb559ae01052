"""A dual encoder: an image tower and a text tower with one space.

What the rest of the system knows of a vision-language model. CLIP, SigLIP and
whatever else is registered differ behind it.
"""

import dataclasses
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from flax import linen as nn

from acme_vlm.networks import clip_tokenizer
from acme_vlm.ops import pixels


@dataclasses.dataclass(frozen=True)
class Checkpoint:
  """A dual encoder ready to run.

  Attributes:
    module: the Flax module, computing in the dtype asked for; its methods
      `encode_image(pixels)` and `encode_text(ids, mask)` give embeddings
      `[N, dimension]`, not normalised.
    parameters: its tree of parameters, float32; `logit_scale` (the logarithm
      of the inverse temperature) among them, `logit_bias` if it has one.
    preprocessing: steps from frames to the module's pixels.
    tokenizer: words to ids.
    config: the sizes.
    path: the folder it was read from.
  """

  module: nn.Module
  parameters: Mapping[str, Any]
  preprocessing: pixels.Preprocessing
  tokenizer: clip_tokenizer.Tokenizer
  config: Any
  path: pathlib.Path

  @property
  def dimension(self) -> int:
    """Length D of an embedding."""
    return self.config.projection_dim

  @property
  def temperature(self) -> float:
    """The temperature it was trained to, in units of cosine similarity."""
    return math.exp(-float(np.reshape(self.parameters['logit_scale'], ())))

  @property
  def logit_bias(self) -> float:
    """What a sigmoid loss adds to a scaled similarity; 0 without one."""
    bias = self.parameters.get('logit_bias')
    return 0.0 if bias is None else float(np.reshape(bias, ()))

  def tokenize(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokenises texts to the length of the model's context.

    Args:
      texts: N strings.

    Returns:
      ids int32 [N, L] and mask int32 [N, L].
    """
    return self.tokenizer(texts)
