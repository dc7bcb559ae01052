"""How much frames of homes are like every caption, by a model."""

from typing import NamedTuple

import numpy as np

from acme_vlm.environments.playhouse import captions
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.networks import clip, dual_encoder
from acme_vlm.rewards import contrastive_evaluation


class Compared(NamedTuple):
  """N frames held against all captions of a goal set.

  Attributes:
    goal_set: 'common' or 'diverse'.
    scaled: similarities by temperature, float32 [N, C].
    nouns: log-odds that a noun is in view, by the patches, [N, nouns].
    temperature: of the model.
  """

  goal_set: str
  scaled: np.ndarray
  nouns: np.ndarray
  temperature: float

  def probabilities(self, family: goals_lib.Family) -> np.ndarray:
    """Eq. 1 of arXiv 2312.09187 of the family's goals, float64 [N, G]."""
    own = captions.bank(self.goal_set).group == goals_lib.FAMILIES.index(family)
    return probabilities(self.scaled[:, own], sorts(family, self.goal_set))


def compare(
  checkpoint: dual_encoder.Checkpoint, shown: np.ndarray, goal_set: str
) -> Compared:
  """Embeds frames and captions.

  Args:
    checkpoint: the model, one that embeds patches.
    shown: frames, uint8 [N, H, W, 3].
    goal_set: 'common' or 'diverse'.

  Returns:
    The similarities.
  """
  bank = captions.bank(goal_set)
  texts = embed_texts(checkpoint, bank.texts)
  background = embed_texts(checkpoint, [goals_lib.BACKGROUND])
  temperature = float(np.exp(-checkpoint.parameters['logit_scale']))
  images, seen = contrastive_evaluation.embed_with_patches(
    checkpoint, shown, texts[nouns(bank)] - background, temperature
  )
  scaled = images @ texts.T / temperature
  return Compared(goal_set, scaled, seen, temperature)


def nouns(bank: captions.Bank) -> np.ndarray:
  """Which captions are nouns, bool [C]."""
  return np.isin(bank.group, (captions.NOUNS, captions.KIND_NOUNS))


def embed_texts(
  checkpoint: dual_encoder.Checkpoint, texts: list[str] | tuple[str, ...]
) -> np.ndarray:
  """Embeddings of texts, float32 [M, D], of unit length."""
  parts = []
  for start in range(0, len(texts), 512):
    ids, mask = checkpoint.tokenize(list(texts[start : start + 512]))
    parts.append(
      clip.normalize(
        checkpoint.module.apply(
          {'params': checkpoint.parameters}, ids, mask, method='encode_text'
        )
      )
    )
  return np.concatenate([np.asarray(part) for part in parts])


def sorts(family: goals_lib.Family, goal_set: str) -> np.ndarray:
  """Which goals compete, as with the family's `negatives_sharing`: int [G]."""
  return np.array(
    [int(g.neighbour is not None) for g in goals_lib.goals(family, goal_set)]
  )


def probabilities(scaled: np.ndarray, sort: np.ndarray) -> np.ndarray:
  """Eq. 1 for each goal against all others of its sort and the last column.

  Args:
    scaled: similarities by temperature, [N, G + 1]; the last is the neutral
      text's.
    sort: of each goal, int [G].

  Returns:
    float64 [N, G].
  """
  exps = np.exp(scaled - scaled.max(axis=1, keepdims=True), dtype=np.float64)
  total = exps[:, :-1] @ (sort[:, None] == sort[None]) + exps[:, -1:]
  # A sort that is far below the best one is not 0 / 0.
  return exps[:, :-1] / np.maximum(total, 1e-300)
