"""Which body each pixel of a frame shows, by MuJoCo's own renderer."""

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import view


def bodies(world, height=96, width=128, only=None):
  """Ids of bodies, int `[H, W]`, -1 for none; `only`: a body drawn alone."""
  groups = world.model.geom_group
  before = groups.copy()
  if only is not None:
    # What is not drawn alone is put into the group that is never drawn.
    groups[world.model.geom_bodyid != only] = 5
  renderer = view.renderer(world.blueprint, height, width)
  flags, scene = renderer._scene.flags, renderer._scene
  for flag in ('SEGMENT', 'IDCOLOR'):
    flags[getattr(mujoco.mjtRndFlag, f'mjRND_{flag}')] = 1
  image = renderer.draw(
    world.model, world.data, world.eye, list(range(5))
  ).astype(int)
  for flag in ('SEGMENT', 'IDCOLOR'):
    flags[getattr(mujoco.mjtRndFlag, f'mjRND_{flag}')] = 0
  groups[:] = before
  number = image @ [1, 1 << 8, 1 << 16] - 1
  body = np.full(scene.ngeom + 1, -1)
  for geom in scene.geoms[: scene.ngeom]:
    if geom.objtype == mujoco.mjtObj.mjOBJ_GEOM and geom.segid >= 0:
      body[geom.segid] = world.model.geom_bodyid[geom.objid]
  return body[number]
