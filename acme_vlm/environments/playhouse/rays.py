"""Rays through what is solid in a home."""

from typing import NamedTuple

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import model

_SOLIDS = np.array(
  [group == model.SOLID_GROUP for group in range(mujoco.mjNGROUP)], np.uint8
)
_DOWN = np.array([0.0, 0.0, -1.0])


class Hit(NamedTuple):
  """What a ray meets first.

  Attributes:
    distance: in lengths of the ray's direction; -1 if it meets nothing.
    body: id; -1 if it meets nothing.
  """

  distance: float
  body: int


class Rays:
  """Rays in one model's present state."""

  def __init__(self, target: mujoco.MjModel, data: mujoco.MjData):
    """Takes the model and its state."""
    self._model, self._data = target, data
    self._geom = np.zeros(1, np.int32)

  def cast(
    self, start: np.ndarray, towards: np.ndarray, without: int = -1
  ) -> Hit:
    """Casts a ray.

    Args:
      start: `[3]`.
      towards: its direction, `[3]`.
      without: body that it passes through; -1: none.

    Returns:
      What it meets.
    """
    distance = mujoco.mj_ray(
      self._model, self._data, start, towards, _SOLIDS, 1, without, self._geom
    )
    geom = int(self._geom[0])
    return Hit(
      distance, int(self._model.geom_bodyid[geom]) if geom >= 0 else -1
    )

  def fan(self, start: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Casts rays from one point.

    Args:
      start: `[3]`.
      towards: their directions, `[N, 3]`.

    Returns:
      Bodies that they meet first, int32 `[N]`; -1 where they meet nothing.
    """
    num = len(towards)
    geoms, distances = np.empty(num, np.int32), np.empty(num)
    mujoco.mj_multiRay(
      self._model,
      self._data,
      start,
      np.ascontiguousarray(towards).ravel(),
      _SOLIDS,
      1,
      -1,
      geoms,
      distances,
      None,
      num,
      100.0,
    )
    return np.where(geoms >= 0, self._model.geom_bodyid[geoms], -1)

  def down(self, start: np.ndarray, without: int = -1) -> Hit:
    """Casts a ray straight down."""
    return self.cast(start, _DOWN, without)
