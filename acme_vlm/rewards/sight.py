"""Eyes for a policy, by the reward model: maps of where its goal may be.

What the reward knows of the goal's looks, the policy need not find out from a
rare reward. The maps come out of the pass that the reward needs anyway.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from acme_vlm import errors
from acme_vlm.networks import dual_encoder, policy_sight
from acme_vlm.rewards import scorer as scorer_lib


class Sight:
  """An `interfaces.Eyes`: compares every place of a frame with its goal.

  Map k of goal g, at place p, with embeddings of unit length (f of the image,
  f_p of a place, g_k of the goal's k-th phrase, g_0 of the background) and the
  inverse temperature that the model was trained to:

      m_p = σ(scale · f_p·(g_k − g_0))

  A row holds the K maps, row by row of the frame, then four numbers of each:

      max m,  x and y = max m · Σ m_p (x_p, y_p) / (Σ m_p + 0.001),
      σ(scale · f·(g_k − g_0))

  with x to the right and y upwards, in [-1, 1]. One program on all local
  devices, compiled for the service's batch sizes. What it embeds is remembered
  as the scorer's own, so scoring the same frames computes no image again. Safe
  to use from several threads.
  """

  def __init__(
    self,
    scorer: scorer_lib.DualEncoderScorer,
    phrases: Sequence[Sequence[str]],
    background: str,
  ):
    """Embeds all texts, once.

    Args:
      scorer: whose image tower looks.
      phrases: of each goal of the task set, in its order, K texts as they are
        (no prompt template is filled in).
      background: text for what is at a place where no goal is.

    Raises:
      ConfigError: not the same number of phrases, at least one, for each goal,
        an ensemble, or a text longer than the model's context.
      CheckpointError: a model that embeds no patches.
    """
    counts = {len(texts) for texts in phrases}
    if len(counts) != 1 or 0 in counts:
      raise errors.ConfigError(
        'expected the same number of phrases, at least 1, for each goal, got '
        f'{sorted(counts)}'
      )
    if len(scorer.members) > 1:
      raise errors.ConfigError(
        'expected one model to see with, got an ensemble of '
        f'{len(scorer.members)}'
      )
    towers = scorer.members[0].towers
    rows, columns = dual_encoder.patch_grid(towers.model.config)
    self._grid = (counts.pop(), rows, columns)
    self._images = towers.images
    self._look = towers.images.looking(_look)
    flat = [(text,) for texts in phrases for text in texts]
    embedded = towers.texts.embed([*flat, (background,)])
    # Scaled here, so that the program needs nothing but frames and these.
    scaled = (embedded[:-1] - embedded[-1:]) / np.float32(
      towers.model.temperature
    )
    self._directions = scaled.reshape(len(phrases), self._grid[0], -1)

  @property
  def grid(self) -> tuple[int, int, int]:
    """Maps K, rows and columns."""
    return self._grid

  @property
  def size(self) -> int:
    """F = K * (rows * columns + 4), numbers in one sight."""
    return policy_sight.size(self._grid)

  def warm_up(self, frame_size: tuple[int, int]) -> None:
    """Compiles every shape.

    Args:
      frame_size: height and width of the frames, in pixels.
    """
    for size in self._images.batch_sizes:
      frames = np.zeros((size, *frame_size, 3), np.uint8)
      self.see(frames, np.zeros(size, np.int32))

  def see(self, frames: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Looks at frames, each with its goal in mind.

    Args:
      frames: uint8 [N, H, W, 3].
      goals: int32 [N], indices of `phrases`.

    Returns:
      float32 [N, F].

    Raises:
      ValueError: frames of another shape or type, or not one goal a frame,
        each in range.
    """
    goals = np.asarray(goals)
    num = len(self._directions)
    if goals.shape != (len(frames),) or not np.all(
      (goals >= 0) & (goals < num)
    ):
      raise ValueError(
        f'expected {len(frames)} goals, one a frame, in [0, {num}), got '
        f'{goals.tolist()}'
      )
    return self._look(frames, self._directions[goals])


def _look(
  image: Float[Array, 'N D'],
  patches: Float[Array, 'N rows columns D'],
  directions: Float[Array, 'N K D'],
) -> Float[Array, 'N F']:
  """The rows of `Sight`, of embeddings and scaled directions to the phrases."""
  compare = lambda equation, x: jax.nn.sigmoid(  # noqa: E731
    jnp.einsum(equation, x, directions, precision=jax.lax.Precision.HIGHEST)
  )
  return policy_sight.summarised(
    compare('nrcd,nkd->nkrc', patches), compare('nd,nkd->nk', image)
  )
